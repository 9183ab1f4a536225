import type { Input } from '../../protocol/message.ts'
import type { ProduceRequest } from '../../protocol/messages/produce.ts'
import { ClientError, ConfigurationError } from '../errors/client-errors.ts'
import { ErrUnsupportedCompressionType, ErrUnsupportedVersion } from '../errors/kafka-errors.ts'
import type { PartitionQueue } from './partition-queue.ts'
import type { ProducerBatch } from './producer-batch.ts'
import type { ProducerContext } from './producer-context.ts'
import type { ProducerMessage } from './producer-message.ts'

/** A batch on its way, and the partition that it is for. */
export interface Shipment {
  readonly queue: PartitionQueue
  readonly batch: ProducerBatch
}

/** A broker cannot be sent messages that have headers, and some have. */
export class HeadersRefused extends ClientError {
  readonly reason: ConfigurationError = new ConfigurationError('Producing headers requires Kafka at least v0.11')

  constructor() {
    super('the broker takes no headers')
  }
}

/** From here on Produce takes record batches (KIP-98), until then message sets. */
const FIRST_WITH_BATCHES = 3
/** From here on message sets have timestamps (KIP-32). */
const FIRST_WITH_TIMESTAMPS = 2
const FIRST_WITH_ZSTD = 7
/** The last by which a partition must be added to a transaction before it is written (KIP-890). */
const LAST_BEFORE_TRANSACTION_V2 = 11
/** The last that names topics. */
const LAST_WITH_NAMES = 12
const NEWEST = 13

/** The newest version of Produce that can carry these. */
export function maxProduceVersion(shipments: readonly Shipment[], { client, transactions }: ProducerContext): number {
  if (transactions.isTransactional && !transactions.isTransactionV2) return LAST_BEFORE_TRANSACTION_V2
  return shipments.every(({ queue }) => client.topicId(queue.topic) !== undefined) ? NEWEST : LAST_WITH_NAMES
}

/**
 * The request in a version.
 * @throws HeadersRefused, ErrUnsupportedVersion, ErrUnsupportedCompressionType for what the version cannot carry
 */
export function produceRequest(
  shipments: readonly Shipment[],
  version: number,
  context: ProducerContext,
): Input<ProduceRequest> {
  const { config, client, transactions, format } = context
  const { requiredAcks: acks, timeout: timeoutMs } = config.producer
  if (format.compression === 'zstd' && version < FIRST_WITH_ZSTD) {
    throw new ErrUnsupportedCompressionType('kafka: zstd requires brokers of Kafka 2.1 or later')
  }
  if (version < FIRST_WITH_BATCHES) {
    if (context.isSequenced)
      throw new ErrUnsupportedVersion('kafka: idempotence requires brokers of Kafka 0.11 or later')
    if (shipments.some(({ batch }) => batch.messages.some(hasHeaders))) throw new HeadersRefused()
  }
  const byTopic = new Map<string, { index: number; records: Buffer[] }[]>()
  for (const { queue, batch } of shipments) {
    const partition = { index: queue.partition, records: [encode(batch, version, context)] }
    const others = byTopic.get(queue.topic)
    if (others === undefined) byTopic.set(queue.topic, [partition])
    else others.push(partition)
  }
  const topicData = Array.from(byTopic, ([name, partitionData]) =>
    version > LAST_WITH_NAMES ? { topicId: client.topicId(name), partitionData } : { name, partitionData },
  )
  const body = { acks, timeoutMs, topicData }
  return version < FIRST_WITH_BATCHES ? body : { ...body, transactionalId: transactions.transactionalId }
}

export function hasHeaders({ headers }: ProducerMessage): boolean {
  return headers !== undefined && headers.length > 0
}

function encode(batch: ProducerBatch, version: number, { config }: ProducerContext): Buffer {
  if (version >= FIRST_WITH_BATCHES) return batch.encode()
  return batch.encodeMessageSet(version >= FIRST_WITH_TIMESTAMPS ? 1 : 0, config.clock.now())
}

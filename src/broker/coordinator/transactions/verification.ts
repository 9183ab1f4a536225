import type { ErrorName } from '../../../protocol/errors.ts'
import { KafkaError } from '../../../protocol/errors.ts'
import type { Broker } from '../../broker.ts'
import type { BrokerConfig } from '../../config/broker-config.ts'
import type { MetadataImage } from '../../controller/metadata-image.ts'
import type { Link } from '../../link.ts'
import type { VerificationGuard } from '../../log/verification.ts'
import { TRANSACTION_STATE_TOPIC } from '../../replication/internal-topics.ts'
import type { Replicas } from '../../replication/replicas.ts'
import { mapReply, type Reply } from '../../waiting.ts'
import { HeldRequest } from '../held-request.ts'
import type { TransactionalWrite, TransactionSupport } from '../transaction-verification.ts'
import type { PartitionsInTransaction } from './add-partitions.ts'
import type { ProducerIdAndEpoch } from './init-producer-id.ts'
import type { PartitionResult } from './markers.ts'
import { TopicPartitions } from './topic-partitions.ts'

/** What verifies the transactions of what is written to a broker. */
export interface VerificationRooms {
  readonly replicas: Replicas
  readonly image: MetadataImage
  readonly config: BrokerConfig
  readonly peer: (nodeId: number) => Link<Broker>
  /** The partition of `__transaction_state` that a transactional id belongs to. */
  partitionFor(transactionalId: string): number
}

/** A producer that writes to partitions of this broker in its transaction. */
export interface TransactionalWrites extends ProducerIdAndEpoch {
  readonly transactionalId: string
  readonly writes: readonly PartitionWrite[]
}

/** A batch that is to be written to a partition. */
export interface PartitionWrite {
  readonly topic: string
  readonly partition: number
  /** Its first sequence number; -1 for a coordinator's. */
  readonly baseSequence: number
}

/** Whether a batch may be written. */
export interface Verified {
  /** NONE, or why not. */
  readonly error: ErrorName
  /** What the append has to show; undefined where nothing has to be shown. */
  readonly guard: VerificationGuard | undefined
}

/**
 * Makes sure, with the coordinator of the transaction, that partitions which are led here are part of a producer's open
 * transaction (KIP-890), or makes them part of it. Answers for each write, in their order.
 */
export function verifyWrites(
  rooms: VerificationRooms,
  { transactionalId, producerId, producerEpoch, writes }: TransactionalWrites,
  support: TransactionSupport,
): Reply<readonly Verified[]> {
  const adds = support === 'add-partition'
  if (!adds && !rooms.config.bool('transaction.partition.verification.enable')) return writes.map(() => VERIFIED)
  const started = writes.map((write) => start(rooms, write, { producerId, producerEpoch }, adds))
  const asked = writes.filter((_, i) => started[i]?.guard !== undefined)
  if (asked.length === 0) return started
  const topics = TopicPartitions.of(asked.map(({ topic, partition }) => ({ topic, partitions: [partition] }))).topics()
  return mapReply(askCoordinator(rooms, { transactionalId, producerId, producerEpoch, topics }, adds), (results) =>
    started.map((verified, i) => {
      if (verified.guard === undefined) return verified
      const write = writes[i]
      const result = results.find(({ topic, partition }) => topic === write?.topic && partition === write.partition)
      const error = errorFor(result?.error ?? 'NONE', support)
      return error === 'NONE' ? verified : { error, guard: undefined }
    }),
  )
}

/** The same for one write. Throws the error. */
export function verifyWrite(
  rooms: VerificationRooms,
  { topic, partition, baseSequence, ...producer }: TransactionalWrite,
  support: TransactionSupport,
): Reply<VerificationGuard | undefined> {
  const verified = verifyWrites(rooms, { ...producer, writes: [{ topic, partition, baseSequence }] }, support)
  return mapReply(verified, (answers) => {
    const { error, guard } = answers[0] ?? VERIFIED
    if (error !== 'NONE') throw new KafkaError(error)
    return guard
  })
}

/** Where there was nothing to verify. */
export const VERIFIED: Verified = Object.freeze({ error: 'NONE', guard: undefined })

function start(
  { replicas }: VerificationRooms,
  { topic, partition, baseSequence }: PartitionWrite,
  { producerId, producerEpoch }: ProducerIdAndEpoch,
  supportsEpochBump: boolean,
): Verified {
  try {
    const led = replicas.partition(topic, partition)
    const unverified = { producerId, producerEpoch, sequence: baseSequence, supportsEpochBump }
    return { error: 'NONE', guard: led.startVerification(unverified) }
  } catch (error) {
    if (error instanceof KafkaError) return { error: error.error, guard: undefined }
    throw error
  }
}

function askCoordinator(
  { image, peer, partitionFor }: VerificationRooms,
  request: PartitionsInTransaction,
  adds: boolean,
): Reply<readonly PartitionResult[]> {
  const failed = (error: ErrorName): PartitionResult[] =>
    [...TopicPartitions.of(request.topics)].map(([topic, partition]) => ({ topic, partition, error }))
  const coordinator = image.partition(TRANSACTION_STATE_TOPIC, partitionFor(request.transactionalId))?.leader ?? -1
  if (coordinator === -1 || !image.isAlive(coordinator)) return failed('COORDINATOR_NOT_AVAILABLE')
  const held = new HeldRequest<readonly PartitionResult[]>()
  const link = peer(coordinator)
  link.send(
    ({ transactions }) => transactions.addOrVerifyPartitions(request, adds),
    (results) => held.complete(results),
    // Whatever becomes of a request to another broker, the answer is lost.
    () => held.complete(failed('NETWORK_EXCEPTION')),
    link.requestTimeoutMs,
  )
  return held.reply()
}

/** What the client is told in place of an error that it does not know. */
function errorFor(error: ErrorName, support: TransactionSupport): ErrorName {
  if (error === 'PRODUCER_FENCED') return 'INVALID_PRODUCER_EPOCH'
  return error === 'TRANSACTION_ABORTABLE' && support === 'default-error' ? 'INVALID_TXN_STATE' : error
}

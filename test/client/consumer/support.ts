import { type ConfigOptions, newConfig } from '../../../src/client/config/config.ts'
import { type Consumer, newConsumer } from '../../../src/client/consumer/consumer.ts'
import type { ConsumerMessage } from '../../../src/client/consumer/consumer-message.ts'
import type { PartitionConsumer } from '../../../src/client/consumer/partition-consumer.ts'
import type { KafkaCluster } from '../../../src/index.ts'
import { ErrorCode, errorName } from '../../../src/protocol/errors.ts'
import { Fetch, type FetchRequest } from '../../../src/protocol/messages/fetch.ts'
import { Produce } from '../../../src/protocol/messages/produce.ts'
import { type BatchOptions, buildBatch } from '../../../src/protocol/records/batch-builder.ts'
import type { RecordInput } from '../../../src/protocol/records/record.ts'
import { respond } from '../../../src/testing/index.ts'
import { WireClient } from '../../wire-client.ts'

/** When the records of the tests were made. */
export const MADE = 1_700_000_000_000

/** A batch of these values, or records, each made a millisecond after the one before. */
export function batchOf(records: readonly (string | Partial<RecordInput>)[], options: BatchOptions = {}): Buffer {
  return buildBatch(
    records.map((record, i) => {
      const timestamp = MADE + i
      return typeof record === 'string' ? { value: record, timestamp } : { timestamp, ...record }
    }),
    options,
  )
}

/** The values from `from` up to, and without, `to`. */
export function values(from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, i) => `v${from + i}`)
}

export interface ProduceOptions {
  readonly partition?: number
  readonly version?: number
  readonly transactionalId?: string
}

/** Has a partition's leader append bytes as they are, and tells the offset of the first record. */
export async function append(
  cluster: KafkaCluster,
  topic: string,
  records: Buffer,
  { partition = 0, version = 9, transactionalId }: ProduceOptions = {},
): Promise<number> {
  const client = new WireClient(cluster.connect(cluster.partition(topic, partition).leader))
  const { responses } = await client.send(Produce, version, {
    ...(transactionalId === undefined ? {} : { transactionalId }),
    acks: 1,
    timeoutMs: 1000,
    topicData: [{ name: topic, partitionData: [{ index: partition, records: [records] }] }],
  })
  client.close()
  const answer = responses[0]?.partitionResponses[0]
  if (answer?.errorCode !== ErrorCode.NONE) throw new Error(errorName(answer?.errorCode ?? -1))
  return answer.baseOffset
}

/** Has a partition's leader append a batch of values. */
export function produce(
  cluster: KafkaCluster,
  topic: string,
  records: readonly (string | Partial<RecordInput>)[],
  options: ProduceOptions & BatchOptions = {},
): Promise<number> {
  const { partition, version, transactionalId, ...ofBatch } = options
  return append(cluster, topic, batchOf(records, ofBatch), options)
}

/** A consumer in memory, on the cluster's clock. */
export function consumerOf(cluster: KafkaCluster, options: ConfigOptions = {}): Promise<Consumer> {
  return newConsumer(cluster.bootstrapServers, newConfig({ ...options, ...cluster.clientConfig() }))
}

/** Moves the cluster's time on until a promise is settled. */
export async function settled<T>(cluster: KafkaCluster, promise: Promise<T>): Promise<T> {
  let over = false
  const done = (): void => {
    over = true
  }
  promise.then(done, done)
  await cluster.clock.runUntil(() => over)
  return promise
}

/** Reads so many messages, moving the cluster's time on until they are there. */
export function take(cluster: KafkaCluster, reader: PartitionConsumer, count: number): Promise<ConsumerMessage[]> {
  return settled(cluster, takeNow(reader, count))
}

export async function takeNow(reader: PartitionConsumer, count: number): Promise<ConsumerMessage[]> {
  const messages: ConsumerMessage[] = []
  if (count === 0) return messages
  for await (const message of reader.messages) {
    messages.push(message)
    if (messages.length === count) break
  }
  return messages
}

/** `offset:value` of each. */
export function told(messages: readonly ConsumerMessage[]): string[] {
  return messages.map(({ offset, value }) => `${offset}:${value}`)
}

export interface SeenFetch extends FetchRequest {
  readonly nodeId: number
  readonly version: number
}

/** The fetches of clients that the cluster gets from now on. */
export function watchFetches(cluster: KafkaCluster): SeenFetch[] {
  const seen: SeenFetch[] = []
  cluster.use(
    respond(Fetch, ({ request, nodeId, version, passthrough }) => {
      seen.push({ ...request, nodeId, version })
      return passthrough()
    }),
  )
  return seen
}

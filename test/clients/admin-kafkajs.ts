import kafkajs, { type ITopicConfig } from 'kafkajs'
import { expect, type TestContext } from 'vitest'
import { type AdminCluster, named } from './describe-admin.ts'

const { ConfigSource, Kafka, logLevel, Partitioners } = kafkajs

/** When the first record of a topic was made, and after how many milliseconds each next one. */
export const FIRST = 1_700_000_000_000
export const APART = 1000

function client(cluster: AdminCluster, clientId: string): kafkajs.Kafka {
  return new Kafka({
    clientId,
    brokers: [...cluster.bootstrapServers],
    logLevel: logLevel.NOTHING,
    retry: { initialRetryTime: 10, retries: 5 },
  })
}

export async function connect(cluster: AdminCluster, { onTestFinished }: TestContext): Promise<kafkajs.Admin> {
  const admin = client(cluster, 'admin').admin()
  onTestFinished(() => admin.disconnect())
  await admin.connect()
  return admin
}

/** The first request for a coordinator has a real cluster make the topic of the offsets. */
export async function groupsAreCoordinated(cluster: AdminCluster): Promise<void> {
  const admin = client(cluster, 'admin').admin()
  await admin.connect()
  await cluster.settles(() => admin.fetchOffsets({ groupId: named('first') }))
  await admin.disconnect()
}

export function sized(cluster: AdminCluster, topic: string, numPartitions: number): ITopicConfig {
  return { topic, numPartitions, replicationFactor: cluster.size }
}

export async function created(
  cluster: AdminCluster,
  admin: kafkajs.Admin,
  partitions: number,
  configEntries: kafkajs.IResourceConfigEntry[] = [],
): Promise<string> {
  const topic = named('topic')
  await admin.createTopics({
    waitForLeaders: false,
    topics: [{ ...sized(cluster, topic, partitions), configEntries }],
  })
  await cluster.knows(topic)
  return topic
}

export async function partitions(admin: kafkajs.Admin, topic: string): Promise<kafkajs.PartitionMetadata[]> {
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
  expect(topics.map(({ name }) => name)).toEqual([topic])
  return (topics[0]?.partitions ?? []).toSorted((one, other) => one.partitionId - other.partitionId)
}

/** Records in the topic's first partition, each a while after the one before. */
export async function produced(cluster: AdminCluster, topic: string, count: number): Promise<void> {
  const producer = client(cluster, 'writer').producer({ createPartitioner: Partitioners.DefaultPartitioner })
  await producer.connect()
  const messages = Array.from({ length: count }, (_, index) => ({
    partition: 0,
    value: `record ${index}`,
    timestamp: String(FIRST + index * APART),
  }))
  await producer.send({ topic, acks: -1, messages })
  await producer.disconnect()
}

export async function joined(cluster: AdminCluster, topic: string, groupId: string) {
  const consumer = client(cluster, 'reader').consumer({ groupId, maxWaitTimeInMs: 50 })
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  consumer.on('consumer.group_join', ({ payload }) => resolve(payload.memberId))
  consumer.on('consumer.crash', ({ payload }) => reject(payload.error))
  await consumer.connect()
  await consumer.subscribe({ topic })
  await consumer.run({ eachMessage: async () => {} })
  return { memberId: await promise, leave: () => consumer.disconnect() }
}

/** What kafkajs rejects with, beyond its types. */
interface Failure extends Error {
  /** The name of Kafka's error. */
  readonly type?: string
  /** What each attempt met, if there were several. */
  readonly cause?: Failure
  readonly errors?: readonly { readonly topic: string; readonly type: string }[]
  readonly groups?: readonly { readonly groupId: string; readonly error: { readonly type: string } }[]
}

export async function failure(call: Promise<unknown>): Promise<Failure> {
  return await call.then(
    () => Promise.reject(new Error('the call has not failed')),
    (error: Failure) => error,
  )
}

/** The name of the error that the broker answered with. */
export async function refusal(call: Promise<unknown>): Promise<string | undefined> {
  const error = await failure(call)
  return error.type ?? error.cause?.type
}

export function inOrder<T extends { partition: number }>(entries: readonly T[]): T[] {
  return entries.toSorted((one, other) => one.partition - other.partition)
}

export function synonym(configName: string, configValue: string, configSource: kafkajs.ConfigSource) {
  return { configName, configValue, configSource }
}

export function set(configName: string, configValue: string, configSource: kafkajs.ConfigSource) {
  const isDefault = configSource === ConfigSource.DEFAULT_CONFIG
  return { configName, configValue, configSource, isDefault, isSensitive: false, readOnly: false }
}

import {
  AclOperations,
  Admin,
  type ConfigDescription,
  type ConfigResourceTypeValue,
  type ConfigSourceValue,
  type ConfigTypeValue,
  Consumer,
  type GenericError,
  type incrementalAlterConfigsV1,
  listConfigResourcesV1,
  ProduceAcks,
  Producer,
} from '@platformatic/kafka'
import { expect, type TestContext } from 'vitest'
import { type AdminCluster, named } from './describe-admin.ts'

/** When the first record of a topic was made, and after how many milliseconds each next one. */
export const FIRST = 1_700_000_000_000
export const APART = 1000

function options(cluster: AdminCluster, clientId: string) {
  return { clientId, bootstrapBrokers: [...cluster.bootstrapServers], retries: 0 }
}

export function connect(cluster: AdminCluster, { onTestFinished }: TestContext): Admin {
  const admin = new Admin(options(cluster, 'admin'))
  onTestFinished(() => admin.close())
  return admin
}

/** The first request for a coordinator has a real cluster make the topic of the offsets. */
export async function groupsAreCoordinated(cluster: AdminCluster): Promise<void> {
  const admin = new Admin(options(cluster, 'admin'))
  await cluster.settles(() => admin.listConsumerGroupOffsets({ groups: [named('first')] }))
  await admin.close()
}

export async function created(
  cluster: AdminCluster,
  admin: Admin,
  partitions: number,
  configs: { name: string; value: string }[] = [],
): Promise<string> {
  const topic = named('topic')
  await admin.createTopics({ topics: [topic], partitions, replicas: cluster.size, configs })
  await cluster.knows(topic)
  return topic
}

/** Records in the topic's first partition, each a while after the one before, by an idempotent producer. */
export async function produced(cluster: AdminCluster, topic: string, count: number): Promise<void> {
  const producer = new Producer({ ...options(cluster, 'writer'), idempotent: true })
  const messages = Array.from({ length: count }, (_, index) => ({
    topic,
    partition: 0,
    value: Buffer.from(`record ${index}`),
    timestamp: BigInt(FIRST + index * APART),
  }))
  await producer.send({ messages, acks: ProduceAcks.ALL })
  await producer.close()
}

/** A member that says little: who is thrown out of the group does not hear of it before the test has ended. */
export async function joined(cluster: AdminCluster, topic: string, groupId: string): Promise<Consumer> {
  const consumer = new Consumer({
    ...options(cluster, 'reader'),
    retries: 5,
    retryDelay: 10,
    groupId,
    groupProtocol: 'classic',
    sessionTimeout: 60_000,
    rebalanceTimeout: 60_000,
    heartbeatInterval: 40_000,
  })
  consumer.topics.trackAll(topic)
  await consumer.joinGroup({})
  return consumer
}

/** What was refused, each by the name of Kafka's error, and with what the broker says about it. */
export async function refusals(call: Promise<unknown>): Promise<{ error: string; message: string | null }[]> {
  const failure = await call.then(
    () => Promise.reject(new Error('the call has not failed')),
    (error: GenericError | AggregateError) => error,
  )
  return leaves(failure).map((each) => ({ error: each.apiId, message: each.serverErrorMessage || null }))
}

/** As above, when there is one reason only. */
export async function refusal(call: Promise<unknown>): Promise<string | undefined> {
  const [only, ...more] = await refusals(call)
  if (more.length > 0) throw new Error(`${more.length} more`)
  return only?.error
}

/** An error of this client holds those of its brokers, and theirs the error of each topic, partition or group. */
function leaves(error: GenericError | AggregateError): GenericError[] {
  return 'errors' in error ? error.errors.flatMap(leaves) : [error]
}

/** A set of operations as answers have it: a bit for each. */
export function bits(...operations: (keyof typeof AclOperations)[]): number {
  return operations.reduce((set, operation) => set | (1 << AclOperations[operation]), 0)
}

type Config = ConfigDescription['configs'][number]

/** What IncrementalAlterConfigs does to one config. */
export type Change = incrementalAlterConfigsV1.IncrementalAlterConfigsRequestConfig

/** What the broker says about a `retention.ms` of `long`. */
export const invalidRetention = 'Invalid value long for configuration retention.ms: Not a number of type LONG'

/** What a resource's configs are, by their names. */
export async function describedConfigs(
  admin: Admin,
  resource: { resourceType: ConfigResourceTypeValue; resourceName: string },
  configurationKeys: string[],
): Promise<Map<string, Config>> {
  const resources = [{ ...resource, configurationKeys }]
  const answers = await admin.describeConfigs({ resources, includeSynonyms: true, includeDocumentation: true })
  expect(answers).toMatchObject([resource])
  return new Map(answers[0]?.configs.map((config) => [config.name, config]))
}

export function values(configs: ReadonlyMap<string, Config>): Record<string, Config['value']> {
  return Object.fromEntries([...configs].map(([name, { value }]) => [name, value]))
}

export function synonym(name: string, value: string, source: ConfigSourceValue) {
  return { name, value, source }
}

export function set(name: string, value: string, configSource: ConfigSourceValue, configType: ConfigTypeValue) {
  return { name, value, configSource, configType, isSensitive: false, readOnly: false }
}

/** Whether brokers list the resources that have configs, topics and groups among them: KIP-1142, Kafka 4.1. */
export async function listsConfigResources(admin: Admin): Promise<boolean> {
  const { key, version } = listConfigResourcesV1.api
  return (await admin.listApis()).some(({ apiKey, maxVersion }) => apiKey === key && maxVersion >= version)
}

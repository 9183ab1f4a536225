import type { KafkaError } from '../../protocol/errors.ts'
import { ErrorCode } from '../../protocol/errors.ts'
import type { Input } from '../../protocol/message.ts'
import { CreatePartitions } from '../../protocol/messages/create-partitions.ts'
import { CreateTopics } from '../../protocol/messages/create-topics.ts'
import { DeleteTopics, type DeleteTopicsRequest } from '../../protocol/messages/delete-topics.ts'
import { DescribeConfigs } from '../../protocol/messages/describe-configs.ts'
import { Metadata, type MetadataResponseTopic } from '../../protocol/messages/metadata.ts'
import type { CallOptions } from '../channel.ts'
import { ConfigurationError, ErrIncompleteResponse } from '../errors/client-errors.ts'
import { throwIf } from '../errors/kafka-error.ts'
import { ErrInvalidTopic } from '../errors/kafka-errors.ts'
import { metadataRequest } from '../metadata-request.ts'
import { ask, type Calls } from './calls.ts'
import { configEntryOf } from './config-entry.ts'
import { TopicResource } from './config-resources.ts'
import { errorOrNull, TopicError, TopicPartitionError } from './errors.ts'
import { byName, byNumber, type MapOf } from './maps.ts'

/** What a topic is to be, or is. */
export interface TopicDetail {
  /** -1, the default: as the broker is configured to (KIP-464, Kafka 2.4), or as `replicaAssignment` has it. */
  readonly numPartitions?: number
  /** -1, the default: as the broker is configured to (KIP-464, Kafka 2.4), or as `replicaAssignment` has it. */
  readonly replicationFactor?: number
  /** The brokers of each partition, the preferred leader first; left out, the controller chooses. */
  readonly replicaAssignment?: MapOf<number, readonly number[]>
  /** Configs other than the broker's own. */
  readonly configEntries?: MapOf<string, string | null>
}

/** A topic that there is. It can be given to `createTopic` when `numPartitions` and `replicationFactor`, or `replicaAssignment`, are left out. */
export interface ListedTopic extends TopicDetail {
  readonly numPartitions: number
  readonly replicationFactor: number
  readonly replicaAssignment: Map<number, number[]>
  /** Those that are not Kafka's defaults. */
  readonly configEntries: Map<string, string | null>
}

/** What a broker knows of a topic. */
export interface TopicMetadata {
  /** Why it knows nothing of it; null when it does. */
  readonly err: KafkaError | null
  readonly name: string
  /** KIP-516; all zeros where brokers do not tell it. */
  readonly topicId: string
  readonly isInternal: boolean
  readonly partitions: readonly PartitionMetadata[]
}

/** What a broker knows of a partition. */
export interface PartitionMetadata {
  readonly err: KafkaError | null
  readonly id: number
  /** -1 when there is none. */
  readonly leader: number
  /** -1 where brokers do not tell it. */
  readonly leaderEpoch: number
  readonly replicas: readonly number[]
  readonly isr: readonly number[]
  readonly offlineReplicas: readonly number[]
}

export async function createTopic(
  calls: Calls,
  topic: string,
  detail: TopicDetail,
  validateOnly: boolean,
  options: CallOptions,
): Promise<void> {
  checkTopic(topic)
  const { numPartitions = -1, replicationFactor = -1, replicaAssignment = {}, configEntries = {} } = detail
  const { timeoutMs } = calls
  const asked = {
    name: topic,
    numPartitions,
    replicationFactor,
    assignments: byNumber(replicaAssignment).map(([partitionIndex, brokerIds]) => ({ partitionIndex, brokerIds })),
    configs: byName(configEntries).map(([name, value]) => ({ name, value })),
  }
  await calls.onController(options, async (controller) => {
    const body = { topics: [asked], timeoutMs, validateOnly }
    const { topics } = await ask(controller, CreateTopics, body, { ...options, brokerWaitMs: timeoutMs })
    const result = topics.find(({ name }) => name === topic)
    if (result === undefined) throw new ErrIncompleteResponse(topic)
    if (result.errorCode !== ErrorCode.NONE) throw new TopicError(result.errorCode, result.errorMessage)
  })
}

export async function deleteTopic(calls: Calls, topic: string, options: CallOptions): Promise<void> {
  checkTopic(topic)
  const { timeoutMs } = calls
  const body = (version: number): Input<DeleteTopicsRequest> =>
    version >= 6 ? { topics: [{ name: topic }], timeoutMs } : { topicNames: [topic], timeoutMs }
  await calls.onController(options, async (controller) => {
    const { responses } = await ask(controller, DeleteTopics, body, { ...options, brokerWaitMs: timeoutMs })
    const result = responses.find(({ name }) => name === topic)
    if (result === undefined) throw new ErrIncompleteResponse(topic)
    throwIf(result.errorCode, result.errorMessage)
  })
}

export async function createPartitions(
  calls: Calls,
  topic: string,
  count: number,
  assignment: readonly (readonly number[])[] | null,
  validateOnly: boolean,
  options: CallOptions,
): Promise<void> {
  checkTopic(topic)
  const { timeoutMs } = calls
  const assignments = assignment === null ? null : assignment.map((brokerIds) => ({ brokerIds }))
  await calls.onController(options, async (controller) => {
    const body = { topics: [{ name: topic, count, assignments }], timeoutMs, validateOnly }
    const { results } = await ask(controller, CreatePartitions, body, { ...options, brokerWaitMs: timeoutMs })
    const result = results.find(({ name }) => name === topic)
    if (result === undefined) throw new ErrIncompleteResponse(topic)
    if (result.errorCode !== ErrorCode.NONE) throw new TopicPartitionError(result.errorCode, result.errorMessage)
  })
}

export async function describeTopics(
  calls: Calls,
  topics: readonly string[],
  options: CallOptions,
): Promise<TopicMetadata[]> {
  const body = metadataRequest(topics.length === 0 ? null : topics, false)
  return calls.onController(options, async (controller) => {
    const answer = await ask(controller, Metadata, body, options)
    throwIf(answer.errorCode)
    return answer.topics.map(topicMetadata)
  })
}

/** Asks one broker for all topics, and then for the configs of all of them at once. */
export async function listTopics(calls: Calls, options: CallOptions): Promise<Map<string, ListedTopic>> {
  return calls.onAnyBroker(options, async (broker) => {
    const metadata = await ask(broker, Metadata, metadataRequest(null, false), options)
    throwIf(metadata.errorCode)
    const listed = new Map(metadata.topics.map((topic) => [topic.name ?? '', listedTopic(topic)]))
    if (listed.size === 0) return listed
    const resources = [...listed.keys()].map((name) => ({
      resourceType: TopicResource,
      resourceName: name,
      configurationKeys: null,
    }))
    const version = await broker.versionOf(DescribeConfigs, options)
    const { results } = await ask(broker, DescribeConfigs, { resources }, { ...options, maxVersion: version })
    for (const { resourceName, configs } of results) {
      for (const config of configs) {
        const { name, value, ...entry } = configEntryOf(config, version)
        if (!entry.default && !entry.sensitive) listed.get(resourceName)?.configEntries.set(name, value)
      }
    }
    return listed
  })
}

/** @throws ErrInvalidTopic, ConfigurationError */
export function checkTopic(topic: string): void {
  if (typeof topic !== 'string') throw new ConfigurationError('the name of a topic must be a string')
  if (topic === '') throw new ErrInvalidTopic('the name of a topic must not be empty')
}

function listedTopic({ partitions }: MetadataResponseTopic): ListedTopic {
  return {
    numPartitions: partitions.length,
    replicationFactor: partitions[0]?.replicaNodes.length ?? -1,
    replicaAssignment: new Map(partitions.map(({ partitionIndex, replicaNodes }) => [partitionIndex, replicaNodes])),
    configEntries: new Map(),
  }
}

function topicMetadata(topic: MetadataResponseTopic): TopicMetadata {
  const { errorCode, name, topicId, isInternal, partitions } = topic
  return {
    err: errorOrNull(errorCode),
    name: name ?? '',
    topicId,
    isInternal,
    partitions: partitions.map((partition) => ({
      err: errorOrNull(partition.errorCode),
      id: partition.partitionIndex,
      leader: partition.leaderId,
      leaderEpoch: partition.leaderEpoch,
      replicas: partition.replicaNodes,
      isr: partition.isrNodes,
      offlineReplicas: partition.offlineReplicas,
    })),
  }
}

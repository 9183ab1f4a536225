import { ErrorCode, KafkaError } from '../../protocol/errors.ts'
import type {
  CreatableTopic,
  CreatableTopicConfigs,
  CreatableTopicResult,
  CreateTopicsRequest,
} from '../../protocol/messages/create-topics.ts'
import { lazy } from '../../protocol/records/lazy.ts'
import { ZERO_UUID } from '../../protocol/uuid.ts'
import { ConfigError } from '../config/config-def.ts'
import { ConfigResourceType } from '../config/config-resource-type.ts'
import { topicConfigEntries } from '../config/topic-config-entries.ts'
import { withClearedElr } from './config-alteration.ts'
import type { ControllerState, MetadataDecision } from './decision.ts'
import type { MetadataRecord } from './metadata-record.ts'
import { MOST_NEW_PARTITIONS, newPartition } from './new-partition.ts'
import { assignedReplicas, placedReplicas } from './replica-assignment.ts'
import { CLUSTER_METADATA_TOPIC, invalidTopicName } from './topic-names.ts'

/** What CreateTopics asks of the controller. */
export type TopicCreation = Pick<CreateTopicsRequest, 'topics' | 'validateOnly'>

const LONGEST_CONFIG_VALUE = 32_767

/** CreateTopics: Kafka's `ControllerApis.createTopics` and `ReplicationControlManager.createTopics`. */
export function decideTopicCreation(
  request: TopicCreation,
  state: ControllerState,
): MetadataDecision<CreatableTopicResult[]> {
  const names = request.topics.map((topic) => topic.name)
  const duplicates = repeated(names)
  const topics = request.topics.filter((topic) => !duplicates.has(topic.name) && topic.name !== CLUSTER_METADATA_TOPIC)
  if (countPartitions(topics, state) > MOST_NEW_PARTITIONS) {
    const tooMany = new KafkaError('POLICY_VIOLATION', 'Excessively large number of partitions per request.')
    return { records: [], answer: request.topics.map((topic) => failed(topic.name, tooMany)) }
  }

  const records: MetadataRecord[] = []
  // Most topics override nothing: what is told of their configs is made once.
  const inherited = lazy(() => describedConfigs(new Map(), state))
  const answer = topics.map((topic) => {
    try {
      const created = decideTopic(topic, state, inherited)
      records.push(...created.records)
      return created.answer
    } catch (error) {
      return failed(topic.name, asKafkaError(error))
    }
  })
  for (const name of duplicates) {
    answer.push(failed(name, new KafkaError('INVALID_REQUEST', 'Duplicate topic name.')))
  }
  if (names.includes(CLUSTER_METADATA_TOPIC) && !duplicates.has(CLUSTER_METADATA_TOPIC)) {
    const message = `Creation of internal topic ${CLUSTER_METADATA_TOPIC} is prohibited.`
    answer.push(failed(CLUSTER_METADATA_TOPIC, new KafkaError('INVALID_REQUEST', message)))
  }
  return { records: request.validateOnly ? [] : records, answer }
}

function countPartitions(topics: readonly CreatableTopic[], { config }: ControllerState): number {
  return topics.reduce((sum, { assignments, numPartitions }) => {
    if (assignments.length > 0) return sum + assignments.length
    return sum + (numPartitions === -1 ? config.int('num.partitions') : Math.max(0, numPartitions))
  }, 0)
}

function repeated(names: readonly string[]): Set<string> {
  const seen = new Set<string>()
  return new Set(names.filter((name) => seen.size === seen.add(name).size))
}

function decideTopic(
  topic: CreatableTopic,
  state: ControllerState,
  inheritedConfigs: () => CreatableTopicConfigs[],
): MetadataDecision<CreatableTopicResult> {
  checkName(topic.name, state)
  const overrides = checkedConfigs(topic, state)
  const partitions = topic.assignments.length > 0 ? assignedReplicas(topic, state) : placedReplicas(topic, state)
  const topicId = state.random.uuid()
  return {
    records: [
      { type: 'TopicRecord', version: 0, value: { name: topic.name, topicId } },
      ...withClearedElr(configRecords(topic.name, overrides), state),
      ...partitions.map((replicas, index) => newPartition(topicId, index, replicas, state)),
    ],
    answer: {
      name: topic.name,
      topicId,
      errorCode: ErrorCode.NONE,
      errorMessage: null,
      topicConfigErrorCode: ErrorCode.NONE,
      numPartitions: partitions.length,
      replicationFactor: partitions[0]?.length ?? -1,
      configs: overrides.size === 0 ? inheritedConfigs() : describedConfigs(overrides, state),
    },
  }
}

function configRecords(resourceName: string, overrides: ReadonlyMap<string, string>): MetadataRecord[] {
  return [...overrides].map(([name, value]) => ({
    type: 'ConfigRecord',
    version: 0,
    value: { resourceType: ConfigResourceType.TOPIC, resourceName, name, value },
  }))
}

function checkName(name: string, { image, topicNames }: ControllerState): void {
  if (image.topic(name) !== undefined) {
    throw new KafkaError('TOPIC_ALREADY_EXISTS', `Topic '${name}' already exists.`)
  }
  const colliding = topicNames.colliding(name)
  if (colliding !== undefined) {
    throw new KafkaError('INVALID_TOPIC_EXCEPTION', `Topic '${name}' collides with existing topic: ${colliding}`)
  }
  const invalid = invalidTopicName(name)
  if (invalid !== undefined) throw new KafkaError('INVALID_TOPIC_EXCEPTION', invalid)
}

function checkedConfigs(topic: CreatableTopic, { config }: ControllerState): Map<string, string> {
  const nulls = topic.configs.filter(({ value }) => value === null).map(({ name }) => name)
  if (nulls.length > 0) {
    throw new KafkaError('INVALID_CONFIG', `Null value not supported for topic configs: ${nulls.join(',')}`)
  }
  const overrides = new Map(topic.configs.map(({ name, value }) => [name, value ?? '']))
  if (overrides.size === 0) return overrides
  if ([...overrides.values()].some((value) => value.length > LONGEST_CONFIG_VALUE)) {
    throw new ConfigError(
      `The configuration value cannot be added because it exceeds the maximum value size of ${LONGEST_CONFIG_VALUE} bytes.`,
    )
  }
  config.checkTopicConfigs(overrides)
  return overrides
}

function describedConfigs(overrides: ReadonlyMap<string, string>, state: ControllerState): CreatableTopicConfigs[] {
  const cluster = state.image.configs(ConfigResourceType.BROKER, '')
  const entries = topicConfigEntries({ topic: overrides, cluster, broker: state.config.static() }, state.config.tables)
  return entries.map(({ name, value, source }) => ({
    name,
    value,
    readOnly: false,
    configSource: source,
    isSensitive: false,
  }))
}

function failed(name: string, error: KafkaError): CreatableTopicResult {
  return {
    name,
    topicId: ZERO_UUID,
    errorCode: error.code,
    errorMessage: error.message,
    topicConfigErrorCode: ErrorCode.NONE,
    numPartitions: -1,
    replicationFactor: -1,
    configs: [],
  }
}

function asKafkaError(error: unknown): KafkaError {
  if (error instanceof KafkaError) return error
  if (error instanceof ConfigError) return new KafkaError('INVALID_CONFIG', error.message)
  throw error
}

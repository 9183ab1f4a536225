import { ErrorCode, KafkaError } from '../../protocol/errors.ts'
import type {
  CreatePartitionsRequest,
  CreatePartitionsTopic,
  CreatePartitionsTopicResult,
} from '../../protocol/messages/create-partitions.ts'
import type { ControllerState, MetadataDecision } from './decision.ts'
import type { TopicImage } from './metadata-image.ts'
import type { MetadataRecord } from './metadata-record.ts'
import { MOST_NEW_PARTITIONS, newPartition } from './new-partition.ts'
import { checkAssignment, invalidAssignment, spreadReplicas } from './replica-assignment.ts'

/** What CreatePartitions asks of the controller. */
export type PartitionCreation = Pick<CreatePartitionsRequest, 'topics' | 'validateOnly'>

/** CreatePartitions: Kafka's `ControllerApis.createPartitions` and `ReplicationControlManager.createPartitions`. */
export function decidePartitionCreation(
  request: PartitionCreation,
  state: ControllerState,
): MetadataDecision<CreatePartitionsTopicResult[]> {
  const names = request.topics.map((topic) => topic.name)
  const duplicates = new Set(names.filter((name, i) => names.indexOf(name) !== i))
  const topics = request.topics.filter((topic) => !duplicates.has(topic.name))
  if (countAdditional(topics, state) > MOST_NEW_PARTITIONS) {
    const tooMany = new KafkaError('POLICY_VIOLATION', 'Excessively large number of additional partitions per request.')
    return { records: [], answer: request.topics.map((topic) => failed(topic.name, tooMany)) }
  }

  const records: MetadataRecord[] = []
  const answer = [...duplicates].map((name) => failed(name, new KafkaError('INVALID_REQUEST', 'Duplicate topic name.')))
  for (const topic of topics) {
    try {
      records.push(...decideTopic(topic, state))
      answer.push({ name: topic.name, errorCode: ErrorCode.NONE, errorMessage: null })
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error
      answer.push(failed(topic.name, error))
    }
  }
  return { records: request.validateOnly ? [] : records, answer }
}

function countAdditional(topics: readonly CreatePartitionsTopic[], { image }: ControllerState): number {
  return topics.reduce((sum, { name, count }) => {
    const topic = image.topic(name)
    return topic === undefined ? sum : sum + Math.max(0, count - topic.partitions.length)
  }, 0)
}

function decideTopic(request: CreatePartitionsTopic, state: ControllerState): MetadataRecord[] {
  const topic = state.image.topic(request.name)
  if (topic === undefined) throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION')
  const { length } = topic.partitions
  if (request.count === length) {
    throw new KafkaError('INVALID_PARTITIONS', `Topic already has ${length} partition(s).`)
  }
  if (request.count < length) {
    throw new KafkaError(
      'INVALID_PARTITIONS',
      `The topic ${topic.name} currently has ${length} partition(s); ${request.count} would not be an increase.`,
    )
  }
  return newReplicas(request, topic, state).map((replicas, i) => newPartition(topic.id, length + i, replicas, state))
}

/** The replicas of each new partition: as many as the first partition has. */
function newReplicas(
  { count, assignments }: CreatePartitionsTopic,
  { partitions }: TopicImage,
  state: ControllerState,
): readonly (readonly number[])[] {
  const additional = count - partitions.length
  const replicationFactor = partitions[0]?.replicas.length ?? 1
  if (assignments === null) return spreadReplicas(additional, replicationFactor, state)
  if (assignments.length !== additional) {
    throw invalidAssignment(
      `Attempted to add ${additional} additional partition(s), but only ${assignments.length} assignment(s) were specified.`,
    )
  }
  return assignments.map(({ brokerIds }, i) => {
    checkAssignment(brokerIds, partitions.length + i, replicationFactor, state)
    return brokerIds
  })
}

/** Kafka says no more of a missing topic than that it is missing. */
function failed(name: string, error: KafkaError): CreatePartitionsTopicResult {
  return {
    name,
    errorCode: error.code,
    errorMessage: error.error === 'UNKNOWN_TOPIC_OR_PARTITION' ? null : error.message,
  }
}

import { ErrorCode, errorMessage as genericMessage, KafkaError } from '../../protocol/errors.ts'
import type {
  AlterPartitionReassignmentsRequest,
  AlterPartitionReassignmentsResponse,
  ReassignablePartition,
  ReassignablePartitionResponse,
} from '../../protocol/messages/alter-partition-reassignments.ts'
import type {
  ListPartitionReassignmentsRequest,
  OngoingTopicReassignment,
} from '../../protocol/messages/list-partition-reassignments.ts'
import type { ControllerState, MetadataDecision } from './decision.ts'
import type { MetadataImage, PartitionImage, TopicImage } from './metadata-image.ts'
import type { MetadataRecord } from './metadata-record.ts'
import { decidePartition, electionOf } from './partition-rules.ts'
import { isReassigning, reassignmentTo } from './reassignment-replicas.ts'
import { checkManualAssignment, invalidAssignment } from './replica-assignment.ts'

/** What AlterPartitionReassignments asks of the controller. */
export type Reassignments = Pick<AlterPartitionReassignmentsRequest, 'topics' | 'allowReplicationFactorChange'>

/** AlterPartitionReassignments, KIP-455: Kafka's `ReplicationControlManager.alterPartitionReassignments`. */
export function decideReassignments(
  { topics, allowReplicationFactorChange }: Reassignments,
  state: ControllerState,
): MetadataDecision<AlterPartitionReassignmentsResponse> {
  const records: MetadataRecord[] = []
  const reassign = (name: string, target: ReassignablePartition): ReassignablePartitionResponse => {
    const { partitionIndex } = target
    try {
      const record = decideReassignment(name, target, allowReplicationFactorChange, state)
      if (record !== undefined) records.push(record)
      return { partitionIndex, errorCode: ErrorCode.NONE, errorMessage: null }
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error
      // Kafka says no more of an error than its code where there is nothing particular to say.
      const errorMessage = error.message === genericMessage(error.error) ? null : error.message
      return { partitionIndex, errorCode: error.code, errorMessage }
    }
  }
  const responses = topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map((target) => reassign(name, target)),
  }))
  const answer = { throttleTimeMs: 0, allowReplicationFactorChange, errorCode: 0, errorMessage: null, responses }
  return { records, answer }
}

function decideReassignment(
  name: string,
  { partitionIndex, replicas }: ReassignablePartition,
  mayChangeFactor: boolean,
  state: ControllerState,
): MetadataRecord | undefined {
  const topic = state.image.topic(name)
  if (topic === undefined) {
    throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', `Unable to find a topic named ${name}.`)
  }
  const partition = topic.partitions[partitionIndex]
  if (partition === undefined) {
    throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', `Unable to find partition ${name}:${partitionIndex}.`)
  }
  if (replicas === null) return decideCancellation(topic, partition, state)
  checkManualAssignment(replicas, undefined, state)
  if (!mayChangeFactor) checkFactor(partition, replicas)
  const target = reassignmentTo(partition.replicas, replicas)
  // What a reassignment under way adds and removes stays as it is where this one adds or removes nothing.
  const wish = {
    replicas: target.replicas,
    ...(target.removing.length > 0 ? { removing: target.removing } : {}),
    ...(target.adding.length > 0 ? { adding: target.adding } : {}),
  }
  return decidePartition(topic, partition, wish, state)
}

/** The replicas are again what they were. Where none of those is in sync that takes an unclean election. */
function decideCancellation(
  topic: TopicImage,
  partition: PartitionImage,
  state: ControllerState,
): MetadataRecord | undefined {
  if (!isReassigning(partition)) throw new KafkaError('NO_REASSIGNMENT_IN_PROGRESS')
  const isOriginal = (id: number): boolean => !partition.addingReplicas.includes(id)
  const replicas = partition.replicas.filter(isOriginal)
  const isr = partition.isr.filter(isOriginal)
  const election = electionOf(topic, state)
  if (isr.length === 0) {
    const [first] = replicas
    if (first === undefined) {
      throw invalidAssignment('Invalid replica assignment: addingReplicas contains all replicas.')
    }
    if (election !== 'unclean') {
      throw invalidAssignment(
        `Unable to revert partition assignment for ${topic.name}:${partition.index} because it would require an ` +
          'unclean leader election.',
      )
    }
    isr.push(first)
  }
  return decidePartition(topic, partition, { isr, replicas, adding: [], removing: [], election }, state)
}

/** KIP-860: a reassignment that is to keep the number of replicas does. */
function checkFactor({ replicas, addingReplicas, removingReplicas }: PartitionImage, target: readonly number[]): void {
  const after = new Set([...replicas, ...addingReplicas])
  for (const id of removingReplicas) after.delete(id)
  const factor = addingReplicas.length + removingReplicas.length === 0 ? replicas.length : after.size
  if (factor !== target.length) {
    throw new KafkaError(
      'INVALID_REPLICATION_FACTOR',
      `The replication factor is changed from ${factor} to ${target.length}`,
    )
  }
}

/** ListPartitionReassignments, KIP-455: the partitions of these topics, or of all, that are reassigned. */
export function ongoingReassignments(
  topics: ListPartitionReassignmentsRequest['topics'],
  image: MetadataImage,
): OngoingTopicReassignment[] {
  const asked =
    topics === null
      ? [...image.topics()].map((topic) => ({ topic, indices: topic.partitions.map(({ index }) => index) }))
      : topics.map(({ name, partitionIndexes }) => ({ topic: image.topic(name), indices: partitionIndexes }))
  return asked.flatMap(({ topic, indices }) => {
    if (topic === undefined) return []
    const partitions = indices.flatMap((index) => {
      const partition = topic.partitions[index]
      if (partition === undefined || !isReassigning(partition)) return []
      const { replicas, addingReplicas, removingReplicas } = partition
      return {
        partitionIndex: index,
        replicas: [...replicas],
        addingReplicas: [...addingReplicas],
        removingReplicas: [...removingReplicas],
      }
    })
    return partitions.length === 0 ? [] : { name: topic.name, partitions }
  })
}

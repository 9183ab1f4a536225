import { ErrorCode, type ErrorName, errorMessage, KafkaError } from '../../protocol/errors.ts'
import type {
  ElectLeadersRequest,
  ElectLeadersResponse,
  PartitionResult,
  ReplicaElectionResult,
} from '../../protocol/messages/elect-leaders.ts'
import type { ControllerState, MetadataDecision } from './decision.ts'
import type { MetadataRecord } from './metadata-record.ts'
import { NO_LEADER, type PartitionImage, type TopicImage } from './metadata-types.ts'
import type { Election as PartitionElection } from './partition-change.ts'
import { noPartitionChange } from './partition-replay.ts'
import { decidePartition, electionOf } from './partition-rules.ts'

/** What ElectLeaders asks of the controller. */
export type LeaderElection = Pick<ElectLeadersRequest, 'electionType' | 'topicPartitions'>

/** Kafka's `ElectionType`. */
const ElectionType = { PREFERRED: 0, UNCLEAN: 1 } as const

/** Elections that are held by themselves come in no larger numbers at once: Kafka's `MAX_ELECTIONS_PER_IMBALANCE`. */
const MOST_ELECTIONS = 1000

/**
 * ElectLeaders, KIP-183, KIP-460: Kafka's `ReplicationControlManager.electLeaders`. Where all partitions are meant those that need
 * no election are left out of the answer. Throws INVALID_REQUEST for an election type that is unknown.
 */
export function decideElections(
  { electionType, topicPartitions }: LeaderElection,
  state: ControllerState,
): MetadataDecision<ElectLeadersResponse> {
  if (electionType !== ElectionType.PREFERRED && electionType !== ElectionType.UNCLEAN) {
    throw new KafkaError('INVALID_REQUEST', `Unknown election type ${electionType}`)
  }
  const records: MetadataRecord[] = []
  const elect = (topic: string, index: number): PartitionResult => {
    const { record, error, message } = decideElection(topic, index, electionType === ElectionType.UNCLEAN, state)
    if (record !== undefined) records.push(record)
    return { partitionId: index, errorCode: ErrorCode[error], errorMessage: message }
  }
  let replicaElectionResults: ReplicaElectionResult[]
  if (topicPartitions === null) {
    replicaElectionResults = [...state.image.topics()].map(({ name, partitions }) => ({
      topic: name,
      partitionResult: partitions
        .map(({ index }) => elect(name, index))
        .filter(({ errorCode }) => errorCode !== ErrorCode.ELECTION_NOT_NEEDED),
    }))
  } else {
    replicaElectionResults = topicPartitions.map(({ topic, partitions }) => ({
      topic,
      partitionResult: partitions.map((index) => elect(topic, index)),
    }))
  }
  return { records, answer: { throttleTimeMs: 0, errorCode: ErrorCode.NONE, replicaElectionResults } }
}

interface Election {
  readonly record?: MetadataRecord
  readonly error: ErrorName
  readonly message: string | null
}

function decideElection(name: string, index: number, unclean: boolean, state: ControllerState): Election {
  const topic = state.image.topic(name)
  if (topic === undefined) return failed('UNKNOWN_TOPIC_OR_PARTITION', `No such topic as ${name}`)
  const partition = topic.partitions[index]
  if (partition === undefined) return failed('UNKNOWN_TOPIC_OR_PARTITION', `No such partition as ${name}-${index}`)
  if (unclean ? partition.leader !== NO_LEADER : hasPreferredLeader(partition)) return failed('ELECTION_NOT_NEEDED')
  const record = decidePartition(topic, partition, { election: unclean ? 'unclean' : 'preferred' }, state)
  if (record !== undefined) return { record, error: 'NONE', message: null }
  return failed(unclean ? 'ELIGIBLE_LEADERS_NOT_AVAILABLE' : 'PREFERRED_LEADER_NOT_AVAILABLE')
}

function failed(error: ErrorName, message = errorMessage(error)): Election {
  return { error, message }
}

/** Partitions, each with its topic. */
type Partitions = Iterable<readonly [topic: TopicImage, partition: PartitionImage]>

/**
 * `auto.leader.rebalance.enable`: the first replicas lead again where they may (`maybeBalancePartitionLeaders`).
 * @param imbalanced the partitions that another replica leads
 * @param most how many elections are held at once
 */
export function decideRebalance(imbalanced: Partitions, state: ControllerState, most?: number): MetadataDecision<void> {
  return decideEach(imbalanced, () => 'preferred', state, most)
}

/**
 * Where nobody leads and `unclean.leader.election.enable` is set by now, somebody does (`maybeElectUncleanLeaders`).
 * @param leaderless the partitions that nobody leads
 * @param most how many elections are held at once
 */
export function decideUncleanElections(
  leaderless: Partitions,
  state: ControllerState,
  most?: number,
): MetadataDecision<void> {
  return decideEach(leaderless, (topic) => electionOf(topic, state), state, most)
}

/** @param electionOf which election a topic is due for; `online` elects nobody where nobody was. */
function decideEach(
  partitions: Partitions,
  electionOf: (topic: TopicImage) => PartitionElection,
  state: ControllerState,
  most = MOST_ELECTIONS,
): MetadataDecision<void> {
  const records: MetadataRecord[] = []
  for (const [topic, partition] of partitions) {
    const election = electionOf(topic)
    const record = election === 'online' ? undefined : decidePartition(topic, partition, { election }, state)
    if (record !== undefined) records.push(record)
    if (records.length === most) break
  }
  return { records, answer: undefined }
}

/**
 * Has one of the replicas that are in sync lead, as an operator would by a reassignment. Nothing changes when it leads
 * already. Throws UNKNOWN_TOPIC_OR_PARTITION, INELIGIBLE_REPLICA.
 */
export function decideLeader(
  name: string,
  index: number,
  nodeId: number,
  { image, versions }: ControllerState,
): MetadataDecision<void> {
  const topic = image.topic(name)
  const partition = topic?.partitions[index]
  if (topic === undefined || partition === undefined) {
    throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', `No such partition as ${name}-${index}`)
  }
  if (partition.leader === nodeId) return { records: [], answer: undefined }
  if (!partition.isr.includes(nodeId) || !image.isActive(nodeId)) {
    const isr = partition.isr.join(', ')
    throw new KafkaError('INELIGIBLE_REPLICA', `broker ${nodeId} is not in sync for ${name}-${index}: [${isr}] are`)
  }
  const value = { ...noPartitionChange(topic.id, index), leader: nodeId }
  return { records: [{ type: 'PartitionChangeRecord', version: versions.partition, value }], answer: undefined }
}

/** Whether the first replica leads. */
export function hasPreferredLeader({ leader, replicas }: PartitionImage): boolean {
  return leader === replicas[0]
}

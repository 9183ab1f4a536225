import { ErrorCode, type ErrorName } from '../../protocol/errors.ts'
import type {
  AlterPartitionRequest,
  AlterPartitionResponse,
  AlterPartitionResponsePartitionData,
  BrokerState,
  PartitionData,
} from '../../protocol/messages/alter-partition.ts'
import type { PartitionChangeRecord } from '../../protocol/messages/metadata/partition-change-record.ts'
import { checkedBroker } from './broker-states.ts'
import type { ControllerState, MetadataDecision } from './decision.ts'
import type { MetadataRecord } from './metadata-record.ts'
import {
  LEADER_RECOVERED,
  LEADER_RECOVERING,
  NO_LEADER_CHANGE,
  type PartitionImage,
  type TopicImage,
} from './metadata-types.ts'
import { merged } from './partition-replay.ts'
import { decidePartition, electionOf } from './partition-rules.ts'

/** What AlterPartition asks of the controller. */
export type PartitionAlteration = Pick<AlterPartitionRequest, 'brokerId' | 'brokerEpoch' | 'topics'>

/**
 * AlterPartition, KIP-497: a leader asks for another ISR, with the broker epochs of who is to be in it (version 3, KIP-903).
 * Throws STALE_BROKER_EPOCH; what is wrong with a partition is in the answer. `ReplicationControlManager.alterPartition`.
 */
export function decidePartitionAlteration(
  { brokerId, brokerEpoch, topics }: PartitionAlteration,
  state: ControllerState,
): MetadataDecision<AlterPartitionResponse> {
  checkedBroker(brokerId, brokerEpoch, state)
  const records: MetadataRecord[] = []
  const answers = topics.map(({ topicId, partitions }) => {
    const topic = state.image.topicById(topicId)
    return {
      topicName: '',
      topicId,
      partitions: partitions.map((asked) => {
        if (topic === undefined) return refused(asked.partitionIndex, 'UNKNOWN_TOPIC_ID')
        const { record, answer } = decideOne(brokerId, topic, asked, state)
        if (record !== undefined) records.push(record)
        return answer
      }),
    }
  })
  return { records, answer: { throttleTimeMs: 0, errorCode: ErrorCode.NONE, topics: answers } }
}

interface Altered {
  readonly record: MetadataRecord | undefined
  readonly answer: AlterPartitionResponsePartitionData
}

function decideOne(brokerId: number, topic: TopicImage, asked: PartitionData, state: ControllerState): Altered {
  const partition = topic.partitions[asked.partitionIndex]
  const isr = isrOf(asked)
  const error = checkAlteration(brokerId, partition, asked, isr, state)
  if (partition === undefined || error !== undefined) {
    return { record: undefined, answer: refused(asked.partitionIndex, error ?? 'UNKNOWN_TOPIC_OR_PARTITION') }
  }
  const wish = {
    isr: isr.map((broker) => broker.brokerId),
    leaderRecoveryState: asked.leaderRecoveryState,
    election: electionOf(topic, state),
  }
  const record = decidePartition(topic, partition, wish, state)
  if (record === undefined) return { record, answer: accepted(partition) }
  const change = record.value as PartitionChangeRecord
  if (change.leader !== brokerId && change.leader !== NO_LEADER_CHANGE) {
    // The ISR completed a reassignment that the leader is no part of any more.
    return { record, answer: refused(asked.partitionIndex, 'NEW_LEADER_ELECTED') }
  }
  return { record, answer: accepted(merged(partition, change)) }
}

/** Before version 3 leaders do not tell the broker epochs. */
function isrOf({ newIsr, newIsrWithEpochs }: PartitionData): readonly BrokerState[] {
  return newIsrWithEpochs.length > 0 ? newIsrWithEpochs : newIsr.map((brokerId) => ({ brokerId, brokerEpoch: -1 }))
}

/** What is wrong with what a leader asks for: Kafka's `validateAlterPartitionData`. */
function checkAlteration(
  brokerId: number,
  partition: PartitionImage | undefined,
  { leaderEpoch, partitionEpoch, leaderRecoveryState }: PartitionData,
  isr: readonly BrokerState[],
  state: ControllerState,
): ErrorName | undefined {
  if (partition === undefined) return 'UNKNOWN_TOPIC_OR_PARTITION'
  // A leader that is ahead of this controller has heard of a newer one.
  if (leaderEpoch > partition.leaderEpoch || partitionEpoch > partition.partitionEpoch) return 'NOT_CONTROLLER'
  if (leaderEpoch < partition.leaderEpoch) return 'FENCED_LEADER_EPOCH'
  if (brokerId !== partition.leader) return 'INVALID_REQUEST'
  if (partitionEpoch < partition.partitionEpoch) return 'INVALID_UPDATE_VERSION'
  const ids = isr.map((broker) => broker.brokerId)
  if (new Set(ids).size !== ids.length || !ids.every((id) => partition.replicas.includes(id))) return 'INVALID_REQUEST'
  if (!ids.includes(partition.leader)) return 'INVALID_REQUEST'
  if (leaderRecoveryState === LEADER_RECOVERING) {
    if (ids.length > 1 || partition.leaderRecoveryState === LEADER_RECOVERED) return 'INVALID_REQUEST'
  }
  return isr.every((broker) => mayBeInSync(broker, state)) ? undefined : 'INELIGIBLE_REPLICA'
}

/** KIP-841, KIP-903: no replica joins the ISR while its broker is fenced or stops, or has started anew since it fetched. */
function mayBeInSync({ brokerId, brokerEpoch }: BrokerState, { image }: ControllerState): boolean {
  return image.isActive(brokerId) && (brokerEpoch === -1 || image.broker(brokerId)?.epoch === brokerEpoch)
}

function refused(partitionIndex: number, error: ErrorName): AlterPartitionResponsePartitionData {
  return {
    partitionIndex,
    errorCode: ErrorCode[error],
    leaderId: 0,
    leaderEpoch: 0,
    isr: [],
    leaderRecoveryState: 0,
    partitionEpoch: 0,
  }
}

function accepted(partition: PartitionImage): AlterPartitionResponsePartitionData {
  const { index: partitionIndex, leader: leaderId, leaderEpoch, isr, leaderRecoveryState, partitionEpoch } = partition
  return { partitionIndex, errorCode: 0, leaderId, leaderEpoch, isr: [...isr], leaderRecoveryState, partitionEpoch }
}

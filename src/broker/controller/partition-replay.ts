import type { PartitionChangeRecord } from '../../protocol/messages/metadata/partition-change-record.ts'
import type { PartitionRecord } from '../../protocol/messages/metadata/partition-record.ts'
import { NO_LEADER_CHANGE, NO_RECOVERY_CHANGE, type PartitionImage } from './metadata-types.ts'

/** What a `PartitionRecord` makes. */
export function created(record: PartitionRecord): PartitionImage {
  return {
    index: record.partitionId,
    leader: record.leader,
    leaderEpoch: record.leaderEpoch,
    partitionEpoch: record.partitionEpoch,
    replicas: record.replicas,
    isr: record.isr,
    addingReplicas: record.addingReplicas,
    removingReplicas: record.removingReplicas,
    leaderRecoveryState: record.leaderRecoveryState,
    directories: record.directories,
    eligibleLeaderReplicas: record.eligibleLeaderReplicas ?? [],
    lastKnownElr: record.lastKnownElr ?? [],
  }
}

/** What a `PartitionChangeRecord` says when it changes nothing. */
export function noPartitionChange(topicId: string, partitionId: number): PartitionChangeRecord {
  return {
    partitionId,
    topicId,
    isr: null,
    leader: NO_LEADER_CHANGE,
    replicas: null,
    removingReplicas: null,
    addingReplicas: null,
    leaderRecoveryState: NO_RECOVERY_CHANGE,
    directories: null,
    eligibleLeaderReplicas: null,
    lastKnownElr: null,
  }
}

/** Kafka's `PartitionRegistration.merge`. */
export function merged(partition: PartitionImage, change: PartitionChangeRecord): PartitionImage {
  const leaderChanges = change.leader !== NO_LEADER_CHANGE
  return {
    index: partition.index,
    leader: leaderChanges ? change.leader : partition.leader,
    leaderEpoch: partition.leaderEpoch + (leaderChanges ? 1 : 0),
    partitionEpoch: partition.partitionEpoch + 1,
    replicas: change.replicas ?? partition.replicas,
    isr: change.isr ?? partition.isr,
    addingReplicas: change.addingReplicas ?? partition.addingReplicas,
    removingReplicas: change.removingReplicas ?? partition.removingReplicas,
    leaderRecoveryState:
      change.leaderRecoveryState === NO_RECOVERY_CHANGE ? partition.leaderRecoveryState : change.leaderRecoveryState,
    directories: change.directories ?? partition.directories,
    eligibleLeaderReplicas: change.eligibleLeaderReplicas ?? partition.eligibleLeaderReplicas,
    lastKnownElr: change.lastKnownElr ?? partition.lastKnownElr,
  }
}

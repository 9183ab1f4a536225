import { ZERO_UUID } from '../../protocol/uuid.ts'
import type { ControllerState } from './decision.ts'
import type { MetadataRecord } from './metadata-record.ts'

/** A request may ask for no more partitions than this; Kafka's controller writes them in one batch. */
export const MOST_NEW_PARTITIONS: number = 10_000

/** The record of a partition that begins: its first replica that is alive leads, and those alive are in sync. */
export function newPartition(
  topicId: string,
  partitionId: number,
  replicas: readonly number[],
  { image, versions }: ControllerState,
): MetadataRecord {
  const isr = replicas.filter((id) => image.isAlive(id))
  return {
    type: 'PartitionRecord',
    version: versions.partition,
    value: {
      partitionId,
      topicId,
      replicas: [...replicas],
      isr,
      removingReplicas: [],
      addingReplicas: [],
      leader: isr[0] ?? -1,
      leaderRecoveryState: 0,
      leaderEpoch: 0,
      partitionEpoch: 0,
      directories: versions.directories ? replicas.map((id) => image.broker(id)?.logDirs[0] ?? ZERO_UUID) : [],
      eligibleLeaderReplicas: null,
      lastKnownElr: null,
    },
  }
}

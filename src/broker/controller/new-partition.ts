import type { ControllerState } from './decision.ts'
import { defaultDirectory } from './directories.ts'
import type { MetadataRecord } from './metadata-record.ts'

/** A request may ask for no more partitions than this; Kafka's controller writes them in one batch. */
export const MOST_NEW_PARTITIONS: number = 10_000

/** The record of a partition that begins: its first replica whose broker is active leads, and those of active brokers are in sync. */
export function newPartition(
  topicId: string,
  partitionId: number,
  replicas: readonly number[],
  { image, versions }: ControllerState,
): MetadataRecord {
  const isr = replicas.filter((id) => image.isActive(id))
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
      directories: versions.directories ? replicas.map((id) => defaultDirectory(image.broker(id))) : [],
      eligibleLeaderReplicas: null,
      lastKnownElr: null,
    },
  }
}

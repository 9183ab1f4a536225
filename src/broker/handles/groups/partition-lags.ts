import type { RecordBatch } from '../../../protocol/records/record-batch.ts'
import type { CommittedPartition, GroupMember, PartitionLag } from './group-description.ts'

/** A partition that a group has to do with. */
export type OwnPartition = Pick<PartitionLag, 'topic' | 'partition' | 'committed'>

/** The partitions that a group has committed in, or that are assigned to its members; by topic and partition. */
export function partitionsOf(
  members: readonly GroupMember[],
  commits: readonly CommittedPartition[],
  topic: string | undefined,
): readonly OwnPartition[] {
  const partitions = new Map<string, OwnPartition>()
  const put = (one: OwnPartition): void => void partitions.set(`${one.topic}:${one.partition}`, one)
  for (const { assignment } of members) {
    for (const assigned of assignment ?? []) {
      for (const partition of assigned.partitions) put({ topic: assigned.topic, partition, committed: undefined })
    }
  }
  for (const one of commits) put({ topic: one.topic, partition: one.partition, committed: one.offset })
  return [...partitions.values()]
    .filter((one) => topic === undefined || one.topic === topic)
    .sort((a, b) => (a.topic < b.topic ? -1 : a.topic > b.topic ? 1 : a.partition - b.partition))
}

/** How far it is behind in one, where the log begins at `start` and ends at `end`, as consumers see it. */
export function lagOf({ topic, partition, committed }: OwnPartition, start: number, end: number): PartitionLag {
  return { topic, partition, committed, end, lag: Math.max(0, end - (committed ?? start)) }
}

/** Whether a batch has a record from an offset on: one that begins before it has to be opened. */
export function hasRecordFrom(batch: RecordBatch, from: number): boolean {
  if (batch.baseOffset >= from) return batch.recordCount > 0
  for (const { offset } of batch.records()) if (offset >= from) return true
  return false
}

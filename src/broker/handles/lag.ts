import { RecordBatch } from '../../protocol/records/record-batch.ts'
import type { Partition } from '../replication/partition.ts'
import { type ClusterView, leaderReplica } from './cluster-view.ts'
import type { PartitionLag } from './group-description.ts'
import { committedBy, describedGroup } from './group-state.ts'
import { isAborted } from './partition-scan.ts'

/** How far a group is behind, in each partition that it has committed in, or that is assigned; by topic and partition. */
export function lagsOf(view: ClusterView, groupId: string, topic?: string): readonly PartitionLag[] {
  const partitions = new Map<string, { topic: string; partition: number; committed: number | undefined }>()
  for (const member of describedGroup(view, groupId).members) {
    for (const assigned of member.assignment ?? []) {
      for (const partition of assigned.partitions) {
        partitions.set(`${assigned.topic}:${partition}`, { topic: assigned.topic, partition, committed: undefined })
      }
    }
  }
  for (const one of committedBy(view, groupId)) {
    partitions.set(`${one.topic}:${one.partition}`, {
      topic: one.topic,
      partition: one.partition,
      committed: one.offset,
    })
  }
  return [...partitions.values()]
    .filter((one) => topic === undefined || one.topic === topic)
    .sort((a, b) => (a.topic < b.topic ? -1 : a.topic > b.topic ? 1 : a.partition - b.partition))
    .map((one) => lagOf(view, one.topic, one.partition, one.committed))
}

function lagOf(view: ClusterView, topic: string, partition: number, committed: number | undefined): PartitionLag {
  const replica = leaderReplica(view, topic, partition)
  const end = replica?.highWatermark ?? 0
  return { topic, partition, committed, end, lag: Math.max(0, end - (committed ?? replica?.logStartOffset ?? 0)) }
}

/**
 * The partitions in which a group has something left to read, of those that it has committed in or that are assigned; where a topic is named, of all
 * that this one has. Undefined while nothing is known of the group there.
 */
export function behind(view: ClusterView, groupId: string, topic?: string): readonly PartitionLag[] | undefined {
  const known = lagsOf(view, groupId, topic)
  if (known.length === 0) return undefined
  const others = topic === undefined ? [] : (view.image.topic(topic)?.partitions ?? [])
  const unknown = others.filter(({ index }) => !known.some(({ partition }) => partition === index))
  const all = [...known, ...unknown.map(({ index }) => lagOf(view, topic ?? '', index, undefined))]
  return all.filter((one) => one.lag > 0 && hasRecords(leaderReplica(view, one.topic, one.partition), one.committed))
}

/**
 * Whether there is a record that consumers have to read, from an offset on. What is left of a log may be a gap that compaction has made, the markers of
 * transactions, or what was written in one that was aborted: consumers do not have to commit behind those, and kafkajs, which by default
 * reads what is committed, does not before it has read something behind them.
 */
function hasRecords(partition: Partition | undefined, from = 0): boolean {
  if (partition === undefined) return true
  const { highWatermark, lastStableOffset } = partition
  let offset = Math.max(from, partition.logStartOffset)
  while (offset < highWatermark) {
    const limits = { maxBytes: 1 << 20, minOneMessage: true, wholeBatches: true }
    // What is undecided may be committed yet.
    const isolation = offset < lastStableOffset ? 'committed' : 'high-watermark'
    const { records, abortedTransactions = [] } = partition.read({ offset, isolation, ...limits })
    if (records.length === 0) return false
    for (const bytes of records) {
      const batch = new RecordBatch(bytes)
      if (!batch.isControl && !isAborted(batch, abortedTransactions) && reaches(batch, from)) return true
      offset = batch.nextOffset
    }
  }
  return false
}

/** Whether a batch has a record from an offset on: one that begins before it has to be opened. */
function reaches(batch: RecordBatch, from: number): boolean {
  if (batch.baseOffset >= from) return batch.recordCount > 0
  for (const { offset } of batch.records()) if (offset >= from) return true
  return false
}

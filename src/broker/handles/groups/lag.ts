import { RecordBatch } from '../../../protocol/records/record-batch.ts'
import type { Partition } from '../../replication/partition.ts'
import { type ClusterView, leaderReplica } from '../cluster-view.ts'
import { isAborted } from '../records/partition-scan.ts'
import type { PartitionLag } from './group-description.ts'
import { committedBy, describedGroup } from './group-state.ts'
import { hasRecordFrom, lagOf, type OwnPartition, partitionsOf } from './partition-lags.ts'

/** How far a group is behind, in each partition that it has committed in, or that is assigned; by topic and partition. */
export function lagsOf(view: ClusterView, groupId: string, topic?: string): readonly PartitionLag[] {
  const { members } = describedGroup(view, groupId)
  return partitionsOf(members, committedBy(view, groupId), topic).map((one) => lagIn(view, one))
}

function lagIn(view: ClusterView, one: OwnPartition): PartitionLag {
  const replica = leaderReplica(view, one.topic, one.partition)
  if (replica === undefined) {
    const { logStartOffset, highWatermark } = lastOf(view, one)
    return lagOf(one, logStartOffset, highWatermark)
  }
  // Consumers have perhaps seen more than a new leader knows of (KIP-207).
  return lagOf(one, replica.logStartOffset, replica.isCatchingUp ? replica.logEndOffset : replica.highWatermark)
}

/** Where a partition that nobody leads has ended for consumers, as far as its replicas know: what is left of it is read once it has a leader. */
function lastOf(view: ClusterView, { topic, partition }: OwnPartition): Pick<Partition, Ends> {
  const id = view.image.topic(topic)?.id
  let last = { logStartOffset: 0, highWatermark: 0 }
  for (const nodeId of view.image.partition(topic, partition)?.replicas ?? []) {
    const log = id === undefined ? undefined : view.diskOf(nodeId)?.find(id, partition)
    if (log !== undefined && log.highWatermark >= last.highWatermark) last = log
  }
  return last
}

type Ends = 'logStartOffset' | 'highWatermark'

/**
 * The partitions in which a group has something left to read, of those that it has committed in or that are assigned; where a topic is named, of all
 * that this one has. Undefined while nothing is known of the group there.
 */
export function behind(view: ClusterView, groupId: string, topic?: string): readonly PartitionLag[] | undefined {
  const known = lagsOf(view, groupId, topic)
  if (known.length === 0) return undefined
  const others = topic === undefined ? [] : (view.image.topic(topic)?.partitions ?? [])
  const unknown = others.filter(({ index }) => !known.some(({ partition }) => partition === index))
  const all = [
    ...known,
    ...unknown.map(({ index }) => lagIn(view, { topic: topic ?? '', partition: index, committed: undefined })),
  ]
  return all.filter((one) => one.lag > 0 && hasRecords(leaderReplica(view, one.topic, one.partition), one.committed))
}

/**
 * Whether there is a record that consumers have to read, from an offset on. What is left of a log may be a gap that compaction has made, the markers of
 * transactions, or what was written in one that was aborted: consumers do not have to commit behind those, and kafkajs, which by default
 * reads what is committed, does not before it has read something behind them.
 */
function hasRecords(partition: Partition | undefined, from = 0): boolean {
  if (partition === undefined || partition.isCatchingUp) return true
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
      if (!batch.isControl && !isAborted(batch, abortedTransactions) && hasRecordFrom(batch, from)) return true
      offset = batch.nextOffset
    }
  }
  return false
}

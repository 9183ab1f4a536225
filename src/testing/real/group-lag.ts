import type { CommittedPartition, GroupMember, PartitionLag } from '../../broker/handles/groups/group-description.ts'
import { hasRecordFrom, lagOf, type OwnPartition, partitionsOf } from '../../broker/handles/groups/partition-lags.ts'
import { AbortedTransactions } from '../../client/consumer/aborted-transactions.ts'
import { throwIf } from '../../client/errors/kafka-error.ts'
import { LegacyRecordBatch } from '../../protocol/records/legacy-batch.ts'
import type { PartitionOffsets } from '../test-cluster.ts'
import { checkLed, offsetsOf, partitionsOfTopic, type RealView } from './connection.ts'
import { fetchFrom } from './fetching.ts'
import { batchesOf } from './partition-read.ts'

/** What is known of a group. */
export interface GroupProgress {
  readonly members: readonly GroupMember[]
  readonly commits: readonly CommittedPartition[]
}

/** How far a group is behind, in each partition that it has committed in, or that is assigned; by topic and partition. */
export async function lagsIn(
  view: RealView,
  { members, commits }: GroupProgress,
  topic?: string,
): Promise<readonly PartitionLag[]> {
  return lagsOfAll(view, partitionsOf(members, commits, topic))
}

/**
 * The partitions in which it has something left to read, of those; where a topic is named, of all that this one has. Undefined while nothing is
 * known of the group there.
 */
export async function behindIn(
  view: RealView,
  { members, commits }: GroupProgress,
  topic: string | undefined,
  signal: AbortSignal,
): Promise<readonly PartitionLag[] | undefined> {
  const known = partitionsOf(members, commits, topic)
  if (known.length === 0) return undefined
  const others = topic === undefined ? [] : ((await partitionsOfTopic(view, topic)) ?? [])
  const unknown = others
    .filter(({ index }) => !known.some(({ partition }) => partition === index))
    .map(({ index }) => ({ topic: topic ?? '', partition: index, committed: undefined }))
  const lags = (await lagsOfAll(view, [...known, ...unknown])).filter(({ lag }) => lag > 0)
  const isBehind = await Promise.all(lags.map((one) => hasRecords(view, one, signal)))
  return lags.filter((_, i) => isBehind[i])
}

async function lagsOfAll(view: RealView, partitions: readonly OwnPartition[]): Promise<readonly PartitionLag[]> {
  const byTopic = Map.groupBy(partitions, ({ topic }) => topic)
  const offsets = new Map(
    await Promise.all(
      [...byTopic].map(async ([topic, own]): Promise<[string, ReadonlyMap<number, PartitionOffsets>]> => {
        const led = (await partitionsOfTopic(view, topic)) ?? []
        const there = led.filter(({ index }) => own.some(({ partition }) => partition === index))
        // Where a log ends its leader alone knows.
        checkLed(topic, there)
        const indices = there.map(({ index }) => index)
        return [topic, await offsetsOf(view, topic, indices)]
      }),
    ),
  )
  return partitions.map((one) => {
    const { start = 0, end = 0 } = offsets.get(one.topic)?.get(one.partition) ?? {}
    return lagOf(one, start, end)
  })
}

/**
 * Whether there is a record that consumers have to read, from what is committed on. What is left of a log may be a gap that compaction has made, the markers of
 * transactions, or what was written in one that was aborted: consumers do not have to commit behind those.
 */
async function hasRecords(
  view: RealView,
  { topic, partition: index, committed }: PartitionLag,
  signal: AbortSignal,
): Promise<boolean> {
  const from = committed ?? 0
  const own = ((await partitionsOfTopic(view, topic)) ?? []).filter((one) => one.index === index)
  checkLed(topic, own)
  const {
    start = 0,
    end = 0,
    stable = 0,
  } = (
    await offsetsOf(
      view,
      topic,
      own.map((one) => one.index),
    )
  ).get(index) ?? {}
  const leader = own[0]?.leader ?? -1
  let position = Math.max(from, start)
  while (position < end) {
    const before = position
    // What is undecided may be committed yet.
    const isCommittedOnly = position < stable
    const limits = { isCommittedOnly, maxWaitMs: 0, signal }
    const [answer] = await fetchFrom(view.client.broker(leader), [{ topic, index, position }], limits)
    // A client that is throttled is given nothing for now (KIP-219).
    if (answer === undefined) return true
    throwIf(answer.errorCode)
    const aborted = new AbortedTransactions(answer.abortedTransactions ?? [])
    for (const batch of batchesOf(answer.records)) {
      if (batch instanceof LegacyRecordBatch) return true
      const isAborted = isCommittedOnly && aborted.hides(batch)
      if (!batch.isControl && !isAborted && hasRecordFrom(batch, from)) return true
      position = batch.nextOffset
    }
    if (position === before) return false
  }
  return false
}

import { ZERO_UUID } from '../../../protocol/uuid.ts'
import type { GroupShard } from './group-shard.ts'
import type { CommittedOffset } from './offsets.ts'

/** Partitions whose offsets are asked for. */
export interface TopicToFetch {
  readonly topic: string
  /** The zero id where the client names topics. */
  readonly topicId: string
  readonly partitions: readonly number[]
}

/** The offsets of a topic. */
export interface FetchedTopic {
  readonly topic: string
  readonly topicId: string
  readonly partitions: readonly FetchedPartition[]
}

export interface FetchedPartition {
  readonly partition: number
  /** Undefined where none is committed. */
  readonly committed: CommittedOffset | undefined
  /** UNSTABLE_OFFSET_COMMIT where a transaction that is still open may commit another (KIP-447). */
  readonly error?: 'UNSTABLE_OFFSET_COMMIT'
}

/** The same as {@link fetchOffsets} of the last record, but for partitions of which a transaction that is still open may commit another. */
export function fetchStableOffsets(
  shard: GroupShard,
  groupId: string,
  topics: readonly TopicToFetch[] | null,
): FetchedTopic[] {
  const fetched = fetchOffsets(shard, groupId, topics, Number.POSITIVE_INFINITY)
  if (!shard.pendingOffsets.hasAny(groupId)) return fetched
  return fetched.map((topic) => ({
    ...topic,
    partitions: topic.partitions.map((fetchedPartition): FetchedPartition => {
      const { partition } = fetchedPartition
      if (!shard.pendingOffsets.has(groupId, topic.topic, partition)) return fetchedPartition
      return { partition, committed: undefined, error: 'UNSTABLE_OFFSET_COMMIT' }
    }),
  }))
}

/** What a group has committed as of the records below `recordOffset`: for the topics, or for all when there are none given. */
export function fetchOffsets(
  shard: GroupShard,
  groupId: string,
  topics: readonly TopicToFetch[] | null,
  recordOffset: number,
): FetchedTopic[] {
  if (topics === null) return allOffsets(shard, groupId, recordOffset)
  return topics.map(({ topic, topicId, partitions }) => ({
    topic,
    topicId,
    partitions: partitions.map((partition) => {
      const committed = shard.offsets.getAsOf(groupId, topic, partition, recordOffset)
      return { partition, committed: isOfTopic(committed, topicId) ? committed : undefined }
    }),
  }))
}

function allOffsets(shard: GroupShard, groupId: string, recordOffset: number): FetchedTopic[] {
  const byTopic = new Map<string, { partition: number; committed: CommittedOffset }[]>()
  for (const committed of shard.offsets.ofAsOf(groupId, recordOffset)) {
    const partitions = byTopic.get(committed.topic) ?? []
    partitions.push({ partition: committed.partition, committed })
    byTopic.set(committed.topic, partitions)
  }
  return [...byTopic].map(([topic, partitions]) => ({ topic, topicId: ZERO_UUID, partitions }))
}

/** Whether an offset was not committed to an earlier topic of that name. */
function isOfTopic(committed: CommittedOffset | undefined, topicId: string): boolean {
  if (committed === undefined) return false
  return committed.topicId === ZERO_UUID || topicId === ZERO_UUID || committed.topicId === topicId
}

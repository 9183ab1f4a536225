import { type ErrorName, KafkaError } from '../../../protocol/errors.ts'
import { answerNow, decide } from '../shard.ts'
import type { ClassicGroup } from './classic-group.ts'
import type { GroupRecord } from './group-record.ts'
import type { GroupDecision, GroupShard } from './group-shard.ts'
import { scheduleHeartbeat } from './rebalance.ts'

/** An OffsetCommit request, whatever its version. Its topics are known, and have these partitions. */
export interface CommitRequest {
  readonly groupId: string
  /** -1: whoever commits is no member. */
  readonly generationId: number
  readonly memberId: string
  readonly groupInstanceId: string | null
  /** KIP-211: how long the offsets are kept, ms; -1: as long as the broker keeps all. */
  readonly retentionTimeMs: number
  readonly topics: readonly TopicToCommit[]
  /** Whether the client knows GROUP_ID_NOT_FOUND. */
  readonly knowsGroupIdNotFound: boolean
}

export interface TopicToCommit {
  readonly topic: string
  readonly topicId: string
  readonly partitions: readonly PartitionToCommit[]
}

export interface PartitionToCommit {
  readonly partition: number
  readonly offset: number
  readonly leaderEpoch: number
  readonly metadata: string | null
  /** When the client says that it commits, ms; -1: now. */
  readonly timestamp: number
}

/** What became of each partition, in the order of the request. */
export type CommitAnswer = readonly { readonly topic: TopicToCommit; readonly errors: readonly ErrorName[] }[]

/** Commits the offsets of a group's member, or of somebody who is none. */
export function commitOffsets(shard: GroupShard, request: CommitRequest): GroupDecision<CommitAnswer> {
  check(shard, request)
  const { retentionTimeMs } = request
  // Some clients mean "for ever" by the greatest int64.
  const expireTimestamp =
    retentionTimeMs === -1 ? -1 : Math.min(shard.clock.now() + retentionTimeMs, Number.MAX_SAFE_INTEGER)
  const { records, answer } = offsetRecords(shard, request, expireTimestamp)
  return records.length === 0 ? answerNow(() => answer) : decide(records, () => answer)
}

/** The records that commit offsets, but for those with too much metadata, and what is answered once they are committed. */
export function offsetRecords(
  shard: GroupShard,
  { groupId, topics }: Pick<CommitRequest, 'groupId' | 'topics'>,
  expireTimestamp: number,
): { records: GroupRecord[]; answer: CommitAnswer } {
  const now = shard.clock.now()
  const maxMetadata = shard.config.int('offset.metadata.max.bytes')
  const records: GroupRecord[] = []
  const answer = topics.map((topic) => ({
    topic,
    errors: topic.partitions.map((committed): ErrorName => {
      const metadata = committed.metadata ?? ''
      if (metadata.length > maxMetadata) return 'OFFSET_METADATA_TOO_LARGE'
      records.push({
        type: 'OffsetCommit',
        key: { group: groupId, topic: topic.topic, partition: committed.partition },
        value: {
          offset: committed.offset,
          leaderEpoch: committed.leaderEpoch,
          metadata,
          commitTimestamp: committed.timestamp === -1 ? now : committed.timestamp,
          expireTimestamp,
          topicId: topic.topicId,
        },
      })
      return 'NONE'
    }),
  }))
  return { records, answer }
}

function check(shard: GroupShard, request: CommitRequest): void {
  const group = shard.groups.get(request.groupId)
  if (group === undefined) {
    // Whoever is no member makes a simple group by committing to it.
    if (request.generationId < 0) return
    throw new KafkaError(
      request.knowsGroupIdNotFound ? 'GROUP_ID_NOT_FOUND' : 'ILLEGAL_GENERATION',
      `Group ${request.groupId} not found.`,
    )
  }
  checkMember(group, request)
  // A commit is a sign of life.
  const member = group.members.get(request.memberId)
  if (member !== undefined && group.isIn('Stable', 'PreparingRebalance')) scheduleHeartbeat(shard, group, member)
}

function checkMember(group: ClassicGroup, { generationId, memberId, groupInstanceId }: CommitRequest): void {
  if (generationId < 0 && group.state === 'Empty') return
  // A commit without a generation and a member id is for a group without members.
  if (generationId < 0 && memberId === '' && groupInstanceId === null) throw new KafkaError('UNKNOWN_MEMBER_ID')
  group.validateMember(memberId, groupInstanceId)
  if (generationId !== group.generationId) throw new KafkaError('ILLEGAL_GENERATION')
  // The member has joined the new generation, but does not know its assignment yet.
  if (group.state === 'CompletingRebalance') throw new KafkaError('REBALANCE_IN_PROGRESS')
}

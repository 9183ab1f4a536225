import { KafkaError } from '../../../protocol/errors.ts'
import { decide } from '../shard.ts'
import { offsetRecords, type TopicToCommit } from './commit.ts'
import type { GroupDecision, GroupShard } from './group-shard.ts'
import { leave } from './leave.ts'
import { prepareRebalance } from './rebalance.ts'
import { syncError } from './sync-answer.ts'

/*
 * What a test has happen in a group that no client asks for. It follows the same rules, and is written to the same log.
 */

/** Has every member join again, as when one that has joined leaves. In a rebalance that goes on already nothing changes. */
export function rebalanceNow(shard: GroupShard, groupId: string): GroupDecision<void> {
  const group = shard.groups.get(groupId)
  const done = (): void => {}
  if (group === undefined || group.members.size === 0) throw new KafkaError('GROUP_ID_NOT_FOUND')
  return decide(group.isIn('Stable', 'CompletingRebalance') ? prepareRebalance(shard, group) : [], done)
}

/** Ends a member's session: the others share what it had, and it hears UNKNOWN_MEMBER_ID. */
export function evict(shard: GroupShard, groupId: string, memberId: string): GroupDecision<void> {
  const member = shard.groups.get(groupId)?.members.get(memberId)
  if (member === undefined) throw new KafkaError('UNKNOWN_MEMBER_ID')
  // No session ends while this request is held; here it is told, so that it need not time out.
  member.completeSync(syncError('UNKNOWN_MEMBER_ID'))
  const { records, committed } = leave(shard, groupId, [{ memberId, groupInstanceId: null }])
  return decide(records, () => {
    committed()
  })
}

/** Offsets that expire when the broker's config says so. */
const NO_TIME_OF_ITS_OWN = -1

/** Commits offsets whoever is a member, which nobody but a member may as long as there is one. */
export function setOffsets(shard: GroupShard, groupId: string, topics: readonly TopicToCommit[]): GroupDecision<void> {
  return decide(offsetRecords(shard, { groupId, topics }, NO_TIME_OF_ITS_OWN).records, () => {})
}

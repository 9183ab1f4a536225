import { type ErrorName, KafkaError } from '../../../protocol/errors.ts'
import { decide } from '../shard.ts'
import type { ClassicGroup } from './classic-group.ts'
import type { GroupRecord } from './group-record.ts'
import type { GroupDecision, GroupShard } from './group-shard.ts'
import { cancelHeartbeat, completeJoinIfAllJoined, prepareRebalanceOrCompleteJoin, removeMember } from './rebalance.ts'

/** Who leaves. An administrator removes a static member by its instance id alone (KIP-345). */
export interface LeavingMember {
  readonly memberId: string
  readonly groupInstanceId: string | null
}

/** What became of a member that was to leave. */
export interface LeftMember extends LeavingMember {
  readonly error: ErrorName
}

/** Members leave; the others share what they had. */
export function leave(
  shard: GroupShard,
  groupId: string,
  members: readonly LeavingMember[],
): GroupDecision<readonly LeftMember[]> {
  const group = shard.groups.get(groupId)
  const left = members.map((member) => ({
    memberId: member.memberId,
    groupInstanceId: member.groupInstanceId,
    error: group === undefined ? ('UNKNOWN_MEMBER_ID' as const) : leaveOne(shard, group, member),
  }))
  const changed = left.some(({ error }) => error === 'NONE')
  return decide(group !== undefined && changed ? goOn(shard, group) : [], () => left)
}

function leaveOne(shard: GroupShard, group: ClassicGroup, { memberId, groupInstanceId }: LeavingMember): ErrorName {
  if (group.pendingJoinMembers.has(memberId)) {
    group.remove(memberId)
    cancelHeartbeat(shard, group, memberId)
    return 'NONE'
  }
  let leaving = memberId
  try {
    if (memberId !== '') group.validateMember(memberId, groupInstanceId)
    else leaving = (groupInstanceId !== null ? group.staticMemberId(groupInstanceId) : undefined) ?? ''
    const member = group.member(leaving)
    cancelHeartbeat(shard, group, leaving)
    removeMember(group, member)
    return 'NONE'
  } catch (error) {
    if (error instanceof KafkaError) return error.error
    throw error
  }
}

function goOn(shard: GroupShard, group: ClassicGroup): readonly GroupRecord[] {
  if (group.isIn('Stable', 'CompletingRebalance')) return prepareRebalanceOrCompleteJoin(shard, group)
  return completeJoinIfAllJoined(shard, group)
}

import { KafkaError } from '../../../protocol/errors.ts'
import { HeldRequest } from '../held-request.ts'
import { answerNow, decide, hold } from '../shard.ts'
import type { ClassicGroup } from './classic-group.ts'
import { ClassicGroupMember, type MemberProtocol } from './classic-group-member.ts'
import { newGroupRecord } from './group-record.ts'
import type { GroupDecision, GroupShard } from './group-shard.ts'
import { type JoinAnswer, joinError } from './join-answer.ts'
import {
  generationAnswer,
  prepareRebalanceOrCompleteJoin,
  scheduleHeartbeat,
  schedulePendingMember,
} from './rebalance.ts'
import { replaceStaticMember } from './static-member.ts'

/** A JoinGroup request, whatever its version. */
export interface JoinRequest {
  readonly groupId: string
  /** Empty: not a member yet. */
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly protocolType: string
  readonly protocols: readonly MemberProtocol[]
  readonly sessionTimeoutMs: number
  readonly rebalanceTimeoutMs: number
  readonly clientId: string
  /** As Java prints an address: '/127.0.0.1'. */
  readonly clientHost: string
  /** KIP-394: a dynamic member is given its id first, and joins with it. */
  readonly memberIdRequired: boolean
  /** KIP-814: a leader can be told that it need not assign. */
  readonly maySkipAssignment: boolean
}

/** How long a new member's first JoinGroup is held: its client may be gone, and nobody would notice. */
const NEW_MEMBER_JOIN_TIMEOUT_MS = 5 * 60 * 1000

/**
 * Before a new member joins: its group is made if there is none. Nobody waits for that to be committed.
 * The answer is there if it could not be written: a member has been given its id by then, as by Kafka, which nobody knows.
 */
export function createGroup(shard: GroupShard, request: JoinRequest): GroupDecision<JoinAnswer | undefined> {
  const { groupId, memberId, groupInstanceId, protocolType, protocols, memberIdRequired } = request
  if (memberId !== '' || shard.groups.get(groupId) !== undefined) return answerNow(() => undefined)
  return decide(
    [newGroupRecord(groupId, shard.clock.now())],
    () => undefined,
    ({ error }) => {
      if (protocolType === '' || protocols.length === 0) return joinError('INCONSISTENT_GROUP_PROTOCOL', memberId)
      const isGivenAnId = memberIdRequired && groupInstanceId === null
      return isGivenAnId ? joinError('MEMBER_ID_REQUIRED', newMemberId(shard, request)) : joinError(error, memberId)
    },
  )
}

/** A member joins, or joins again. Held until the group's next generation begins. */
export function join(shard: GroupShard, request: JoinRequest): GroupDecision<JoinAnswer> {
  const { memberId } = request
  const group = shard.groups.get(request.groupId)
  if (group === undefined) return refuse('UNKNOWN_MEMBER_ID', memberId)
  if (!hasRoomFor(shard, group, memberId)) {
    group.remove(memberId)
    return refuse('GROUP_MAX_SIZE_REACHED', '')
  }
  if (!group.supportsProtocols(request.protocolType, request.protocols)) {
    return refuse('INCONSISTENT_GROUP_PROTOCOL', memberId)
  }
  if (memberId === '') return joinNew(shard, group, request)
  return joinExisting(shard, group, request)
}

function joinNew(shard: GroupShard, group: ClassicGroup, request: JoinRequest): GroupDecision<JoinAnswer> {
  const { groupInstanceId } = request
  const memberId = newMemberId(shard, request)
  if (groupInstanceId !== null) {
    const existing = group.staticMemberId(groupInstanceId)
    if (existing !== undefined) return replaceStaticMember(shard, group, request, group.member(existing), memberId)
    return addMember(shard, group, request, memberId)
  }
  if (!request.memberIdRequired) return addMember(shard, group, request, memberId)
  group.pendingJoinMembers.add(memberId)
  schedulePendingMember(shard, group, memberId, request.sessionTimeoutMs)
  return refuse('MEMBER_ID_REQUIRED', memberId)
}

function newMemberId(shard: GroupShard, { groupInstanceId, clientId }: JoinRequest): string {
  return `${groupInstanceId ?? clientId}-${shard.random.hexUuid()}`
}

function joinExisting(shard: GroupShard, group: ClassicGroup, request: JoinRequest): GroupDecision<JoinAnswer> {
  const { memberId, groupInstanceId } = request
  if (group.pendingJoinMembers.has(memberId)) {
    // An id is handed out to dynamic members alone; Kafka answers the same to this, by an IllegalStateException.
    if (groupInstanceId !== null) throw new KafkaError('UNKNOWN_SERVER_ERROR')
    return addMember(shard, group, request, memberId)
  }
  try {
    group.validateMember(memberId, groupInstanceId)
  } catch (error) {
    if (error instanceof KafkaError) return refuse(error.error, memberId)
    throw error
  }

  const member = group.member(memberId)
  const unchanged = member.matches(request.protocols)
  switch (group.state) {
    case 'PreparingRebalance':
      return rejoin(shard, group, request, member)
    case 'CompletingRebalance':
      if (!unchanged) return rejoin(shard, group, request, member)
      // It may not have received the answer: here it is again.
      return answerNow(() => generationAnswer(group, member, group.isLeader(memberId)))
    case 'Stable':
      // A leader joins again for what it alone knows of, such as a topic's new partitions.
      if (group.isLeader(memberId) || !unchanged) return rejoin(shard, group, request, member)
      return answerNow(() => generationAnswer(group, member, false))
    default:
      return refuse('UNKNOWN_MEMBER_ID', memberId)
  }
}

function addMember(
  shard: GroupShard,
  group: ClassicGroup,
  request: JoinRequest,
  memberId: string,
): GroupDecision<JoinAnswer> {
  const member = new ClassicGroupMember({ ...request, memberId })
  member.isNew = true
  if (group.state === 'PreparingRebalance' && group.previousState === 'Empty') group.newMemberAdded = true
  const held = new HeldRequest<JoinAnswer>()
  member.heldJoin = held
  group.add(member)
  scheduleHeartbeat(shard, group, member, NEW_MEMBER_JOIN_TIMEOUT_MS)
  return hold(prepareRebalanceOrCompleteJoin(shard, group), held)
}

function rejoin(
  shard: GroupShard,
  group: ClassicGroup,
  request: JoinRequest,
  member: ClassicGroupMember,
): GroupDecision<JoinAnswer> {
  const held = new HeldRequest<JoinAnswer>()
  member.protocols = request.protocols
  member.rebalanceTimeoutMs = request.rebalanceTimeoutMs
  member.sessionTimeoutMs = request.sessionTimeoutMs
  member.heldJoin = held
  return hold(prepareRebalanceOrCompleteJoin(shard, group), held)
}

/** Whether `group.max.size` leaves room. While members join, the first to do so have a place, whether or not they had one. */
function hasRoomFor(shard: GroupShard, group: ClassicGroup, memberId: string): boolean {
  const limit = shard.config.int('group.max.size')
  const member = group.members.get(memberId)
  switch (group.state) {
    case 'PreparingRebalance':
      return member?.isAwaitingJoin === true || group.numAwaitingJoin < limit
    case 'CompletingRebalance':
    case 'Stable':
      return member !== undefined || group.members.size < limit
    default:
      return true
  }
}

function refuse(error: JoinAnswer['error'], memberId: string): GroupDecision<JoinAnswer> {
  return answerNow(() => joinError(error, memberId))
}

import type { ErrorName } from '../../../protocol/errors.ts'
import type { ClassicGroup } from './classic-group.ts'
import type { ClassicGroupMember } from './classic-group-member.ts'
import { type GroupRecord, groupMetadataRecord } from './group-record.ts'
import type { GroupShard } from './group-shard.ts'
import { type JoinAnswer, joinError, joinedMembers } from './join-answer.ts'
import { syncAnswer, syncError } from './sync-answer.ts'

/*
 * How a classic group goes from one generation to the next, after Kafka's `GroupMetadataManager`. Each function changes
 * soft state, and gives the records that are to be appended for it.
 */

type Records = readonly GroupRecord[]

const joinTimer = (groupId: string): string => `join ${groupId}`
const syncTimer = (groupId: string): string => `sync ${groupId}`
const heartbeatTimer = (groupId: string, memberId: string): string => `heartbeat ${groupId} ${memberId}`

/** Begins a rebalance if the group's state allows; else completes the one that goes on, if everybody is there. */
export function prepareRebalanceOrCompleteJoin(shard: GroupShard, group: ClassicGroup): Records {
  return group.canRebalance ? prepareRebalance(shard, group) : completeJoinIfAllJoined(shard, group)
}

/** Has everybody join again. */
export function prepareRebalance(shard: GroupShard, group: ClassicGroup): Records {
  if (group.state === 'CompletingRebalance') {
    group.assign(new Map())
    propagateAssignments(shard, group, 'REBALANCE_IN_PROGRESS')
  }
  group.pendingSyncMembers.clear()
  shard.timers.cancel(syncTimer(group.groupId))

  const initial = group.state === 'Empty'
  shard.transition(group, 'PreparingRebalance')
  if (initial) {
    const delayMs = shard.config.int('group.initial.rebalance.delay.ms')
    return delayInitialRebalance(shard, group, delayMs, Math.max(group.rebalanceTimeoutMs - delayMs, 0))
  }
  // There may be no members left, only ids that were given out: nobody wants them waited for.
  if (group.hasAllMembersJoined || group.rebalanceTimeoutMs <= 0) return completeJoin(shard, group)
  waitForMembers(shard, group)
  return []
}

function waitForMembers(shard: GroupShard, group: ClassicGroup): void {
  const { groupId, rebalanceTimeoutMs } = group
  // A timeout of 0 would come again and again within the same moment.
  shard.schedule(joinTimer(groupId), Math.max(1, rebalanceTimeoutMs), () => completeJoinOf(shard, groupId))
}

/** Gives the members of a new group time to arrive: `group.initial.rebalance.delay.ms`, anew with each that does (KIP-134). */
function delayInitialRebalance(shard: GroupShard, group: ClassicGroup, delayMs: number, remainingMs: number): Records {
  if (delayMs <= 0) return completeJoin(shard, group)
  shard.schedule(joinTimer(group.groupId), delayMs, () => {
    if (shard.groups.get(group.groupId) !== group) return []
    if (!group.newMemberAdded || remainingMs === 0) return completeJoin(shard, group)
    group.newMemberAdded = false
    const nextDelayMs = Math.min(shard.config.int('group.initial.rebalance.delay.ms'), remainingMs)
    return delayInitialRebalance(shard, group, nextDelayMs, Math.max(remainingMs - delayMs, 0))
  })
  return []
}

/** Ends the wait for members once all that are known have joined. The first rebalance has a delay of its own. */
export function completeJoinIfAllJoined(shard: GroupShard, group: ClassicGroup): Records {
  const waits = group.state === 'PreparingRebalance' && group.previousState !== 'Empty'
  return waits && group.hasAllMembersJoined ? completeJoin(shard, group) : []
}

function completeJoinOf(shard: GroupShard, groupId: string): Records {
  const group = shard.groups.get(groupId)
  return group === undefined ? [] : completeJoin(shard, group)
}

/** Begins the next generation with whoever has joined, and the static members that have not. */
function completeJoin(shard: GroupShard, group: ClassicGroup): Records {
  shard.timers.cancel(joinTimer(group.groupId))
  for (const member of [...group.members.values()]) {
    if (member.isAwaitingJoin || member.isStatic) continue
    group.remove(member.memberId)
    cancelHeartbeat(shard, group, member.memberId)
  }
  if (group.state === 'Dead') return []
  if (!group.electRejoinedLeader() && group.members.size > 0) {
    // None of the static members has rejoined: wait until their sessions end, or one of them does.
    waitForMembers(shard, group)
    return []
  }

  shard.initNextGeneration(group)
  if (group.isIn('Empty')) return [groupMetadataRecord(group, new Map())]
  for (const member of group.members.values()) {
    member.completeJoin(generationAnswer(group, member, group.isLeader(member.memberId)))
    scheduleHeartbeat(shard, group, member)
    member.isNew = false
    group.pendingSyncMembers.add(member.memberId)
  }
  schedulePendingSync(shard, group)
  return []
}

/** What a member is told of the generation that it belongs to. */
export function generationAnswer(group: ClassicGroup, member: ClassicGroupMember, withMembers: boolean): JoinAnswer {
  return {
    error: 'NONE',
    memberId: member.memberId,
    generationId: group.generationId,
    protocolType: group.protocolType,
    protocolName: group.protocolName,
    leader: group.leaderId ?? '',
    skipAssignment: false,
    members: withMembers ? joinedMembers(group) : [],
  }
}

/** KAFKA-12890: a member that has joined but does not sync within the rebalance timeout is removed. */
function schedulePendingSync(shard: GroupShard, group: ClassicGroup): void {
  const { groupId, generationId } = group
  shard.schedule(syncTimer(groupId), group.rebalanceTimeoutMs, () => {
    if (shard.groups.get(groupId) !== group || group.generationId !== generationId) return []
    if (!group.isIn('CompletingRebalance', 'Stable') || group.pendingSyncMembers.size === 0) return []
    for (const memberId of [...group.pendingSyncMembers]) {
      group.remove(memberId)
      cancelHeartbeat(shard, group, memberId)
    }
    return prepareRebalance(shard, group)
  })
}

/** Notes that a member has sent SyncGroup. */
export function hasSynced(shard: GroupShard, group: ClassicGroup, memberId: string): void {
  group.pendingSyncMembers.delete(memberId)
  if (group.pendingSyncMembers.size === 0) shard.timers.cancel(syncTimer(group.groupId))
}

/** Answers each SyncGroup that is held with the member's assignment, or an error. */
export function propagateAssignments(shard: GroupShard, group: ClassicGroup, error: ErrorName): void {
  for (const member of group.members.values()) {
    const answer = error === 'NONE' ? syncAnswer(group, member) : syncError(error)
    // Its session begins anew: while the request was held, nobody looked whether it had ended.
    if (member.completeSync(answer)) scheduleHeartbeat(shard, group, member)
  }
}

/** Answers whatever of a group's requests is held. */
export function answerHeldRequests(group: ClassicGroup, error: ErrorName): void {
  for (const member of group.members.values()) {
    member.completeJoin(joinError(error, member.memberId))
    member.completeSync(syncError(error))
  }
}

/** Begins a member's session anew: unless it is heard of within the timeout, it is removed. */
export function scheduleHeartbeat(
  shard: GroupShard,
  group: ClassicGroup,
  member: ClassicGroupMember,
  timeoutMs: number = member.sessionTimeoutMs,
): void {
  schedulePendingMember(shard, group, member.memberId, timeoutMs)
}

/** Gives whoever was handed a member id so long to join with it. */
export function schedulePendingMember(
  shard: GroupShard,
  group: ClassicGroup,
  memberId: string,
  timeoutMs: number,
): void {
  const { groupId } = group
  shard.schedule(heartbeatTimer(groupId, memberId), timeoutMs, () => expireMember(shard, groupId, memberId))
}

export function cancelHeartbeat(shard: GroupShard, group: ClassicGroup, memberId: string): void {
  shard.timers.cancel(heartbeatTimer(group.groupId, memberId))
}

function expireMember(shard: GroupShard, groupId: string, memberId: string): Records {
  const group = shard.groups.get(groupId)
  if (group === undefined || group.state === 'Dead') return []
  if (group.pendingJoinMembers.has(memberId)) {
    group.remove(memberId)
  } else {
    const member = group.members.get(memberId)
    if (member === undefined || member.hasSatisfiedHeartbeat) return []
    removeMember(group, member)
    if (group.isIn('Stable', 'CompletingRebalance')) return prepareRebalanceOrCompleteJoin(shard, group)
  }
  if (group.state === 'PreparingRebalance' && group.hasAllMembersJoined) return completeJoin(shard, group)
  return []
}

/** Takes a member out. If it is still there, its held JoinGroup is told so, and it will join again. */
export function removeMember(group: ClassicGroup, member: ClassicGroupMember): void {
  member.completeJoin(joinError('UNKNOWN_MEMBER_ID', ''))
  group.remove(member.memberId)
}

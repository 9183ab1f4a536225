import { HeldRequest } from '../held-request.ts'
import { hold } from '../shard.ts'
import type { ClassicGroup } from './classic-group.ts'
import { ClassicGroupMember } from './classic-group-member.ts'
import { groupMetadataRecord } from './group-record.ts'
import type { GroupDecision, GroupShard } from './group-shard.ts'
import type { JoinRequest } from './join.ts'
import { type JoinAnswer, joinError } from './join-answer.ts'
import {
  completeJoinIfAllJoined,
  generationAnswer,
  prepareRebalance,
  prepareRebalanceOrCompleteJoin,
  scheduleHeartbeat,
} from './rebalance.ts'
import { syncError } from './sync-answer.ts'

/**
 * A static member that has been restarted takes its own place under a new member id (KIP-345). The old id is fenced. A
 * stable group goes on as it was, unless the members would now vote for another protocol.
 */
export function replaceStaticMember(
  shard: GroupShard,
  group: ClassicGroup,
  request: JoinRequest,
  old: ClassicGroupMember,
  memberId: string,
): GroupDecision<JoinAnswer> {
  const leaderBefore = group.leaderId ?? ''
  const member = new ClassicGroupMember({
    memberId,
    groupInstanceId: old.groupInstanceId,
    clientId: old.clientId,
    clientHost: old.clientHost,
    protocolType: old.protocolType,
    protocols: request.protocols,
    rebalanceTimeoutMs: request.rebalanceTimeoutMs,
    sessionTimeoutMs: request.sessionTimeoutMs,
    assignment: old.assignment,
  })
  old.completeJoin(joinError('FENCED_INSTANCE_ID', old.memberId))
  old.completeSync(syncError('FENCED_INSTANCE_ID'))
  group.rename(old, member)
  // The old id's session ends by itself, without effect. The new one's begins as the old one was configured.
  scheduleHeartbeat(shard, group, member, old.sessionTimeoutMs)
  const held = new HeldRequest<JoinAnswer>()
  member.heldJoin = held

  if (group.state === 'CompletingRebalance') {
    // The leader may know the old id already, and would assign to it.
    return hold(prepareRebalance(shard, group), held)
  }
  if (group.state !== 'Stable') return hold(completeJoinIfAllJoined(shard, group), held)
  if (group.selectProtocol() !== group.protocolName) return hold(prepareRebalanceOrCompleteJoin(shard, group), held)

  return hold([groupMetadataRecord(group, group.assignments())], held, {
    committed() {
      member.completeJoin(replacedAnswer(group, member, request, leaderBefore))
    },
    failed({ error }) {
      member.heldJoin = undefined
      group.rename(member, old)
      scheduleHeartbeat(shard, group, old)
      held.complete({ ...generationAnswer(group, member, false), error, memberId: '', leader: leaderBefore })
    },
  })
}

/**
 * The answer to a static member that goes on where it was. A leader is sent the members if it can be told that it need
 * not assign (KIP-814); an older one is told of the leader before, so that it does not take itself for it.
 */
function replacedAnswer(
  group: ClassicGroup,
  member: ClassicGroupMember,
  { maySkipAssignment }: JoinRequest,
  leaderBefore: string,
): JoinAnswer {
  const isLeader = group.isLeader(member.memberId)
  if (maySkipAssignment) return { ...generationAnswer(group, member, isLeader), skipAssignment: isLeader }
  return { ...generationAnswer(group, member, false), leader: leaderBefore }
}

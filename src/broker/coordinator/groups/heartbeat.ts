import { type ErrorName, KafkaError } from '../../../protocol/errors.ts'
import { decide } from '../shard.ts'
import type { GroupDecision, GroupShard } from './group-shard.ts'
import { scheduleHeartbeat } from './rebalance.ts'

/** A Heartbeat request. */
export interface HeartbeatRequest {
  readonly groupId: string
  readonly generationId: number
  readonly memberId: string
  readonly groupInstanceId: string | null
}

/**
 * A member says that it lives, and hears whether it must join again. Not while the leader assigns: then there is
 * nothing to do but to wait for the assignment.
 */
export function heartbeat(shard: GroupShard, request: HeartbeatRequest): GroupDecision<ErrorName> {
  const group = shard.groups.get(request.groupId)
  if (group === undefined) throw new KafkaError('UNKNOWN_MEMBER_ID', `Group ${request.groupId} not found.`)
  group.validateMember(request.memberId, request.groupInstanceId)
  if (request.generationId !== group.generationId) throw new KafkaError('ILLEGAL_GENERATION')
  scheduleHeartbeat(shard, group, group.member(request.memberId))
  const answer = group.state === 'PreparingRebalance' ? 'REBALANCE_IN_PROGRESS' : 'NONE'
  return decide([], () => answer)
}

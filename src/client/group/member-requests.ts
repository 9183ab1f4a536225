import { Heartbeat } from '../../protocol/messages/heartbeat.ts'
import { JoinGroup, type JoinGroupRequest, type JoinGroupResponse } from '../../protocol/messages/join-group.ts'
import { LeaveGroup } from '../../protocol/messages/leave-group.ts'
import {
  SyncGroup,
  type SyncGroupRequestAssignment,
  type SyncGroupResponse,
} from '../../protocol/messages/sync-group.ts'
import type { Broker } from '../broker.ts'
import { CONSUMER_PROTOCOL } from './consumer-protocol.ts'

/** Who a member is to its coordinator. */
export interface MemberIdentity {
  readonly groupId: string
  /** Empty for one that is new. */
  readonly memberId: string
  /** `group.instance.id` (KIP-345); null for a dynamic member. */
  readonly groupInstanceId: string | null
}

/** What a member that joins tells of itself. */
export type Joining = Pick<JoinGroupRequest, 'protocols' | 'sessionTimeoutMs' | 'rebalanceTimeoutMs' | 'reason'>

/** What a member is to hear its partitions with. */
interface Syncing {
  readonly generationId: number
  readonly protocolName: string
  /** Everybody's, from whoever leads the group; none from others. */
  readonly assignments: readonly SyncGroupRequestAssignment[]
  /** How long the broker waits for the others. */
  readonly rebalanceTimeoutMs: number
}

/** From here on LeaveGroup is about several members (KIP-345). */
const LEAVES_IN_BATCHES_FROM = 3
/** From here on JoinGroup, SyncGroup and Heartbeat know static members (KIP-345). */
const STATIC_JOIN_FROM = 5
const STATIC_FROM = 3

export function join(
  coordinator: Broker,
  member: MemberIdentity,
  joining: Joining,
  signal: AbortSignal,
): Promise<JoinGroupResponse> {
  const body = (version: number) => ({
    ...knownFrom(STATIC_JOIN_FROM, version, member),
    ...joining,
    protocolType: CONSUMER_PROTOCOL,
  })
  return coordinator.send(JoinGroup, body, { signal, brokerWaitMs: joining.rebalanceTimeoutMs })
}

export function sync(
  coordinator: Broker,
  member: MemberIdentity,
  { rebalanceTimeoutMs, ...syncing }: Syncing,
  signal: AbortSignal,
): Promise<SyncGroupResponse> {
  const body = (version: number) => ({
    ...knownFrom(STATIC_FROM, version, member),
    ...syncing,
    protocolType: CONSUMER_PROTOCOL,
  })
  return coordinator.send(SyncGroup, body, { signal, brokerWaitMs: rebalanceTimeoutMs })
}

/** @returns the error code that is answered */
export async function heartbeat(
  coordinator: Broker,
  member: MemberIdentity,
  generationId: number,
  signal: AbortSignal,
): Promise<number> {
  const body = (version: number) => ({ ...knownFrom(STATIC_FROM, version, member), generationId })
  const { errorCode } = await coordinator.send(Heartbeat, body, { signal })
  return errorCode
}

/** @returns the error codes that are answered, of the request and of the member */
export async function leave(
  coordinator: Broker,
  { groupId, memberId }: MemberIdentity,
  reason: string,
  signal: AbortSignal,
): Promise<readonly number[]> {
  const body = (version: number) =>
    version < LEAVES_IN_BATCHES_FROM ? { groupId, memberId } : { groupId, members: [{ memberId, reason }] }
  const { errorCode, members } = await coordinator.send(LeaveGroup, body, { signal })
  return [errorCode, ...members.map((member) => member.errorCode)]
}

/** Brokers before static members know all others by their ids alone. */
function knownFrom(staticFrom: number, version: number, member: MemberIdentity): MemberIdentity {
  return version >= staticFrom ? member : { ...member, groupInstanceId: null }
}

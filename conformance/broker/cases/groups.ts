/** Groups as the cases of their APIs make them: names, requests, members that have joined. */
import { ErrorCode, errorName } from '../../../src/protocol/errors.ts'
import { encodeRecord } from '../../../src/protocol/log-record.ts'
import type { Input } from '../../../src/protocol/message.ts'
import { ConsumerProtocolSubscription } from '../../../src/protocol/messages/data/consumer-protocol-subscription.ts'
import { DescribeGroups } from '../../../src/protocol/messages/describe-groups.ts'
import { FindCoordinator } from '../../../src/protocol/messages/find-coordinator.ts'
import { JoinGroup, type JoinGroupRequest, type JoinGroupResponse } from '../../../src/protocol/messages/join-group.ts'
import { SyncGroup } from '../../../src/protocol/messages/sync-group.ts'
import type { Client, Pending, World } from '../world.ts'

/** What a member says when it joins; what is left out is that of a consumer which has time. */
export interface Joining {
  readonly memberId?: string
  readonly groupInstanceId?: string | null
  readonly protocolType?: string
  /** What it says of itself under each protocol that it offers. */
  readonly protocols?: Readonly<Record<string, string>>
  readonly sessionTimeoutMs?: number
  readonly rebalanceTimeoutMs?: number
}

/** A member that has joined, and the connection that it has for itself. */
export interface Member {
  readonly client: Client
  readonly memberId: string
  readonly generationId: number
  /** What the group has chosen. */
  readonly protocolType: string | null
  readonly protocolName: string | null
}

/** Longer than any case takes. */
const LONG_MS = 30_000

/** As a request names no member. */
export const NOBODY = { memberId: '', generationId: -1 } as const

/**
 * A group's name, when its coordinator is there.
 * The first who asks for one on a cluster has `__consumer_offsets` made.
 */
export async function groupNamed(world: World, name = 'group'): Promise<string> {
  const groupId = world.name(name)
  await coordinatorOf(world, groupId)
  return groupId
}

/** A connection to the broker that coordinates a group. */
export async function coordinatorOf(world: World, groupId: string): Promise<Client> {
  for (;;) {
    const { coordinators } = await world.arrange(FindCoordinator, { keyType: 0, coordinatorKeys: [groupId] })
    const nodeId = coordinators[0]?.nodeId ?? -1
    if (nodeId !== -1) {
      const from = world.client(nodeId)
      const { groups } = await world.arrange(DescribeGroups, { groups: [groupId] }, { from })
      const { errorCode } = groups[0] ?? {}
      if (errorCode === ErrorCode.NONE || errorCode === ErrorCode.GROUP_ID_NOT_FOUND) return from
    }
    await world.settled()
  }
}

/** JoinGroup's body. */
export function joining(groupId: string, options: Joining = {}): Input<JoinGroupRequest> {
  const { memberId = '', groupInstanceId = null, protocolType = 'consumer', protocols = { range: 'm' } } = options
  return {
    groupId,
    memberId,
    groupInstanceId,
    protocolType,
    protocols: Object.entries(protocols).map(([name, said]) => ({ name, metadata: metadataOf(protocolType, said) })),
    sessionTimeoutMs: options.sessionTimeoutMs ?? LONG_MS,
    rebalanceTimeoutMs: options.rebalanceTimeoutMs ?? LONG_MS,
  }
}

/** A consumer's is a subscription, here to no topic: Kafka 3.9 trips over some of those that it cannot read. */
function metadataOf(protocolType: string, said: string): Buffer {
  const bytes = Buffer.from(said)
  if (protocolType !== 'consumer') return bytes
  return encodeRecord(ConsumerProtocolSubscription, { topics: [], userData: bytes }, 1)
}

/** SyncGroup's assignments. */
export function assigned(members: Readonly<Record<string, string>>): { memberId: string; assignment: Buffer }[] {
  return Object.entries(members).map(([memberId, assignment]) => ({ memberId, assignment: Buffer.from(assignment) }))
}

/** Sends a new member's JoinGroup and has it compared. Since v4 it is given its id first, and joins with that (KIP-394). */
export async function joins(
  world: World,
  from: Client,
  groupId: string,
  options: Joining & { readonly as?: string } = {},
): Promise<Pending<JoinGroupResponse>> {
  const { as = 'joins' } = options
  const isNew = options.memberId === undefined
  const isStatic = options.groupInstanceId != null && world.version >= 5
  if (!isNew || isStatic || world.version < 4) return world.post(JoinGroup, joining(groupId, options), { from, as })
  const given = await world.ask(JoinGroup, joining(groupId, options), { from, as: `${as}: its id` })
  return world.post(JoinGroup, joining(groupId, { ...options, memberId: given?.memberId ?? '' }), { from, as })
}

/** Has a member join; not compared. It is held when the group has other members. */
export async function joinArranged(
  world: World,
  client: Client,
  groupId: string,
  options: Joining = {},
): Promise<{ readonly member: Promise<Member> }> {
  let { memberId = '' } = options
  if (memberId === '' && options.groupInstanceId == null) {
    const given = await world.arrange(JoinGroup, joining(groupId, options), { from: client })
    memberId = given.memberId
  }
  const pending = world.arranging(JoinGroup, joining(groupId, { ...options, memberId }), { from: client })
  return {
    get member() {
      return pending.answer.then(({ errorCode, memberId, generationId, protocolType, protocolName }) => {
        if (errorCode !== ErrorCode.NONE) throw new Error(`cannot join ${groupId}: ${errorName(errorCode)}`)
        return { client, memberId, generationId, protocolType, protocolName }
      })
    },
  }
}

/** A group's only member, that has joined and does not have its assignment yet. */
export async function joinedMember(
  world: World,
  groupId: string,
  options: Joining & { readonly clientId?: string } = {},
): Promise<Member> {
  return (await joinArranged(world, world.client(1, options.clientId), groupId, options)).member
}

/** A group's only member, that has its assignment: the group is stable. */
export async function stableMember(
  world: World,
  groupId: string,
  options: Joining & { readonly clientId?: string } = {},
): Promise<Member> {
  const member = await joinedMember(world, groupId, options)
  await syncArranged(world, groupId, [member])
  return member
}

/** The two members of a group, the leader first, of generation 2; they do not have their assignments yet. */
export async function joinedMembers(
  world: World,
  groupId: string,
  first: Joining = {},
  second: Joining = {},
): Promise<readonly [Member, Member]> {
  const { client, memberId } = await stableMember(world, groupId, { clientId: 'first', ...first })
  const other = await joinArranged(world, world.client(1, 'second'), groupId, second)
  // The other one was given its id, or is there already: whoever is first now, the group waits for both.
  if (second.groupInstanceId != null) await world.quiet()
  const again = await joinArranged(world, client, groupId, { ...first, memberId })
  return [await again.member, await other.member]
}

/** The same, with their assignments. */
export async function stableMembers(
  world: World,
  groupId: string,
  first: Joining = {},
  second: Joining = {},
): Promise<readonly [Member, Member]> {
  const members = await joinedMembers(world, groupId, first, second)
  await syncArranged(world, groupId, members)
  return members
}

/** Has members synchronise, the leader first; each is assigned its place among them. */
export async function syncArranged(world: World, groupId: string, members: readonly Member[]): Promise<void> {
  const assignments = members.map(({ memberId }, i) => ({ memberId, assignment: Buffer.from(`assignment ${i}`) }))
  for (const [i, { client, ...member }] of members.entries()) {
    const body = { groupId, ...member, assignments: i === 0 ? assignments : [] }
    const { errorCode } = await world.arrange(SyncGroup, body, { from: client })
    if (errorCode !== ErrorCode.NONE) throw new Error(`cannot synchronise ${groupId}: ${errorName(errorCode)}`)
  }
}

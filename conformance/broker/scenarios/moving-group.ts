import { ErrorCode, errorName } from '../../../src/protocol/errors.ts'
import { DescribeGroups } from '../../../src/protocol/messages/describe-groups.ts'
import { Heartbeat } from '../../../src/protocol/messages/heartbeat.ts'
import { JoinGroup } from '../../../src/protocol/messages/join-group.ts'
import { LeaveGroup } from '../../../src/protocol/messages/leave-group.ts'
import { ListGroups } from '../../../src/protocol/messages/list-groups.ts'
import { OffsetCommit } from '../../../src/protocol/messages/offset-commit.ts'
import { OffsetFetch } from '../../../src/protocol/messages/offset-fetch.ts'
import { SyncGroup } from '../../../src/protocol/messages/sync-group.ts'
import { change, Op, Type } from '../cases/admin-bodies.ts'
import { groupNamed, joinArranged, joining, type Member, syncArranged } from '../cases/groups.ts'
import { committing, fetching } from '../cases/offsets.ts'
import type { Topic, World } from '../world.ts'
import { coordinate, coordinated, find, GROUP } from './coordinators.ts'
import { since } from './partitions.ts'

/** A group with a member whose coordinator moves: first to another broker while both run, then because its broker stops. */
export async function groupMoves(world: World): Promise<void> {
  const topic = await world.topic('orders', { replicas: [[3]] })
  const groupId = await groupNamed(world)
  await coordinate(world, GROUP, groupId, [2, 1, 3])

  const member = await (await joinArranged(world, world.client(2), groupId)).member
  await syncArranged(world, groupId, [member])
  await commit(world, groupId, member, topic, 5)
  await ask(world, groupId, topic, member, 2, 'where it was made')

  await coordinate(world, GROUP, groupId, [1, 2, 3])
  await find(world, GROUP, groupId, [1, 3], 'after it moved')
  await askInEach(world, groupId, topic, member, 2)
  await ask(world, groupId, topic, member, 1, 'where it moved to')
  await askWhileItMoves(world, groupId, member)
  await ask(world, groupId, topic, member, 2, 'where it came back')

  await world.stop(2)
  await coordinated(world, GROUP, groupId, 1)
  await find(world, GROUP, groupId, [1, 3], 'after its broker stopped')
  await ask(world, groupId, topic, member, 1, 'after its broker stopped')
  const from = world.client(1)
  const { memberId } = member
  const rejoined = await world.ask(JoinGroup, joining(groupId, { memberId }), { from, as: 'again, with the same id' })
  const generationId = rejoined?.generationId ?? -1
  await syncArranged(world, groupId, [{ ...member, client: from, generationId }])
  await ask(world, groupId, topic, { ...member, generationId }, 1, 'in the next generation')
  const before = { groupId, memberId, generationId: member.generationId }
  await world.ask(Heartbeat, before, { from, as: 'in the generation before' })
  await askWithoutReplicas(world, groupId, topic, { ...member, generationId })
  await world.ask(LeaveGroup, leaving(groupId, member), { from })
  await world.ask(DescribeGroups, { groups: [groupId] }, { from, as: 'that was left' })
}

async function commit(world: World, groupId: string, member: Member, topic: Topic, offset: number): Promise<void> {
  const { client: from, memberId, generationId } = member
  const body = { ...committing(groupId, [topic], [{ offset }]), memberId, generationIdOrMemberEpoch: generationId }
  const { topics } = await world.arrange(OffsetCommit, body, { from })
  const errorCode = topics[0]?.partitions[0]?.errorCode ?? ErrorCode.UNKNOWN_SERVER_ERROR
  if (errorCode !== ErrorCode.NONE) throw new Error(`cannot commit: ${errorName(errorCode)}`)
}

type Known = Pick<Member, 'memberId' | 'generationId'>

/** What a member does at its coordinator. */
async function ask(
  world: World,
  groupId: string,
  topic: Topic,
  { memberId, generationId }: Known,
  nodeId: number,
  as: string,
): Promise<void> {
  const told = { from: world.clientTo(nodeId), as }
  const identity = { memberId, generationIdOrMemberEpoch: generationId }
  await world.ask(Heartbeat, { groupId, memberId, generationId }, told)
  await world.ask(OffsetFetch, fetching(groupId, [topic]), told)
  await world.ask(OffsetCommit, { ...committing(groupId, [topic], [{ offset: 6 }]), ...identity }, told)
  await world.ask(SyncGroup, syncing(groupId, { memberId, generationId }), told)
  await world.ask(DescribeGroups, { groups: [groupId] }, told)
}

/** The same and more in each version, at a broker that coordinates the group no more. */
async function askInEach(world: World, groupId: string, topic: Topic, member: Member, nodeId: number): Promise<void> {
  const { memberId, generationId } = member
  const told = { from: world.clientTo(nodeId), as: 'where it was' }
  const identity = { memberId, generationIdOrMemberEpoch: generationId }
  await world.askEach(Heartbeat, { groupId, memberId, generationId }, told)
  await world.askEach(OffsetFetch, fetching(groupId, [topic]), { ...told, versions: since(world, OffsetFetch, 1) })
  await world.askEach(OffsetFetch, fetching(groupId, null), {
    ...told,
    versions: { min: 2, max: 9 },
    as: `${told.as}: all`,
  })
  const commits = { ...committing(groupId, [topic]), ...identity }
  // Version 0 was for offsets in ZooKeeper.
  await world.askEach(OffsetCommit, commits, { ...told, versions: since(world, OffsetCommit, 1) })
  await world.askEach(JoinGroup, joining(groupId, { memberId }), told)
  await world.askEach(SyncGroup, syncing(groupId, member), told)
  await world.askEach(LeaveGroup, leaving(groupId, member), told)
  await world.askEach(DescribeGroups, { groups: [groupId] }, told)
  await world.ask(ListGroups, {}, told)
}

/** What the group remembers cannot be written: too few replicas of its log are in sync. */
async function askWithoutReplicas(world: World, groupId: string, topic: Topic, member: Known): Promise<void> {
  const { memberId, generationId } = member
  const config = 'min.insync.replicas'
  await change(world, [Type.TOPIC, GROUP.topic, [config, Op.SET, '3']])
  const commits = committing(groupId, [topic], [{ offset: 7 }])
  const identity = { memberId, generationIdOrMemberEpoch: generationId }
  await world.ask(OffsetCommit, { ...commits, ...identity }, { as: 'with too few replicas' })
  await world.ask(OffsetFetch, fetching(groupId, [topic]), { as: 'with too few replicas' })
  await world.ask(Heartbeat, { groupId, memberId, generationId }, { as: 'with too few replicas' })
  await world.ask(JoinGroup, joining(groupId, { memberId }), { as: 'with too few replicas' })
  const assignments = [{ memberId, assignment: Buffer.from('too few') }]
  const next = { memberId, generationId: generationId + 1 }
  await world.ask(SyncGroup, { ...syncing(groupId, next), assignments }, { as: 'with too few replicas' })
  await world.ask(DescribeGroups, { groups: [groupId] }, { as: 'with too few replicas' })
  await change(world, [Type.TOPIC, GROUP.topic, [config, Op.DELETE]])
  await world.ask(JoinGroup, joining(groupId, { memberId }), { as: 'with enough replicas' })
  await world.ask(OffsetFetch, fetching(groupId, [topic]), { as: 'with enough replicas' })
}

/** A second member waits for the first one; then the group moves. */
async function askWhileItMoves(world: World, groupId: string, member: Member): Promise<void> {
  const from = world.client(1)
  const given = await world.arrange(JoinGroup, joining(groupId), { from })
  const joins = world.post(JoinGroup, joining(groupId, { memberId: given.memberId }), { from, as: 'a second member' })
  await world.held(joins, 'a second member waits')
  const { memberId, generationId } = member
  const beat = { groupId, memberId, generationId }
  await world.ask(Heartbeat, beat, { from: world.clientTo(1), as: 'while the group waits for it' })
  await coordinate(world, GROUP, groupId, [2, 1, 3])
  await joins.answer
}

function syncing(groupId: string, { memberId, generationId }: Known) {
  return { groupId, memberId, generationId, protocolType: 'consumer', protocolName: 'range' }
}

function leaving(groupId: string, { memberId }: Known) {
  return { groupId, memberId, members: [{ memberId, groupInstanceId: null }] }
}

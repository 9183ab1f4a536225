import { DescribeGroups } from '../../../src/protocol/messages/describe-groups.ts'
import { Heartbeat } from '../../../src/protocol/messages/heartbeat.ts'
import { JoinGroup } from '../../../src/protocol/messages/join-group.ts'
import { LeaveGroup } from '../../../src/protocol/messages/leave-group.ts'
import { casesOf } from '../case.ts'
import type { World } from '../world.ts'
import { committedRecords } from './consumer-offsets.ts'
import { whileNothingCanBeWritten } from './full-log.ts'
import { coordinatorOf, groupNamed, joinArranged, joining, stableMember, stableMembers } from './groups.ts'

/** LeaveGroup's body: since v3 there is a list of those who leave. */
function leaving(groupId: string, ...memberIds: readonly string[]) {
  const reason = 'enough'
  return { groupId, memberId: memberIds[0] ?? '', members: memberIds.map((memberId) => ({ memberId, reason })) }
}

async function noteState(world: World, groupId: string): Promise<void> {
  const { groups } = await world.arrange(DescribeGroups, { groups: [groupId] })
  world.note('the group', { state: groups[0]?.groupState, members: groups[0]?.members.length })
}

export const leaveGroup = casesOf(
  LeaveGroup,
  [
    'UNKNOWN_MEMBER_ID',
    'FENCED_INSTANCE_ID',
    'INVALID_GROUP_ID',
    'NOT_COORDINATOR',
    'COORDINATOR_NOT_AVAILABLE',
    'UNKNOWN_SERVER_ERROR',
  ],
  {
    'the only member': async (world) => {
      const group = await groupNamed(world)
      const { memberId, client } = await stableMember(world, group)
      await world.ask(LeaveGroup, leaving(group, memberId), { from: client })
      await noteState(world, group)
      await world.ask(LeaveGroup, leaving(group, memberId), { from: client, as: 'once more' })
    },
    'one of two': async (world) => {
      const group = await groupNamed(world)
      const [leader, follower] = await stableMembers(world, group)
      const { memberId, client: from, generationId } = leader
      await world.ask(LeaveGroup, leaving(group, memberId), { from })
      await noteState(world, group)
      const rest = { groupId: group, memberId: follower.memberId, generationId }
      await world.ask(Heartbeat, rest, { from: follower.client, as: 'the one that is left' })
      await world.ask(JoinGroup, joining(group, { memberId: follower.memberId }), { from: follower.client })
    },
    'when nothing can be written': async (world) => {
      const group = await groupNamed(world)
      const { memberId, client } = await stableMember(world, group)
      await whileNothingCanBeWritten(world, async () => {
        await world.ask(LeaveGroup, leaving(group, memberId), { from: client })
      })
      await world.ask(LeaveGroup, leaving(group, memberId), { from: client, as: 'once more' })
      await noteState(world, group)
    },
    'what is written': async (world) => {
      const group = await groupNamed(world)
      const [leader, follower] = await stableMembers(world, group)
      const seen = await committedRecords(world, group)
      await world.ask(LeaveGroup, leaving(group, follower.memberId), { as: 'one' })
      await world.ask(LeaveGroup, leaving(group, leader.memberId), { as: 'the other' })
      await seen.note('what is written')
    },
    'while another waits for it': async (world) => {
      const group = await groupNamed(world)
      const { memberId, client } = await stableMember(world, group)
      const waiting = await joinArranged(world, world.client(), group)
      await world.quiet()
      await world.ask(LeaveGroup, leaving(group, memberId), { from: client })
      const { generationId } = await waiting.member
      world.note('the other', generationId)
    },
    'while it joins': async (world) => {
      const group = await groupNamed(world)
      await stableMember(world, group)
      const { memberId } = await world.arrange(JoinGroup, joining(group))
      const joins = world.post(JoinGroup, joining(group, { memberId }), { from: world.client(), as: 'joins' })
      await world.held(joins, 'joins')
      await world.ask(LeaveGroup, leaving(group, memberId))
      await joins.answer
    },
    'a member that was only given an id': async (world) => {
      const group = await groupNamed(world)
      const { memberId } = await world.arrange(JoinGroup, joining(group))
      await world.ask(LeaveGroup, leaving(group, memberId))
      await world.ask(LeaveGroup, leaving(group, memberId), { as: 'once more' })
    },
    'whoever is no member': async (world) => {
      const group = await groupNamed(world)
      await world.ask(LeaveGroup, leaving(group, 'nobody'), { as: 'of a group that is not there' })
      await world.ask(LeaveGroup, leaving('', 'nobody'), { as: 'of a group without a name' })
      await stableMember(world, group)
      await world.ask(LeaveGroup, leaving(group, 'nobody'))
      await world.ask(LeaveGroup, leaving(group, ''), { as: 'without a member id' })
    },
    'several at once': [
      { versions: '3+' },
      async (world) => {
        const group = await groupNamed(world)
        const [leader, follower] = await stableMembers(world, group)
        await world.ask(LeaveGroup, leaving(group), { as: 'nobody' })
        await world.ask(LeaveGroup, leaving(world.name('other')), { as: 'nobody, of a group that is not there' })
        const { memberId } = follower
        await world.ask(LeaveGroup, leaving(group, memberId, 'nobody', memberId, leader.memberId))
        await noteState(world, group)
      },
    ],
    'static members': [
      { versions: '3+' },
      async (world) => {
        const group = await groupNamed(world)
        const [leader] = await stableMembers(world, group, {}, { groupInstanceId: 'one' })
        const remove = (memberId: string, groupInstanceId: string | null) => ({
          groupId: group,
          members: [{ memberId, groupInstanceId, reason: null }],
        })
        await world.ask(LeaveGroup, remove('old', 'one'), { as: 'under another id' })
        await world.ask(LeaveGroup, remove('', 'nobody'), { as: 'an instance that is not there' })
        await world.ask(LeaveGroup, remove(leader.memberId, 'nobody'), { as: 'a member as another instance' })
        await world.ask(LeaveGroup, remove(leader.memberId, 'one'), { as: 'a member as the other instance' })
        await world.ask(LeaveGroup, remove('', ''), { as: 'an instance without a name' })
        await world.ask(LeaveGroup, remove('', 'one'), { as: 'by its instance id alone' })
        await noteState(world, group)
      },
    ],
    'not the coordinator': [
      { brokers: 3 },
      async (world) => {
        const group = await groupNamed(world)
        const { nodeId } = await coordinatorOf(world, group)
        await world.ask(LeaveGroup, leaving(group, 'nobody'), { from: world.client((nodeId % world.brokers) + 1) })
      },
    ],
  },
)

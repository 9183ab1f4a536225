import { DescribeGroups } from '../../../src/protocol/messages/describe-groups.ts'
import { Heartbeat } from '../../../src/protocol/messages/heartbeat.ts'
import { JoinGroup } from '../../../src/protocol/messages/join-group.ts'
import type { CaseOptions, Script } from '../case.ts'
import { whileNothingCanBeWritten } from './full-log.ts'
import { groupNamed, joinedMembers, joining, stableMember, stableMembers } from './groups.ts'

const versions = '5+'

/** Members that keep their place when they are restarted (KIP-345). */
export const joinGroupStatic: Readonly<Record<string, Script | readonly [CaseOptions, Script]>> = {
  'a static member': [
    { versions },
    async (world) => {
      const group = await groupNamed(world)
      await world.ask(JoinGroup, joining(group, { groupInstanceId: 'one' }))
      const groupInstanceId = 'nobody'
      const unknown = joining(group, { memberId: 'me', groupInstanceId })
      await world.ask(JoinGroup, unknown, { as: 'an instance that nobody knows' })
      const fenced = joining(group, { memberId: 'me', groupInstanceId: 'one' })
      await world.ask(JoinGroup, fenced, { as: 'under another member id' })
    },
  ],
  'a static member that is restarted when nothing can be written': [
    { versions },
    async (world) => {
      const group = await groupNamed(world)
      const groupInstanceId = 'one'
      const { memberId, generationId } = await stableMember(world, group, { groupInstanceId })
      await whileNothingCanBeWritten(world, async () => {
        await world.ask(JoinGroup, joining(group, { groupInstanceId }))
      })
      const before = { groupId: group, memberId, generationId, groupInstanceId }
      await world.ask(Heartbeat, before, { as: 'under its old id' })
    },
  ],
  'a static leader that is restarted': [
    { versions },
    async (world) => {
      const group = await groupNamed(world)
      const groupInstanceId = 'one'
      const [leader, follower] = await stableMembers(world, group, { groupInstanceId })
      await world.ask(JoinGroup, joining(group, { groupInstanceId }))
      const { memberId, generationId } = leader
      const dead = { groupId: group, memberId, generationId, groupInstanceId }
      await world.ask(Heartbeat, dead, { as: 'under its old id' })
      await world.ask(Heartbeat, { ...dead, groupInstanceId: null }, { as: 'under its old id, as no static member' })
      const other = { groupId: group, memberId: follower.memberId, generationId }
      await world.ask(Heartbeat, other, { as: 'the follower' })
      await world.ask(DescribeGroups, { groups: [group] })
    },
  ],
  'a static follower that is restarted': [
    { versions },
    async (world) => {
      const group = await groupNamed(world)
      const groupInstanceId = 'two'
      const [leader] = await stableMembers(world, group, {}, { groupInstanceId })
      await world.ask(JoinGroup, joining(group, { groupInstanceId }))
      await world.ask(JoinGroup, joining(group, { groupInstanceId, protocols: { range: 'other topics' } }), {
        as: 'with other topics',
      })
      const { memberId, generationId } = leader
      await world.ask(Heartbeat, { groupId: group, memberId, generationId }, { as: 'the leader' })
    },
  ],
  'a static follower that is restarted and votes for another protocol': [
    { versions },
    async (world) => {
      const group = await groupNamed(world)
      const both = { range: 'r', sticky: 's' }
      const groupInstanceId = 'two'
      const [leader] = await stableMembers(world, group, { protocols: both }, { groupInstanceId, protocols: both })
      const restarted = joining(group, { groupInstanceId, protocols: { sticky: 's' } })
      const waiting = world.post(JoinGroup, restarted, { as: 'the follower', from: world.client() })
      await world.held(waiting, 'the follower')
      const again = joining(group, { memberId: leader.memberId, protocols: both })
      await world.ask(JoinGroup, again, { from: leader.client, as: 'the leader' })
      await waiting.answer
    },
  ],
  'a static member that is restarted before it has synchronised': [
    { versions },
    async (world) => {
      const group = await groupNamed(world)
      const groupInstanceId = 'two'
      const [leader] = await joinedMembers(world, group, {}, { groupInstanceId })
      const body = joining(group, { groupInstanceId })
      const waiting = world.post(JoinGroup, body, { as: 'the follower', from: world.client() })
      await world.held(waiting, 'the follower')
      const again = joining(group, { memberId: leader.memberId })
      await world.ask(JoinGroup, again, { from: leader.client, as: 'the leader' })
      await waiting.answer
    },
  ],
  'a static member that is restarted while it joins': [
    { versions },
    async (world) => {
      const group = await groupNamed(world)
      const leader = await stableMember(world, group)
      const groupInstanceId = 'two'
      const first = world.post(JoinGroup, joining(group, { groupInstanceId }), { as: 'one', from: world.client() })
      await world.held(first, 'one')
      const body = joining(group, { groupInstanceId })
      const second = world.post(JoinGroup, body, { as: 'the same again', from: world.client() })
      await world.held(second, 'the same again')
      await first.answer
      const again = joining(group, { memberId: leader.memberId })
      await world.ask(JoinGroup, again, { from: leader.client, as: 'the leader' })
      await second.answer
    },
  ],
  'a static member among those that do not come back': [
    { versions },
    async (world) => {
      const group = await groupNamed(world)
      const groupInstanceId = 'one'
      const rebalanceTimeoutMs = 1000
      await stableMember(world, group, { groupInstanceId, rebalanceTimeoutMs })
      const other = joining(group, { groupInstanceId: 'two', rebalanceTimeoutMs })
      // The first keeps its place, with the same topics as before, but does not lead any more.
      await world.ask(JoinGroup, other, { as: 'the second' })
    },
  ],
}

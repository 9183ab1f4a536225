import { JoinGroup } from '../../../src/protocol/messages/join-group.ts'
import type { CaseOptions, Script } from '../case.ts'
import { groupNamed, joinArranged, joinedMembers, joining, joins, stableMember, stableMembers } from './groups.ts'

/** How a group with members goes from one generation to the next. */
export const rejoining: Readonly<Record<string, Script | readonly [CaseOptions, Script]>> = {
  'a second member': async (world) => {
    const group = await groupNamed(world)
    const offered = { range: 'first', sticky: 'first too' }
    const { client, memberId } = await stableMember(world, group, { clientId: 'first', protocols: offered })
    const protocols = { cooperative: 'second', sticky: 'second too' }
    const second = await joins(world, world.client(1, 'second'), group, { as: 'the second', protocols })
    await world.held(second, 'the second')
    const again = joining(group, { memberId, protocols: offered })
    await world.ask(JoinGroup, again, { from: client, as: 'the first again' })
    await second.answer
  },
  'members that do not agree on the best protocol': async (world) => {
    const group = await groupNamed(world)
    const first = { range: '1', sticky: '1', roundrobin: '1' }
    const second = { roundrobin: '2', range: '2' }
    const third = { roundrobin: '3', sticky: '3', range: '3' }
    const [one, two] = await stableMembers(world, group, { protocols: first }, { protocols: second })
    const three = await joins(world, world.client(1, 'third'), group, { as: 'the third', protocols: third })
    await world.held(three, 'the third')
    const leader = joining(group, { memberId: one.memberId, protocols: first })
    const follower = joining(group, { memberId: two.memberId, protocols: second })
    const again = world.post(JoinGroup, leader, { from: one.client, as: 'the leader again' })
    await world.held(again, 'the leader')
    await world.ask(JoinGroup, follower, { from: two.client, as: 'the follower again' })
    await again.answer
    await three.answer
  },
  'a stable member that joins again': async (world) => {
    const group = await groupNamed(world)
    const [leader, follower] = await stableMembers(world, group)
    const { memberId, client: from } = follower
    await world.ask(JoinGroup, joining(group, { memberId }), { from, as: 'a follower as it was' })
    const changed = { memberId, protocols: { range: 'other topics' } }
    const waiting = world.post(JoinGroup, joining(group, changed), { from, as: 'a follower with other topics' })
    await world.held(waiting, 'the follower')
    const again = joining(group, { memberId: leader.memberId })
    await world.ask(JoinGroup, again, { from: leader.client, as: 'the leader' })
    await waiting.answer
  },
  'a stable leader that joins again': async (world) => {
    const group = await groupNamed(world)
    const [leader, follower] = await stableMembers(world, group)
    const again = joining(group, { memberId: leader.memberId })
    const waiting = world.post(JoinGroup, again, { from: leader.client, as: 'the leader' })
    await world.held(waiting, 'the leader')
    const other = joining(group, { memberId: follower.memberId })
    await world.ask(JoinGroup, other, { from: follower.client, as: 'the follower' })
    await waiting.answer
  },
  'members that join again before they have synchronised': async (world) => {
    const group = await groupNamed(world)
    const [leader, follower] = await joinedMembers(world, group)
    const asLeader = joining(group, { memberId: leader.memberId })
    await world.ask(JoinGroup, asLeader, { from: leader.client, as: 'the leader as it was' })
    const { memberId, client: from } = follower
    await world.ask(JoinGroup, joining(group, { memberId }), { from, as: 'the follower as it was' })
    const changed = joining(group, { memberId, protocols: { range: 'other topics' } })
    const waiting = world.post(JoinGroup, changed, { from, as: 'the follower with other topics' })
    await world.held(waiting, 'the follower')
    await world.ask(JoinGroup, asLeader, { from: leader.client, as: 'the leader' })
    await waiting.answer
  },
  'a member that does not come back': [
    { versions: '1+' },
    async (world) => {
      const group = await groupNamed(world)
      const rebalanceTimeoutMs = 1000
      const { memberId } = await stableMember(world, group, { rebalanceTimeoutMs })
      const second = await joins(world, world.client(), group, { as: 'the second', rebalanceTimeoutMs })
      await second.answer
      await world.ask(JoinGroup, joining(group, { memberId }), { as: 'the first, too late' })
    },
  ],
  'a member that was given an id and is waited for': [
    { versions: '4+' },
    async (world) => {
      const group = await groupNamed(world)
      const leader = await stableMember(world, group)
      const client = world.client(1, 'second')
      const given = await world.ask(JoinGroup, joining(group), { from: client, as: 'its id' })
      const again = joining(group, { memberId: leader.memberId })
      const waiting = world.post(JoinGroup, again, { from: leader.client, as: 'the leader' })
      await world.held(waiting, 'the leader')
      await world.ask(JoinGroup, joining(group, { memberId: given?.memberId ?? '' }), { from: client })
      await waiting.answer
    },
  ],
  'a group that is full': async (world) => {
    const group = await groupNamed(world)
    const members = await stableMembers(world, group)
    const others = ['third', 'fourth'].map((name) => joinArranged(world, world.client(1, name), group))
    const joined = await Promise.all(others)
    // A follower that joins again as it was before the rebalance has begun is told to go on.
    await world.quiet()
    const again = members.map(({ client, memberId }) => joinArranged(world, client, group, { memberId }))
    const [leader] = await Promise.all([...(await Promise.all(again)), ...joined].map(({ member }) => member))
    await world.ask(JoinGroup, joining(group), { as: 'the fifth' })
    await world.ask(JoinGroup, joining(group, { memberId: 'nobody' }), { as: 'a member that nobody knows' })
    const { memberId = '', client: from } = leader ?? {}
    await world.ask(JoinGroup, joining(group, { memberId }), { as: 'a member', ...(from && { from }) })
  },
  // The group is waited for until the rebalance ends by its time, so in few versions.
  'a group that gets full while it rebalances': [
    { versions: '3-4' },
    async (world) => {
      const group = await groupNamed(world)
      const times = { sessionTimeoutMs: 5000, rebalanceTimeoutMs: 3000 }
      const [leader, follower] = await stableMembers(world, group, times, times)
      const join = (name: string) => joins(world, world.client(1, name), group, { as: name, ...times })
      const [third, fourth, fifth] = [await join('third'), await join('fourth'), await join('fifth')]
      await world.held(fifth, 'the fifth')
      const again = joining(group, { memberId: leader.memberId, ...times })
      const waiting = world.post(JoinGroup, again, { from: leader.client, as: 'the leader' })
      await world.held(waiting, 'the leader')
      // The first who join have the places, whether or not they were members.
      const late = joining(group, { memberId: follower.memberId, ...times })
      await world.ask(JoinGroup, late, { from: follower.client, as: 'the follower' })
      await (await join('sixth')).answer
      await Promise.all([third.answer, fourth.answer, fifth.answer, waiting.answer])
    },
  ],
  'a member that was given an id and does not come': [
    { versions: '4+' },
    async (world) => {
      const group = await groupNamed(world)
      const leader = await stableMember(world, group)
      const given = await world.ask(JoinGroup, joining(group, { sessionTimeoutMs: 1000 }), { as: 'its id' })
      const again = joining(group, { memberId: leader.memberId })
      // The group waits for it as long as its session would last.
      await world.ask(JoinGroup, again, { from: leader.client, as: 'the leader' })
      await world.ask(JoinGroup, joining(group, { memberId: given?.memberId ?? '' }), { as: 'too late' })
    },
  ],
  'a member whose session ends while another joins': async (world) => {
    const group = await groupNamed(world)
    const { memberId } = await stableMember(world, group, { sessionTimeoutMs: 1000 })
    const second = await joins(world, world.client(), group, { as: 'the second' })
    await second.answer
    await world.ask(JoinGroup, joining(group, { memberId }), { as: 'the first, too late' })
  },
  'a member that is gone while it joins': async (world) => {
    const group = await groupNamed(world)
    const first = await stableMember(world, group)
    const gone = world.client(1, 'gone')
    const second = await joins(world, gone, group, { as: 'the second' })
    await world.held(second, 'the second')
    await world.leave(gone)
    await second.answer
    // A request that is held is not given up when its connection closes: the member counts as there.
    const again = joining(group, { memberId: first.memberId })
    await world.ask(JoinGroup, again, { from: first.client, as: 'the first' })
  },
}

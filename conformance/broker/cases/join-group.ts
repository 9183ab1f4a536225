import { JoinGroup } from '../../../src/protocol/messages/join-group.ts'
import { casesOf } from '../case.ts'
import { committedRecords } from './consumer-offsets.ts'
import { whileNothingCanBeWritten } from './full-log.ts'
import { coordinatorOf, groupNamed, joinedMember, joining, joins, stableMember } from './groups.ts'
import { rejoining } from './join-group-rebalance.ts'
import { joinGroupStatic } from './join-group-static.ts'

export const joinGroup = casesOf(
  JoinGroup,
  [
    'MEMBER_ID_REQUIRED',
    'UNKNOWN_MEMBER_ID',
    'FENCED_INSTANCE_ID',
    'INCONSISTENT_GROUP_PROTOCOL',
    'INVALID_SESSION_TIMEOUT',
    'INVALID_GROUP_ID',
    'GROUP_MAX_SIZE_REACHED',
    'NOT_COORDINATOR',
    'COORDINATOR_NOT_AVAILABLE',
    'UNKNOWN_SERVER_ERROR',
  ],
  {
    'the first member of a group': async (world) => {
      const group = await groupNamed(world)
      const seen = await committedRecords(world, group)
      const protocols = { range: 'my topics', sticky: 'and what I have' }
      await (await joins(world, world.client(), group, { protocols })).answer
      // Nobody waits for it to be written.
      await world.quiet()
      await seen.note('what is written')
    },
    'a group without a name': async (world) => {
      await coordinatorOf(world, '')
      await world.ask(JoinGroup, joining(''))
      await world.ask(JoinGroup, joining('', { memberId: 'me', sessionTimeoutMs: 1 }), {
        as: 'and too short a session',
      })
    },
    'a session timeout out of range': async (world) => {
      const group = await groupNamed(world)
      for (const sessionTimeoutMs of [-1, 0, 999, 1_800_001]) {
        await world.ask(JoinGroup, joining(group, { sessionTimeoutMs }), { as: `${sessionTimeoutMs} ms` })
      }
      await world.ask(JoinGroup, joining(group, { memberId: 'me', sessionTimeoutMs: 1 }), { as: 'of a member' })
      for (const sessionTimeoutMs of [1000, 1_800_000]) {
        const one = await groupNamed(world, `group-${sessionTimeoutMs}`)
        await (await joins(world, world.client(), one, { sessionTimeoutMs, as: `${sessionTimeoutMs} ms` })).answer
      }
    },
    'no time to rebalance': async (world) => {
      for (const rebalanceTimeoutMs of [0, -1, -5]) {
        const group = await groupNamed(world, `group${rebalanceTimeoutMs}`)
        await (await joins(world, world.client(), group, { rebalanceTimeoutMs, as: `${rebalanceTimeoutMs} ms` })).answer
      }
    },
    'a member that nobody knows': async (world) => {
      const group = await groupNamed(world)
      await world.ask(JoinGroup, joining(group, { memberId: 'nobody' }), { as: 'of a group that is not there' })
      await stableMember(world, group)
      await world.ask(JoinGroup, joining(group, { memberId: 'nobody' }))
      await world.ask(JoinGroup, joining(group, { memberId: 'nobody', protocols: {} }), { as: 'and offers nothing' })
    },
    'a group that nobody could join': async (world) => {
      const group = await groupNamed(world)
      await world.ask(JoinGroup, joining(group, { protocols: {} }), { as: 'no protocol' })
      await world.ask(JoinGroup, joining(group, { protocolType: '' }), { as: 'no type of protocol' })
      await world.ask(JoinGroup, joining(group, { protocolType: '', protocols: {} }), { as: 'neither' })
      // A group is there since the first has tried.
      await world.ask(JoinGroup, joining(group, { memberId: 'nobody' }), { as: 'a member that nobody knows' })
    },
    'a protocol without a name': async (world) => {
      const group = await groupNamed(world)
      await (await joins(world, world.client(), group, { protocols: { '': '' } })).answer
    },
    'the same protocol twice': async (world) => {
      const group = await groupNamed(world)
      const one = { name: 'range', metadata: Buffer.from('one') }
      const other = { name: 'range', metadata: Buffer.from('other') }
      const { memberId, client } = await joinedMember(world, group)
      const body = { ...joining(group, { memberId }), protocols: [one, other] }
      await world.ask(JoinGroup, body, { from: client })
    },
    'protocols that do not go together': async (world) => {
      const group = await groupNamed(world)
      const { memberId, client } = await stableMember(world, group, { protocols: { range: 'r', sticky: 's' } })
      await world.ask(JoinGroup, joining(group, { protocolType: 'connect' }), { as: 'another type' })
      await world.ask(JoinGroup, joining(group, { protocols: { cooperative: 'c' } }), { as: 'no protocol in common' })
      await world.ask(JoinGroup, joining(group, { protocols: {} }), { as: 'no protocol' })
      // What only one member offers nobody else can change.
      const changed = joining(group, { memberId, protocols: { cooperative: 'c' } })
      await world.ask(JoinGroup, changed, { from: client, as: 'of the only member' })
    },
    'a type of protocol of its own': async (world) => {
      const group = await groupNamed(world)
      const options = { protocolType: 'connect', protocols: { compatible: 'my workers' } }
      await (await joins(world, world.client(), group, options)).answer
    },
    'an id that was given out': [
      { versions: '4+' },
      async (world) => {
        const group = await groupNamed(world)
        const given = await world.ask(JoinGroup, joining(group), { as: 'one' })
        await world.ask(JoinGroup, joining(group), { as: 'another' })
        const { memberId = '' } = given ?? {}
        const asStatic = joining(group, { memberId, groupInstanceId: 'static' })
        if (world.version >= 5) await world.ask(JoinGroup, asStatic, { as: 'as a static member' })
        // An empty group does not wait for the other: nobody knows whether it will come.
        const first = await world.ask(JoinGroup, joining(group, { memberId }), { as: 'with its id' })
        await world.ask(JoinGroup, joining(group, { memberId: first?.memberId ?? '' }), { as: 'again' })
      },
    ],
    ...rejoining,
    ...joinGroupStatic,
    'when nothing can be written': async (world) => {
      const group = await groupNamed(world)
      await whileNothingCanBeWritten(world, async () => {
        const { memberId = '' } = (await world.ask(JoinGroup, joining(group))) ?? {}
        // Kafka 3.9 gathers for some ms what it writes, and takes a group back only after it has answered.
        await world.quiet()
        await world.ask(JoinGroup, joining(group, { memberId }), { as: 'again' })
        const groupInstanceId = 'one'
        await world.quiet()
        await world.ask(JoinGroup, joining(group, { groupInstanceId }), { as: 'as a static member' })
        await world.quiet()
        await world.ask(JoinGroup, joining(group, { protocols: {} }), { as: 'without a protocol' })
      })
    },
    'not the coordinator': [
      { brokers: 3 },
      async (world) => {
        const group = await groupNamed(world)
        const { nodeId } = await coordinatorOf(world, group)
        const from = world.client((nodeId % world.brokers) + 1)
        await world.ask(JoinGroup, joining(group), { from })
        await world.ask(JoinGroup, joining(group, { memberId: 'me' }), { from, as: 'a member' })
      },
    ],
  },
)

import { DescribeGroups } from '../../../src/protocol/messages/describe-groups.ts'
import { JoinGroup } from '../../../src/protocol/messages/join-group.ts'
import { SyncGroup } from '../../../src/protocol/messages/sync-group.ts'
import { casesOf } from '../case.ts'
import type { World } from '../world.ts'
import { committedRecords } from './consumer-offsets.ts'
import { whileNothingCanBeWritten } from './full-log.ts'
import {
  assigned,
  coordinatorOf,
  groupNamed,
  joinArranged,
  joinedMember,
  joinedMembers,
  joining,
  type Member,
  stableMember,
  stableMembers,
} from './groups.ts'

/** SyncGroup's body; since v5 it names what the group has chosen. */
function syncing(
  groupId: string,
  { client: _, ...member }: Member,
  assignments: Readonly<Record<string, string>> = {},
) {
  return { groupId, ...member, assignments: assigned(assignments) }
}

/** What stands for a member that the group does not have. */
function stranger(world: World): Member {
  const [protocolType, protocolName] = ['consumer', 'range']
  return { client: world.client(), memberId: 'nobody', generationId: 1, protocolType, protocolName }
}

export const syncGroup = casesOf(
  SyncGroup,
  [
    'UNKNOWN_MEMBER_ID',
    'FENCED_INSTANCE_ID',
    'ILLEGAL_GENERATION',
    'REBALANCE_IN_PROGRESS',
    'INCONSISTENT_GROUP_PROTOCOL',
    'INVALID_GROUP_ID',
    'NOT_COORDINATOR',
    'COORDINATOR_NOT_AVAILABLE',
    'UNKNOWN_SERVER_ERROR',
  ],
  {
    'the leader assigns, the others wait': async (world) => {
      const group = await groupNamed(world)
      const [leader, follower] = await joinedMembers(world, group)
      const waiting = world.post(SyncGroup, syncing(group, follower), { from: follower.client, as: 'the follower' })
      await world.held(waiting, 'the follower')
      const assignments = { [leader.memberId]: 'half', [follower.memberId]: 'the other half', nobody: 'nothing' }
      const as = 'the leader'
      await world.ask(SyncGroup, syncing(group, leader, assignments), { from: leader.client, as })
      await waiting.answer
      await world.ask(SyncGroup, syncing(group, follower), { from: follower.client, as: 'the follower again' })
      const other = { [leader.memberId]: 'something else' }
      await world.ask(SyncGroup, syncing(group, leader, other), { from: leader.client, as: 'the leader again' })
    },
    'the leader is first, and forgets the follower': async (world) => {
      const group = await groupNamed(world)
      const [leader, follower] = await joinedMembers(world, group)
      const assignments = { [leader.memberId]: 'all' }
      const as = 'the leader'
      await world.ask(SyncGroup, syncing(group, leader, assignments), { from: leader.client, as })
      const own = { [follower.memberId]: 'what I want' }
      await world.ask(SyncGroup, syncing(group, follower, own), { from: follower.client, as: 'the follower' })
    },
    'an assignment for one member twice': async (world) => {
      const group = await groupNamed(world)
      const leader = await joinedMember(world, group)
      const twice = [...assigned({ [leader.memberId]: 'one' }), ...assigned({ [leader.memberId]: 'other' })]
      await world.ask(SyncGroup, { ...syncing(group, leader), assignments: twice }, { from: leader.client })
    },
    'a follower that asks twice at once': async (world) => {
      const group = await groupNamed(world)
      const [leader, follower] = await joinedMembers(world, group)
      const first = world.post(SyncGroup, syncing(group, follower), { from: follower.client, as: 'once' })
      await world.held(first, 'once')
      const second = world.post(SyncGroup, syncing(group, follower), { from: world.client(), as: 'twice' })
      await world.held(second, 'twice')
      const assignments = { [follower.memberId]: 'all' }
      const as = 'the leader'
      await world.ask(SyncGroup, syncing(group, leader, assignments), { from: leader.client, as })
      await second.answer
    },
    'whoever is no member': async (world) => {
      const group = await groupNamed(world)
      const nobody = stranger(world)
      await world.ask(SyncGroup, syncing(group, nobody), { as: 'of a group that is not there' })
      await world.ask(SyncGroup, syncing('', nobody), { as: 'of a group without a name' })
      await stableMember(world, group)
      await world.ask(SyncGroup, syncing(group, nobody))
      await world.ask(SyncGroup, syncing(group, { ...nobody, memberId: '' }), { as: 'without a member id' })
    },
    'a member that was only given an id': async (world) => {
      const group = await groupNamed(world)
      const { memberId } = await world.arrange(JoinGroup, joining(group))
      await world.ask(SyncGroup, syncing(group, { ...stranger(world), memberId }))
    },
    'another generation': async (world) => {
      const group = await groupNamed(world)
      const member = await joinedMember(world, group)
      for (const generationId of [-1, 0, 2]) {
        await world.ask(SyncGroup, syncing(group, { ...member, generationId }), { as: `generation ${generationId}` })
      }
      await world.ask(SyncGroup, syncing(group, member), { from: member.client })
      await world.ask(SyncGroup, syncing(group, { ...member, generationId: 2 }), { as: 'when the group is stable' })
    },
    'protocols that are not those of the group': [
      { versions: '5+' },
      async (world) => {
        const group = await groupNamed(world)
        const member = await joinedMember(world, group)
        const told = [
          ['consumer', 'sticky'],
          ['connect', 'range'],
          ['consumer', ''],
          [null, 'range'],
          ['consumer', null],
          [null, null],
        ] as const
        for (const [protocolType, protocolName] of told) {
          const body = syncing(group, { ...member, protocolType, protocolName })
          await world.ask(SyncGroup, body, { as: `${protocolType} and ${protocolName}` })
        }
        const nowhere = syncing('', { ...member, protocolType: null })
        await world.ask(SyncGroup, nowhere, { as: 'and a group without a name' })
      },
    ],
    'while the group rebalances': async (world) => {
      const group = await groupNamed(world)
      const [leader, follower] = await joinedMembers(world, group)
      const waiting = world.post(SyncGroup, syncing(group, follower), { from: follower.client, as: 'the follower' })
      await world.held(waiting, 'the follower')
      const { memberId, client: from } = leader
      const changed = joining(group, { memberId, protocols: { range: 'other topics' } })
      const rejoined = world.arranging(JoinGroup, changed, { from })
      // Whoever waits for the assignments of a generation that is over is sent to join the next.
      await waiting.answer
      await world.ask(SyncGroup, syncing(group, follower), { from: follower.client, as: 'the follower again' })
      const again = await joinArranged(world, follower.client, group, { memberId: follower.memberId })
      await again.member
      await rejoined.answer
    },
    'a member that does not synchronise': async (world) => {
      const group = await groupNamed(world)
      const rebalanceTimeoutMs = 1000
      const [leader, late] = await joinedMembers(world, group, { rebalanceTimeoutMs }, { rebalanceTimeoutMs })
      await world.ask(SyncGroup, syncing(group, leader), { from: leader.client, as: 'the leader' })
      await world.pass(1400)
      await world.ask(SyncGroup, syncing(group, late), { from: late.client, as: 'too late' })
      const as = 'the leader again'
      await world.ask(SyncGroup, syncing(group, leader), { from: leader.client, as })
    },
    'an assignment that no batch can hold': async (world) => {
      const group = await groupNamed(world)
      const [leader, follower] = await joinedMembers(world, group)
      const waiting = world.post(SyncGroup, syncing(group, follower), { from: follower.client, as: 'the follower' })
      await world.held(waiting, 'the follower')
      const assignments = { [leader.memberId]: 'x'.repeat(1_100_000) }
      const as = 'the leader'
      await world.ask(SyncGroup, syncing(group, leader, assignments), { from: leader.client, as })
      await waiting.answer
      const { groups } = await world.arrange(DescribeGroups, { groups: [group] })
      world.note('the group', groups[0]?.groupState)
    },
    'when nothing can be written': async (world) => {
      const group = await groupNamed(world)
      const leader = await joinedMember(world, group)
      await whileNothingCanBeWritten(world, async () => {
        await world.ask(SyncGroup, syncing(group, leader), { from: leader.client })
      })
      const { groups } = await world.arrange(DescribeGroups, { groups: [group] })
      world.note('the group', groups[0]?.groupState)
    },
    'what is written': async (world) => {
      const group = await groupNamed(world)
      const seen = await committedRecords(world, group)
      const protocols = { range: 'topics', sticky: 'and more' }
      const [leader, follower] = await joinedMembers(world, group, { protocols }, { protocols, groupInstanceId: 'one' })
      const assignments = { [leader.memberId]: 'half', [follower.memberId]: 'the other half' }
      await world.ask(SyncGroup, syncing(group, leader, assignments), { from: leader.client })
      await seen.note('what is written')
    },
    'static members': [
      { versions: '3+' },
      async (world) => {
        const group = await groupNamed(world)
        const groupInstanceId = 'one'
        const [, follower] = await stableMembers(world, group, {}, { groupInstanceId })
        const body = syncing(group, follower)
        await world.ask(SyncGroup, { ...body, groupInstanceId }, { as: 'as it is' })
        await world.ask(SyncGroup, { ...body, memberId: 'old', groupInstanceId }, { as: 'under another id' })
        await world.ask(SyncGroup, { ...body, groupInstanceId: 'nobody' }, { as: 'as another instance' })
        await world.ask(SyncGroup, body, { as: 'as no instance' })
      },
    ],
    'not the coordinator': [
      { brokers: 3 },
      async (world) => {
        const group = await groupNamed(world)
        const { nodeId } = await coordinatorOf(world, group)
        await world.ask(SyncGroup, syncing(group, stranger(world)), { from: world.client((nodeId % 3) + 1) })
      },
    ],
  },
)

import { Heartbeat } from '../../../src/protocol/messages/heartbeat.ts'
import { JoinGroup } from '../../../src/protocol/messages/join-group.ts'
import { OffsetCommit } from '../../../src/protocol/messages/offset-commit.ts'
import { casesOf } from '../case.ts'
import {
  coordinatorOf,
  groupNamed,
  joinArranged,
  joinedMember,
  joining,
  type Member,
  stableMember,
  stableMembers,
} from './groups.ts'
import { committing } from './offsets.ts'

/** Heartbeat's body. */
function beat(groupId: string, { memberId, generationId }: Pick<Member, 'memberId' | 'generationId'>) {
  return { groupId, memberId, generationId }
}

export const heartbeat = casesOf(
  Heartbeat,
  [
    'UNKNOWN_MEMBER_ID',
    'FENCED_INSTANCE_ID',
    'ILLEGAL_GENERATION',
    'REBALANCE_IN_PROGRESS',
    'INVALID_GROUP_ID',
    'NOT_COORDINATOR',
  ],
  {
    'a member of a stable group': async (world) => {
      const group = await groupNamed(world)
      const member = await stableMember(world, group)
      await world.ask(Heartbeat, beat(group, member), { from: member.client })
      for (const generationId of [-1, 0, 2]) {
        await world.ask(Heartbeat, beat(group, { ...member, generationId }), { as: `generation ${generationId}` })
      }
    },
    'whoever is no member': async (world) => {
      const group = await groupNamed(world)
      const nobody = { memberId: 'nobody', generationId: 1 }
      await world.ask(Heartbeat, beat(group, nobody), { as: 'of a group that is not there' })
      await world.ask(Heartbeat, beat('', nobody), { as: 'of a group without a name' })
      await stableMember(world, group)
      await world.ask(Heartbeat, beat(group, nobody))
      await world.ask(Heartbeat, beat(group, { ...nobody, memberId: '' }), { as: 'without a member id' })
    },
    'a member that was only given an id': async (world) => {
      const group = await groupNamed(world)
      const { memberId } = await world.arrange(JoinGroup, joining(group))
      await world.ask(Heartbeat, beat(group, { memberId, generationId: 0 }))
    },
    'while the group rebalances': async (world) => {
      const group = await groupNamed(world)
      const member = await joinedMember(world, group)
      const as = 'before the assignment is there'
      await world.ask(Heartbeat, beat(group, member), { from: member.client, as })
      const other = await joinArranged(world, world.client(1, 'second'), group)
      await world.quiet()
      await world.ask(Heartbeat, beat(group, member), { from: member.client, as: 'when another joins' })
      const again = await joinArranged(world, member.client, group, { memberId: member.memberId })
      const { generationId } = await again.member
      await other.member
      await world.ask(Heartbeat, beat(group, member), { from: member.client, as: 'of the generation before' })
      await world.ask(Heartbeat, beat(group, { ...member, generationId }), { from: member.client, as: 'of the next' })
    },
    'static members': [
      { versions: '3+' },
      async (world) => {
        const group = await groupNamed(world)
        const groupInstanceId = 'one'
        const [, follower] = await stableMembers(world, group, {}, { groupInstanceId })
        const body = beat(group, follower)
        await world.ask(Heartbeat, { ...body, groupInstanceId }, { as: 'as it is' })
        await world.ask(Heartbeat, { ...body, memberId: 'old', groupInstanceId }, { as: 'under another id' })
        await world.ask(Heartbeat, { ...body, groupInstanceId: 'nobody' }, { as: 'as another instance' })
        await world.ask(Heartbeat, body, { as: 'as no instance' })
      },
    ],
    'a session that ends': async (world) => {
      const group = await groupNamed(world)
      const sessionTimeoutMs = 2500
      const [first, second] = await stableMembers(world, group, { sessionTimeoutMs: 15_000 }, { sessionTimeoutMs })
      await world.pass(1400)
      await world.ask(Heartbeat, beat(group, second), { from: second.client, as: 'in time' })
      await world.pass(1400)
      await world.ask(Heartbeat, beat(group, second), { from: second.client, as: 'in time again' })
      await world.pass(3200)
      await world.ask(Heartbeat, beat(group, second), { from: second.client, as: 'too late' })
      await world.ask(Heartbeat, beat(group, first), { from: first.client, as: 'of the other' })
    },
    'a commit instead of a heartbeat': async (world) => {
      const group = await groupNamed(world)
      const topic = await world.topic('orders')
      const member = await stableMember(world, group, { sessionTimeoutMs: 2500 })
      const { memberId, generationId } = member
      const commit = { ...committing(group, [topic]), memberId, generationIdOrMemberEpoch: generationId }
      await world.pass(1400)
      await world.arrange(OffsetCommit, commit, { from: member.client })
      await world.pass(1400)
      await world.ask(Heartbeat, beat(group, member), { from: member.client })
    },
    'not the coordinator': [
      { brokers: 3 },
      async (world) => {
        const group = await groupNamed(world)
        const { nodeId } = await coordinatorOf(world, group)
        const from = world.client((nodeId % world.brokers) + 1)
        await world.ask(Heartbeat, beat(group, { memberId: 'nobody', generationId: 1 }), { from })
      },
    ],
  },
)

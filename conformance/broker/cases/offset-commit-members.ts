import { JoinGroup } from '../../../src/protocol/messages/join-group.ts'
import { LeaveGroup } from '../../../src/protocol/messages/leave-group.ts'
import { OffsetCommit } from '../../../src/protocol/messages/offset-commit.ts'
import { OffsetFetch } from '../../../src/protocol/messages/offset-fetch.ts'
import type { CaseOptions, Script } from '../case.ts'
import type { Topic } from '../world.ts'
import { groupNamed, joinArranged, joinedMember, joining, stableMember, stableMembers } from './groups.ts'
import { committing, fetching, missingTopic } from './offsets.ts'

/** OffsetCommit's body, of a member. */
function committingAs(
  groupId: string,
  topic: Topic,
  { memberId, generationId }: { readonly memberId: string; readonly generationId: number },
) {
  return { ...committing(groupId, [topic]), memberId, generationIdOrMemberEpoch: generationId }
}

/** Who may commit to a group that has members. */
export const memberCommits: Readonly<Record<string, Script | readonly [CaseOptions, Script]>> = {
  'a member': [
    { versions: '1+' },
    async (world) => {
      const group = await groupNamed(world)
      const topic = await world.topic('orders')
      const member = await stableMember(world, group)
      await world.ask(OffsetCommit, committingAs(group, topic, member))
      for (const generationId of [-1, 0, 2]) {
        const as = `generation ${generationId}`
        await world.ask(OffsetCommit, committingAs(group, topic, { ...member, generationId }), { as })
      }
      const nobody = { memberId: 'nobody', generationId: 1 }
      await world.ask(OffsetCommit, committingAs(group, topic, nobody), { as: 'whoever is no member' })
      await world.ask(OffsetCommit, committingAs(group, missingTopic(world), nobody), { as: 'and to no topic' })
      await world.ask(OffsetCommit, committing(group, [topic]), { as: 'whoever does not say' })
      await world.ask(OffsetFetch, fetching(group, [topic]))
    },
  ],
  'a member of a group that is not there': [
    { versions: '1+' },
    async (world) => {
      const group = await groupNamed(world)
      const topic = await world.topic('orders')
      const nobody = { memberId: 'nobody', generationId: 1 }
      await world.ask(OffsetCommit, committingAs(group, topic, nobody))
      await world.ask(OffsetCommit, committingAs(group, topic, { ...nobody, generationId: 0 }), { as: 'generation 0' })
      // Without a generation it is a simple group's, whatever the member calls itself.
      await world.ask(OffsetCommit, committingAs(group, topic, { ...nobody, generationId: -1 }), {
        as: 'no generation',
      })
      await world.ask(OffsetCommit, committingAs(group, topic, nobody), { as: 'of a simple group' })
    },
  ],
  'a member while the group rebalances': [
    { versions: '1+' },
    async (world) => {
      const group = await groupNamed(world)
      const topic = await world.topic('orders')
      const member = await joinedMember(world, group)
      await world.ask(OffsetCommit, committingAs(group, topic, member), { as: 'before its assignment is there' })
      const pending = await groupNamed(world, 'other')
      const stable = await stableMember(world, pending)
      await joinArranged(world, world.client(1, 'second'), pending)
      await world.quiet()
      await world.ask(OffsetCommit, committingAs(pending, topic, stable), { as: 'when another joins' })
    },
  ],
  'a group that its members have left': [
    { versions: '1+' },
    async (world) => {
      const group = await groupNamed(world)
      const topic = await world.topic('orders')
      const member = await stableMember(world, group)
      await world.arrange(LeaveGroup, { groupId: group, members: [{ memberId: member.memberId }] })
      await world.ask(OffsetCommit, committing(group, [topic]), { as: 'whoever is no member' })
      await world.ask(OffsetCommit, committingAs(group, topic, member), { as: 'whoever was one' })
    },
  ],
  'whoever was only given an id': [
    { versions: '1+' },
    async (world) => {
      const group = await groupNamed(world)
      const topic = await world.topic('orders')
      const { memberId } = await world.arrange(JoinGroup, joining(group))
      await world.ask(OffsetCommit, committingAs(group, topic, { memberId, generationId: 0 }))
      await world.ask(OffsetCommit, committingAs(group, topic, { memberId, generationId: -1 }), { as: 'no generation' })
    },
  ],
  'static members': [
    { versions: '7+' },
    async (world) => {
      const group = await groupNamed(world)
      const topic = await world.topic('orders')
      const groupInstanceId = 'one'
      const [, follower] = await stableMembers(world, group, {}, { groupInstanceId })
      const body = committingAs(group, topic, follower)
      await world.ask(OffsetCommit, { ...body, groupInstanceId }, { as: 'as it is' })
      await world.ask(OffsetCommit, { ...body, memberId: 'old', groupInstanceId }, { as: 'under another id' })
      await world.ask(OffsetCommit, { ...body, groupInstanceId: 'nobody' }, { as: 'as another instance' })
      const simple = { ...committing(group, [topic]), groupInstanceId }
      await world.ask(OffsetCommit, simple, { as: 'as an instance alone' })
    },
  ],
}

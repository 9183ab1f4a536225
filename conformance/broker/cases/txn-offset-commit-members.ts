import { JoinGroup } from '../../../src/protocol/messages/join-group.ts'
import { OffsetFetch } from '../../../src/protocol/messages/offset-fetch.ts'
import { TxnOffsetCommit } from '../../../src/protocol/messages/txn-offset-commit.ts'
import type { CaseOptions, Script } from '../case.ts'
import type { Topic, World } from '../world.ts'
import { groupNamed, joinArranged, joinedMember, joining, stableMember, stableMembers } from './groups.ts'
import { fetching, missingTopic, simpleGroup } from './offsets.ts'
import {
  ADDS_ITSELF,
  addOffsets,
  ended,
  type Producer,
  transactionalProducer,
  writing,
} from './transactional-offsets.ts'

/** A producer whose transaction the offsets of groups are part of. */
async function producerFor(world: World, ...groups: readonly string[]): Promise<Producer> {
  const producer = await transactionalProducer(world)
  if (world.version < ADDS_ITSELF) for (const group of groups) await addOffsets(world, producer, group)
  return producer
}

/** TxnOffsetCommit's body, of a member. */
function writingAs(
  producer: Producer,
  groupId: string,
  topic: Topic,
  { memberId, generationId }: { readonly memberId: string; readonly generationId: number },
) {
  return { ...writing(producer, groupId, [topic]), memberId, generationIdOrMemberEpoch: generationId }
}

/** Who may write offsets of a group that has members (KIP-447). */
export const memberWrites: Readonly<Record<string, Script | readonly [CaseOptions, Script]>> = {
  'a group with members, by whoever names none': async (world) => {
    const group = await groupNamed(world)
    const topic = await world.topic('orders')
    await stableMember(world, group)
    const producer = await producerFor(world, group)
    await world.ask(TxnOffsetCommit, writing(producer, group, [topic]))
    await ended(world, producer, true, world.version >= ADDS_ITSELF)
    await world.ask(OffsetFetch, fetching(group, [topic]))
  },
  'a member': [
    { versions: '3+' },
    async (world) => {
      const group = await groupNamed(world)
      const topic = await world.topic('orders')
      const member = await stableMember(world, group)
      const producer = await producerFor(world, group)
      await world.ask(TxnOffsetCommit, writingAs(producer, group, topic, member))
      for (const generationId of [-1, 0, 2]) {
        const as = `generation ${generationId}`
        await world.ask(TxnOffsetCommit, writingAs(producer, group, topic, { ...member, generationId }), { as })
      }
      const nobody = { memberId: 'nobody', generationId: 1 }
      await world.ask(TxnOffsetCommit, writingAs(producer, group, topic, nobody), { as: 'whoever is no member' })
      const missing = missingTopic(world)
      await world.ask(TxnOffsetCommit, writingAs(producer, group, missing, nobody), { as: 'and to no topic' })
    },
  ],
  'a member of a group that is not there': [
    { versions: '3+' },
    async (world) => {
      const group = await groupNamed(world)
      const topic = await world.topic('orders')
      const producer = await producerFor(world, group)
      const nobody = { memberId: 'nobody', generationId: 1 }
      await world.ask(TxnOffsetCommit, writingAs(producer, group, topic, nobody))
      const simple = { ...nobody, generationId: -1 }
      await world.ask(TxnOffsetCommit, writingAs(producer, group, topic, simple), { as: 'no generation' })
      await world.ask(TxnOffsetCommit, writingAs(producer, group, topic, nobody), { as: 'of a simple group' })
    },
  ],
  'a member of a simple group': [
    { versions: '3+' },
    async (world) => {
      const group = await groupNamed(world)
      const topic = await world.topic('orders')
      await simpleGroup(world, group, topic)
      const producer = await producerFor(world, group)
      await world.ask(TxnOffsetCommit, writingAs(producer, group, topic, { memberId: 'nobody', generationId: 0 }))
      const body = { ...writing(producer, group, [topic]), groupInstanceId: 'nobody' }
      await world.ask(TxnOffsetCommit, body, { as: 'an instance' })
    },
  ],
  'a member while the group rebalances': [
    { versions: '3+' },
    async (world) => {
      const group = await groupNamed(world)
      const pending = await groupNamed(world, 'other')
      const topic = await world.topic('orders')
      const producer = await producerFor(world, group, pending)
      const member = await joinedMember(world, group)
      const early = writingAs(producer, group, topic, member)
      await world.ask(TxnOffsetCommit, early, { as: 'before its assignment is there' })
      const stable = await stableMember(world, pending)
      await joinArranged(world, world.client(1, 'second'), pending)
      await world.quiet()
      await world.ask(TxnOffsetCommit, writingAs(producer, pending, topic, stable), { as: 'when another joins' })
    },
  ],
  'whoever was only given an id': [
    { versions: '3+' },
    async (world) => {
      const group = await groupNamed(world)
      const topic = await world.topic('orders')
      const producer = await producerFor(world, group)
      const { memberId } = await world.arrange(JoinGroup, joining(group))
      await world.ask(TxnOffsetCommit, writingAs(producer, group, topic, { memberId, generationId: 0 }))
    },
  ],
  'static members': [
    { versions: '3+' },
    async (world) => {
      const group = await groupNamed(world)
      const topic = await world.topic('orders')
      const producer = await producerFor(world, group)
      const groupInstanceId = 'one'
      const [, follower] = await stableMembers(world, group, {}, { groupInstanceId })
      const body = writingAs(producer, group, topic, follower)
      await world.ask(TxnOffsetCommit, { ...body, groupInstanceId }, { as: 'as it is' })
      await world.ask(TxnOffsetCommit, { ...body, memberId: 'old', groupInstanceId }, { as: 'under another id' })
      await world.ask(TxnOffsetCommit, { ...body, groupInstanceId: 'nobody' }, { as: 'as another instance' })
      const alone = { ...writing(producer, group, [topic]), groupInstanceId }
      await world.ask(TxnOffsetCommit, alone, { as: 'as an instance alone' })
    },
  ],
}

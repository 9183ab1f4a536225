import { DeleteTopics } from '../../../src/protocol/messages/delete-topics.ts'
import { OffsetFetch } from '../../../src/protocol/messages/offset-fetch.ts'
import { ZERO_UUID } from '../../../src/protocol/uuid.ts'
import { casesOf } from '../case.ts'
import { coordinatorOf, groupNamed, stableMember } from './groups.ts'
import { fetching, missingTopic, simpleGroup } from './offsets.ts'
import { ended, transactionalProducer, written } from './transactional-offsets.ts'

export const offsetFetch = casesOf(OffsetFetch, ['UNKNOWN_TOPIC_ID', 'NOT_COORDINATOR', 'UNSTABLE_OFFSET_COMMIT'], {
  'what is committed, and what is not': [
    { versions: '1+' },
    async (world) => {
      const group = await groupNamed(world)
      const topics = await world.topics({ orders: { partitions: 3 }, bills: {} })
      await simpleGroup(world, group, topics.orders, { partition: 1, offset: 42, leaderEpoch: 0, metadata: null })
      await simpleGroup(world, group, topics.orders, { partition: 2, offset: 7 })
      const both = [topics.bills, topics.orders]
      await world.ask(OffsetFetch, fetching(group, both, [2, 0, 1, 9, -1]))
      await world.ask(OffsetFetch, fetching(group, [topics.orders, missingTopic(world)]), {
        as: 'a topic that is not there',
      })
      await world.ask(OffsetFetch, fetching(group, [topics.orders, topics.orders], [1, 1]), { as: 'twice' })
      await world.ask(OffsetFetch, fetching(group, []), { as: 'no topic' })
      await world.ask(OffsetFetch, fetching(group, both, []), { as: 'no partition' })
      const nameless = { name: '', topicId: ZERO_UUID }
      await world.ask(OffsetFetch, fetching(group, [nameless]), { as: 'no name and no id' })
    },
  ],
  'all that is committed': [
    { versions: '2+' },
    async (world) => {
      const group = await groupNamed(world)
      const topics = await world.topics({ orders: { partitions: 3 }, bills: {} })
      await world.ask(OffsetFetch, fetching(group, null), { as: 'nothing' })
      await simpleGroup(world, group, topics.orders, { partition: 2 })
      await simpleGroup(world, group, topics.orders, { partition: 1 })
      await simpleGroup(world, group, topics.bills)
      await world.ask(OffsetFetch, fetching(group, null))
    },
  ],
  'a topic that was deleted': [
    { versions: '1+' },
    async (world) => {
      const group = await groupNamed(world)
      const topic = await world.topic('orders')
      await simpleGroup(world, group, topic)
      const { name } = topic
      await world.arrange(DeleteTopics, { topics: [{ name }], topicNames: [name], timeoutMs: 5000 })
      await world.settled()
      await world.quiet()
      await world.ask(OffsetFetch, fetching(group, [topic]))
      if (world.version >= 2) await world.ask(OffsetFetch, fetching(group, null), { as: 'all' })
      const again = await world.topic('orders')
      await world.ask(OffsetFetch, fetching(group, [topic, again]), { as: 'when there is another of that name' })
    },
  ],
  'a group that is not there': [
    { versions: '1+' },
    async (world) => {
      const group = await groupNamed(world)
      const topic = await world.topic('orders')
      await world.ask(OffsetFetch, fetching(group, [topic, missingTopic(world)]))
    },
  ],
  'a group without a name': [
    { versions: '1+' },
    async (world) => {
      await coordinatorOf(world, '')
      await world.ask(OffsetFetch, fetching('', [await world.topic('orders')]))
    },
  ],
  'a group with members': [
    { versions: '1+' },
    async (world) => {
      const group = await groupNamed(world)
      await stableMember(world, group)
      await world.ask(OffsetFetch, fetching(group, [await world.topic('orders')]))
    },
  ],
  'only what is stable': [
    { versions: '7+' },
    async (world) => {
      const group = await groupNamed(world)
      const topic = await world.topic('orders')
      await simpleGroup(world, group, topic)
      await world.ask(OffsetFetch, { ...fetching(group, [topic], [0, 1]), requireStable: true })
      await world.ask(OffsetFetch, { ...fetching(group, null), requireStable: true }, { as: 'all' })
    },
  ],
  'while a transaction is open': [
    { versions: '1+' },
    async (world) => {
      const group = await groupNamed(world)
      const topic = await world.topic('orders', { partitions: 3 })
      for (const partition of [0, 1]) await simpleGroup(world, group, topic, { partition })
      const producer = await transactionalProducer(world)
      for (const partition of [1, 2]) await written(world, producer, group, topic, { partition, offset: 8 })
      const some = fetching(group, [topic], [0, 1, 2])
      const all = fetching(group, null)
      await world.ask(OffsetFetch, some)
      if (world.version >= 2) await world.ask(OffsetFetch, all, { as: 'all' })
      if (world.version >= 7) {
        await world.ask(OffsetFetch, { ...some, requireStable: true }, { as: 'what is stable' })
        await world.ask(OffsetFetch, { ...all, requireStable: true }, { as: 'all that is stable' })
      }
      await ended(world, producer, true)
      await world.ask(OffsetFetch, { ...some, requireStable: world.version >= 7 }, { as: 'when it is committed' })
      await written(world, producer, group, topic, { offset: 9 })
      await ended(world, producer, false)
      await world.ask(OffsetFetch, { ...some, requireStable: world.version >= 7 }, { as: 'when another is aborted' })
    },
  ],
  'several groups': [
    { versions: '8+' },
    async (world) => {
      const first = await groupNamed(world, 'first')
      const second = await groupNamed(world, 'second')
      const topic = await world.topic('orders')
      await simpleGroup(world, first, topic, { offset: 1 })
      await simpleGroup(world, second, topic, { offset: 2 })
      const groups = [second, first, world.name('third'), second].map((groupId) => ({
        groupId,
        topics: [{ ...topic, partitionIndexes: [0] }],
      }))
      await world.ask(OffsetFetch, { groups })
      const all = [first, second].map((groupId) => ({ groupId, topics: null }))
      await world.ask(OffsetFetch, { groups: all }, { as: 'all' })
    },
  ],
  'no group': [
    { versions: '9+' },
    async (world) => {
      await groupNamed(world)
      await world.ask(OffsetFetch, { groups: [] })
    },
  ],
  'a member asks': [
    { versions: '9+' },
    async (world) => {
      const group = await groupNamed(world)
      const topic = await world.topic('orders')
      const { memberId } = await stableMember(world, group)
      const asked = { groupId: group, topics: [{ ...topic, partitionIndexes: [0] }] }
      await world.ask(OffsetFetch, { groups: [{ ...asked, memberId, memberEpoch: 1 }] }, { as: 'as a member' })
      await world.ask(OffsetFetch, { groups: [{ ...asked, memberId: 'nobody', memberEpoch: 7 }] }, { as: 'as nobody' })
      const other = { ...asked, groupId: world.name('other') }
      await world.ask(
        OffsetFetch,
        { groups: [{ ...other, memberId: 'nobody', memberEpoch: 7 }] },
        { as: 'of no group' },
      )
    },
  ],
  'not the coordinator': [
    { versions: '1+', brokers: 3 },
    async (world) => {
      const group = await groupNamed(world)
      const { nodeId } = await coordinatorOf(world, group)
      const topic = await world.topic('orders')
      const from = world.client((nodeId % world.brokers) + 1)
      await world.ask(OffsetFetch, fetching(group, [topic, missingTopic(world)]), { from })
      if (world.version >= 2) await world.ask(OffsetFetch, fetching(group, null), { from, as: 'all' })
      if (world.version < 7) return
      await world.ask(OffsetFetch, { ...fetching(group, [topic]), requireStable: true }, { from, as: 'what is stable' })
    },
  ],
  'the version of ZooKeeper': [
    { versions: '0' },
    async (world) => {
      const group = await groupNamed(world)
      const topic = await world.topic('orders')
      await simpleGroup(world, group, topic)
      await world.ask(OffsetFetch, fetching(group, [topic, missingTopic(world)]))
    },
  ],
})

import { encodeRecord } from '../../../src/protocol/log-record.ts'
import { ConsumerProtocolSubscription } from '../../../src/protocol/messages/data/consumer-protocol-subscription.ts'
import { JoinGroup } from '../../../src/protocol/messages/join-group.ts'
import { OffsetCommit } from '../../../src/protocol/messages/offset-commit.ts'
import { OffsetDelete } from '../../../src/protocol/messages/offset-delete.ts'
import { OffsetFetch } from '../../../src/protocol/messages/offset-fetch.ts'
import { SyncGroup } from '../../../src/protocol/messages/sync-group.ts'
import { casesOf } from '../case.ts'
import type { Topic } from '../world.ts'
import { committedRecords } from './consumer-offsets.ts'
import { whileNothingCanBeWritten } from './full-log.ts'
import { coordinatorOf, groupNamed, joinedMember, joining, stableMember } from './groups.ts'
import { committing, fetching, missingTopic, simpleGroup } from './offsets.ts'
import { ended, transactionalProducer, written } from './transactional-offsets.ts'

/** OffsetDelete's body. */
function deleting(groupId: string, topics: readonly Topic[], partitions: readonly number[] = [0]) {
  return {
    groupId,
    topics: topics.map(({ name }) => ({
      name,
      partitions: partitions.map((partitionIndex) => ({ partitionIndex })),
    })),
  }
}

export const offsetDelete = casesOf(
  OffsetDelete,
  [
    'UNKNOWN_TOPIC_OR_PARTITION',
    'GROUP_SUBSCRIBED_TO_TOPIC',
    'GROUP_ID_NOT_FOUND',
    'NON_EMPTY_GROUP',
    'INVALID_GROUP_ID',
    'NOT_COORDINATOR',
    'COORDINATOR_NOT_AVAILABLE',
    'UNKNOWN_SERVER_ERROR',
  ],
  {
    'what is committed, and what is not': async (world) => {
      const group = await groupNamed(world)
      const topics = await world.topics({ orders: { partitions: 3 }, bills: {} })
      await simpleGroup(world, group, topics.orders, { partition: 1 })
      await simpleGroup(world, group, topics.orders, { partition: 2 })
      const seen = await committedRecords(world, group)
      await world.ask(
        OffsetDelete,
        deleting(group, [topics.bills, topics.orders, missingTopic(world)], [7, 0, 1, -1, 1]),
      )
      await world.ask(OffsetFetch, fetching(group, [topics.orders], [1, 2]))
      await world.ask(OffsetDelete, deleting(group, []), { as: 'no topic' })
      await world.ask(OffsetDelete, deleting(group, [topics.orders], []), { as: 'no partition' })
      await world.ask(OffsetDelete, deleting(group, [topics.orders, topics.orders], [2]), { as: 'one topic twice' })
      const odd = deleting(group, [missingTopic(world), topics.orders, missingTopic(world)], [0, 9])
      await world.ask(OffsetDelete, odd, { as: 'and one that is not there twice' })
      await seen.note('what is written')
    },
    'what an open transaction wants to commit': async (world) => {
      const group = await groupNamed(world)
      const topic = await world.topic('orders', { partitions: 3 })
      await simpleGroup(world, group, topic, { partition: 1 })
      const seen = await committedRecords(world, group)
      const producer = await transactionalProducer(world)
      for (const partition of [0, 1, 2]) await written(world, producer, group, topic, { partition, offset: 8 })
      await world.ask(OffsetDelete, deleting(group, [topic], [0, 1]))
      const stable = { ...fetching(group, [topic], [0, 1, 2]), requireStable: true }
      await world.ask(OffsetFetch, stable, { as: 'before the end' })
      await ended(world, producer, true)
      await world.ask(OffsetFetch, stable, { as: 'after the end' })
      await seen.note('what is written')
    },
    'groups that are not there': async (world) => {
      const group = await groupNamed(world)
      const topic = await world.topic('orders')
      await world.ask(OffsetDelete, deleting(group, [topic, missingTopic(world)]))
      await world.ask(OffsetDelete, deleting(group, []), { as: 'no topic' })
      await world.ask(OffsetDelete, deleting(group, [missingTopic(world)]), { as: 'no topic that is there' })
      await world.ask(OffsetDelete, deleting('', [topic]), { as: 'no name' })
      await world.ask(OffsetDelete, deleting('', []), { as: 'no name and no topic' })
    },
    'topics that consumers subscribe to': async (world) => {
      const group = await groupNamed(world)
      const { orders, bills } = await world.topics({ orders: {}, bills: {} })
      const subscription = encodeRecord(ConsumerProtocolSubscription, { topics: [orders.name] }, 1)
      const protocols = [{ name: 'range', metadata: subscription }]
      const body = { ...joining(group), protocols }
      const { memberId } = await world.arrange(JoinGroup, body)
      const member = { groupId: group, memberId, generationId: 1 }
      await world.arrange(JoinGroup, { ...body, memberId })
      await world.ask(OffsetDelete, deleting(group, [orders, bills]), { as: 'before the assignment is there' })
      await world.arrange(SyncGroup, { ...member, protocolType: 'consumer', protocolName: 'range' })
      const commit = { ...committing(group, [orders, bills]), memberId, generationIdOrMemberEpoch: 1 }
      await world.arrange(OffsetCommit, commit)
      await world.ask(OffsetDelete, deleting(group, [orders, bills]))
      await world.ask(OffsetFetch, fetching(group, [orders, bills]))
    },
    'a consumer whose topics nobody can read': async (world) => {
      const group = await groupNamed(world)
      const topic = await world.topic('orders')
      const body = { ...joining(group), protocols: [{ name: 'range', metadata: Buffer.from('m') }] }
      const { memberId } = await world.arrange(JoinGroup, body)
      await world.arrange(JoinGroup, { ...body, memberId })
      await world.ask(OffsetDelete, deleting(group, [topic]))
    },
    'a consumer that subscribes to nothing': async (world) => {
      const group = await groupNamed(world)
      const topic = await world.topic('orders')
      await stableMember(world, group)
      await world.ask(OffsetDelete, deleting(group, [topic]))
    },
    'when nothing can be written': async (world) => {
      const group = await groupNamed(world)
      const topic = await world.topic('orders')
      await simpleGroup(world, group, topic)
      await whileNothingCanBeWritten(world, async () => {
        await world.ask(OffsetDelete, deleting(group, [topic, missingTopic(world)]))
      })
      await world.ask(OffsetFetch, fetching(group, [topic]))
    },
    'a group of another type': async (world) => {
      const group = await groupNamed(world)
      const topic = await world.topic('orders')
      await joinedMember(world, group, { protocolType: 'connect' })
      await world.ask(OffsetDelete, deleting(group, [topic, missingTopic(world)]))
    },
    'not the coordinator': [
      { brokers: 3 },
      async (world) => {
        const group = await groupNamed(world)
        const { nodeId } = await coordinatorOf(world, group)
        const topic = await world.topic('orders')
        await world.ask(OffsetDelete, deleting(group, [topic]), { from: world.client((nodeId % world.brokers) + 1) })
      },
    ],
  },
)

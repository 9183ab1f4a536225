import { DeleteTopics } from '../../../src/protocol/messages/delete-topics.ts'
import { OffsetCommit } from '../../../src/protocol/messages/offset-commit.ts'
import { OffsetFetch } from '../../../src/protocol/messages/offset-fetch.ts'
import { TxnOffsetCommit } from '../../../src/protocol/messages/txn-offset-commit.ts'
import { ZERO_UUID } from '../../../src/protocol/uuid.ts'
import { casesOf } from '../case.ts'
import type { World } from '../world.ts'
import { committedRecords } from './consumer-offsets.ts'
import { whileNothingCanBeWritten } from './full-log.ts'
import { coordinatorOf, groupNamed } from './groups.ts'
import { committing, fetching, missingTopic, simpleGroup } from './offsets.ts'
import {
  ADDS_ITSELF,
  addOffsets,
  ended,
  type Producer,
  transactionalProducer,
  writing,
} from './transactional-offsets.ts'
import { memberWrites } from './txn-offset-commit-members.ts'

/** A producer whose transaction a group's offsets are part of, or will be by the request of the case itself. */
async function beginning(world: World, group: string): Promise<Producer> {
  const producer = await transactionalProducer(world)
  if (world.version < ADDS_ITSELF) await addOffsets(world, producer, group)
  return producer
}

export const txnOffsetCommit = casesOf(
  TxnOffsetCommit,
  [
    'UNKNOWN_TOPIC_OR_PARTITION',
    'UNKNOWN_TOPIC_ID',
    'OFFSET_METADATA_TOO_LARGE',
    'INVALID_GROUP_ID',
    'INVALID_TXN_STATE',
    'TRANSACTION_ABORTABLE',
    'INVALID_PRODUCER_EPOCH',
    'INVALID_PRODUCER_ID_MAPPING',
    'CONCURRENT_TRANSACTIONS',
    'ILLEGAL_GENERATION',
    'UNKNOWN_MEMBER_ID',
    'FENCED_INSTANCE_ID',
    'GROUP_ID_NOT_FOUND',
    'NOT_COORDINATOR',
    'COORDINATOR_NOT_AVAILABLE',
    'COORDINATOR_LOAD_IN_PROGRESS',
    'UNKNOWN_SERVER_ERROR',
  ],
  {
    'offsets that are committed': async (world) => {
      const group = await groupNamed(world)
      const topics = await world.topics({ orders: { partitions: 3 }, bills: {} })
      const both = [topics.orders, topics.bills]
      await simpleGroup(world, group, topics.orders, { offset: 1 })
      const seen = await committedRecords(world, group)
      const producer = await beginning(world, group)
      const commits = [{ partition: 1, leaderEpoch: 0, metadata: null }, { partition: 0 }]
      await world.ask(TxnOffsetCommit, writing(producer, group, both, commits))
      await world.ask(TxnOffsetCommit, writing(producer, group, [topics.orders], [{ offset: 6 }]), { as: 'once more' })
      await world.ask(OffsetFetch, fetching(group, both, [0, 1]), { as: 'before' })
      await ended(world, producer, true, world.version >= ADDS_ITSELF)
      await world.ask(OffsetFetch, fetching(group, both, [0, 1]), { as: 'after' })
      await seen.note('what is written')
    },
    'offsets that are not': async (world) => {
      const group = await groupNamed(world)
      const topic = await world.topic('orders')
      const producer = await beginning(world, group)
      await world.ask(TxnOffsetCommit, writing(producer, group, [topic]))
      await ended(world, producer, false, world.version >= ADDS_ITSELF)
      await world.ask(OffsetFetch, fetching(group, [topic]))
    },
    'two transactions, one after the other': async (world) => {
      const group = await groupNamed(world)
      const topic = await world.topic('orders')
      let producer = await beginning(world, group)
      await world.ask(TxnOffsetCommit, writing(producer, group, [topic]))
      const adding = world.version >= ADDS_ITSELF
      producer = await ended(world, producer, true, adding)
      if (!adding) await addOffsets(world, producer, group)
      await world.ask(TxnOffsetCommit, writing(producer, group, [topic], [{ offset: 9 }]), { as: 'the second' })
      await ended(world, producer, true, adding)
      await world.ask(OffsetFetch, fetching(group, [topic]))
    },
    'two transactions at once': async (world) => {
      const group = await groupNamed(world)
      const topic = await world.topic('orders')
      const one = await transactionalProducer(world, 'one')
      const other = await transactionalProducer(world, 'other')
      const adding = world.version >= ADDS_ITSELF
      if (!adding) for (const producer of [one, other]) await addOffsets(world, producer, group)
      await world.ask(TxnOffsetCommit, writing(one, group, [topic], [{ offset: 1 }]), { as: 'the one' })
      await world.ask(TxnOffsetCommit, writing(other, group, [topic], [{ offset: 2 }]), { as: 'the other' })
      await ended(world, other, true, adding)
      await world.ask(OffsetCommit, committing(group, [topic], [{ offset: 3 }]), { as: 'outside of both' })
      await ended(world, one, true, adding)
      await world.ask(OffsetFetch, fetching(group, [topic]))
    },
    'a group that is not part of the transaction': async (world) => {
      const group = await groupNamed(world)
      const topic = await world.topic('orders')
      const producer = await transactionalProducer(world)
      await world.ask(TxnOffsetCommit, writing(producer, group, [topic]))
      const first = world.version >= ADDS_ITSELF ? producer : await added(world, producer, group)
      await world.ask(TxnOffsetCommit, writing(first, group, [topic]), { as: 'when it is' })
      const next = await ended(world, first, true, world.version >= ADDS_ITSELF)
      await world.ask(TxnOffsetCommit, writing(next, group, [topic]), { as: 'after the end' })
    },
    'a producer that is not the one': async (world) => {
      const group = await groupNamed(world)
      const topic = await world.topic('orders')
      const producer = await beginning(world, group)
      const others: Record<string, Producer> = {
        'an older epoch': { ...producer, producerEpoch: -1 },
        'a newer epoch': { ...producer, producerEpoch: producer.producerEpoch + 1 },
        'another id': { ...producer, producerId: producer.producerId + 1_000_000 },
        'an unknown transactional id': { ...producer, transactionalId: world.name('nobody') },
      }
      for (const [as, other] of Object.entries(others)) {
        await world.ask(TxnOffsetCommit, writing(other, group, [topic]), { as })
      }
      await world.ask(TxnOffsetCommit, writing(producer, group, [topic]), { as: 'the one' })
    },
    'topics that are not there': async (world) => {
      const group = await groupNamed(world)
      const topic = await world.topic('orders')
      const producer = await beginning(world, group)
      const commits = [{ partition: 7 }, { partition: 0 }, { partition: -1 }]
      const missing = missingTopic(world)
      await world.ask(TxnOffsetCommit, writing(producer, group, [missing, topic], commits))
      await world.ask(TxnOffsetCommit, writing(producer, group, [missing]), { as: 'none that is' })
      await world.ask(TxnOffsetCommit, writing(producer, group, [topic, topic]), { as: 'one twice' })
      await world.ask(TxnOffsetCommit, writing(producer, group, [missing, topic, missing]), { as: 'and with others' })
      await world.ask(TxnOffsetCommit, writing(producer, group, [topic], []), { as: 'no partition' })
      await world.ask(TxnOffsetCommit, writing(producer, group, []), { as: 'no topic' })
      const nameless = { name: '', topicId: ZERO_UUID }
      await world.ask(TxnOffsetCommit, writing(producer, group, [nameless]), { as: 'no name and no id' })
    },
    'a topic that is deleted before the transaction ends': async (world) => {
      const group = await groupNamed(world)
      const { orders, bills } = await world.topics({ orders: {}, bills: {} })
      const producer = await beginning(world, group)
      await world.ask(TxnOffsetCommit, writing(producer, group, [orders, bills]))
      const { name } = orders
      await world.arrange(DeleteTopics, { topics: [{ name }], topicNames: [name], timeoutMs: 5000 })
      await world.settled()
      await world.quiet()
      await ended(world, producer, true, world.version >= ADDS_ITSELF)
      await world.ask(OffsetFetch, fetching(group, [bills]))
      await world.ask(OffsetFetch, fetching(group, null), { as: 'all' })
    },
    'odd offsets and metadata': async (world) => {
      const group = await groupNamed(world)
      const topic = await world.topic('orders', { partitions: 3 })
      const producer = await beginning(world, group)
      const commits = [
        { partition: 0, metadata: 'x'.repeat(4097) },
        { partition: 1, offset: -1, leaderEpoch: 9, metadata: 'x'.repeat(4096) },
        { partition: 2, offset: Number.MAX_SAFE_INTEGER, metadata: '' },
      ]
      await world.ask(TxnOffsetCommit, writing(producer, group, [topic], commits))
      const tooMuch = [{ metadata: 'x'.repeat(5000) }]
      await world.ask(TxnOffsetCommit, writing(producer, group, [topic], tooMuch), { as: 'nothing to write' })
      await ended(world, producer, true, world.version >= ADDS_ITSELF)
      await world.ask(OffsetFetch, fetching(group, [topic], [0, 2]))
    },
    'a group without a name': async (world) => {
      const topic = await world.topic('orders')
      const producer = await transactionalProducer(world)
      await world.ask(TxnOffsetCommit, writing(producer, '', [topic, missingTopic(world)]))
    },
    'when nothing can be written': async (world) => {
      const group = await groupNamed(world)
      const topic = await world.topic('orders')
      const producer = await beginning(world, group)
      await whileNothingCanBeWritten(world, async () => {
        await world.ask(TxnOffsetCommit, writing(producer, group, [topic, missingTopic(world)]))
      })
      await ended(world, producer, true, world.version >= ADDS_ITSELF)
      await world.ask(OffsetFetch, fetching(group, [topic]))
    },
    'not the coordinator': [
      { brokers: 3 },
      async (world) => {
        const group = await groupNamed(world)
        const { nodeId } = await coordinatorOf(world, group)
        const topic = await world.topic('orders')
        const producer = { transactionalId: world.name('transaction'), producerId: 1, producerEpoch: 0 }
        const from = world.client((nodeId % world.brokers) + 1)
        await world.ask(TxnOffsetCommit, writing(producer, group, [topic, missingTopic(world)]), { from })
      },
    ],
    ...memberWrites,
  },
)

async function added(world: World, producer: Producer, group: string): Promise<Producer> {
  await addOffsets(world, producer, group)
  return producer
}

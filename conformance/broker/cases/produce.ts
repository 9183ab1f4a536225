import { Fetch } from '../../../src/protocol/messages/fetch.ts'
import { FindCoordinator } from '../../../src/protocol/messages/find-coordinator.ts'
import { ListOffsets } from '../../../src/protocol/messages/list-offsets.ts'
import { Metadata } from '../../../src/protocol/messages/metadata.ts'
import { Produce } from '../../../src/protocol/messages/produce.ts'
import { casesOf } from '../case.ts'
import { batch, listing, reading, sending, to, unknownTopic } from './logs.ts'
import { produceIdempotent } from './produce-idempotent.ts'
import { produceRecords } from './produce-records.ts'
import { produceTransactions } from './produce-transactions.ts'

const LATEST = -1

export const produce = casesOf(
  Produce,
  [
    'UNKNOWN_SERVER_ERROR',
    'CORRUPT_MESSAGE',
    'UNKNOWN_TOPIC_OR_PARTITION',
    'NOT_LEADER_OR_FOLLOWER',
    'MESSAGE_TOO_LARGE',
    'INVALID_TOPIC_EXCEPTION',
    'RECORD_LIST_TOO_LARGE',
    'NOT_ENOUGH_REPLICAS',
    'INVALID_REQUIRED_ACKS',
    'INVALID_TIMESTAMP',
    'OUT_OF_ORDER_SEQUENCE_NUMBER',
    'INVALID_PRODUCER_EPOCH',
    'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
    'UNSUPPORTED_COMPRESSION_TYPE',
    'INVALID_RECORD',
    'UNKNOWN_TOPIC_ID',
    'INVALID_TXN_STATE',
    'INVALID_PRODUCER_ID_MAPPING',
    'CONCURRENT_TRANSACTIONS',
    'TRANSACTION_ABORTABLE',
  ],
  {
    'a batch, and what is kept of it': [
      { versions: '3+' },
      async (world) => {
        const topic = await world.topic('orders')
        await world.ask(Produce, to(topic, batch(world, ['a', 'b'])))
        await world.ask(Produce, to(topic, batch(world, ['c'])), { as: 'again' })
        await world.ask(Fetch, reading(topic))
      },
    ],
    'a topic and a partition that are not there': [
      { versions: '3+' },
      async (world) => {
        const records = batch(world, ['a'])
        const topic = await world.topic('orders')
        await world.ask(Produce, to(unknownTopic(world), records))
        await world.ask(Produce, to({ name: '', topicId: 'AAAAAAAAAAAAAAAAAAAAAA' }, records), { as: 'no name' })
        await world.ask(Produce, to({ ...unknownTopic(world), name: 'a b' }, records), { as: 'not a name' })
        await world.ask(Produce, to(topic, records, { index: 7 }), { as: 'a partition' })
        await world.ask(Produce, to(topic, records, { index: -1 }), { as: 'a partition below 0' })
        await world.ask(Produce, to(unknownTopic(world), Buffer.alloc(0)), { as: 'and nothing to append' })
      },
    ],
    'how many replicas are to acknowledge': [
      { versions: '3+' },
      async (world) => {
        const topic = await world.topic('orders')
        const records = batch(world, ['a'])
        for (const acks of [1, -1, 2, -2])
          await world.ask(Produce, to(topic, records, { acks }), { as: `acks=${acks}` })
        await world.ask(Produce, to(unknownTopic(world), records, { acks: 2 }), { as: 'acks=2, an unknown topic' })
        await world.ask(Produce, to(topic, Buffer.alloc(0), { acks: 2 }), { as: 'acks=2, nothing to append' })
        await world.ask(Produce, to(topic, records, { timeoutMs: -1 }), { as: 'a time-out of -1' })
      },
    ],
    'acks=0': [
      { versions: '3+' },
      async (world) => {
        const topic = await world.topic('orders')
        const asked = { ...listing(topic, [{ timestamp: LATEST }]) }
        await world.tell(Produce, to(topic, batch(world, ['a', 'b']), { acks: 0 }))
        await world.ask(ListOffsets, asked, { as: 'after a batch' })
        await world.tell(Produce, to(topic, batch(world, ['c'], { baseOffset: 3 }), { acks: 0 }))
        await world.ask(ListOffsets, asked, { as: 'after a batch that is refused' })
        await world.tell(Produce, to(unknownTopic(world), batch(world, ['d']), { acks: 0 }))
        await world.ask(ListOffsets, asked, { as: 'after an unknown topic' })
        await world.tell(Produce, sending([], { acks: 0 }))
        await world.ask(ListOffsets, asked, { as: 'after nothing at all' })
      },
    ],
    'several partitions, some of them refused': [
      { versions: '3+' },
      async (world) => {
        const { orders, bills } = await world.topics({ orders: { partitions: 2 }, bills: {} })
        const [one, two] = [batch(world, ['a']), batch(world, ['b', 'c'])]
        const several = [
          { topic: orders, records: one },
          { topic: unknownTopic(world), records: one },
          { topic: bills, records: two.subarray(0, -1) },
          { topic: orders, index: 1, records: two },
        ]
        await world.ask(Produce, sending(several))
        await world.ask(Produce, sending([]), { as: 'none' })
        const twice = [
          { topic: bills, records: one },
          { topic: bills, records: two },
        ]
        await world.ask(Produce, sending(twice), { as: 'a partition twice' })
        const bad = batch(world, ['d'], { baseOffset: 3 })
        await world.ask(Produce, sending([{ topic: bills, records: bad }, ...twice]), {
          as: 'one that is refused first',
        })
        await world.ask(Fetch, reading(bills))
      },
    ],
    'more replicas in sync than there are': [
      { versions: '3+' },
      async (world) => {
        const topic = await world.topic('orders', { configs: { 'min.insync.replicas': '2' } })
        for (const acks of [-1, 1]) {
          await world.ask(Produce, to(topic, batch(world, ['a']), { acks }), { as: `acks=${acks}` })
        }
      },
    ],
    'a topic of the brokers themselves': [
      { versions: '3+' },
      async (world) => {
        await world.arrange(FindCoordinator, { coordinatorKeys: ['group'], key: 'group', keyType: 0 })
        await world.ready('__consumer_offsets')
        const { topics } = await world.arrange(Metadata, { topics: [{ name: '__consumer_offsets' }] })
        const topic = { name: '__consumer_offsets', topicId: topics[0]?.topicId ?? '' }
        await world.ask(Produce, to(topic, batch(world, ['a'])))
        await world.ask(Produce, to(topic, batch(world, ['a']), { index: 1000 }), { as: 'a partition' })
      },
    ],
    'records of a transaction without its id': [
      { versions: '3+' },
      async (world) => {
        const topic = await world.topic('orders')
        const writer = { producerId: 77, producerEpoch: 0, baseSequence: 0 }
        const records = batch(world, ['a'], { ...writer, isTransactional: true })
        await world.ask(Produce, to(topic, records))
        await world.ask(Produce, to(unknownTopic(world), records), { as: 'an unknown topic' })
        const plain = batch(world, ['a'])
        const both = sending([
          { topic, records: plain },
          { topic: unknownTopic(world), index: 1, records },
        ])
        await world.ask(Produce, both, { as: 'beside others' })
        await world.tell(Produce, to(topic, records, { acks: 0 }))
        await world.ask(ListOffsets, listing(topic, [{ timestamp: LATEST }]), { as: 'after acks=0' })
      },
    ],
    'a transactional id, and records of no transaction': [
      { versions: '3+' },
      async (world) => {
        const topic = await world.topic('orders')
        await world.ask(Produce, to(topic, batch(world, ['a']), { transactionalId: world.name('transaction') }))
      },
    ],
    'null records': [
      { versions: '9-9' },
      async (world) => {
        const topic = await world.topic('orders')
        await world.ask(Produce, to(topic, null))
      },
    ],
    'null records where nothing is': [
      { versions: '3+' },
      async (world) => {
        await world.ask(Produce, to(unknownTopic(world), null))
        await world.ask(Produce, to(await world.topic('orders'), null, { index: 5 }), { as: 'a partition' })
      },
    ],
    'brokers that do not lead': [
      { versions: '3+', brokers: 3 },
      async (world) => {
        const topic = await world.topic('orders', {
          replicas: [
            [1, 2],
            [3, 1],
          ],
        })
        const follower = world.client(2)
        const records = batch(world, ['a'])
        await world.ask(Produce, to(topic, records), { as: 'a follower', from: follower })
        await world.ask(Produce, to(topic, records, { index: 1 }), { as: 'one that has no replica', from: follower })
        const both = [
          { topic, records },
          { topic, records, index: 1 },
        ]
        await world.ask(Produce, sending(both), { as: 'both', from: follower })
        // A follower may take its time to follow a new topic.
        await world.ask(Produce, sending(both, { acks: 1 }), { as: 'a broker that leads one' })
        await world.tell(Produce, to(topic, records, { acks: 0 }), { from: follower })
        await world.ask(ListOffsets, listing(topic, [{ timestamp: LATEST }]), { as: 'after acks=0', from: follower })
      },
    ],
    ...produceRecords,
    ...produceIdempotent,
    ...produceTransactions,
  },
)

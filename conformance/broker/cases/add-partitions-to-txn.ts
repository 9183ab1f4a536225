import { AddPartitionsToTxn } from '../../../src/protocol/messages/add-partitions-to-txn.ts'
import { DescribeTransactions } from '../../../src/protocol/messages/describe-transactions.ts'
import { casesOf } from '../case.ts'
import { unknownTopic } from './logs.ts'
import { adding, begun, elsewhere, finished, successor, transactionalProducer } from './transactions.ts'

const FIRST_OF_BROKERS = 4

export const addPartitionsToTxn = casesOf(
  AddPartitionsToTxn,
  [
    'INVALID_PRODUCER_ID_MAPPING',
    'PRODUCER_FENCED',
    'INVALID_PRODUCER_EPOCH',
    'CONCURRENT_TRANSACTIONS',
    'INVALID_REQUEST',
    'UNKNOWN_TOPIC_OR_PARTITION',
    'OPERATION_NOT_ATTEMPTED',
    'TOPIC_AUTHORIZATION_FAILED',
    'TRANSACTION_ABORTABLE',
    'NOT_COORDINATOR',
  ],
  {
    'partitions of a transaction': async (world) => {
      const { a, b } = await world.topics({ a: { partitions: 2 }, b: {} })
      const producer = await transactionalProducer(world)
      await world.ask(AddPartitionsToTxn, adding(producer, [[a, [0, 1]]]))
      await world.ask(AddPartitionsToTxn, adding(producer, [[a, [1]]]), { as: 'one of them again' })
      await world.ask(
        AddPartitionsToTxn,
        adding(producer, [
          [b, [0]],
          [a, [1, 0]],
        ]),
        { as: 'and another' },
      )
      await world.ask(DescribeTransactions, { transactionalIds: [producer.transactionalId] })
      await finished(world, producer, true)
      await world.ask(AddPartitionsToTxn, adding(producer, [[b, [0]]]), { as: 'of the next transaction' })
      await world.ask(AddPartitionsToTxn, adding(producer, [[b, [0, 0]]]), { as: 'one twice' })
      await world.ask(DescribeTransactions, { transactionalIds: [producer.transactionalId] }, { as: 'the next one' })
    },
    'partitions that cannot be added': async (world) => {
      const { a } = await world.topics({ a: { partitions: 2 } })
      const producer = await transactionalProducer(world)
      const unknown = unknownTopic(world)
      const ask = (topics: Parameters<typeof adding>[1], as: string, other: Partial<typeof producer> = {}) =>
        world.ask(AddPartitionsToTxn, adding({ ...producer, ...other }, topics), { as })
      await ask([[unknown, [0]]], 'a topic that is not there')
      await ask(
        [
          [a, [0, 7]],
          [unknown, [0]],
        ],
        'some that are not there',
      )
      await ask([[a, [0]]], 'an id that nobody has', { transactionalId: world.name('nobody') })
      await ask([[a, [0]]], 'no id', { transactionalId: '' })
      await ask([[a, [0]]], 'of another producer', { producerId: 2_000_000_000 })
      await ask([[a, [0]]], 'of an epoch to come', { producerEpoch: 9 })
      await ask([], 'none')
      await world.ask(DescribeTransactions, { transactionalIds: [producer.transactionalId] })
      const next = await successor(world, producer)
      await ask([[a, [0]]], 'of a producer that is fenced')
      await ask([[a, [0]]], 'of its successor', next)
    },
    'a broker that is not the coordinator': [
      { brokers: 3 },
      async (world) => {
        const transactionalId = world.name('transaction')
        const from = await elsewhere(world, transactionalId)
        const topic = await world.topic('orders')
        const producer = { transactionalId, producerId: 1, producerEpoch: 0 }
        await world.ask(AddPartitionsToTxn, adding(producer, [[topic, [0]]]), { from })
        if (world.version < FIRST_OF_BROKERS) return
        await world.ask(AddPartitionsToTxn, adding(producer, [[topic, [0]]], true), { from, as: 'to verify' })
      },
    ],
    'partitions of an internal topic': async (world) => {
      const { a } = await world.topics({ a: {} })
      const producer = await transactionalProducer(world)
      const internal = { name: '__transaction_state', topicId: '' }
      await world.ask(AddPartitionsToTxn, adding(producer, [[internal, [0]]]))
      const both = adding(producer, [
        [internal, [0]],
        [a, [0]],
      ])
      await world.ask(AddPartitionsToTxn, both, { as: 'and of another' })
    },
    'what is part of a transaction': [
      { versions: `${FIRST_OF_BROKERS}+` },
      async (world) => {
        const { a, b } = await world.topics({ a: { partitions: 2 }, b: {} })
        const producer = await transactionalProducer(world)
        const ask = (topics: Parameters<typeof adding>[1], as: string, other: Partial<typeof producer> = {}) =>
          world.ask(AddPartitionsToTxn, adding({ ...producer, ...other }, topics, true), { as })
        await ask([[a, [0]]], 'before it begins')
        await begun(world, producer, a)
        await ask(
          [
            [a, [0, 1]],
            [b, [0]],
          ],
          'when it has begun',
        )
        await ask([[a, [0]]], 'for another producer', { producerId: 2_000_000_000 })
        await ask([[a, [0]]], 'for another epoch', { producerEpoch: 3 })
        await ask([[a, [0]]], 'for nobody', { transactionalId: world.name('nobody') })
        await ask([[a, [0]]], 'without an id', { transactionalId: '' })
        await ask([[unknownTopic(world), [0]]], 'of a topic that is not there')
        await finished(world, producer, false)
        await ask([[a, [0]]], 'when it is over')
      },
    ],
    'several transactions at once': [
      { versions: `${FIRST_OF_BROKERS}+` },
      async (world) => {
        const { a } = await world.topics({ a: { partitions: 2 } })
        const one = await transactionalProducer(world, 'one')
        const two = await transactionalProducer(world, 'two')
        const [first] = adding(one, [[a, [0]]]).transactions ?? []
        const [second] = adding({ ...two, producerEpoch: 5 }, [[a, [1]]]).transactions ?? []
        const [third] = adding(two, [[a, [1]]], true).transactions ?? []
        const transactions = [first, second].flatMap((each) => (each === undefined ? [] : [each]))
        await world.ask(AddPartitionsToTxn, { transactions })
        const others = [third, first].flatMap((each) => (each === undefined ? [] : [each]))
        await world.ask(AddPartitionsToTxn, { transactions: others }, { as: 'one to verify, one to add' })
      },
    ],
  },
)

import { EndTxn } from '../../../src/protocol/messages/end-txn.ts'
import { Fetch } from '../../../src/protocol/messages/fetch.ts'
import { Produce } from '../../../src/protocol/messages/produce.ts'
import { casesOf } from '../case.ts'
import { reading, to } from './logs.ts'
import { transactionRecords } from './transaction-records.ts'
import {
  added,
  begun,
  complete,
  elsewhere,
  type Producer,
  producerAtFirst,
  recordOf,
  sent,
  successor,
  transactionalProducer,
} from './transactions.ts'

/** From this version on every transaction has an epoch of its own. */
const NEW_EPOCH = 5

/** What the next transaction is written with. */
function renewed(producer: Producer, answer: { producerId?: number; producerEpoch?: number } | undefined): Producer {
  const { producerId = -1, producerEpoch = -1 } = answer ?? {}
  return producerEpoch === -1 ? producer : { ...producer, producerId, producerEpoch }
}

export const endTxn = casesOf(
  EndTxn,
  [
    'INVALID_PRODUCER_ID_MAPPING',
    'PRODUCER_FENCED',
    'INVALID_PRODUCER_EPOCH',
    'CONCURRENT_TRANSACTIONS',
    'INVALID_TXN_STATE',
    'INVALID_REQUEST',
    'NOT_COORDINATOR',
  ],
  {
    'a transaction that is committed': async (world) => {
      const { a, b } = await world.topics({ a: {}, b: {} })
      const producer = await transactionalProducer(world)
      const written = await transactionRecords(world, producer.transactionalId)
      await begun(world, producer, a, b)
      await sent(world, producer, a)
      await sent(world, producer, b)
      await world.ask(Fetch, reading(a, {}, { isolationLevel: 1 }), { as: 'before' })
      await world.ask(EndTxn, { ...producer, committed: true })
      await complete(world, producer.transactionalId)
      await world.ask(Fetch, reading(a, {}, { isolationLevel: 1 }))
      await world.ask(Fetch, reading(b, {}, { isolationLevel: 1 }), { as: 'the other partition' })
      await written.note('what the coordinator wrote')
    },
    'a transaction that is aborted': async (world) => {
      const { a } = await world.topics({ a: {} })
      const producer = await transactionalProducer(world)
      const written = await transactionRecords(world, producer.transactionalId)
      await begun(world, producer, a)
      await sent(world, producer, a)
      await world.ask(EndTxn, { ...producer, committed: false })
      await complete(world, producer.transactionalId)
      await world.ask(Fetch, reading(a, {}, { isolationLevel: 1 }))
      await written.note('what the coordinator wrote')
    },
    'the same end again': async (world) => {
      const { a } = await world.topics({ a: {} })
      const producer = await transactionalProducer(world)
      for (const committed of [true, false]) {
        const one = await successor(world, producer)
        await begun(world, one, a)
        await world.ask(EndTxn, { ...one, committed }, { as: committed ? 'commit' : 'abort' })
        await complete(world, producer.transactionalId)
        await world.ask(EndTxn, { ...one, committed }, { as: 'again' })
        await world.ask(EndTxn, { ...one, committed: !committed }, { as: 'the other way' })
      }
    },
    'an end without a beginning': async (world) => {
      const producer = await transactionalProducer(world)
      const written = await transactionRecords(world, producer.transactionalId)
      await world.ask(EndTxn, { ...producer, committed: true }, { as: 'commit' })
      const aborted = await world.ask(EndTxn, { ...producer, committed: false }, { as: 'abort' })
      if (world.version >= NEW_EPOCH) await complete(world, producer.transactionalId)
      const next = renewed(producer, aborted)
      await world.ask(EndTxn, { ...next, committed: true }, { as: 'commit then' })
      await world.ask(EndTxn, { ...next, committed: false }, { as: 'abort then' })
      if (world.version >= NEW_EPOCH) await complete(world, producer.transactionalId)
      await written.note('what the coordinator wrote')
    },
    'a broker that is not the coordinator': [
      { brokers: 3 },
      async (world) => {
        const transactionalId = world.name('transaction')
        const from = await elsewhere(world, transactionalId)
        await world.ask(EndTxn, { transactionalId, producerId: 1, producerEpoch: 0, committed: true }, { from })
      },
    ],
    'a transaction on several brokers': [
      { brokers: 3 },
      async (world) => {
        const replicas = [
          [1, 2, 3],
          [2, 3, 1],
          [3, 1, 2],
        ]
        const topic = await world.topic('orders', { replicas })
        const leaders = [1, 2, 3].map((nodeId) => world.client(nodeId))
        const { transactionalId } = await producerAtFirst(world)
        for (const committed of [true, false]) {
          const producer = await successor(world, { transactionalId, producerId: -1, producerEpoch: -1 })
          await added(world, producer, [[topic, [0, 1, 2]]])
          for (const [index, from] of leaders.entries()) await sent(world, producer, topic, { index, from })
          await world.ask(EndTxn, { ...producer, committed }, { as: committed ? 'commit' : 'abort' })
          await complete(world, transactionalId)
          for (const [index, from] of leaders.entries()) {
            await world.ask(Fetch, reading(topic, { index }, { isolationLevel: 1 }), {
              from,
              as: `of partition ${index}`,
            })
          }
        }
      },
    ],
    'an end that is refused': async (world) => {
      const { a } = await world.topics({ a: {} })
      const producer = await transactionalProducer(world)
      await begun(world, producer, a)
      const ask = (as: string, other: Partial<typeof producer>) =>
        world.ask(EndTxn, { ...producer, committed: true, ...other }, { as })
      await ask('an id that nobody has', { transactionalId: world.name('nobody') })
      await ask('no id', { transactionalId: '' })
      await ask('of another producer', { producerId: 2_000_000_000 })
      await ask('of an epoch to come', { producerEpoch: 9 })
      await ask('of an epoch before', { producerEpoch: -1 })
      const next = await successor(world, producer)
      await ask('of a producer that is fenced', {})
      await ask('of its successor, which has not begun', next)
    },
    'one transaction after the other': [
      { versions: `${NEW_EPOCH}+` },
      async (world) => {
        const { a } = await world.topics({ a: {} })
        let producer = await transactionalProducer(world)
        const written = await transactionRecords(world, producer.transactionalId)
        for (const committed of [true, false, true]) {
          const records = recordOf(world, producer, { value: `of epoch ${producer.producerEpoch}` })
          const body = to(a, records, { transactionalId: producer.transactionalId })
          await world.ask(Produce, body, { as: 'a record' })
          const answer = await world.ask(EndTxn, { ...producer, committed }, { as: committed ? 'commit' : 'abort' })
          await complete(world, producer.transactionalId)
          await world.ask(Produce, body, { as: 'a record that comes late' })
          producer = renewed(producer, answer)
        }
        const late = recordOf(world, producer, { baseSequence: 3 })
        const body = to(a, late, { transactionalId: producer.transactionalId })
        await world.ask(Produce, body, { as: 'a sequence that is not the first' })
        await world.ask(Fetch, reading(a, {}, { isolationLevel: 1 }))
        await written.note('what the coordinator wrote')
      },
    ],
  },
)

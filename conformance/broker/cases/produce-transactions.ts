/** Transactional producers (KIP-98, KIP-890): who may write in which transaction. */
import { AddPartitionsToTxn } from '../../../src/protocol/messages/add-partitions-to-txn.ts'
import { DescribeProducers } from '../../../src/protocol/messages/describe-producers.ts'
import { DescribeTransactions } from '../../../src/protocol/messages/describe-transactions.ts'
import { Fetch } from '../../../src/protocol/messages/fetch.ts'
import { Produce } from '../../../src/protocol/messages/produce.ts'
import type { CaseOptions, Script } from '../case.ts'
import { batch, reading, sending, to } from './logs.ts'
import { adding, begun, finished, recordOf, successor, transactionalProducer } from './transactions.ts'

/** From this version on the broker adds partitions itself. */
const ADDS_ITSELF = 12

export const produceTransactions: Readonly<Record<string, Script | readonly [CaseOptions, Script]>> = {
  'records of a transaction': [
    { versions: '3+' },
    async (world) => {
      const topic = await world.topic('orders')
      const producer = await transactionalProducer(world)
      const { transactionalId } = producer
      const send = (baseSequence: number, as: string, other: Partial<typeof producer> = {}) => {
        const records = recordOf(world, { ...producer, ...other }, { baseSequence })
        return world.ask(Produce, to(topic, records, { transactionalId: other.transactionalId ?? transactionalId }), {
          as,
        })
      }
      await send(0, 'a partition that was not added')
      if (world.version < ADDS_ITSELF) await begun(world, producer, topic)
      await send(world.version < ADDS_ITSELF ? 0 : 1, 'a record')
      await send(world.version < ADDS_ITSELF ? 1 : 2, 'another')
      await send(9, 'a gap')
      await send(0, 'of an id that nobody has', { transactionalId: world.name('nobody'), producerId: 2_000_000_000 })
      await world.ask(DescribeTransactions, { transactionalIds: [transactionalId] })
      await world.ask(DescribeProducers, { topics: [{ name: topic.name, partitionIndexes: [0] }] })
      await world.ask(Fetch, reading(topic, {}, { isolationLevel: 1 }), { as: 'of what is committed' })
      await finished(world, producer, true)
      await send(2, 'after the end')
      const next = await successor(world, producer)
      await send(3, 'of a producer that is fenced')
      await send(0, 'of its successor', next)
      await world.ask(Fetch, reading(topic, {}, { isolationLevel: 1 }), { as: 'in the end' })
    },
  ],
  'records beside a transaction': [
    { versions: '3+' },
    async (world) => {
      const topic = await world.topic('orders')
      const producer = await transactionalProducer(world)
      const { transactionalId, producerId, producerEpoch } = producer
      const records = recordOf(world, producer)
      await world.ask(Produce, to(topic, records), { as: 'without the transactional id' })
      const plain = batch(world, ['v'], { producerId, producerEpoch, baseSequence: 0 })
      await world.ask(Produce, to(topic, plain, { transactionalId }), { as: 'a record that is not of it' })
      await begun(world, producer, topic)
      const next = batch(world, ['v'], { producerId, producerEpoch, baseSequence: 1, isTransactional: true })
      await world.ask(Produce, to(topic, next, { transactionalId }), { as: 'one that is' })
      const other = batch(world, ['v'], { producerId, producerEpoch, baseSequence: 2 })
      await world.ask(Produce, to(topic, other, { transactionalId }), { as: 'one that is not, in between' })
      const nobodys = batch(world, ['v'], { isTransactional: true })
      await world.ask(Produce, to(topic, nobodys, { transactionalId }), { as: 'of no producer' })
    },
  ],
  'a transaction in several partitions at once': [
    { versions: '3+' },
    async (world) => {
      const { a, b } = await world.topics({ a: { partitions: 2 }, b: {} })
      const producer = await transactionalProducer(world)
      const { transactionalId } = producer
      if (world.version < ADDS_ITSELF) {
        await world.arrange(AddPartitionsToTxn, adding(producer, [[a, [0]]]), { version: 3 })
      }
      const records = () => recordOf(world, producer)
      const all = [
        { topic: a, index: 0, records: records() },
        { topic: a, index: 1, records: records() },
        { topic: b, index: 0, records: records() },
        { topic: b, index: 9, records: records() },
      ]
      await world.ask(Produce, sending(all, { transactionalId }))
      await world.ask(DescribeTransactions, { transactionalIds: [transactionalId] })
      const stranger = recordOf(world, { ...producer, producerId: 2_000_000_000 })
      const both = [
        { topic: a, index: 0, records: recordOf(world, producer, { baseSequence: 1 }) },
        { topic: a, index: 1, records: stranger },
      ]
      await world.ask(Produce, sending(both, { transactionalId }), { as: 'of two producers' })
    },
  ],
}

import { DescribeTransactions } from '../../../src/protocol/messages/describe-transactions.ts'
import { casesOf } from '../case.ts'
import { begun, elsewhere, finished, successor, transactionalProducer } from './transactions.ts'

export const describeTransactions = casesOf(
  DescribeTransactions,
  ['TRANSACTIONAL_ID_NOT_FOUND', 'INVALID_REQUEST', 'NOT_COORDINATOR'],
  {
    'a transaction in its states': async (world) => {
      const { a, b } = await world.topics({ a: { partitions: 2 }, b: {} })
      const producer = await transactionalProducer(world)
      const { transactionalId } = producer
      const ask = (as: string) => world.ask(DescribeTransactions, { transactionalIds: [transactionalId] }, { as })
      await ask('that has not begun')
      await begun(world, producer, b, a)
      await ask('that is open')
      await finished(world, producer, true)
      await ask('that is committed')
      await begun(world, producer, a)
      await finished(world, producer, false)
      await ask('that is aborted')
    },
    'a transaction of the next producer': async (world) => {
      const { a } = await world.topics({ a: {} })
      const producer = await transactionalProducer(world)
      await begun(world, producer, a)
      await finished(world, producer, true)
      await successor(world, producer)
      await world.ask(DescribeTransactions, { transactionalIds: [producer.transactionalId] })
    },
    'a broker that is not the coordinator': [
      { brokers: 3 },
      async (world) => {
        const transactionalId = world.name('transaction')
        const from = await elsewhere(world, transactionalId)
        await world.ask(DescribeTransactions, { transactionalIds: [transactionalId] }, { from })
      },
    ],
    'several ids': async (world) => {
      // Of an id that nobody has 0 is told, which is a producer's too: the first one's of a cluster.
      await transactionalProducer(world, 'first')
      const one = await transactionalProducer(world, 'one')
      const two = await transactionalProducer(world, 'two')
      const ids = [two.transactionalId, world.name('nobody'), one.transactionalId, '', two.transactionalId]
      await world.ask(DescribeTransactions, { transactionalIds: ids })
      await world.ask(DescribeTransactions, { transactionalIds: [] }, { as: 'none' })
    },
    'a transaction that has timed out': async (world) => {
      const { a } = await world.topics({ a: {} })
      const producer = await transactionalProducer(world)
      const { transactionalId } = await successor(world, producer, 500)
      const brief = { ...producer, producerEpoch: producer.producerEpoch + 1 }
      await begun(world, brief, a)
      await world.ask(DescribeTransactions, { transactionalIds: [transactionalId] }, { as: 'before' })
      await world.pass(1500)
      await world.ask(DescribeTransactions, { transactionalIds: [transactionalId] })
    },
  },
)

import { AddOffsetsToTxn } from '../../../src/protocol/messages/add-offsets-to-txn.ts'
import { DescribeTransactions } from '../../../src/protocol/messages/describe-transactions.ts'
import { casesOf } from '../case.ts'
import { groupNamed } from './groups.ts'
import { elsewhere, finished, successor, transactionalProducer } from './transactions.ts'

export const addOffsetsToTxn = casesOf(
  AddOffsetsToTxn,
  [
    'INVALID_PRODUCER_ID_MAPPING',
    'PRODUCER_FENCED',
    'INVALID_PRODUCER_EPOCH',
    'CONCURRENT_TRANSACTIONS',
    'INVALID_REQUEST',
    'NOT_COORDINATOR',
  ],
  {
    'the offsets of a group': async (world) => {
      const groupId = await groupNamed(world)
      const producer = await transactionalProducer(world)
      await world.ask(AddOffsetsToTxn, { ...producer, groupId })
      await world.ask(AddOffsetsToTxn, { ...producer, groupId }, { as: 'again' })
      const { transactionStates } = await world.arrange(DescribeTransactions, {
        transactionalIds: [producer.transactionalId],
      })
      const topics = transactionStates[0]?.topics.map(({ topic, partitions }) => [topic, partitions.length])
      world.note('the topics of the transaction', topics)
      await finished(world, producer, true)
      await world.ask(AddOffsetsToTxn, { ...producer, groupId: '' }, { as: 'a group without a name' })
    },
    'a broker that is not the coordinator': [
      { brokers: 3 },
      async (world) => {
        const transactionalId = world.name('transaction')
        const from = await elsewhere(world, transactionalId)
        await world.ask(
          AddOffsetsToTxn,
          { transactionalId, producerId: 1, producerEpoch: 0, groupId: 'group' },
          { from },
        )
      },
    ],
    'offsets that cannot be added': async (world) => {
      const groupId = await groupNamed(world)
      const producer = await transactionalProducer(world)
      const ask = (as: string, other: Partial<typeof producer>) =>
        world.ask(AddOffsetsToTxn, { ...producer, groupId, ...other }, { as })
      await ask('an id that nobody has', { transactionalId: world.name('nobody') })
      await ask('no id', { transactionalId: '' })
      await ask('of another producer', { producerId: 2_000_000_000 })
      await ask('of an epoch to come', { producerEpoch: 9 })
      await successor(world, producer)
      await ask('of a producer that is fenced', {})
    },
  },
)

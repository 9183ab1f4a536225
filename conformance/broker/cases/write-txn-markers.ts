import { DescribeProducers } from '../../../src/protocol/messages/describe-producers.ts'
import { Fetch } from '../../../src/protocol/messages/fetch.ts'
import { WriteTxnMarkers } from '../../../src/protocol/messages/write-txn-markers.ts'
import { casesOf } from '../case.ts'
import type { Topic, World } from '../world.ts'
import { reading, unknownTopic } from './logs.ts'
import { begun, type Producer, sent, transactionalProducer } from './transactions.ts'

interface MarkerOf {
  readonly committed?: boolean
  readonly coordinatorEpoch?: number
  readonly producerEpoch?: number
  readonly transactionVersion?: number
}

function marker(
  producer: Producer,
  topics: readonly (readonly [Topic, readonly number[]])[],
  { committed = true, coordinatorEpoch = 1, producerEpoch, transactionVersion = 0 }: MarkerOf = {},
) {
  return {
    producerId: producer.producerId,
    producerEpoch: producerEpoch ?? producer.producerEpoch,
    transactionResult: committed,
    coordinatorEpoch,
    transactionVersion,
    topics: topics.map(([{ name }, partitions]) => ({ name, partitionIndexes: [...partitions] })),
  }
}

async function writing(world: World, topic: Topic): Promise<Producer> {
  const producer = await transactionalProducer(world)
  await begun(world, producer, topic)
  await sent(world, producer, topic)
  return producer
}

export const writeTxnMarkers = casesOf(
  WriteTxnMarkers,
  [
    'INVALID_PRODUCER_EPOCH',
    'TRANSACTION_COORDINATOR_FENCED',
    'UNKNOWN_SERVER_ERROR',
    'UNKNOWN_TOPIC_OR_PARTITION',
    'NOT_LEADER_OR_FOLLOWER',
  ],
  {
    'an end by hand': async (world) => {
      const { a, b } = await world.topics({ a: { partitions: 2 }, b: {} })
      const producer = await writing(world, a)
      await world.ask(WriteTxnMarkers, {
        markers: [
          marker(producer, [
            [a, [0, 1]],
            [b, [0]],
          ]),
        ],
      })
      await world.ask(Fetch, reading(a, {}, { isolationLevel: 1 }))
      await world.ask(DescribeProducers, { topics: [{ name: a.name, partitionIndexes: [0, 1] }] })
    },
    'markers that are refused': async (world) => {
      const { a } = await world.topics({ a: {} })
      const producer = await writing(world, a)
      const ask = (as: string, options: MarkerOf) =>
        world.ask(WriteTxnMarkers, { markers: [marker(producer, [[a, [0]]], options)] }, { as })
      await ask('of an epoch before', { producerEpoch: -1 })
      await ask('abort', { committed: false, coordinatorEpoch: 7 })
      await ask('of a coordinator before', { coordinatorEpoch: 6 })
      await ask('of the same', { coordinatorEpoch: 7 })
      await ask('of a producer to come', { producerEpoch: 3, coordinatorEpoch: 8 })
      await ask('of one before it', { coordinatorEpoch: 9 })
      await world.ask(DescribeProducers, { topics: [{ name: a.name, partitionIndexes: [0] }] })
      await world.ask(Fetch, reading(a, {}, { isolationLevel: 1 }))
    },
    'markers where nothing is': async (world) => {
      const { a } = await world.topics({ a: {} })
      const producer = await transactionalProducer(world)
      const unknown = unknownTopic(world)
      await world.ask(WriteTxnMarkers, { markers: [] }, { as: 'none' })
      await world.ask(WriteTxnMarkers, { markers: [marker(producer, [[unknown, [0]]])] }, { as: 'an unknown topic' })
      const several = [marker(producer, [[a, [0, 5]]]), marker({ ...producer, producerId: 2_000_000_000 }, [[a, [0]]])]
      await world.ask(WriteTxnMarkers, { markers: several }, { as: 'of two producers' })
      const twice = [marker(producer, [[unknown, [0]]], { committed: false }), marker(producer, [[a, [0]]])]
      await world.ask(WriteTxnMarkers, { markers: twice }, { as: 'of one, twice' })
      const nobody = [marker({ ...producer, producerId: -1 }, [[a, [0]]])]
      await world.ask(WriteTxnMarkers, { markers: nobody }, { as: 'of nobody' })
    },
    'a marker for nothing after one for something': async (world) => {
      const { a } = await world.topics({ a: {} })
      const producer = await transactionalProducer(world)
      const markers = [marker(producer, [[a, [0]]]), marker(producer, [[unknownTopic(world), [0]]])]
      await world.ask(WriteTxnMarkers, { markers })
    },
    'markers of the second transaction version': [
      { versions: '2+' },
      async (world) => {
        const { a } = await world.topics({ a: {} })
        const producer = await writing(world, a)
        const ask = (as: string, options: MarkerOf) =>
          world.ask(WriteTxnMarkers, { markers: [marker(producer, [[a, [0]]], options)] }, { as })
        await ask('of the same epoch', { transactionVersion: 2 })
        await ask('of the next', { transactionVersion: 2, producerEpoch: producer.producerEpoch + 1 })
        await ask('of the next, again', { transactionVersion: 2, producerEpoch: producer.producerEpoch + 1 })
      },
    ],
  },
)

import { DescribeProducers } from '../../../src/protocol/messages/describe-producers.ts'
import { casesOf } from '../case.ts'
import type { Topic } from '../world.ts'
import { append, batch, unknownTopic } from './logs.ts'

function of({ name }: Pick<Topic, 'name'>, partitionIndexes: number[] = [0]) {
  return { topics: [{ name, partitionIndexes }] }
}

export const describeProducers = casesOf(
  DescribeProducers,
  ['UNKNOWN_TOPIC_OR_PARTITION', 'NOT_LEADER_OR_FOLLOWER', 'INVALID_TOPIC_EXCEPTION'],
  {
    'the producers of a partition': async (world) => {
      const topic = await world.topic('orders', { partitions: 2 })
      const by = (producerId: number, producerEpoch: number, baseSequence: number) =>
        batch(world, ['a', 'b'], { producerId, producerEpoch, baseSequence })
      await append(world, topic, [batch(world, ['of nobody']), by(3_000_000_000, 0, 5), by(3_000_000_000, 0, 7)])
      await world.ask(DescribeProducers, of(topic, [0, 1]))
      await append(world, topic, [by(3_000_000_000, 1, 0)])
      await world.ask(DescribeProducers, of(topic), { as: 'in a new epoch' })
    },
    'several producers': async (world) => {
      const topic = await world.topic('orders')
      const ids = [3_000_000_001, 3_000_000_002]
      const batches = ids.map((producerId, i) => batch(world, ['a'], { producerId, producerEpoch: i, baseSequence: 9 }))
      await append(world, topic, batches)
      await world.ask(DescribeProducers, of(topic))
    },
    'what is not there': async (world) => {
      const topic = await world.topic('orders')
      await world.ask(DescribeProducers, of(unknownTopic(world)), { as: 'a topic' })
      await world.ask(DescribeProducers, of({ name: 'a b' }), { as: 'what is no name' })
      await world.ask(DescribeProducers, of({ name: '' }), { as: 'no name' })
      await world.ask(DescribeProducers, of(topic, [7, -1, 0]), { as: 'partitions' })
      await world.ask(DescribeProducers, of(topic, [0, 0]), { as: 'a partition twice' })
      await world.ask(DescribeProducers, of(topic, []), { as: 'of no partition' })
      await world.ask(
        DescribeProducers,
        { topics: [...of(topic).topics, ...of(topic).topics] },
        { as: 'a topic twice' },
      )
      await world.ask(DescribeProducers, { topics: [] }, { as: 'nothing' })
    },
    'a broker without a replica': [
      { brokers: 3 },
      async (world) => {
        const topic = await world.topic('orders', { replicas: [[1]] })
        await world.ask(DescribeProducers, of(topic), { from: world.client(2) })
      },
    ],
    'a follower': [
      { brokers: 3 },
      async (world) => {
        const topic = await world.topic('orders', { replicas: [[1, 2]] })
        await world.ask(DescribeProducers, of(topic), { from: world.client(2) })
      },
    ],
  },
)

import type { Input } from '../../../src/protocol/message.ts'
import {
  DescribeLogDirs,
  type DescribeLogDirsRequest,
  type DescribeLogDirsResponse,
} from '../../../src/protocol/messages/describe-log-dirs.ts'
import { Produce } from '../../../src/protocol/messages/produce.ts'
import { buildBatch } from '../../../src/protocol/records/batch-builder.ts'
import { casesOf } from '../case.ts'
import type { Topic, World } from '../world.ts'

function of(...topics: (readonly [name: string, partitions: readonly number[]])[]): Input<DescribeLogDirsRequest> {
  return { topics: topics.map(([topic, partitions]) => ({ topic, partitions: [...partitions] })) }
}

async function write(world: World, { name, topicId }: Topic, value: string): Promise<void> {
  const records = [buildBatch([{ key: null, value: Buffer.from(value), timestamp: world.time(0) }])]
  const topicData = [{ name, topicId, partitionData: [{ index: 0, records }] }]
  await world.arrange(Produce, { acks: -1, timeoutMs: 1000, topicData })
}

/** An answer with those of the topics alone that this script made: what others made before differs from run to run. */
function ownTopics(world: World): { telling: (answer: DescribeLogDirsResponse) => DescribeLogDirsResponse } {
  const own = world.name('')
  return {
    telling: (answer) => ({
      ...answer,
      results: answer.results.map((dir) => ({ ...dir, topics: dir.topics.filter(({ name }) => name.endsWith(own)) })),
    }),
  }
}

export const describeLogDirs = casesOf(DescribeLogDirs, [], {
  'some partitions': async (world) => {
    const orders = await world.topic('orders', { partitions: 3 })
    const more = await world.topic('more')
    await write(world, orders, 'a')
    await write(world, orders, 'bc')
    await world.ask(DescribeLogDirs, of([orders.name, [0, 2]], [more.name, [0]]))
    await world.ask(DescribeLogDirs, of([orders.name, [2]], [orders.name, [1]]), { as: 'a topic twice' })
  },
  'partitions that are not there': async (world) => {
    const { name } = await world.topic('orders')
    await world.ask(DescribeLogDirs, of([name, [7, -1]], [world.name('missing'), [0]], ['in valid', [0]]))
  },
  'all partitions': async (world) => {
    const orders = await world.topic('orders', { partitions: 2 })
    await write(world, orders, 'a')
    await world.ask(DescribeLogDirs, { topics: null }, ownTopics(world))
  },
  'no partitions': async (world) => {
    const { name } = await world.topic('orders')
    await world.ask(DescribeLogDirs, { topics: [] }, ownTopics(world))
    await world.ask(DescribeLogDirs, of([name, []]), { as: 'of a topic' })
  },
  'of another broker': [
    { brokers: 3 },
    async (world) => {
      const { name } = await world.topic('orders', { replicas: [[1], [2]] })
      await world.ask(DescribeLogDirs, of([name, [0, 1]]), { from: world.client(2) })
    },
  ],
  'replicas that follow': [
    { brokers: 3 },
    async (world) => {
      const { name } = await world.topic('orders', { replicas: [[1, 2]] })
      await world.ask(DescribeLogDirs, of([name, [0]]), { from: world.client(2) })
    },
  ],
})

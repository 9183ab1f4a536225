import type { Input } from '../../../src/protocol/message.ts'
import { DeleteTopics } from '../../../src/protocol/messages/delete-topics.ts'
import {
  DescribeTopicPartitions,
  type DescribeTopicPartitionsRequest,
} from '../../../src/protocol/messages/describe-topic-partitions.ts'
import { casesOf } from '../case.ts'
import type { World } from '../world.ts'

type Body = Input<DescribeTopicPartitionsRequest>

function named(...names: string[]): { name: string }[] {
  return names.map((name) => ({ name }))
}

async function askAll(world: World, bodies: Readonly<Record<string, Body>>): Promise<void> {
  for (const [as, body] of Object.entries(bodies)) await world.ask(DescribeTopicPartitions, body, { as })
}

/** Two topics whose names come after those of all others, so that a page of all topics can begin with them. */
async function lastTopics(world: World): Promise<{ zy: string; zz: string }> {
  const { name: zz } = await world.topic('zzzz', { partitions: 2 })
  const { name: zy } = await world.topic('zzzy', { partitions: 4 })
  return { zy, zz }
}

export const describeTopicPartitions = casesOf(
  DescribeTopicPartitions,
  ['INVALID_REQUEST', 'INVALID_TOPIC_EXCEPTION', 'UNKNOWN_SERVER_ERROR', 'UNKNOWN_TOPIC_OR_PARTITION'],
  {
    'topics by name': async (world) => {
      const orders = await world.topic('orders', { partitions: 3 })
      const more = await world.topic('more')
      const missing = world.name('missing')
      await askAll(world, {
        'in another order': { topics: named(orders.name, more.name) },
        'of which one is not there': { topics: named(orders.name, missing, 'in valid', orders.name) },
        'one alone that is not there': { topics: named(missing), responsePartitionLimit: 1 },
      })
    },
    'a page at a time': async (world) => {
      const orders = await world.topic('orders', { partitions: 5 })
      const more = await world.topic('more')
      const topics = named(orders.name, world.name('missing'), more.name)
      await askAll(world, {
        'a limit of three': { topics, responsePartitionLimit: 3 },
        'a limit of one': { topics, responsePartitionLimit: 1 },
        'a limit of six': { topics, responsePartitionLimit: 6 },
        'a limit of zero': { topics, responsePartitionLimit: 0 },
        'a limit below zero': { topics, responsePartitionLimit: -1 },
        'a limit beyond the own': { topics, responsePartitionLimit: 1_000_000 },
      })
    },
    'from a cursor on': async (world) => {
      const orders = await world.topic('orders', { partitions: 5 })
      const more = await world.topic('more', { partitions: 2 })
      const topics = named(orders.name, more.name)
      const at = (topicName: string, partitionIndex: number): Body => ({
        topics,
        responsePartitionLimit: 3,
        cursor: { topicName, partitionIndex },
      })
      await askAll(world, {
        'in the middle of a topic': at(orders.name, 2),
        'at its end': at(orders.name, 4),
        'behind its end': at(orders.name, 99),
        'at the beginning': at(more.name, 0),
        'of a topic that is not among them': at(world.name('missing'), 0),
        'below zero': at(more.name, -1),
        'without a name': at('', 0),
      })
    },
    'all topics from a cursor on': async (world) => {
      const { zy, zz } = await lastTopics(world)
      const at = (topicName: string, partitionIndex: number, responsePartitionLimit = 100): Body => ({
        topics: [],
        responsePartitionLimit,
        cursor: { topicName, partitionIndex },
      })
      await askAll(world, {
        'of the last but one': at(zy, 2),
        'with a limit': at(zy, 2, 3),
        'of the last': at(zz, 1, 1),
        'of one that is not there': at(world.name('zzzyy'), 3),
        'behind all': at('zzzzz', 0),
        'below zero': at(zz, -1),
      })
      const both = [zy, zz]
      await world.arrange(DeleteTopics, { topics: named(...both), topicNames: both, timeoutMs: 5000 })
      await world.settled()
    },
    'an empty name': async (world) => {
      await world.ask(DescribeTopicPartitions, { topics: named('', world.name('unknown')) })
    },
    'several replicas': [
      { brokers: 3 },
      async (world) => {
        const { name } = await world.topic('orders', {
          replicas: [
            [1, 2],
            [2, 3],
            [3, 1],
          ],
        })
        await world.ask(DescribeTopicPartitions, { topics: named(name) })
      },
    ],
  },
)

import type { Input } from '../../../src/protocol/message.ts'
import { CreatePartitions, type CreatePartitionsRequest } from '../../../src/protocol/messages/create-partitions.ts'
import { casesOf } from '../case.ts'
import { seeTopics } from './admin-bodies.ts'

type Grown = readonly [name: string, count: number, assigned?: readonly (readonly number[])[]]

function growing(topics: readonly Grown[], validateOnly = false): Input<CreatePartitionsRequest> {
  return {
    topics: topics.map(([name, count, assigned]) => ({
      name,
      count,
      assignments: assigned?.map((brokerIds) => ({ brokerIds: [...brokerIds] })) ?? null,
    })),
    timeoutMs: 5000,
    validateOnly,
  }
}

export const createPartitions = casesOf(
  CreatePartitions,
  [
    'INVALID_PARTITIONS',
    'INVALID_REPLICA_ASSIGNMENT',
    'INVALID_REPLICATION_FACTOR',
    'INVALID_REQUEST',
    'NOT_CONTROLLER',
    'POLICY_VIOLATION',
    'REQUEST_TIMED_OUT',
    'UNKNOWN_TOPIC_OR_PARTITION',
  ],
  {
    'more of them': async (world) => {
      const [orders, more] = [await world.topic('orders'), await world.topic('more', { partitions: 2 })]
      const grown: Grown[] = [
        [orders.name, 3],
        [more.name, 4, [[1], [1]]],
      ]
      await world.ask(CreatePartitions, growing(grown, true), { as: 'validated' })
      await world.ask(CreatePartitions, growing(grown))
      await seeTopics(world, [orders.name, more.name])
      await world.ask(CreatePartitions, growing(grown), { as: 'again' })
    },
    'not more of them': async (world) => {
      const { name } = await world.topic('orders', { partitions: 2 })
      for (const count of [1, 2, 0, -1]) {
        await world.ask(CreatePartitions, growing([[name, count]]), { as: `${count}` })
      }
    },
    'topics that are not there': async (world) => {
      const { name } = await world.topic('orders')
      await world.ask(
        CreatePartitions,
        growing([
          [world.name('missing'), 3],
          ['in valid', 3],
          ['', 3],
          [name, 2],
        ]),
      )
      await seeTopics(world, [name])
    },
    'a topic twice': async (world) => {
      const [orders, more] = [await world.topic('orders'), await world.topic('more')]
      await world.ask(
        CreatePartitions,
        growing([
          [orders.name, 2],
          [orders.name, 3],
          [more.name, 2],
        ]),
      )
      await seeTopics(world, [orders.name, more.name])
    },
    'wrong assignments': async (world) => {
      const { name } = await world.topic('orders', { partitions: 2 })
      const wrong: Record<string, Grown> = {
        few: [name, 4, [[1]]],
        many: [name, 3, [[1], [1]]],
        none: [name, 3, []],
        'without brokers': [name, 3, [[]]],
        'a broker that is not there': [name, 3, [[99]]],
        'more replicas': [name, 3, [[1, 99]]],
        'a broker twice': [name, 3, [[1, 1]]],
        'no more partitions': [name, 2, [[1]]],
      }
      for (const [as, grown] of Object.entries(wrong)) await world.ask(CreatePartitions, growing([grown]), { as })
    },
    'very many': async (world) => {
      const { name } = await world.topic('orders')
      await world.ask(CreatePartitions, growing([[name, 20_000]], true))
    },
    'no time': async (world) => {
      const { name } = await world.topic('orders')
      await world.ask(CreatePartitions, { ...growing([[name, 2]]), timeoutMs: 0 })
      await world.ask(CreatePartitions, { ...growing([[name, 2]]), timeoutMs: -1 }, { as: 'less than none' })
    },
    'no topics': async (world) => {
      await world.ask(CreatePartitions, growing([]))
    },
    'on several brokers': [
      { brokers: 3 },
      async (world) => {
        const { name } = await world.topic('orders', { replicas: [[1, 2]] })
        const assigned = [
          [2, 3],
          [3, 1],
        ]
        await world.ask(CreatePartitions, growing([[name, 3, [[1], [2]]]]), { as: 'fewer replicas' })
        await world.ask(CreatePartitions, growing([[name, 3, assigned]]), { from: world.client(3) })
        await seeTopics(world, [name])
      },
    ],
  },
)

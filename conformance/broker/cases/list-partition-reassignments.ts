import {
  ListPartitionReassignments,
  type ListPartitionReassignmentsResponse,
} from '../../../src/protocol/messages/list-partition-reassignments.ts'
import { casesOf } from '../case.ts'
import type { World } from '../world.ts'
import { move } from './reassignments.ts'

/** An answer with those of the topics alone that this script made. */
function ownTopics(world: World): {
  telling: (answer: ListPartitionReassignmentsResponse) => ListPartitionReassignmentsResponse
} {
  const own = world.name('')
  return { telling: (answer) => ({ ...answer, topics: answer.topics.filter(({ name }) => name.endsWith(own)) }) }
}

export const listPartitionReassignments = casesOf(ListPartitionReassignments, ['NOT_CONTROLLER'], {
  'partitions that go nowhere': async (world) => {
    const { name } = await world.topic('orders', { partitions: 2 })
    const topics = [
      { name, partitionIndexes: [0, 1, 7, -1] },
      { name: world.name('missing'), partitionIndexes: [0] },
      { name: 'in valid', partitionIndexes: [0] },
    ]
    await world.ask(ListPartitionReassignments, { topics, timeoutMs: 5000 })
    await world.ask(ListPartitionReassignments, { topics, timeoutMs: 0 }, { as: 'without time' })
  },
  'no partitions': async (world) => {
    const { name } = await world.topic('orders')
    await world.ask(ListPartitionReassignments, { topics: [], timeoutMs: 5000 })
    await world.ask(ListPartitionReassignments, { topics: [{ name, partitionIndexes: [] }] }, { as: 'of a topic' })
  },
  'all partitions': async (world) => {
    await world.topic('orders')
    await world.ask(ListPartitionReassignments, { topics: null, timeoutMs: 5000 }, ownTopics(world))
  },
  'partitions that have arrived': [
    { brokers: 3 },
    async (world) => {
      const { name } = await world.topic('orders')
      await move(world, [name, 0, [2, 3]])
      const topics = [{ name, partitionIndexes: [0] }]
      await world.ask(ListPartitionReassignments, { topics, timeoutMs: 5000 }, { from: world.client(3) })
    },
  ],
})

import { DeleteRecords } from '../../../src/protocol/messages/delete-records.ts'
import { Fetch } from '../../../src/protocol/messages/fetch.ts'
import { FindCoordinator } from '../../../src/protocol/messages/find-coordinator.ts'
import { ListOffsets } from '../../../src/protocol/messages/list-offsets.ts'
import { casesOf } from '../case.ts'
import type { Topic } from '../world.ts'
import { append, batch, listing, reading, unknownTopic } from './logs.ts'

/** All that is committed. */
const HIGH_WATERMARK = -1

function before({ name }: Pick<Topic, 'name'>, offsets: readonly (readonly [index: number, offset: number])[]) {
  const partitions = offsets.map(([partitionIndex, offset]) => ({ partitionIndex, offset }))
  return { topics: [{ name, partitions }], timeoutMs: 1000 }
}

export const deleteRecords = casesOf(
  DeleteRecords,
  [
    'OFFSET_OUT_OF_RANGE',
    'UNKNOWN_TOPIC_OR_PARTITION',
    'NOT_LEADER_OR_FOLLOWER',
    'INVALID_TOPIC_EXCEPTION',
    'POLICY_VIOLATION',
  ],
  {
    'records up to an offset': async (world) => {
      const topic = await world.topic('orders')
      await append(world, topic, [batch(world, ['a', 'b', 'c']), batch(world, ['d'])])
      for (const offset of [0, 2, 1, 4, 5, -2]) {
        await world.ask(DeleteRecords, before(topic, [[0, offset]]), { as: `before ${offset}` })
        await world.ask(Fetch, reading(topic, { offset: 3 }), { as: 'what is left' })
      }
      await world.ask(Fetch, reading(topic, { offset: 0 }), { as: 'what is gone' })
    },
    'all records': async (world) => {
      const { orders, empty } = await world.topics({ orders: { partitions: 2 }, empty: {} })
      await append(world, orders, [batch(world, ['a', 'b'])])
      const both = before(orders, [
        [0, HIGH_WATERMARK],
        [1, HIGH_WATERMARK],
      ])
      await world.ask(DeleteRecords, both)
      await world.ask(DeleteRecords, both, { as: 'again' })
      await world.ask(DeleteRecords, before(empty, [[0, HIGH_WATERMARK]]), { as: 'of an empty log' })
      await world.ask(DeleteRecords, before(empty, [[0, 1]]), { as: 'more than an empty log has' })
      await append(world, orders, [batch(world, ['c'])])
      await world.ask(ListOffsets, listing(orders, [{ timestamp: -2 }]), { as: 'the start' })
    },
    'what is not there': async (world) => {
      const topic = await world.topic('orders')
      await world.ask(DeleteRecords, before(unknownTopic(world), [[0, 0]]), { as: 'a topic' })
      await world.ask(DeleteRecords, before({ name: '' }, [[0, 0]]), { as: 'no name' })
      const partitions = before(topic, [
        [7, 0],
        [-1, 0],
        [0, 0],
      ])
      await world.ask(DeleteRecords, partitions, { as: 'partitions' })
      await world.ask(DeleteRecords, before(topic, []), { as: 'of no partition' })
      await world.ask(DeleteRecords, { topics: [], timeoutMs: 1000 }, { as: 'nothing' })
    },
    'a partition twice': async (world) => {
      const topic = await world.topic('orders', { partitions: 2 })
      await append(world, topic, [batch(world, ['a', 'b', 'c'])])
      const twice = before(topic, [
        [0, 2],
        [0, 1],
      ])
      await world.ask(DeleteRecords, twice)
      const topics = [...before(topic, [[0, 3]]).topics, ...before(topic, [[1, 0]]).topics]
      await world.ask(DeleteRecords, { topics, timeoutMs: 1000 }, { as: 'a topic twice' })
    },
    'topics whose records may not be deleted': async (world) => {
      const { compacted, both } = await world.topics({
        compacted: { configs: { 'cleanup.policy': 'compact' } },
        both: { configs: { 'cleanup.policy': 'compact,delete' } },
      })
      await world.ask(DeleteRecords, before(compacted, [[0, 0]]), { as: 'a compacted one' })
      await world.ask(DeleteRecords, before(compacted, [[0, 9]]), { as: 'a compacted one, out of range' })
      await world.ask(DeleteRecords, before(both, [[0, 0]]), { as: 'one that is compacted and deleted' })
      await world.arrange(FindCoordinator, { coordinatorKeys: ['group'], key: 'group', keyType: 0 })
      await world.ready('__consumer_offsets')
      const internal = { name: '__consumer_offsets' }
      await world.ask(DeleteRecords, before(internal, [[0, 0]]), { as: "the brokers' own" })
      await world.ask(DeleteRecords, before(internal, [[1000, 0]]), { as: "a partition of the brokers' own" })
    },
    'no time': async (world) => {
      const topic = await world.topic('orders')
      await append(world, topic, [batch(world, ['a', 'b'])])
      for (const timeoutMs of [0, -1]) {
        await world.ask(DeleteRecords, { ...before(topic, [[0, 1]]), timeoutMs }, { as: `${timeoutMs} ms` })
      }
    },
    'brokers that do not lead': [
      { brokers: 3 },
      async (world) => {
        const topic = await world.topic('orders', {
          replicas: [
            [1, 2],
            [3, 1],
          ],
        })
        const both = before(topic, [
          [0, 0],
          [1, 0],
        ])
        await world.ask(DeleteRecords, both, { from: world.client(2) })
      },
    ],
  },
)

import { Fetch } from '../../../src/protocol/messages/fetch.ts'
import { buildBatch } from '../../../src/protocol/records/batch-builder.ts'
import { casesOf } from '../case.ts'
import type { Topic, World } from '../world.ts'
import { fetchEpochs } from './fetch-epochs.ts'
import { fetchLimits } from './fetch-limits.ts'
import { fetchSessions } from './fetch-sessions.ts'
import { fetchWaiting } from './fetch-waiting.ts'
import { append, batch, fetching, from, reading, unknownTopic } from './logs.ts'

const NO_ID = 'AAAAAAAAAAAAAAAAAAAAAA'

/** Nine records in three batches, and two more that are compressed. */
async function fill(world: World, topic: Topic): Promise<void> {
  const compressed = batch(world, ['j', 'k'], { compression: 'lz4' })
  const plain = ['abc', 'def', 'ghi'].map((values) => batch(world, [...values]))
  await append(world, topic, [...plain, compressed])
}

export const fetch = casesOf(
  Fetch,
  [
    'UNKNOWN_SERVER_ERROR',
    'OFFSET_OUT_OF_RANGE',
    'UNKNOWN_TOPIC_OR_PARTITION',
    'NOT_LEADER_OR_FOLLOWER',
    'UNSUPPORTED_VERSION',
    'FETCH_SESSION_ID_NOT_FOUND',
    'INVALID_FETCH_SESSION_EPOCH',
    'FENCED_LEADER_EPOCH',
    'UNKNOWN_LEADER_EPOCH',
    'UNSUPPORTED_COMPRESSION_TYPE',
    'UNKNOWN_TOPIC_ID',
    'INCONSISTENT_TOPIC_ID',
    'FETCH_SESSION_TOPIC_ID_ERROR',
  ],
  {
    'batches from any offset': async (world) => {
      const { orders, empty } = await world.topics({ orders: {}, empty: {} })
      await fill(world, orders)
      for (const offset of [0, 3, 4, 10, 11, 12, -1]) {
        await world.ask(Fetch, reading(orders, { offset }), { as: `from ${offset}` })
      }
      await world.ask(Fetch, reading(empty), { as: 'of an empty topic' })
      await world.ask(Fetch, reading(empty, { offset: 1 }), { as: 'beyond an empty topic' })
    },
    'what is not there': async (world) => {
      const topic = await world.topic('orders')
      await append(world, topic, [batch(world, ['a'])])
      const none = { name: '', topicId: NO_ID }
      await world.ask(Fetch, reading(unknownTopic(world)), { as: 'a topic' })
      await world.ask(Fetch, reading(none), { as: 'no name' })
      await world.ask(Fetch, reading(topic, { index: 4 }), { as: 'a partition' })
      await world.ask(Fetch, reading(topic, { index: -1 }), { as: 'a partition below 0' })
      await world.ask(Fetch, fetching([from(unknownTopic(world)), from(topic)]), { as: 'beside what is' })
      await world.ask(Fetch, fetching([]), { as: 'nothing at all' })
    },
    'several partitions': async (world) => {
      const { orders, bills } = await world.topics({ orders: { partitions: 3 }, bills: {} })
      for (const index of [0, 2]) await append(world, orders, [batch(world, ['a', 'b'])], index)
      await append(world, bills, [batch(world, ['c'])])
      const all = from(orders, { index: 2 }, { index: 1 }, { index: 0, offset: 1 })
      await world.ask(Fetch, fetching([all, from(bills)]))
      await world.ask(Fetch, fetching([from(bills), all]), { as: 'in another order' })
      const twice = from(orders, { index: 0 }, { index: 0, offset: 2 })
      await world.ask(Fetch, fetching([twice]), { as: 'one twice' })
      const apart = [from(orders, { index: 0 }), from(bills), from(orders, { index: 2 })]
      await world.ask(Fetch, fetching(apart), { as: 'a topic twice' })
      const again = [from(orders, { index: 0 }), from(bills), from(orders, { index: 0, offset: 2 })]
      await world.ask(Fetch, fetching(again), { as: 'one in a topic twice' })
    },
    'records of every kind': async (world) => {
      const kinds = [
        { key: 'k', value: null, timestamp: world.time(0) },
        { key: null, value: '', timestamp: world.time(1), headers: [{ key: 'h', value: null }] },
        { key: '', value: 'v', timestamp: -1 },
      ]
      const { orders, appendTime } = await world.topics({
        orders: {},
        appendTime: { configs: { 'message.timestamp.type': 'LogAppendTime' } },
      })
      const idempotent = { producerId: 1_000_000_000, producerEpoch: 1, baseSequence: 0 }
      const codecs = ['gzip', 'snappy', 'lz4'] as const
      const packed = codecs.map((compression) => buildBatch(kinds, { compression }))
      await append(world, orders, [buildBatch(kinds, idempotent), ...packed])
      await append(world, appendTime, [buildBatch(kinds), packed[0] as Buffer])
      await world.ask(Fetch, fetching([from(orders), from(appendTime)]))
    },
    'zstd, which old clients do not know': async (world) => {
      const { codec, batches } = await world.topics({ codec: { configs: { 'compression.type': 'zstd' } }, batches: {} })
      const plain = batch(world, ['a'])
      await append(world, codec, [plain])
      await append(world, batches, [plain, batch(world, ['b'], { compression: 'zstd' }), plain])
      await world.ask(Fetch, reading(codec), { as: 'the codec of the topic' })
      await world.ask(Fetch, reading(codec, { offset: 5 }), { as: 'an error beside it' })
      await world.ask(Fetch, reading(batches), { as: 'the codec of a batch' })
      await world.ask(Fetch, reading(batches, { offset: 1 }), { as: 'the codec of the first batch' })
    },
    'how far a consumer may read': [
      { versions: '4+' },
      async (world) => {
        const topic = await world.topic('orders')
        await append(world, topic, [batch(world, ['a'])])
        for (const isolationLevel of [1, 2, -1]) {
          const as = `isolation level ${isolationLevel}`
          await world.ask(Fetch, reading(topic, {}, { isolationLevel }), { as })
          await world.ask(Fetch, reading(topic, { offset: 1 }, { isolationLevel }), { as: `${as}, at the end` })
          await world.ask(Fetch, reading(topic, { offset: 2 }, { isolationLevel }), { as: `${as}, beyond it` })
        }
      },
    ],
    'replicas that are none': async (world) => {
      const topic = await world.topic('orders')
      await append(world, topic, [batch(world, ['a'])])
      for (const replicaId of [9, 1, -2]) {
        await world.ask(Fetch, reading(topic, {}, { replicaId }), { as: `replica ${replicaId}` })
      }
      const known = reading(topic, { leaderEpoch: 0 }, { replicaId: 9 })
      await world.ask(Fetch, known, { as: 'replica 9, which knows the leader epoch' })
      await world.ask(Fetch, reading(unknownTopic(world), {}, { replicaId: 9 }), { as: 'replica 9, an unknown topic' })
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
        const stranger = world.client(3)
        await world.ask(Fetch, reading(topic), { as: 'one that has no replica', from: stranger })
        const epochs = [0, 5].map((leaderEpoch) => ({ index: 0, leaderEpoch }))
        for (const read of epochs) {
          const as = `one that has no replica, of leader epoch ${read.leaderEpoch}`
          await world.ask(Fetch, reading(topic, read), { as, from: stranger })
        }
        await world.ask(Fetch, fetching([from(topic, {}, { index: 1 })]), {
          as: 'one that leads the other',
          from: stranger,
        })
      },
    ],
    'a follower': [
      { brokers: 3 },
      async (world) => {
        const topic = await world.topic('orders', { replicas: [[1, 2]] })
        await world.ask(Fetch, reading(topic), { from: world.client(2) })
      },
    ],
    'a follower that believes in another leader': [
      { versions: '9+', brokers: 3 },
      async (world) => {
        const topic = await world.topic('orders', { replicas: [[1, 2]] })
        await world.ask(Fetch, reading(topic, { leaderEpoch: 5 }), { from: world.client(2) })
      },
    ],
    'what a consumer tells of itself': [
      { versions: '11+' },
      async (world) => {
        const topic = await world.topic('orders')
        await append(world, topic, [batch(world, ['a'])])
        await world.ask(Fetch, reading(topic, {}, { rackId: 'a' }), { as: 'a rack' })
        await world.ask(Fetch, { ...reading(topic), clusterId: 'another' }, { as: 'another cluster' })
        await world.ask(Fetch, reading(topic, { logStartOffset: 9 }), { as: 'another start of the log' })
      },
    ],
    ...fetchLimits,
    ...fetchEpochs,
    ...fetchWaiting,
    ...fetchSessions,
  },
)

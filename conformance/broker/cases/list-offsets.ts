import { DeleteRecords } from '../../../src/protocol/messages/delete-records.ts'
import { ListOffsets } from '../../../src/protocol/messages/list-offsets.ts'
import { buildBatch } from '../../../src/protocol/records/batch-builder.ts'
import type { CompressionType } from '../../../src/protocol/records/batch-layout.ts'
import { casesOf } from '../case.ts'
import type { Topic, World } from '../world.ts'
import { append, batch, listing, unknownTopic } from './logs.ts'

const LATEST = -1
const EARLIEST = -2
/** Every timestamp that stands for something, and the first that does not. */
const PLACES = [LATEST, EARLIEST, -3, -4, -5, -6, -7]

/** A batch whose records were made so many ms after `world.time(0)`; -1: nobody knows when. */
function madeAt(world: World, times: readonly number[], compression: CompressionType = 'none'): Buffer {
  const records = times.map((ms) => ({ value: `${ms}`, timestamp: ms < 0 ? -1 : world.time(ms) }))
  return buildBatch(records, { compression })
}

/** Six records in three batches, one of which is compressed; not in the order of their times. */
async function fill(world: World, topic: Topic): Promise<void> {
  const batches = [madeAt(world, [10, 30, 20]), madeAt(world, [30, 5], 'gzip'), madeAt(world, [25])]
  await append(world, topic, batches)
}

export const listOffsets = casesOf(
  ListOffsets,
  [
    'UNKNOWN_SERVER_ERROR',
    'UNKNOWN_TOPIC_OR_PARTITION',
    'NOT_LEADER_OR_FOLLOWER',
    'UNSUPPORTED_VERSION',
    'INVALID_REQUEST',
    'FENCED_LEADER_EPOCH',
    'UNKNOWN_LEADER_EPOCH',
  ],
  {
    'the ends of a log': async (world) => {
      const { orders, empty, timeless } = await world.topics({ orders: {}, empty: {}, timeless: {} })
      await fill(world, orders)
      await append(world, timeless, [madeAt(world, [-1, -1])])
      for (const timestamp of PLACES) {
        await world.ask(ListOffsets, listing(orders, [{ timestamp }]), { as: `${timestamp}` })
        await world.ask(ListOffsets, listing(empty, [{ timestamp }]), { as: `${timestamp} of an empty log` })
        await world.ask(ListOffsets, listing(timeless, [{ timestamp }]), { as: `${timestamp} of a log without times` })
      }
    },
    'by time': async (world) => {
      const { orders, empty, timeless } = await world.topics({ orders: {}, empty: {}, timeless: {} })
      await fill(world, orders)
      await append(world, timeless, [madeAt(world, [-1, -1])])
      for (const ms of [0, 5, 10, 11, 21, 30, 31, 10_000_000]) {
        await world.ask(ListOffsets, listing(orders, [{ timestamp: world.time(ms) }]), { as: `after ${ms} ms` })
      }
      await world.ask(ListOffsets, listing(orders, [{ timestamp: 0 }]), { as: '1970' })
      await world.ask(ListOffsets, listing(empty, [{ timestamp: 0 }]), { as: '1970, of an empty log' })
      await world.ask(ListOffsets, listing(timeless, [{ timestamp: 0 }]), { as: '1970, of a log without times' })
    },
    'the time of the append': [
      { versions: '1+' },
      async (world) => {
        const configs = { 'message.timestamp.type': 'LogAppendTime' }
        const topic = await world.topic('orders', { configs })
        await append(world, topic, [madeAt(world, [10, 30]), madeAt(world, [5, 6], 'gzip')])
        await world.ask(ListOffsets, listing(topic, [{ timestamp: world.time(0) }]))
        await world.ask(ListOffsets, listing(topic, [{ timestamp: world.time(10_000_000) }]), { as: 'in the future' })
      },
    ],
    'the greatest time, when several have it': [
      { versions: '7+' },
      async (world) => {
        const { packed, appendTime } = await world.topics({
          packed: {},
          appendTime: { configs: { 'message.timestamp.type': 'LogAppendTime' } },
        })
        await append(world, packed, [madeAt(world, [1, 9, 9], 'gzip'), madeAt(world, [9, 3])])
        await append(world, appendTime, [madeAt(world, [1, 9, 9])])
        await world.ask(ListOffsets, listing(packed, [{ timestamp: -3 }]))
        await world.ask(ListOffsets, listing(appendTime, [{ timestamp: -3 }]), { as: 'the time of the append' })
      },
    ],
    'after records were deleted': async (world) => {
      const topic = await world.topic('orders')
      await fill(world, topic)
      const deleted = {
        topics: [{ name: topic.name, partitions: [{ partitionIndex: 0, offset: 2 }] }],
        timeoutMs: 1000,
      }
      await world.arrange(DeleteRecords, deleted)
      for (const timestamp of [LATEST, EARLIEST, -3, -4, 0, world.time(10), world.time(30)]) {
        const as = timestamp > 0 ? `after ${timestamp - world.time(0)} ms` : `${timestamp}`
        await world.ask(ListOffsets, listing(topic, [{ timestamp }]), { as })
      }
    },
    'what is not there': async (world) => {
      const topic = await world.topic('orders')
      await world.ask(ListOffsets, listing(unknownTopic(world), [{ timestamp: LATEST }]), { as: 'a topic' })
      await world.ask(ListOffsets, listing({ name: '' }, [{ timestamp: LATEST }]), { as: 'no name' })
      const partitions = [7, -1, 0].map((index) => ({ index, timestamp: LATEST }))
      await world.ask(ListOffsets, listing(topic, partitions), { as: 'partitions' })
      await world.ask(ListOffsets, listing(unknownTopic(world), [{ timestamp: -7 }]), { as: 'a topic, and a place' })
      await world.ask(ListOffsets, listing(topic, []), { as: 'of no partition' })
      await world.ask(ListOffsets, { ...listing(topic, []), topics: [] }, { as: 'nothing' })
    },
    'a partition twice': async (world) => {
      const topic = await world.topic('orders', { partitions: 2 })
      await append(world, topic, [batch(world, ['a'])])
      const twice = [{ timestamp: EARLIEST }, { timestamp: LATEST }, { index: 1, timestamp: LATEST }]
      await world.ask(ListOffsets, listing(topic, twice))
      const [one, two] = [EARLIEST, LATEST].map((timestamp) => listing(topic, [{ timestamp }]))
      const topics = [...(one?.topics ?? []), ...(two?.topics ?? [])]
      await world.ask(ListOffsets, { ...listing(topic, []), topics }, { as: 'in two entries of the topic' })
    },
    'who asks': async (world) => {
      const topic = await world.topic('orders')
      await append(world, topic, [batch(world, ['a'])])
      for (const replicaId of [5, 1, -2]) {
        const as = `replica ${replicaId}`
        await world.ask(ListOffsets, listing(topic, [{ timestamp: LATEST }], { replicaId }), { as })
      }
    },
    'how far a consumer may read': [
      { versions: '2+' },
      async (world) => {
        const topic = await world.topic('orders')
        await append(world, topic, [batch(world, ['a'])])
        for (const isolationLevel of [1, 9, -1]) {
          const as = `isolation level ${isolationLevel}`
          await world.ask(ListOffsets, listing(topic, [{ timestamp: LATEST }], { isolationLevel }), { as })
          const time = [{ timestamp: world.time(0) }]
          await world.ask(ListOffsets, listing(topic, time, { isolationLevel }), { as: `${as}, by time` })
          const several = [{ timestamp: LATEST }, { index: 5, timestamp: LATEST }, { index: 6, timestamp: -7 }]
          for (const replicaId of [-1, -2]) {
            const asked = listing(topic, several, { isolationLevel, replicaId })
            await world.ask(ListOffsets, asked, { as: `${as}, to replica ${replicaId}` })
          }
        }
      },
    ],
    'the leader epoch that a client believes in': [
      { versions: '4+' },
      async (world) => {
        const topic = await world.topic('orders')
        await append(world, topic, [batch(world, ['a'])])
        for (const leaderEpoch of [0, 1, -2]) {
          for (const timestamp of [LATEST, EARLIEST, world.time(0)]) {
            const as = `epoch ${leaderEpoch}: ${timestamp > 0 ? 'by time' : timestamp}`
            await world.ask(ListOffsets, listing(topic, [{ timestamp, leaderEpoch }]), { as })
          }
        }
        await world.ask(ListOffsets, listing(topic, [{ timestamp: -7, leaderEpoch: 1 }]), { as: 'epoch 1: no place' })
      },
    ],
    'several segments, as they were listed first': [
      { versions: '0-0' },
      async (world) => {
        const topic = await world.topic('orders', { configs: { 'segment.bytes': String(1 << 20) } })
        // Each in a segment of its own.
        const value = 'x'.repeat(600_000)
        const batches = [10, 20, 30].map((ms) => buildBatch([{ value, timestamp: world.time(ms) }]))
        await append(world, topic, batches)
        for (const most of [0, 1, 2, 10, -1]) {
          for (const timestamp of [LATEST, EARLIEST, 0, world.time(10_000_000)]) {
            const as = `${most} of ${timestamp > 0 ? 'all' : timestamp}`
            await world.ask(ListOffsets, listing(topic, [{ timestamp, most }]), { as })
          }
        }
        await world.ask(ListOffsets, listing(topic, [{ timestamp: -3, most: 1 }]), { as: '-3' })
      },
    ],
    'brokers that do not lead': [
      { brokers: 3 },
      async (world) => {
        const topic = await world.topic('orders', {
          replicas: [
            [1, 2],
            [3, 1],
          ],
        })
        const follower = world.client(2)
        const both = [LATEST, EARLIEST].flatMap((timestamp) => [0, 1].map((index) => ({ index, timestamp })))
        await world.ask(ListOffsets, listing(topic, both.slice(0, 2)), { from: follower })
        await world.ask(ListOffsets, listing(topic, both.slice(2)), { as: 'the start', from: follower })
      },
    ],
    'a follower, for whoever debugs': [
      { brokers: 3 },
      async (world) => {
        const topic = await world.topic('orders', { replicas: [[1, 2]] })
        const debugging = listing(topic, [{ timestamp: LATEST }], { replicaId: -2 })
        await world.ask(ListOffsets, debugging, { from: world.client(2) })
      },
    ],
    'brokers that do not lead, and a leader epoch': [
      { versions: '4+', brokers: 3 },
      async (world) => {
        const topic = await world.topic('orders', {
          replicas: [
            [1, 2],
            [3, 1],
          ],
        })
        const epochs = [0, 5].map((leaderEpoch) => ({ timestamp: LATEST, leaderEpoch }))
        for (const wanted of epochs) {
          const both = [0, 1].map((index) => ({ ...wanted, index }))
          const as = `epoch ${wanted.leaderEpoch}`
          await world.ask(ListOffsets, listing(topic, both), { as, from: world.client(2) })
        }
      },
    ],
  },
)

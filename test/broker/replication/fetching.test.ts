import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type FetchedPartition,
  type FetchParams,
  type FetchPartitionParams,
  fetchMessages,
} from '../../../src/broker/replication/fetching.ts'
import { batchOf, recordsIn } from '../batches.ts'
import { BrokerRooms, ME } from '../harness.ts'

const CONSUMER = -1
const OTHER = 2

/** Starts a fetch, and keeps what it gives. */
function start(
  rooms: BrokerRooms,
  partitions: readonly Partial<FetchPartitionParams>[],
  params: Partial<FetchParams> = {},
): { results?: FetchedPartition[] } {
  const seen: { results?: FetchedPartition[] } = {}
  const whole: FetchParams = {
    isolation: 'high-watermark',
    minBytes: 1,
    maxWaitMs: 1000,
    maxBytes: 1_000_000,
    hardLimit: false,
    replicaId: CONSUMER,
    leaderOnly: true,
    ...params,
  }
  const wanted = partitions.map((partition) => ({
    topic: 'orders',
    topicId: undefined,
    index: 0,
    offset: 0,
    maxBytes: 1_000_000,
    currentLeaderEpoch: undefined,
    lastFetchedEpoch: undefined,
    ...partition,
  }))
  rooms.queue.turn(() =>
    rooms.queue.await(fetchMessages(rooms.replicas, whole, wanted), {
      done: (results) => {
        seen.results = results
      },
      failed: (error) => {
        throw error
      },
    }),
  )
  return seen
}

function append(rooms: BrokerRooms, count: number, index = 0): void {
  rooms.queue.turn(() => rooms.partition('orders', index).append(batchOf(count), { origin: 'client', requiredAcks: 1 }))
}

function withTopic(partitions = 1, configs: Record<string, string> = {}): BrokerRooms {
  const rooms = new BrokerRooms()
  rooms.createTopic('orders', { partitions, configs })
  return rooms
}

const values = ({ results }: { results?: FetchedPartition[] }): unknown =>
  results?.map((result) => (typeof result === 'string' ? result : recordsIn(result.records)))

const SIZE_OF_ONE = batchOf(1).length

describe('a fetch', () => {
  test('with a negative limit fails on its first partition, and gives one batch of the next', () => {
    const rooms = withTopic(3)
    for (const index of [0, 1, 2]) append(rooms, 1, index)
    const all = start(rooms, [{ index: 0 }, { index: 1 }, { index: 2 }], { maxBytes: -5 })
    expect(values(all)).toEqual(['UNKNOWN_SERVER_ERROR', ['0:v0'], []])
  })

  test('is answered at once when there is enough', () => {
    const rooms = withTopic()
    append(rooms, 2)
    expect(values(start(rooms, [{ offset: 1 }]))).toEqual([['0:v0', '1:v1']])
    expect(rooms.clock.pending).toBe(1) // the retention's
  })

  test('waits until there is enough over all partitions', () => {
    const rooms = withTopic(2)
    const fetch = start(rooms, [{ index: 0 }, { index: 1 }], { minBytes: 2 * SIZE_OF_ONE })
    append(rooms, 1, 0)
    expect(fetch).toEqual({})
    append(rooms, 1, 1)
    expect(values(fetch)).toEqual([['0:v0'], ['0:v0']])
  })

  test('waits no longer than it wants to, and then takes what there is', () => {
    const rooms = withTopic()
    const fetch = start(rooms, [{}], { minBytes: 10_000 })
    append(rooms, 1)
    rooms.clock.advance(999)
    expect(fetch).toEqual({})
    rooms.clock.advance(1)
    expect(values(fetch)).toEqual([['0:v0']])
  })

  test('counts of a partition no more than it would take of it', () => {
    const rooms = withTopic()
    const fetch = start(rooms, [{ maxBytes: 100 }], { minBytes: 101 })
    for (let i = 0; i < 9; i++) append(rooms, 1)
    expect(fetch).toEqual({})
  })

  test('is answered as soon as the log has gone on to another segment', () => {
    const rooms = withTopic(1, { 'internal.segment.bytes': String(SIZE_OF_ONE) })
    append(rooms, 1)
    const fetch = start(rooms, [{ offset: 1 }], { minBytes: 10_000 })
    append(rooms, 1)
    expect(values(fetch)).toEqual([['1:v0']])
  })

  test('is answered at once when a partition cannot be read', () => {
    const rooms = withTopic(2)
    append(rooms, 1)
    const fetch = start(rooms, [{ index: 0 }, { index: 1, offset: 7 }], { minBytes: 10_000 })
    expect(values(fetch)).toEqual([['0:v0'], 'OFFSET_OUT_OF_RANGE'])
  })

  test('is woken by the end of a topic, by another leader and by another epoch', () => {
    const rooms = new BrokerRooms()
    for (const topic of ['deleted', 'moved', 'elected']) rooms.createTopic(topic, { replicas: [ME, OTHER] })
    const deleted = start(rooms, [{ topic: 'deleted' }])
    const moved = start(rooms, [{ topic: 'moved' }])
    const elected = start(rooms, [{ topic: 'elected', currentLeaderEpoch: 0 }])
    const indifferent = start(rooms, [{ topic: 'elected' }])
    rooms.deleteTopic('deleted')
    rooms.elect('moved', 0, OTHER)
    rooms.elect('elected', 0, ME)
    expect(values(deleted)).toEqual(['UNKNOWN_TOPIC_OR_PARTITION'])
    expect(values(moved)).toEqual(['NOT_LEADER_OR_FOLLOWER'])
    expect(values(elected)).toEqual(['FENCED_LEADER_EPOCH'])
    expect(indifferent).toEqual({})
  })

  test('is told when its topic is another one by now', () => {
    const rooms = withTopic()
    const before = rooms.partition('orders').topicId
    const waiting = start(rooms, [{ topicId: before }])
    rooms.deleteTopic('orders')
    expect(values(waiting)).toEqual(['UNKNOWN_TOPIC_OR_PARTITION'])
    rooms.createTopic('orders')
    expect(values(start(rooms, [{ topicId: before }]))).toEqual(['INCONSISTENT_TOPIC_ID'])
  })

  test('leaves nothing behind when it is over', () => {
    const rooms = withTopic(1, { 'retention.ms': '-1' })
    start(rooms, [{}])
    expect(rooms.clock.pending).toBe(1)
    append(rooms, 1)
    expect(rooms.clock.pending).toBe(0)
  })

  test('of a broker reads up to the end, if it is one of the replicas', () => {
    const rooms = new BrokerRooms()
    rooms.createTopic('orders', { replicas: [ME, OTHER] })
    append(rooms, 1)
    const follower = (replicaId: number, currentLeaderEpoch?: number) =>
      values(start(rooms, [{ currentLeaderEpoch }], { replicaId, isolation: 'log-end' }))
    expect(follower(OTHER)).toEqual([['0:v0']])
    expect(follower(9)).toEqual(['NOT_LEADER_OR_FOLLOWER'])
    expect(follower(9, 0)).toEqual(['UNKNOWN_LEADER_EPOCH'])
    expect(follower(ME)).toEqual(['NOT_LEADER_OR_FOLLOWER'])
  })

  test('keeps its limits, but for one batch of the first partition that has something', () => {
    const batches = fc.array(fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 6 }), { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(batches, fc.nat(900), fc.nat(600), fc.boolean(), (counts, maxBytes, each, hardLimit) => {
        const rooms = withTopic(counts.length)
        counts.forEach((partition, index) => {
          for (const count of partition) append(rooms, count, index)
        })
        const wanted = counts.map((_, index) => ({ index, maxBytes: each }))
        const { results = [] } = start(rooms, wanted, { maxBytes, hardLimit, maxWaitMs: 0 })
        let total = 0
        let first = true
        results.forEach((result, index) => {
          if (typeof result === 'string') throw new Error(result)
          const size = Buffer.concat(result.records).length
          expect(size).toBe(result.sizeInBytes)
          const firstBatch = first && !hardLimit ? batchOf(counts[index]?.[0] ?? 1).length : 0
          expect(size).toBeLessThanOrEqual(Math.max(each, firstBatch))
          if (size > 0 && !hardLimit) {
            // Whoever knows KIP-74 gets whole batches first.
            expect(recordsIn(result.records).length).toBeGreaterThan(0)
            first = false
          }
          total += size
        })
        if (hardLimit) expect(total).toBeLessThanOrEqual(maxBytes)
        if (!hardLimit && counts.some((partition) => partition.length > 0)) expect(total).toBeGreaterThan(0)
      }),
    )
  })
})

import { describe, expect, test } from 'vitest'
import { OffsetNewest, OffsetOldest } from '../../../src/client/index.ts'
import { ErrorCode, KafkaCluster } from '../../../src/index.ts'
import { Fetch, respond } from '../../../src/testing/index.ts'
import { consumerOf, produce, type SeenFetch, settled, take, takeNow, told, values, watchFetches } from './support.ts'

const sixPartitions = { clock: 'virtual', topics: { orders: { partitions: 6 } } } as const

/** The partitions that a request names. */
function named(fetch: SeenFetch | undefined): number[] {
  return fetch?.topics.flatMap(({ partitions }) => partitions.map(({ partition }) => partition)) ?? []
}

function forgotten(fetch: SeenFetch | undefined): number[] {
  return fetch?.forgottenTopicsData.flatMap(({ partitions }) => partitions) ?? []
}

describe('the fetches of a consumer', () => {
  test('are one request at a time for all partitions of a broker, in a session that names only what changed', async () => {
    await using cluster = await KafkaCluster.start(sixPartitions)
    await using consumer = await consumerOf(cluster)
    const fetches = watchFetches(cluster)
    const readers = []
    for (let partition = 0; partition < 6; partition++) {
      readers.push(await consumer.consumePartition('orders', partition, OffsetNewest))
    }
    await cluster.clock.advance(5000)
    expect(new Set(fetches.flatMap(named)).size).toBe(6)
    expect(fetches[0]).toMatchObject({ sessionId: 0, sessionEpoch: 0, minBytes: 1, maxBytes: 50 * 1024 * 1024 })
    const { sessionId } = fetches[1] as SeenFetch
    expect(sessionId).toBeGreaterThan(0)
    fetches.slice(1).forEach((fetch, i) => {
      expect(fetch).toMatchObject({ sessionId, sessionEpoch: i + 1 })
    })
    expect(fetches.flatMap(named).length).toBe(6)
    const before = fetches.length
    await produce(cluster, 'orders', ['v'], { partition: 4 })
    await take(cluster, readers[4] as never, 1)
    await cluster.clock.advance(1)
    expect(named(fetches[before])).toEqual([4])
    expect(fetches.length).toBe(before + 1)
  })

  test('wait a little after partitions have come, and then longer and longer', async () => {
    await using cluster = await KafkaCluster.start(sixPartitions)
    await using consumer = await consumerOf(cluster)
    const fetches = watchFetches(cluster)
    await consumer.consumePartition('orders', 0, OffsetNewest)
    await cluster.clock.advance(3000)
    const waits = fetches.map(({ maxWaitMs }) => maxWaitMs)
    expect(waits.slice(0, 12)).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 500, 500, 500])
    const quiet = fetches.length
    await consumer.consumePartition('orders', 1, OffsetNewest)
    await cluster.clock.advance(600)
    expect(fetches.slice(quiet).map(({ maxWaitMs }) => maxWaitMs)).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 500])
  })

  test('ask for as much, and wait as long, as the config says', async () => {
    await using cluster = await KafkaCluster.start(sixPartitions)
    await produce(cluster, 'orders', ['v'])
    await using consumer = await consumerOf(cluster, {
      consumer: { fetch: { min: 10, default: 5000, maxBytes: 9000 }, maxWaitTime: 30 },
    })
    const fetches = watchFetches(cluster)
    const reader = await consumer.consumePartition('orders', 0, OffsetOldest)
    await take(cluster, reader, 1)
    await cluster.clock.advance(200)
    expect(fetches[0]).toMatchObject({ minBytes: 10, maxBytes: 9000 })
    expect(fetches[0]?.topics[0]?.partitions[0]).toMatchObject({ partitionMaxBytes: 5000, currentLeaderEpoch: 0 })
    expect(Math.max(...fetches.map(({ maxWaitMs }) => maxWaitMs))).toBe(30)
  })

  test('leave a partition out whose messages nobody reads, and no other', async () => {
    await using cluster = await KafkaCluster.start(sixPartitions)
    const record = 'x'.repeat(1000)
    for (const partition of [0, 1]) {
      for (let i = 0; i < 40; i++) await produce(cluster, 'orders', [record], { partition })
    }
    await using consumer = await consumerOf(cluster, { consumer: { fetch: { default: 4000 } } })
    const fetches = watchFetches(cluster)
    const slow = await consumer.consumePartition('orders', 0, OffsetOldest)
    const quick = await consumer.consumePartition('orders', 1, OffsetOldest)
    expect(await take(cluster, quick, 40)).toHaveLength(40)
    expect(slow.messages.length).toBe(6)
    await cluster.clock.advance(3000)
    expect(slow.messages.length).toBe(6)
    expect(forgotten(fetches.find((fetch) => forgotten(fetch).length > 0))).toEqual([0])
    await produce(cluster, 'orders', ['late'], { partition: 1 })
    expect(told(await take(cluster, quick, 1))).toEqual(['40:late'])
    const rest = await take(cluster, slow, 40)
    expect(rest.map(({ offset }) => offset)).toEqual(values(0, 40).map((_, i) => i))
  })

  test('do not keep a quick reader waiting for partitions where nothing happens', async () => {
    await using cluster = await KafkaCluster.start(sixPartitions)
    for (let i = 0; i < 300; i++) await produce(cluster, 'orders', ['x'.repeat(1000)])
    await using consumer = await consumerOf(cluster, { consumer: { fetch: { default: 4000 } } })
    await consumer.consumePartition('orders', 1, OffsetOldest)
    const reader = await consumer.consumePartition('orders', 0, OffsetOldest)
    await cluster.clock.advance(2000)
    const from = cluster.clock.now()
    expect(await take(cluster, reader, 300)).toHaveLength(300)
    expect(cluster.clock.now() - from).toBeLessThan(600)
  })

  test('stop while a partition is paused, and go on when it is resumed', async () => {
    await using cluster = await KafkaCluster.start(sixPartitions)
    await using consumer = await consumerOf(cluster)
    const reader = await consumer.consumePartition('orders', 0, OffsetOldest)
    const other = await consumer.consumePartition('orders', 1, OffsetOldest)
    consumer.pause({ orders: [0, 5], lost: [1] })
    expect([reader.isPaused(), other.isPaused()]).toEqual([true, false])
    await cluster.clock.advance(1000)
    await produce(cluster, 'orders', ['v0'])
    await produce(cluster, 'orders', ['w0'], { partition: 1 })
    expect(told(await take(cluster, other, 1))).toEqual(['0:w0'])
    await cluster.clock.advance(1000)
    expect(reader.messages.length).toBe(0)
    consumer.resume({ orders: [0] })
    expect(told(await take(cluster, reader, 1))).toEqual(['0:v0'])
    consumer.pauseAll()
    expect([reader.isPaused(), other.isPaused()]).toEqual([true, true])
    const fetches = watchFetches(cluster)
    await cluster.clock.advance(1000)
    fetches.length = 0
    await cluster.clock.advance(2000)
    expect(fetches).toEqual([])
    consumer.resumeAll()
    await produce(cluster, 'orders', ['v1'])
    expect(told(await take(cluster, reader, 1))).toEqual(['1:v1'])
  })

  test('stay paused where a partition is read anew', async () => {
    await using cluster = await KafkaCluster.start(sixPartitions)
    await using consumer = await consumerOf(cluster)
    const first = await consumer.consumePartition('orders', 0, OffsetOldest)
    consumer.pauseAll()
    await first.close()
    const second = await consumer.consumePartition('orders', 0, OffsetOldest)
    expect(second.isPaused()).toBe(true)
    second.resume()
    expect(second.isPaused()).toBe(false)
  })

  test.each(['FETCH_SESSION_ID_NOT_FOUND', 'INVALID_FETCH_SESSION_EPOCH', 'FETCH_SESSION_TOPIC_ID_ERROR'] as const)(
    'begin anew after %s, without a wait and unnoticed',
    async (error) => {
      await using cluster = await KafkaCluster.start(sixPartitions)
      await using consumer = await consumerOf(cluster, { consumer: { return: { errors: true } } })
      const fetches = watchFetches(cluster)
      const reader = await consumer.consumePartition('orders', 0, OffsetOldest)
      await cluster.clock.advance(1000)
      fetches.length = 0
      cluster.use(respond(Fetch, () => ({ errorCode: ErrorCode[error] }), { once: true }))
      await cluster.clock.advance(1000)
      await produce(cluster, 'orders', ['v0'])
      expect(told(await take(cluster, reader, 1))).toEqual(['0:v0'])
      expect(fetches.some(({ sessionEpoch }) => sessionEpoch === 0)).toBe(true)
      expect(reader.errors.length).toBe(0)
    },
  )

  test('back off where every session fails', async () => {
    await using cluster = await KafkaCluster.start(sixPartitions)
    await using consumer = await consumerOf(cluster, { consumer: { return: { errors: true } } })
    const reader = await consumer.consumePartition('orders', 0, OffsetOldest)
    let fetches = 0
    const undo = cluster.use(
      respond(Fetch, () => {
        fetches++
        return { errorCode: ErrorCode.FETCH_SESSION_ID_NOT_FOUND }
      }),
    )
    await cluster.clock.advance(10_000)
    expect(fetches).toBeLessThan(15)
    expect(await reader.errors.receive()).toMatchObject({ err: { error: 'FETCH_SESSION_ID_NOT_FOUND' } })
    undo()
    await produce(cluster, 'orders', ['v0'])
    expect(told(await take(cluster, reader, 1))).toEqual(['0:v0'])
  })

  test('work without sessions where the broker has no room for any', async () => {
    await using cluster = await KafkaCluster.start({
      ...sixPartitions,
      config: { 'max.incremental.fetch.session.cache.slots': '0' },
    })
    await using consumer = await consumerOf(cluster)
    const fetches = watchFetches(cluster)
    const readers = await Promise.all([0, 1].map((p) => consumer.consumePartition('orders', p, OffsetOldest)))
    for (const [partition, reader] of readers.entries()) {
      await produce(cluster, 'orders', values(0, 2), { partition })
      expect(told(await take(cluster, reader, 2))).toEqual(['0:v0', '1:v1'])
    }
    for (const { sessionId, sessionEpoch } of fetches) expect([sessionId, sessionEpoch]).toEqual([0, 0])
    expect(named(fetches.at(-1)).sort()).toEqual([0, 1])
  })

  test('end the session when the consumer is closed', async () => {
    await using cluster = await KafkaCluster.start(sixPartitions)
    const consumer = await consumerOf(cluster)
    const fetches = watchFetches(cluster)
    const reader = await consumer.consumePartition('orders', 0, OffsetOldest)
    await cluster.clock.advance(2000)
    const { sessionId } = fetches.at(-1) as SeenFetch
    const at = cluster.clock.now()
    await consumer.close()
    expect(cluster.clock.now()).toBe(at)
    expect(fetches.at(-1)).toMatchObject({ sessionId, sessionEpoch: -1, topics: [] })
    expect(await takeNow(reader, 1)).toEqual([])
  })

  test('are held back as long as the broker throttles them', async () => {
    await using cluster = await KafkaCluster.start(sixPartitions)
    await using consumer = await consumerOf(cluster)
    const reader = await consumer.consumePartition('orders', 0, OffsetOldest)
    const fetches = watchFetches(cluster)
    cluster.use(respond(Fetch, () => ({ throttleTimeMs: 3000 }), { once: true }))
    await cluster.clock.advance(10)
    await produce(cluster, 'orders', ['v0'])
    const from = cluster.clock.now()
    expect(told(await take(cluster, reader, 1))).toEqual(['0:v0'])
    expect(cluster.clock.now() - from).toBeGreaterThanOrEqual(2980)
    expect(fetches.length).toBeLessThan(4)
    expect(reader.errors.length).toBe(0)
  })

  test('ask nothing more of a partition that was closed', async () => {
    await using cluster = await KafkaCluster.start(sixPartitions)
    await using consumer = await consumerOf(cluster)
    const fetches = watchFetches(cluster)
    const first = await consumer.consumePartition('orders', 0, OffsetOldest)
    await consumer.consumePartition('orders', 1, OffsetOldest)
    await cluster.clock.advance(2000)
    await first.close()
    await cluster.clock.advance(1000)
    expect(fetches.flatMap(forgotten)).toEqual([0])
    await settled(cluster, consumer.close())
  })
})

import { describe, expect, test } from 'vitest'
import {
  type ConfigOptions,
  ErrMessageTooLarge,
  isAtLeast,
  MaxVersion,
  OffsetNewest,
  OffsetOldest,
  ReadCommitted,
  ReadUncommitted,
} from '../../../src/client/index.ts'
import { type ClusterOptions, KafkaCluster } from '../../../src/index.ts'
import { AddPartitionsToTxn } from '../../../src/protocol/messages/add-partitions-to-txn.ts'
import { EndTxn } from '../../../src/protocol/messages/end-txn.ts'
import { FindCoordinator } from '../../../src/protocol/messages/find-coordinator.ts'
import { InitProducerId } from '../../../src/protocol/messages/init-producer-id.ts'
import { buildMessageSet } from '../../../src/protocol/records/message-set.ts'
import { WireClient } from '../../wire-client.ts'
import { append, consumerOf, MADE, produce, settled, take, takeNow, told, values, watchFetches } from './support.ts'

const orders: ClusterOptions = { clock: 'virtual', topics: { orders: {} } }

/** A transactional producer that says what it is told to, and no more. */
class Transactions {
  private readonly client: WireClient
  private readonly cluster: KafkaCluster
  private readonly id: string
  private readonly producerId: number
  private sequence = 0

  private constructor(cluster: KafkaCluster, client: WireClient, id: string, producerId: number) {
    this.cluster = cluster
    this.client = client
    this.id = id
    this.producerId = producerId
  }

  static async begin(cluster: KafkaCluster, id: string): Promise<Transactions> {
    const client = new WireClient(cluster.connect())
    // Whoever asks for the coordinator has __transaction_state made.
    await client.send(FindCoordinator, 4, { keyType: 1, coordinatorKeys: [id] })
    const answer = await client.send(InitProducerId, 4, { transactionalId: id, transactionTimeoutMs: 60_000 })
    expect(answer.errorCode).toBe(0)
    return new Transactions(cluster, client, id, answer.producerId)
  }

  async write(...records: string[]): Promise<void> {
    const { id, producerId } = this
    await this.client.send(AddPartitionsToTxn, 3, {
      v3AndBelowTransactionalId: id,
      v3AndBelowProducerId: producerId,
      v3AndBelowProducerEpoch: 0,
      v3AndBelowTopics: [{ name: 'orders', partitions: [0] }],
    })
    await produce(this.cluster, 'orders', records, {
      transactionalId: id,
      producerId,
      producerEpoch: 0,
      baseSequence: this.sequence,
      isTransactional: true,
    })
    this.sequence += records.length
  }

  async end(committed: boolean): Promise<void> {
    const { id: transactionalId, producerId } = this
    const answer = await this.client.send(EndTxn, 3, { transactionalId, producerId, producerEpoch: 0, committed })
    expect(answer.errorCode).toBe(0)
  }
}

/** Releases that differ in what they know of Fetch, by and large. */
const releases = [
  '0.8.2.2',
  '0.9.0.1',
  '0.10.0.1',
  '0.10.1.1',
  '0.11.0.2',
  '1.0.0',
  '1.1.0',
  '2.0.0',
  '2.1.0',
  '2.3.0',
  '2.7.0',
  '2.8.1',
  '3.1.0',
  '3.5.0',
  '3.7.0',
  '3.9.0',
  '4.1.0',
  MaxVersion,
]

describe('the records that a consumer reads', () => {
  test.each(['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const)('may be compressed: %s', async (compression) => {
    await using cluster = await KafkaCluster.start(orders)
    await produce(cluster, 'orders', values(0, 500), { compression })
    await produce(cluster, 'orders', values(500, 600), { compression })
    await using consumer = await consumerOf(cluster)
    const reader = await consumer.consumePartition('orders', 0, 17)
    expect(told(await take(cluster, reader, 583))).toEqual(values(17, 600).map((value, i) => `${i + 17}:${value}`))
  })

  test.each(releases)('are the same up to the versions of %s', async (version) => {
    await using cluster = await KafkaCluster.start({
      clock: 'virtual',
      topics: { orders: { partitions: 2 } },
      version: '3.9',
    })
    await produce(cluster, 'orders', values(0, 40))
    await produce(cluster, 'orders', values(40, 60), { compression: 'gzip' })
    await using consumer = await consumerOf(cluster, { version })
    const fetches = watchFetches(cluster)
    const reader = await consumer.consumePartition('orders', 0, 5)
    const other = await consumer.consumePartition('orders', 1, OffsetNewest)
    const messages = await take(cluster, reader, 55)
    expect(told(messages)).toEqual(values(5, 60).map((value, i) => `${i + 5}:${value}`))
    expect(messages[0]?.timestamp).toBe(isAtLeast(version, '0.10.0.0') ? MADE + 5 : -1)
    await produce(cluster, 'orders', ['other'], { partition: 1 })
    await produce(cluster, 'orders', ['v60'])
    expect(told(await take(cluster, other, 1))).toEqual(['0:other'])
    expect(told(await take(cluster, reader, 1))).toEqual(['60:v60'])
    expect(new Set(fetches.map((fetch) => fetch.version)).size).toBe(1)
    expect(fetches.some(({ sessionId }) => sessionId > 0)).toBe(isAtLeast(version, '1.1.0'))
  })

  test('are asked for in every version of Fetch that a release had', async () => {
    await using cluster = await KafkaCluster.start(orders)
    const versions = new Set<number>()
    for (const version of releases) {
      await using consumer = await consumerOf(cluster, { version })
      const fetches = watchFetches(cluster)
      await consumer.consumePartition('orders', 0, OffsetOldest)
      await cluster.clock.advance(10)
      for (const fetch of fetches) versions.add(fetch.version)
    }
    // No release had 4 or 9 for its newest, nor 14.
    expect([...versions]).toEqual([0, 1, 2, 3, 5, 6, 7, 8, 10, 11, 12, 13, 15, 16, 17, 18])
  })

  test('of a transaction are read whatever becomes of it, unless only what is committed is wanted', async () => {
    await using cluster = await KafkaCluster.start(orders)
    const [first, second] = [await Transactions.begin(cluster, 'first'), await Transactions.begin(cluster, 'second')]
    await first.write('a1', 'a2')
    await second.write('b1')
    await produce(cluster, 'orders', ['c1'])
    await first.write('a3')
    await first.end(false)
    await first.write('a4')
    await second.write('b2')
    await second.end(true)
    await first.end(true)
    await second.write('b3')
    await second.end(false)
    await produce(cluster, 'orders', ['c2'])
    await cluster.clock.runUntil(() => cluster.partition('orders', 0).lastStableOffset === 13)
    const read = async (isolationLevel: 0 | 1, count: number): Promise<string[]> => {
      await using consumer = await consumerOf(cluster, { consumer: { isolationLevel } })
      const reader = await consumer.consumePartition('orders', 0, OffsetOldest)
      const messages = await take(cluster, reader, count)
      await cluster.clock.advance(1000)
      expect(reader.messages.length).toBe(0)
      return told(messages)
    }
    expect(await read(ReadCommitted, 5)).toEqual(['2:b1', '3:c1', '6:a4', '7:b2', '12:c2'])
    const everything = ['0:a1', '1:a2', '2:b1', '3:c1', '4:a3', '6:a4', '7:b2', '10:b3', '12:c2']
    expect(await read(ReadUncommitted, 9)).toEqual(everything)
  })

  test('of a transaction that is open hold back what comes after them, where only what is committed is wanted', async () => {
    await using cluster = await KafkaCluster.start(orders)
    const transaction = await Transactions.begin(cluster, 'first')
    await produce(cluster, 'orders', ['a'])
    await transaction.write('b')
    await produce(cluster, 'orders', ['c'])
    await using consumer = await consumerOf(cluster, { consumer: { isolationLevel: ReadCommitted } })
    const reader = await consumer.consumePartition('orders', 0, OffsetOldest)
    expect(told(await take(cluster, reader, 1))).toEqual(['0:a'])
    await cluster.clock.advance(2000)
    expect(reader.messages.length).toBe(0)
    await transaction.end(true)
    expect(told(await take(cluster, reader, 2))).toEqual(['1:b', '2:c'])
  })

  test('are gone where compaction has been, and the offsets leave gaps', async () => {
    await using cluster = await KafkaCluster.start({
      clock: 'virtual',
      topics: { orders: { configs: { 'cleanup.policy': 'compact' } } },
    })
    for (let i = 0; i < 6; i++) {
      await produce(cluster, 'orders', [
        { key: `k${i % 2}`, value: `v${2 * i}` },
        { key: `once${i}`, value: `v${2 * i + 1}` },
      ])
    }
    cluster.topic('orders').compact()
    await using consumer = await consumerOf(cluster)
    const kept = ['1:v1', '3:v3', '5:v5', '7:v7', '8:v8', '9:v9', '10:v10', '11:v11']
    const whole = await consumer.consumePartition('orders', 0, OffsetOldest)
    expect(told(await take(cluster, whole, 8))).toEqual(kept)
    await whole.close()
    const middle = await consumer.consumePartition('orders', 0, 4)
    expect(told(await take(cluster, middle, 6))).toEqual(kept.slice(2))
    await produce(cluster, 'orders', [{ key: 'last', value: 'v12' }])
    expect(told(await take(cluster, middle, 1))).toEqual(['12:v12'])
  })

  test('may begin with a message set of before Kafka 0.11', async () => {
    await using cluster = await KafkaCluster.start({ ...orders, version: '3.9' })
    const old = (from: number, to: number, magic: 0 | 1, compression: 'none' | 'gzip'): Buffer =>
      buildMessageSet(
        values(from, to).map((value) => ({ value, timestamp: MADE })),
        { magic, compression },
      )
    await append(cluster, 'orders', old(0, 3, 0, 'none'), { version: 1 })
    await append(cluster, 'orders', old(3, 6, 1, 'gzip'), { version: 2 })
    await produce(cluster, 'orders', values(6, 9))
    await using consumer = await consumerOf(cluster)
    const reader = await consumer.consumePartition('orders', 0, 1)
    expect(told(await take(cluster, reader, 8))).toEqual(values(1, 9).map((value, i) => `${i + 1}:${value}`))
  })
})

describe('a record that is larger than consumer.fetch.default', () => {
  const large = 'x'.repeat(300_000)

  async function read(options: ConfigOptions, version: string): Promise<{ offsets: number[]; errors: unknown[] }> {
    await using cluster = await KafkaCluster.start({ ...orders, version: '3.9' })
    await produce(cluster, 'orders', ['v0'])
    await produce(cluster, 'orders', [large])
    await produce(cluster, 'orders', ['v2'])
    await using consumer = await consumerOf(cluster, { ...options, version })
    const reader = await consumer.consumePartition('orders', 0, OffsetOldest)
    const offsets: number[] = []
    const reading = (async () => {
      for await (const { offset } of reader.messages) {
        offsets.push(offset)
        if (offset === 2) break
      }
    })()
    await settled(cluster, reading)
    const errors: unknown[] = []
    while (reader.errors.length > 0) errors.push((await reader.errors.receive())?.err)
    return { offsets, errors }
  }

  const fetch = { default: 1000, max: 0 }

  test('is read all the same', async () => {
    expect(await read({ consumer: { fetch } }, '3.9.0')).toEqual({ offsets: [0, 1, 2], errors: [] })
  })

  test('is read from old brokers by asking for more and more', async () => {
    expect(await read({ consumer: { fetch } }, '0.10.0.1')).toEqual({ offsets: [0, 1, 2], errors: [] })
  })

  test('is passed over with an error by old brokers when consumer.fetch.max is less', async () => {
    const options = { consumer: { fetch: { ...fetch, max: 100_000 }, return: { errors: true } } }
    const { offsets, errors } = await read(options, '0.10.0.1')
    expect(offsets).toEqual([0, 2])
    expect(errors).toHaveLength(1)
    expect(errors[0]).toBeInstanceOf(ErrMessageTooLarge)
  })
})

test('a consumer reads over TCP as it does in memory', async () => {
  await using cluster = await KafkaCluster.start({ brokers: 2, topics: { orders: { partitions: 4 } } })
  for (let partition = 0; partition < 4; partition++) await produce(cluster, 'orders', values(0, 300), { partition })
  const { newConsumer } = await import('../../../src/client/index.ts')
  await using consumer = await newConsumer(cluster.bootstrapServers, {})
  const readers = await Promise.all([0, 1, 2, 3].map((p) => consumer.consumePartition('orders', p, OffsetOldest)))
  for (const reader of readers) {
    expect(told(await takeNow(reader, 300))).toEqual(values(0, 300).map((value, i) => `${i}:${value}`))
  }
  await produce(cluster, 'orders', ['late'], { partition: 3 })
  expect(told(await takeNow(readers[3] as (typeof readers)[0], 1))).toEqual(['300:late'])
})

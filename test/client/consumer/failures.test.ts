import { describe, expect, test } from 'vitest'
import {
  type Clock,
  type ConfigOptions,
  ConsumerError,
  ConsumerErrors,
  ErrConsumerRetriesExhausted,
  ErrInvalidMessage,
  ErrNetworkException,
  ErrOffsetOutOfRange,
  ErrTopicAuthorizationFailed,
  ErrUnknownTopicOrPartition,
  newConfig,
  newConsumer,
  OffsetNewest,
  OffsetOldest,
  type PartitionConsumer,
} from '../../../src/client/index.ts'
import { type ClusterOptions, ErrorCode, type ErrorName, KafkaCluster } from '../../../src/index.ts'
import type { RequestHandler } from '../../../src/intercept/handler.ts'
import { DeleteRecords } from '../../../src/protocol/messages/delete-records.ts'
import { DeleteTopics } from '../../../src/protocol/messages/delete-topics.ts'
import { Fetch, respond } from '../../../src/testing/index.ts'
import { WireClient } from '../../wire-client.ts'
import { batchOf, consumerOf, produce, settled, take, takeNow, told, values, watchFetches } from './support.ts'

const one: ClusterOptions = {
  clock: 'virtual',
  topics: { orders: { partitions: 2 } },
  config: { 'auto.create.topics.enable': 'false' },
}
const three: ClusterOptions = {
  clock: 'virtual',
  brokers: 3,
  topics: { orders: { replicationFactor: 3 } },
  config: { 'auto.create.topics.enable': 'false' },
}
const withErrors: ConfigOptions = { consumer: { return: { errors: true } } }

/** Answers fetches with an error of orders-0. */
function refusing(cluster: KafkaCluster, error: ErrorName, once = false): RequestHandler {
  const refused = { partitionIndex: 0, errorCode: ErrorCode[error], highWatermark: -1, records: [] }
  const topicId = cluster.topic('orders').id as string
  return respond(
    Fetch,
    ({ request: { sessionId }, version }) => {
      return {
        sessionId,
        responses: [{ ...(version >= 13 ? { topicId } : { topic: 'orders' }), partitions: [refused] }],
      }
    },
    { once },
  )
}

async function unread(reader: PartitionConsumer): Promise<Error[]> {
  const errors: Error[] = []
  while (reader.errors.length > 0) errors.push(((await reader.errors.receive()) as ConsumerError).err)
  return errors
}

describe('a partition consumer goes on', () => {
  test('when another broker leads, at once and without an error', async () => {
    await using cluster = await KafkaCluster.start(three)
    await produce(cluster, 'orders', ['v0'])
    await using consumer = await consumerOf(cluster, withErrors)
    const reader = await consumer.consumePartition('orders', 0, OffsetOldest)
    expect(told(await take(cluster, reader, 1))).toEqual(['0:v0'])
    for (const leader of [2, 3, 1]) {
      cluster.partition('orders', 0).elect(cluster.broker(leader))
      const from = cluster.clock.now()
      await produce(cluster, 'orders', [`by ${leader}`])
      expect((await take(cluster, reader, 1)).map(({ value }) => String(value))).toEqual([`by ${leader}`])
      expect(cluster.clock.now() - from).toBeLessThan(1000)
    }
    expect(await unread(reader)).toEqual([])
  })

  test('when another broker leads and nobody says who, by asking for metadata', async () => {
    await using cluster = await KafkaCluster.start(three)
    await using consumer = await consumerOf(cluster, { ...withErrors, version: '2.0.0' })
    const reader = await consumer.consumePartition('orders', 0, OffsetOldest)
    const leader = cluster.partition('orders', 0).leader === 2 ? 3 : 2
    cluster.partition('orders', 0).elect(cluster.broker(leader))
    const from = cluster.clock.now()
    await produce(cluster, 'orders', ['v0'])
    expect(told(await take(cluster, reader, 1))).toEqual(['0:v0'])
    expect(cluster.clock.now() - from).toBeLessThan(1000)
    expect(await unread(reader)).toEqual([])
  })

  test('when its leader is killed, and tells that it lost the connection', async () => {
    await using cluster = await KafkaCluster.start(three)
    await using consumer = await consumerOf(cluster, withErrors)
    await produce(cluster, 'orders', ['v0'])
    const reader = await consumer.consumePartition('orders', 0, OffsetOldest)
    expect(told(await take(cluster, reader, 1))).toEqual(['0:v0'])
    await cluster.clock.advance(2000)
    await cluster.broker(cluster.partition('orders', 0).leader).kill()
    await cluster.clock.runUntil(() => cluster.partition('orders', 0).leader !== undefined)
    const from = cluster.clock.now()
    await produce(cluster, 'orders', ['v1'])
    expect(told(await take(cluster, reader, 1))).toEqual(['1:v1'])
    expect(cluster.clock.now() - from).toBeLessThan(1000)
    const errors = await unread(reader)
    expect(errors).toHaveLength(1)
    expect(errors[0]).toBeInstanceOf(ErrNetworkException)
  })

  test('when the only broker stops and starts again', async () => {
    await using cluster = await KafkaCluster.start(one)
    await produce(cluster, 'orders', values(0, 2))
    await using consumer = await consumerOf(cluster)
    const reader = await consumer.consumePartition('orders', 0, OffsetOldest)
    expect(await take(cluster, reader, 2)).toHaveLength(2)
    await cluster.broker(1).kill()
    await cluster.clock.advance(20_000)
    await cluster.broker(1).start()
    await produce(cluster, 'orders', ['v2'])
    expect(told(await take(cluster, reader, 1))).toEqual(['2:v2'])
  })

  test('after a wait by consumer.retry.backoffFunc, which counts failures in a row', async () => {
    await using cluster = await KafkaCluster.start(one)
    const asked: number[] = []
    const backoffFunc = (retries: number): number => {
      asked.push(retries)
      return 100 * retries
    }
    await using consumer = await consumerOf(cluster, { consumer: { return: { errors: true }, retry: { backoffFunc } } })
    const reader = await consumer.consumePartition('orders', 0, OffsetOldest)
    const undo = cluster.use(refusing(cluster, 'TOPIC_AUTHORIZATION_FAILED'))
    await cluster.clock.runUntil(() => asked.length === 3)
    undo()
    await produce(cluster, 'orders', ['v0'])
    expect(told(await take(cluster, reader, 1))).toEqual(['0:v0'])
    cluster.use(refusing(cluster, 'TOPIC_AUTHORIZATION_FAILED', true))
    await produce(cluster, 'orders', ['v1'])
    expect(told(await take(cluster, reader, 1))).toEqual(['1:v1'])
    await cluster.clock.advance(2000)
    expect(asked.slice(0, 3)).toEqual([1, 2, 3])
    expect(asked.slice(3).every((retries) => retries === 1)).toBe(true)
    const errors = await unread(reader)
    expect(errors.length).toBeGreaterThanOrEqual(3)
    for (const error of errors) expect(error).toBeInstanceOf(ErrTopicAuthorizationFailed)
  })

  test('when its topic is gone and comes again, and tells of it meanwhile', async () => {
    await using cluster = await KafkaCluster.start(one)
    await using consumer = await consumerOf(cluster, withErrors)
    const reader = await consumer.consumePartition('orders', 0, OffsetOldest)
    const client = new WireClient(cluster.connect())
    await client.send(DeleteTopics, 6, { topics: [{ name: 'orders' }], timeoutMs: 1000 })
    await cluster.clock.runUntil(() => reader.errors.length > 0)
    expect((await unread(reader))[0]).toBeInstanceOf(ErrUnknownTopicOrPartition)
    const { CreateTopics } = await import('../../../src/protocol/messages/create-topics.ts')
    await client.send(CreateTopics, 7, { topics: [{ name: 'orders', numPartitions: 1, replicationFactor: 1 }] })
    await produce(cluster, 'orders', ['reborn'])
    expect(told(await take(cluster, reader, 1))).toEqual(['0:reborn'])
  })

  test('at the same offset where a batch was damaged on the way, after it was told', async () => {
    await using cluster = await KafkaCluster.start(one)
    await produce(cluster, 'orders', values(0, 3))
    const damaged = batchOf(['v3'], { baseOffset: 3 })
    damaged[damaged.length - 2] = 0x40
    await using consumer = await consumerOf(cluster, withErrors)
    const reader = await consumer.consumePartition('orders', 0, 1)
    await produce(cluster, 'orders', values(3, 6))
    cluster.use(
      respond(
        Fetch,
        ({ request }) => {
          const records = [Buffer.concat([batchOf(values(0, 3)), damaged, batchOf(['v4'], { baseOffset: 4 })])]
          const partitions = [{ partitionIndex: 0, highWatermark: 6, records }]
          return { responses: [{ topicId: request.topics[0]?.topicId ?? '', partitions }] }
        },
        { once: true, when: { body: ({ topics }) => topics.length > 0 } },
      ),
    )
    expect(told(await take(cluster, reader, 5))).toEqual(['1:v1', '2:v2', '3:v3', '4:v4', '5:v5'])
    const [error, ...others] = await unread(reader)
    expect(error).toBeInstanceOf(ErrInvalidMessage)
    expect(error?.message).toMatch(/^Record batch at offset 3 is corrupt .*\(reading orders\/0 at offset 3\)$/)
    expect(others).toEqual([])
  })

  test('and tries nothing again while nobody reads the errors that wait', async () => {
    await using cluster = await KafkaCluster.start(one)
    await using consumer = await consumerOf(cluster, { ...withErrors, channelBufferSize: 2 })
    const reader = await consumer.consumePartition('orders', 0, OffsetOldest)
    const undo = cluster.use(refusing(cluster, 'TOPIC_AUTHORIZATION_FAILED'))
    await cluster.clock.advance(60_000)
    expect(reader.errors.length).toBe(2)
    undo()
    await produce(cluster, 'orders', ['v0'])
    await cluster.clock.advance(60_000)
    expect(reader.messages.length).toBe(0)
    expect(await unread(reader)).toHaveLength(3)
    expect(told(await take(cluster, reader, 1))).toEqual(['0:v0'])
  })
})

describe('a partition consumer ends by itself', () => {
  test('when its offset is out of range, after what was fetched before has been read', async () => {
    await using cluster = await KafkaCluster.start(one)
    await produce(cluster, 'orders', values(0, 5))
    await using consumer = await consumerOf(cluster, withErrors)
    const other = await consumer.consumePartition('orders', 1, OffsetOldest)
    const reader = await consumer.consumePartition('orders', 0, OffsetOldest)
    await cluster.clock.runUntil(() => reader.messages.length === 5)
    cluster.use(refusing(cluster, 'OFFSET_OUT_OF_RANGE', true))
    const ended = await settled(cluster, reader.ended)
    expect(ended).toBeInstanceOf(ConsumerError)
    expect(ended).toMatchObject({ topic: 'orders', partition: 0 })
    expect(ended?.err).toBeInstanceOf(ErrOffsetOutOfRange)
    expect(told(await takeNow(reader, 100))).toEqual(values(0, 5).map((value, i) => `${i}:${value}`))
    await expect(reader.close()).rejects.toThrow(ConsumerErrors)
    await produce(cluster, 'orders', ['other'], { partition: 1 })
    expect(told(await take(cluster, other, 1))).toEqual(['0:other'])
    await produce(cluster, 'orders', ['v5'])
    const again = await consumer.consumePartition('orders', 0, 5)
    expect(told(await take(cluster, again, 1))).toEqual(['5:v5'])
  })

  test('when what it was to read next has been deleted', async () => {
    await using cluster = await KafkaCluster.start(one)
    await produce(cluster, 'orders', values(0, 5))
    await using consumer = await consumerOf(cluster)
    const reader = await consumer.consumePartition('orders', 0, 1)
    reader.pause()
    const client = new WireClient(cluster.connect())
    const topics = [{ name: 'orders', partitions: [{ partitionIndex: 0, offset: 4 }] }]
    await client.send(DeleteRecords, 2, { topics, timeoutMs: 1000 })
    reader.resume()
    expect((await settled(cluster, reader.ended))?.err).toBeInstanceOf(ErrOffsetOutOfRange)
    expect(await reader.messages.receive()).toBeUndefined()
  })

  test('when it has failed consumer.retry.max times in a row', async () => {
    await using cluster = await KafkaCluster.start(one)
    await using consumer = await consumerOf(cluster, { consumer: { return: { errors: true }, retry: { max: 3 } } })
    const reader = await consumer.consumePartition('orders', 0, OffsetOldest)
    cluster.use(refusing(cluster, 'TOPIC_AUTHORIZATION_FAILED'))
    const ended = await settled(cluster, reader.ended)
    expect(ended?.err).toBeInstanceOf(ErrConsumerRetriesExhausted)
    const errors = await unread(reader)
    expect(errors.slice(0, 4).every((error) => error instanceof ErrTopicAuthorizationFailed)).toBe(true)
    expect(errors.slice(4)).toEqual([ended?.err])
    expect(await reader.errors.receive()).toBeUndefined()
    expect(await reader.messages.receive()).toBeUndefined()
  })

  test('when the same batch cannot be read consumer.retry.max times', async () => {
    await using cluster = await KafkaCluster.start(one)
    await produce(cluster, 'orders', ['v0'])
    const damaged = batchOf(['v0'])
    damaged[damaged.length - 2] = 0x40
    cluster.use(
      respond(
        Fetch,
        ({ request }) => {
          const partitions = [{ partitionIndex: 0, highWatermark: 1, records: [damaged] }]
          return { responses: [{ topicId: request.topics[0]?.topicId ?? '', partitions }] }
        },
        { when: { body: ({ topics }) => topics.length > 0 } },
      ),
    )
    await using consumer = await consumerOf(cluster, { consumer: { retry: { max: 2 } } })
    const reader = await consumer.consumePartition('orders', 0, OffsetOldest)
    const reading = takeNow(reader, 1)
    const ended = await settled(cluster, reader.ended)
    expect(ended?.err).toBeInstanceOf(ErrConsumerRetriesExhausted)
    expect(ended?.err.cause).toBeInstanceOf(ErrInvalidMessage)
    expect(await reading).toEqual([])
  })

  test('when its leader has lost what it has read, though there is something else at these offsets by now', async () => {
    await using cluster = await KafkaCluster.start({
      ...three,
      topics: {
        orders: {
          replicationFactor: 3,
          configs: { 'unclean.leader.election.enable': 'true', 'min.insync.replicas': '1' },
        },
      },
    })
    const { partition } = { partition: cluster.partition('orders', 0) }
    await using consumer = await consumerOf(cluster)
    const reader = await consumer.consumePartition('orders', 0, OffsetOldest)
    await produce(cluster, 'orders', ['v0'])
    expect(told(await take(cluster, reader, 1))).toEqual(['0:v0'])
    await cluster.clock.advance(1000)
    const first = partition.leader as number
    const others = partition.replicas.filter((id) => id !== first)
    for (const id of others) await cluster.broker(id).kill()
    await produce(cluster, 'orders', values(1, 6))
    expect(await take(cluster, reader, 5)).toHaveLength(5)
    await cluster.broker(first).kill()
    for (const id of others) await cluster.broker(id).start()
    await cluster.clock.runUntil(() => partition.leader !== undefined && partition.leader !== first)
    for (let i = 0; i < 9; i++) await produce(cluster, 'orders', [`another ${i}`])
    const ended = await settled(cluster, reader.ended)
    expect(ended?.err).toBeInstanceOf(ErrOffsetOutOfRange)
    expect(ended?.err.message).toContain('truncated')
    expect(await takeNow(reader, 1)).toEqual([])
  })

  test('when the client is closed under it', async () => {
    await using cluster = await KafkaCluster.start(one)
    const { newClient, newConfig, newConsumerFromClient } = await import('../../../src/client/index.ts')
    const client = await newClient(cluster.bootstrapServers, newConfig(cluster.clientConfig()))
    const consumer = newConsumerFromClient(client)
    const reader = await consumer.consumePartition('orders', 0, OffsetOldest)
    await cluster.clock.advance(10)
    await client.close()
    expect((await settled(cluster, reader.ended))?.err.message).toContain('closed')
    expect(await takeNow(reader, 1)).toEqual([])
    await consumer.close()
  })
})

describe('the nearest replica', () => {
  const racks: ClusterOptions = {
    clock: 'virtual',
    brokers: [
      { nodeId: 1, rack: 'a' },
      { nodeId: 2, rack: 'b' },
      { nodeId: 3, rack: 'c' },
    ],
    topics: { orders: { replicationFactor: 3 } },
    config: { 'replica.selector.class': 'org.apache.kafka.common.replica.RackAwareReplicaSelector' },
  }

  async function readAt(cluster: KafkaCluster, reader: PartitionConsumer, value: string): Promise<void> {
    await produce(cluster, 'orders', [value])
    expect((await take(cluster, reader, 1)).map((message) => String(message.value))).toEqual([value])
  }

  test('is read from, once the leader has named it, and the leader again after metadata.refreshFrequency', async () => {
    await using cluster = await KafkaCluster.start(racks)
    cluster.partition('orders', 0).elect(cluster.broker(1))
    await using consumer = await consumerOf(cluster, { rackID: 'b', ...withErrors })
    const fetches = watchFetches(cluster)
    const reader = await consumer.consumePartition('orders', 0, OffsetNewest)
    await readAt(cluster, reader, 'v0')
    expect(fetches[0]).toMatchObject({ nodeId: 1, rackId: 'b' })
    expect(fetches.at(-1)).toMatchObject({ nodeId: 2 })
    fetches.length = 0
    await cluster.clock.advance(602_000)
    // By now the preferred leader leads, whoever that is.
    expect(fetches.filter(({ nodeId }) => nodeId !== 2)).toHaveLength(1)
    await readAt(cluster, reader, 'v1')
    expect(fetches.at(-1)).toMatchObject({ nodeId: 2 })
    expect(await unread(reader)).toEqual([])
  })

  test('is read from as long, though the time of day is set meanwhile', async () => {
    await using cluster = await KafkaCluster.start(racks)
    cluster.partition('orders', 0).elect(cluster.broker(1))
    let set = 0
    const clock: Clock = {
      now: () => cluster.clock.now() + set,
      elapsed: () => cluster.clock.now(),
      setTimer: (delayMs, callback) => cluster.clock.setTimer(delayMs, callback),
    }
    const config = newConfig({ rackID: 'b', ...withErrors }, cluster.clientConfig(), { clock })
    await using consumer = await newConsumer(cluster.bootstrapServers, config)
    const fetches = watchFetches(cluster)
    const reader = await consumer.consumePartition('orders', 0, OffsetNewest)
    await readAt(cluster, reader, 'v0')
    expect(fetches.at(-1)).toMatchObject({ nodeId: 2 })
    fetches.length = 0
    set = 86_400_000
    await readAt(cluster, reader, 'v1')
    expect(fetches.filter(({ nodeId }) => nodeId !== 2)).toEqual([])
    set = -86_400_000
    await cluster.clock.advance(602_000)
    expect(fetches.filter(({ nodeId }) => nodeId !== 2)).toHaveLength(1)
    expect(await unread(reader)).toEqual([])
  })

  test('is left for the leader when it fails', async () => {
    await using cluster = await KafkaCluster.start(racks)
    cluster.partition('orders', 0).elect(cluster.broker(1))
    await using consumer = await consumerOf(cluster, { rackID: 'b' })
    const reader = await consumer.consumePartition('orders', 0, OffsetNewest)
    await readAt(cluster, reader, 'v0')
    await cluster.broker(2).kill()
    const fetches = watchFetches(cluster)
    await readAt(cluster, reader, 'v1')
    expect(fetches.at(-1)).toMatchObject({ nodeId: 1 })
    await cluster.broker(2).start()
    await cluster.clock.runUntil(() => cluster.partition('orders', 0).isr.includes(2))
    await readAt(cluster, reader, 'v2')
  })

  test('is left for the leader when it has not got the offset', async () => {
    await using cluster = await KafkaCluster.start(racks)
    cluster.partition('orders', 0).elect(cluster.broker(1))
    await using consumer = await consumerOf(cluster, { rackID: 'b', ...withErrors })
    const reader = await consumer.consumePartition('orders', 0, OffsetNewest)
    await readAt(cluster, reader, 'v0')
    const followers = refusing(cluster, 'OFFSET_OUT_OF_RANGE', true)
    cluster.use({ ...followers, matches: (request) => request.nodeId === 2 && followers.matches(request) })
    await readAt(cluster, reader, 'v1')
    await readAt(cluster, reader, 'v2')
    expect(await unread(reader)).toEqual([])
  })
})

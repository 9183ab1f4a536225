import { describe, expect, test } from 'vitest'
import {
  type Config,
  type ConsumerMessage,
  ErrInvalidTimestamp,
  ErrMessageSizeTooLarge,
  ErrUnknownTopicOrPartition,
  NoResponse,
  newAsyncProducer,
  newClient,
  newConfig,
  newConsumer,
  newManualPartitioner,
  newSyncProducer,
  OffsetNewest,
  OffsetOldest,
  type ProducerErrors,
  WaitForAll,
  WaitForLocal,
} from '../../../src/client/index.ts'
import { type TestCluster, testCluster } from '../harness.ts'

function configOf(cluster: TestCluster, change: (config: Config) => void = () => {}): Config {
  const config = newConfig(cluster.config)
  config.producer.return.successes = true
  change(config)
  return config
}

/** The first messages of a partition. */
async function read(cluster: TestCluster, topic: string, partition: number, count: number): Promise<ConsumerMessage[]> {
  const consumer = await newConsumer(cluster.addrs, cluster.config)
  const reader = await consumer.consumePartition(topic, partition, OffsetOldest)
  const messages: ConsumerMessage[] = []
  while (messages.length < count) messages.push((await reader.messages.receive()) as ConsumerMessage)
  await consumer.close()
  return messages
}

const texts = (messages: readonly ConsumerMessage[]): string[] => messages.map(({ value }) => `${value}`)

describe.each([false, true])('what a producer writes (idempotent: %s)', (idempotent) => {
  function config(cluster: TestCluster, change: (config: Config) => void = () => {}): Config {
    return configOf(cluster, (config) => {
      config.producer.idempotent = idempotent
      config.producer.requiredAcks = WaitForAll
      change(config)
    })
  }

  test.each(['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const)(
    'is read as it was sent, by %s',
    async (compression) => {
      await using cluster = await testCluster()
      const topic = await cluster.createTopic('orders')
      await using producer = await newAsyncProducer(
        cluster.addrs,
        config(cluster, ({ producer }) => {
          producer.compression = compression
        }),
      )
      const count = 300
      for (let i = 0; i < count; i++) {
        const headers = i % 2 === 0 ? [{ key: 'n', value: `${i}` }] : []
        await producer.input.send({
          topic,
          key: `key ${i}`,
          value: `value ${i} ü`,
          headers,
          timestamp: 1_700_000_000_000 + i,
        })
      }
      for (let i = 0; i < count; i++) {
        expect(await producer.successes.receive()).toMatchObject({ key: `key ${i}`, partition: 0, offset: i })
      }
      const messages = await read(cluster, topic, 0, count)
      expect(texts(messages)).toEqual(Array.from({ length: count }, (_, i) => `value ${i} ü`))
      expect(messages.map(({ timestamp }) => timestamp)).toEqual(
        Array.from({ length: count }, (_, i) => 1_700_000_000_000 + i),
      )
      expect(`${messages[42]?.key}: ${messages[42]?.headers[0]?.key} = ${messages[42]?.headers[0]?.value}`).toBe(
        'key 42: n = 42',
      )
    },
  )

  test('is in order in each partition, whatever the size of the batches', async () => {
    await using cluster = await testCluster()
    const topic = await cluster.createTopic('orders', { partitions: 3 })
    const producer = await newAsyncProducer(
      cluster.addrs,
      config(cluster, ({ producer }) => {
        producer.partitioner = newManualPartitioner
        producer.maxMessageBytes = 500
        producer.return.successes = false
      }),
    )
    for (let i = 0; i < 900; i++) await producer.input.send({ topic, partition: i % 3, value: `${i}` })
    await producer.close()
    for (const partition of [0, 1, 2]) {
      const expected = Array.from({ length: 300 }, (_, i) => `${3 * i + partition}`)
      expect(texts(await read(cluster, topic, partition, 300))).toEqual(expected)
    }
  })

  test('is not more than the topic takes, message by message', async () => {
    await using cluster = await testCluster()
    const topic = await cluster.createTopic('small', { configs: { 'max.message.bytes': '1000' } })
    const producer = await newAsyncProducer(cluster.addrs, config(cluster))
    for (let i = 0; i < 50; i++) {
      await producer.input.send({ topic, value: i === 20 || i === 33 ? Buffer.alloc(2000) : `${i}`.padEnd(100) })
    }
    const { errors } = (await producer.close().catch((reason: unknown) => reason)) as ProducerErrors
    expect(errors.map(({ err }) => err instanceof ErrMessageSizeTooLarge)).toEqual([true, true])
    const expected = Array.from({ length: 50 }, (_, i) => `${i}`).filter((text) => text !== '20' && text !== '33')
    expect(texts(await read(cluster, topic, 0, 48)).map((text) => text.trimEnd())).toEqual(expected)
  })

  test('goes on when the broker refuses a batch', async () => {
    await using cluster = await testCluster()
    const configs = { 'message.timestamp.before.max.ms': '3600000' }
    const topic = await cluster.createTopic('recent', { configs })
    await using producer = await newSyncProducer(cluster.addrs, config(cluster))
    expect(await producer.sendMessage({ topic, value: 'a' })).toEqual({ partition: 0, offset: 0 })
    await expect(producer.sendMessage({ topic, value: 'b', timestamp: 5 })).rejects.toThrow(ErrInvalidTimestamp)
    expect(await producer.sendMessage({ topic, value: 'c' })).toEqual({ partition: 0, offset: 1 })
    expect(texts(await read(cluster, topic, 0, 2))).toEqual(['a', 'c'])
  })
})

describe('a sync producer', () => {
  test.each([WaitForLocal, WaitForAll])('is told the offset with acks=%s', async (requiredAcks) => {
    await using cluster = await testCluster()
    const topic = await cluster.createTopic('orders')
    await using producer = await newSyncProducer(
      cluster.addrs,
      configOf(cluster, (config) => {
        config.producer.requiredAcks = requiredAcks
      }),
    )
    for (const offset of [0, 1, 2]) {
      expect(await producer.sendMessage({ topic, value: `${offset}` })).toEqual({ partition: 0, offset })
    }
  })

  test('is told nothing with acks=0', async () => {
    await using cluster = await testCluster()
    const topic = await cluster.createTopic('orders')
    await using producer = await newSyncProducer(
      cluster.addrs,
      configOf(cluster, (config) => {
        config.producer.requiredAcks = NoResponse
      }),
    )
    expect(await producer.sendMessage({ topic, value: 'a' })).toEqual({ partition: 0, offset: -1 })
    expect(texts(await read(cluster, topic, 0, 1))).toEqual(['a'])
  })

  test('is told the time of the broker where the topic has it', async () => {
    await using cluster = await testCluster()
    const topic = await cluster.createTopic('orders', { configs: { 'message.timestamp.type': 'LogAppendTime' } })
    await using producer = await newSyncProducer(cluster.addrs, configOf(cluster))
    const message = { topic, value: 'a', timestamp: 5 }
    await producer.sendMessage(message)
    const [written] = await read(cluster, topic, 0, 1)
    expect(message.timestamp).toBe(written?.timestamp)
    expect(message.timestamp).toBeGreaterThan(5)
  })

  test('is told that there is no such topic', async () => {
    await using cluster = await testCluster()
    const topic = await cluster.createTopic('orders')
    await using producer = await newSyncProducer(
      cluster.addrs,
      configOf(cluster, ({ metadata }) => {
        metadata.retry = { max: 1, backoff: 1, backoffFunc: null }
        metadata.allowAutoTopicCreation = false
      }),
    )
    await expect(producer.sendMessage({ topic: cluster.unique('nowhere') })).rejects.toThrow(ErrUnknownTopicOrPartition)
    expect(await producer.sendMessage({ topic, value: 'a' })).toEqual({ partition: 0, offset: 0 })
  })

  test('writes by every version of the client that it can be', async () => {
    await using cluster = await testCluster()
    const topic = await cluster.createTopic('orders')
    const versions = ['2.1', '2.4', '2.8', '3.0', '3.7', '3.9', '4.0']
    for (const [offset, version] of versions.entries()) {
      await using producer = await newSyncProducer(
        cluster.addrs,
        configOf(cluster, (config) => {
          config.version = version
        }),
      )
      expect(await producer.sendMessage({ topic, value: version })).toEqual({ partition: 0, offset })
    }
    expect(texts(await read(cluster, topic, 0, versions.length))).toEqual(versions)
    await using client = await newClient(cluster.addrs, cluster.config)
    expect(await client.getOffset(topic, 0, OffsetNewest)).toBe(versions.length)
  })
})

test('an idempotent producer goes on after messages that are refused', async () => {
  await using cluster = await testCluster()
  const topic = await cluster.createTopic('recent', { configs: { 'message.timestamp.after.max.ms': '3600000' } })
  const config = configOf(cluster, ({ producer }) => {
    producer.idempotent = true
    producer.requiredAcks = WaitForAll
    producer.partitioner = newManualPartitioner
  })
  await using producer = await newSyncProducer(cluster.addrs, config)
  for (let round = 0; round < 3; round++) {
    await expect(producer.sendMessage({ topic, partition: 0, value: 'old', timestamp: 2 ** 52 })).rejects.toThrow()
    expect(await producer.sendMessage({ topic, partition: 0, value: `${round}` })).toMatchObject({ offset: round })
  }
})

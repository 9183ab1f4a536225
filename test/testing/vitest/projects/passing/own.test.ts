/** A cluster for each test, with the clients that a test has. */
import { Kafka, logLevel } from 'kafkajs'
import type { KafkaCluster } from 'memkafka'
import { newConfig, newConsumer, newSyncProducer } from 'memkafka/client'
import { kafka } from 'memkafka/testing'
import { afterEach, beforeEach, describe, expect, test, withKafka } from 'memkafka/vitest'
import { test as base } from 'vitest'

const seen = new Set<string>()

const filled = withKafka(
  base.extend<{ topic: string }>({
    // biome-ignore lint/correctness/noEmptyPattern: vitest reads from the pattern which fixtures are wanted
    topic: async ({}, use) => use('orders'),
  }),
  { topics: { orders: {} } },
).extend<{ orders: ReturnType<KafkaCluster['topic']> }>({
  orders: async ({ cluster, topic }, use) => {
    await cluster.topic(topic).append({ value: 'before' })
    await use(cluster.topic(topic))
    await expect(cluster.topic(topic)).toHaveRecords([{ value: 'before' }, { value: 'meanwhile' }])
  },
})

test('has a cluster of its own', ({ cluster, task }) => {
  expect(cluster.topic(task.name).exists).toBe(false)
  seen.add(cluster.bootstrapServers.join())
})

test('which no other test has', ({ cluster }) => {
  expect(seen.has(cluster.bootstrapServers.join())).toBe(false)
})

test('carries a record with the own client, in memory', async ({ cluster }) => {
  const config = newConfig(cluster.clientConfig(), { producer: { return: { successes: true } } })
  const producer = await newSyncProducer(cluster.bootstrapServers, config)
  await producer.sendMessage({ topic: 'orders', value: 'created' })
  await producer.close()
  const consumer = await newConsumer(cluster.bootstrapServers, config)
  const partition = await consumer.consumePartition('orders', 0, -2)
  for await (const message of partition.messages) {
    expect(String(message.value)).toBe('created')
    break
  }
  await partition.close()
  await consumer.close()
})

test('carries a record with kafkajs, over TCP', async ({ cluster, onTestFinished }) => {
  const client = new Kafka({ brokers: cluster.bootstrapServers, logLevel: logLevel.NOTHING })
  const producer = client.producer()
  onTestFinished(() => producer.disconnect())
  await producer.connect()
  await producer.send({ topic: 'orders', messages: [{ key: 'k', value: 'created' }] })
  expect(cluster.partition('orders', 0).logEndOffset).toBe(1)
})

describe('a handler of one test', () => {
  test('is there', ({ cluster }) => {
    cluster.use(kafka.metadata({}, () => undefined))
    expect(cluster.listHandlers()).toHaveLength(1)
  })

  test('is not there in the next', ({ cluster }) => {
    expect(cluster.listHandlers()).toHaveLength(0)
  })
})

describe('with other options', () => {
  test.override({ clusterOptions: { brokers: 3, topics: { orders: { partitions: 2 } }, leaks: 'fail' } })

  test('there are as many brokers', ({ cluster }) => {
    expect(cluster.brokers).toHaveLength(3)
    expect(cluster.topic('orders').partitions).toHaveLength(2)
  })

  describe('some of which are changed further in', () => {
    test.override('clusterOptions', ({ clusterOptions }) => ({ ...clusterOptions, brokers: 2 }))

    test('the others stay', ({ cluster }) => {
      expect(cluster.brokers).toHaveLength(2)
      expect(cluster.topic('orders').partitions).toHaveLength(2)
    })
  })
})

describe('a matcher', () => {
  afterEach<{ cluster: KafkaCluster }>(async ({ cluster, expect }) => {
    await expect(cluster.topic('orders')).toHaveRecords([{ value: 'v' }])
  })

  test('may be asked in hooks, and when the test is finished', async ({ cluster, expect, onTestFinished }) => {
    onTestFinished(async () => {
      await expect(cluster.topic('orders')).toHaveRecord({ value: 'v' })
    })
    await cluster.topic('orders').append({ value: 'v' })
  })
})

describe('a test that is run again', () => {
  const seen = new Set<KafkaCluster>()

  test('has a cluster of its own each time', { repeats: 2 }, async ({ cluster }) => {
    expect(seen.has(cluster)).toBe(false)
    seen.add(cluster)
    await cluster.topic('orders').append({ value: 'v' })
    await expect(cluster.topic('orders')).toHaveRecords(1)
  })

  test('waits anew after a try that took too long', { retry: 1, timeout: 600 }, async ({ cluster, task }) => {
    const { retryCount = 0 } = task.result ?? {}
    if (retryCount > 0) setImmediate(() => void cluster.topic('orders').append({ value: 'v' }))
    await cluster.topic('orders').waitFor(1)
  })

  test.fails('fails as it is to', async ({ cluster }) => {
    await expect(cluster.topic('orders')).toHaveRecord({}, { timeout: 1 })
  })

  test.for(['a', 'b'])('for %s', async (value, { cluster }) => {
    await cluster.topic('orders').append({ value })
    await expect(cluster.topic('orders')).toHaveRecords([{ value }])
  })
})

describe('a fixture of a fixture', () => {
  filled('has the cluster before and after the test', async ({ orders }) => {
    await orders.append({ value: 'meanwhile' })
  })
})

describe('hooks', () => {
  const ends: (() => Promise<void>)[] = []
  const withProducer = test
    .override({ clusterOptions: { leaks: 'fail' } })
    .extend('producer', async ({ cluster }, { onCleanup }) => {
      const producer = new Kafka({ brokers: cluster.bootstrapServers, logLevel: logLevel.NOTHING }).producer()
      await producer.connect()
      onCleanup(() => producer.disconnect())
      return producer
    })

  beforeEach<{ cluster: unknown }>(() => {})
  withProducer.beforeEach(async ({ cluster }) => {
    const admin = new Kafka({ brokers: cluster.bootstrapServers, logLevel: logLevel.NOTHING }).admin()
    await admin.connect()
    ends.push(() => admin.disconnect())
  })
  withProducer.aroundEach(async (runTest, { cluster }) => {
    const admin = new Kafka({ brokers: cluster.bootstrapServers, logLevel: logLevel.NOTHING }).admin()
    await admin.connect()
    await runTest()
    await admin.listTopics()
    await admin.disconnect()
  })
  afterEach(async () => {
    await Promise.all(ends.splice(0).map((end) => end()))
  })

  withProducer('close clients before the cluster is stopped', async ({ cluster, producer, onTestFinished }) => {
    const consumer = new Kafka({ brokers: cluster.bootstrapServers, logLevel: logLevel.NOTHING }).consumer({
      groupId: 'g',
    })
    await consumer.connect()
    onTestFinished(() => consumer.disconnect())
    await producer.send({ topic: 'orders', messages: [{ value: 'v' }] })
    expect(cluster.partition('orders', 0).logEndOffset).toBe(1)
  })
})

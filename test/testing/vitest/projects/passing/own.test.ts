/** A cluster for each test, with the clients that a test has. */
import { Kafka, logLevel } from 'kafkajs'
import { newConfig, newConsumer, newSyncProducer } from 'memkafka/client'
import { kafka } from 'memkafka/testing'
import { afterEach, beforeEach, describe, expect, test } from 'memkafka/vitest'

const seen = new Set<string>()

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

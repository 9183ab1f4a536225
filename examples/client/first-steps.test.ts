import { KafkaCluster } from 'memkafka'
import {
  type ConsumerGroupHandler,
  type ConsumerMessage,
  newAsyncProducer,
  newClient,
  newClusterAdmin,
  newClusterConfig,
  newClusterConsumer,
  newConfig,
  newConsumer,
  newConsumerGroup,
  newOffsetManagerFromClient,
  newSyncProducer,
  OffsetOldest,
  ReadCommitted,
  WaitForAll,
} from 'memkafka/client'
import { expect, test } from 'vitest'

test('produce', async () => {
  await using cluster = await KafkaCluster.start({ topics: { orders: {} } })
  const config = newConfig(cluster.clientConfig())
  config.producer.requiredAcks = WaitForAll
  config.producer.return.successes = true
  const producer = await newAsyncProducer(cluster.bootstrapServers, config)

  const written: unknown[] = []
  const successes = (async () => {
    for await (const { value, partition, offset } of producer.successes) written.push({ value, partition, offset })
  })()
  const failed: string[] = []
  const errors = (async () => {
    for await (const { msg, err } of producer.errors) failed.push(`${msg.value} was not written: ${err.message}`)
  })()

  await producer.input.send({ topic: 'orders', key: 'order-1', value: 'created' })
  await producer.input.send({ topic: 'orders', key: 'order-1', value: 'paid' })
  // Sends what is left; then both channels end.
  producer.asyncClose()
  await Promise.all([successes, errors])
  expect(written).toEqual([
    { value: 'created', partition: 0, offset: 0 },
    { value: 'paid', partition: 0, offset: 1 },
  ])
  expect(failed).toEqual([])
})

test('send and wait', async () => {
  await using cluster = await KafkaCluster.start({ topics: { orders: {} } })
  await using producer = await newSyncProducer(cluster.bootstrapServers, cluster.clientConfig())
  const { partition, offset } = await producer.sendMessage({ topic: 'orders', value: 'created' })
  expect({ partition, offset }).toEqual({ partition: 0, offset: 0 })
  await producer.sendMessages([
    { topic: 'orders', value: 'paid' },
    { topic: 'orders', value: 'sent' },
  ])
})

test('consume a partition', async () => {
  await using cluster = await KafkaCluster.start({ topics: { orders: {} } })
  await using producer = await newSyncProducer(cluster.bootstrapServers, cluster.clientConfig())
  await producer.sendMessage({ topic: 'orders', key: 'order-1', value: 'created' })

  await using consumer = await newConsumer(cluster.bootstrapServers, cluster.clientConfig())
  await using orders = await consumer.consumePartition('orders', 0, OffsetOldest)
  for await (const message of orders.messages) {
    expect(message.offset).toBe(0)
    expect(message.key?.toString()).toBe('order-1')
    expect(message.value?.toString()).toBe('created')
    break
  }
})

test('keep an offset', async () => {
  await using cluster = await KafkaCluster.start({ topics: { orders: {} } })
  const config = newConfig(cluster.clientConfig(), { consumer: { offsets: { initial: OffsetOldest } } })
  await using client = await newClient(cluster.bootstrapServers, config)
  await using offsets = newOffsetManagerFromClient('billing', client)
  const partition = await offsets.managePartition('orders', 0)
  // Nothing is committed yet: the partition is to be read from `consumer.offsets.initial` on.
  expect(partition.nextOffset()).toEqual({ offset: OffsetOldest, metadata: '' })

  partition.markOffset(7, 'six and all before it are done')
  await offsets.commit()
  expect(cluster.group('billing').committed).toMatchObject([{ topic: 'orders', partition: 0, offset: 7 }])
})

test('consume in a group', async () => {
  await using cluster = await KafkaCluster.start({ topics: { orders: { partitions: 3 } } })
  await using producer = await newSyncProducer(cluster.bootstrapServers, cluster.clientConfig())
  for (const key of ['order-1', 'order-2', 'order-3']) {
    await producer.sendMessage({ topic: 'orders', key, value: 'created' })
  }

  const config = newConfig(cluster.clientConfig(), { consumer: { offsets: { initial: OffsetOldest } } })
  const group = await newConsumerGroup(cluster.bootstrapServers, 'billing', config)
  const stop = new AbortController()
  const billed: string[] = []
  const handler: ConsumerGroupHandler = {
    // Once for each partition, all of them at once.
    async consumeClaim(session, claim) {
      for await (const message of claim.messages) {
        billed.push(String(message.key))
        session.markMessage(message)
        if (billed.length === 3) stop.abort()
      }
    },
  }
  // A session ends with each rebalance; the next one joins again.
  while (!stop.signal.aborted) await group.consume(['orders'], handler, { signal: stop.signal })
  await group.close()
  expect(billed.sort()).toEqual(['order-1', 'order-2', 'order-3'])
})

test('consume by one channel, as with sarama-cluster', async () => {
  await using cluster = await KafkaCluster.start({ topics: { orders: {} } })
  await using producer = await newSyncProducer(cluster.bootstrapServers, cluster.clientConfig())
  await producer.sendMessage({ topic: 'orders', value: 'created' })

  const config = newClusterConfig(cluster.clientConfig())
  config.consumer.offsets.initial = OffsetOldest
  const consumer = await newClusterConsumer(cluster.bootstrapServers, 'billing', ['orders'], config)
  for await (const message of consumer.messages) {
    // It takes the message, and commits the offset after it.
    consumer.markOffset(message, '')
    break
  }
  await consumer.close()
  expect(cluster.group('billing').committed).toMatchObject([{ topic: 'orders', partition: 0, offset: 1 }])
})

test('create a topic', async () => {
  await using cluster = await KafkaCluster.start()
  await using admin = await newClusterAdmin(cluster.bootstrapServers, cluster.clientConfig())
  await admin.createTopic('orders', {
    numPartitions: 6,
    replicationFactor: 1,
    configEntries: { 'retention.ms': '60000' },
  })
  expect([...(await admin.listTopics()).keys()]).toEqual(['orders'])
})

test('read, write and commit in one transaction', async () => {
  await using cluster = await KafkaCluster.start({ topics: { orders: {}, bills: {} } })
  await using shop = await newSyncProducer(cluster.bootstrapServers, cluster.clientConfig())
  await shop.sendMessage({ topic: 'orders', value: 'order-1' })
  await using consumer = await newConsumer(cluster.bootstrapServers, cluster.clientConfig())
  await using orders = await consumer.consumePartition('orders', 0, OffsetOldest)
  const message = (await orders.messages.receive()) as ConsumerMessage

  const config = newConfig(cluster.clientConfig())
  config.producer.idempotent = true
  config.producer.requiredAcks = WaitForAll
  config.producer.transaction.id = 'billing-1'
  await using producer = await newAsyncProducer(cluster.bootstrapServers, config)
  await producer.beginTxn()
  await producer.input.send({ topic: 'bills', value: `bill for ${message.value}` })
  await producer.addMessageToTxn(message, 'billing')
  await producer.commitTxn()

  const committed = newConfig(cluster.clientConfig(), { consumer: { isolationLevel: ReadCommitted } })
  await using accounting = await newConsumer(cluster.bootstrapServers, committed)
  await using bills = await accounting.consumePartition('bills', 0, OffsetOldest)
  expect(String((await bills.messages.receive())?.value)).toBe('bill for order-1')
  expect(cluster.group('billing').committed).toMatchObject([{ topic: 'orders', partition: 0, offset: 1 }])
})

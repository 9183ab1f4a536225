import { KafkaCluster } from 'memkafka'
import {
  ErrMessageSizeTooLarge,
  ErrTopicAuthorizationFailed,
  newAsyncProducer,
  newClient,
  newConfig,
  newConsumer,
  newSyncProducer,
  OffsetNewest,
  OffsetOldest,
  type ProducerError,
} from 'memkafka/client'
import { KafkaResponse, kafka } from 'memkafka/testing'
import { expect, test } from 'vitest'

test('mocks.NewAsyncProducer: ExpectInputAndSucceed, then ExpectInputAndFail', async () => {
  await using cluster = await KafkaCluster.start({ clock: 'virtual', topics: { orders: {} } })
  const config = newConfig(cluster.clientConfig(), { producer: { return: { successes: true } } })
  await using producer = await newAsyncProducer(cluster.bootstrapServers, config)

  await producer.input.send({ topic: 'orders', value: 'one' })
  expect(await producer.successes.receive()).toMatchObject({ value: 'one', partition: 0, offset: 0 })

  cluster.use(kafka.produce({ topic: 'orders' }, () => KafkaResponse.error('MESSAGE_TOO_LARGE'), { once: true }))
  await producer.input.send({ topic: 'orders', value: 'two' })
  const { msg, err } = (await producer.errors.receive()) as ProducerError
  expect(msg.value).toBe('two')
  expect(err).toBeInstanceOf(ErrMessageSizeTooLarge)
})

test('ExpectInputWithCheckerFunctionAndSucceed: what was produced is there to be read', async () => {
  await using cluster = await KafkaCluster.start({ clock: 'virtual', topics: { orders: {} } })
  const config = newConfig(cluster.clientConfig())
  await using producer = await newAsyncProducer(cluster.bootstrapServers, config)
  await producer.input.send({ topic: 'orders', key: 'order-1', value: 'created' })

  await using consumer = await newConsumer(cluster.bootstrapServers, config)
  await using orders = await consumer.consumePartition('orders', 0, OffsetOldest)
  const message = await orders.messages.receive()
  expect(message?.value?.toString()).toMatch(/^created$/)
})

test('mocks.NewSyncProducer: ExpectSendMessageAndSucceed, then ExpectSendMessageAndFail', async () => {
  await using cluster = await KafkaCluster.start({ clock: 'virtual', topics: { orders: {} } })
  await using producer = await newSyncProducer(cluster.bootstrapServers, cluster.clientConfig())

  expect(await producer.sendMessage({ topic: 'orders', value: 'one' })).toEqual({ partition: 0, offset: 0 })

  cluster.use(
    kafka.produce({ topic: 'orders' }, () => KafkaResponse.error('TOPIC_AUTHORIZATION_FAILED'), { once: true }),
  )
  const sent = producer.sendMessage({ topic: 'orders', value: 'two' })
  await expect(sent).rejects.toBeInstanceOf(ErrTopicAuthorizationFailed)
})

test('mocks.NewConsumer: YieldMessage, and ExpectMessagesDrainedOnClose', async () => {
  await using cluster = await KafkaCluster.start({ clock: 'virtual', topics: { orders: {} } })
  await using producer = await newSyncProducer(cluster.bootstrapServers, cluster.clientConfig())
  for (const value of ['one', 'two']) await producer.sendMessage({ topic: 'orders', value })

  await using consumer = await newConsumer(cluster.bootstrapServers, cluster.clientConfig())
  await using orders = await consumer.consumePartition('orders', 0, OffsetOldest)
  const read: string[] = []
  for await (const { value, offset } of orders.messages) {
    read.push(String(value))
    // Nothing is left when this was the last one that there is.
    if (offset + 1 === orders.highWaterMarkOffset()) break
  }
  expect(read).toEqual(['one', 'two'])
})

test('mocks.NewConsumer: YieldError', async () => {
  await using cluster = await KafkaCluster.start({ clock: 'virtual', topics: { orders: {} } })
  const config = newConfig(cluster.clientConfig(), { consumer: { return: { errors: true } } })
  await using consumer = await newConsumer(cluster.bootstrapServers, config)
  const refused = { topic: 'orders', partition: 0 }
  cluster.use(kafka.fetch(refused, () => KafkaResponse.error('TOPIC_AUTHORIZATION_FAILED'), { once: true }))
  await using orders = await consumer.consumePartition('orders', 0, OffsetOldest)
  const error = await orders.errors.receive()
  expect(error?.err).toBeInstanceOf(ErrTopicAuthorizationFailed)
  expect(error).toMatchObject({ topic: 'orders', partition: 0 })
})

test('NewMockBroker: SetHandlerByMap, of what the test is about; the broker answers the rest', async () => {
  await using cluster = await KafkaCluster.start({ clock: 'virtual', topics: { orders: {} } })
  const history: string[] = []
  cluster.events.on('request:start', ({ api }) => history.push(api))
  cluster.use(
    kafka.listOffsets({ topic: 'orders' }, () => ({
      topics: [{ name: 'orders', partitions: [{ partitionIndex: 0, offset: 1234 }] }],
    })),
  )
  await using client = await newClient(cluster.bootstrapServers, cluster.clientConfig())
  expect(await client.getOffset('orders', 0, OffsetNewest)).toBe(1234)
  expect(history).toEqual(['ApiVersions', 'Metadata', 'ListOffsets'])
})

test('SetLatency: an answer that takes two seconds, of which the test waits none', async () => {
  await using cluster = await KafkaCluster.start({ clock: 'virtual', topics: { orders: {} } })
  const config = newConfig(cluster.clientConfig())
  await using producer = await newSyncProducer(cluster.bootstrapServers, config)
  cluster.use(
    kafka.produce({ topic: 'orders' }, async ({ delay }) => {
      await delay(2000)
      return undefined
    }),
  )
  const before = cluster.clock.now()
  let sent = false
  const sending = producer.sendMessage({ topic: 'orders', value: 'slow' }).then(() => {
    sent = true
  })
  await cluster.clock.runUntil(() => sent)
  await sending
  expect(cluster.clock.now() - before).toBeGreaterThanOrEqual(2000)
})

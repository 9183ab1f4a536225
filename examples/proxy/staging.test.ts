import { Kafka, logLevel } from 'kafkajs'
import { KafkaCluster } from 'memkafka'
import { KafkaProxy, KafkaResponse, kafka } from 'memkafka/testing'
import { expect, test } from 'vitest'
import 'memkafka/vitest/matchers'

test('an order is sent again when its leader has just moved', async () => {
  // In your tests this is a cluster that is there already: upstream: 'kafka.staging.internal:9092'.
  await using cluster = await KafkaCluster.start({ topics: { orders: {} } })
  await using proxy = await KafkaProxy.start({ upstream: cluster.bootstrapServers, timeline: true })
  const producer = new Kafka({
    brokers: proxy.bootstrapServers,
    logLevel: logLevel.NOTHING,
    retry: { initialRetryTime: 10 },
  }).producer()
  await producer.connect()

  const moved = kafka.produce({ topic: 'orders', partition: 0 }, () => KafkaResponse.error('NOT_LEADER_OR_FOLLOWER'), {
    once: true,
  })
  proxy.use(moved)
  await producer.send({ topic: 'orders', messages: [{ value: 'order-1' }] })

  await expect(proxy).toHaveFired(moved)
  await expect(proxy).toHaveReceivedRequest(kafka.produce({ topic: 'orders' }), { times: 2 })
  // The error was given in upstream's place: the order is there once.
  const records = await cluster.topic('orders').records()
  expect(records.map(({ value }) => value)).toEqual(['order-1'])
  await producer.disconnect()
})

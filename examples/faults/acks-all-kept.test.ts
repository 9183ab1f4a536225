import { Kafka, logLevel } from 'kafkajs'
import { KafkaCluster } from 'memkafka'
import { expect, test } from 'vitest'

test('an order that was acknowledged with acks=all outlives its leader', async () => {
  await using cluster = await KafkaCluster.start({
    brokers: 3,
    topics: { orders: { replicationFactor: 3, configs: { 'min.insync.replicas': '2' } } },
  })
  const orders = cluster.partition('orders', 0)
  const leader = cluster.broker(orders.leader)
  const followers = cluster.brokers.filter((broker) => broker !== leader)
  const kafka = new Kafka({
    brokers: cluster.bootstrapServers,
    logLevel: logLevel.NOTHING,
    retry: { initialRetryTime: 10 },
  })
  const producer = kafka.producer()
  await producer.connect()

  // The followers lag here too, and the acknowledgement waits for them.
  for (const follower of followers) cluster.network.link(leader, follower).set({ delay: 20 })
  await producer.send({ topic: 'orders', acks: -1, messages: [{ value: 'order-1' }] })
  expect(orders.highWatermark).toBe(1)

  await leader.kill()
  await producer.send({ topic: 'orders', acks: -1, messages: [{ value: 'order-2' }] })

  const consumer = kafka.consumer({ groupId: 'billing', maxWaitTimeInMs: 50 })
  await consumer.subscribe({ topic: 'orders', fromBeginning: true })
  const first = await new Promise((resolve) =>
    consumer.run({ eachMessage: async ({ message }) => resolve(`${message.offset}: ${message.value}`) }),
  )
  expect(first).toBe('0: order-1')
  await Promise.all([producer.disconnect(), consumer.disconnect()])
})

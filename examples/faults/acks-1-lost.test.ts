import { Kafka, logLevel } from 'kafkajs'
import { KafkaCluster } from 'memkafka'
import { expect, test } from 'vitest'

test('an order that was acknowledged with acks=1 is lost with the leader that alone had it', async () => {
  await using cluster = await KafkaCluster.start({ brokers: 3, topics: { orders: { replicationFactor: 3 } } })
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

  // The followers lag: what the leader is given reaches them a minute later.
  for (const follower of followers) cluster.network.link(leader, follower).set({ delay: 60_000 })
  await producer.send({ topic: 'orders', acks: 1, messages: [{ value: 'order-1' }] })
  expect(orders).toMatchObject({ logEndOffset: 1, highWatermark: 0 })

  await leader.kill()
  expect(orders.leader).not.toBe(leader.nodeId)
  // kafkajs finds the new leader, for whom this is the first record.
  await producer.send({ topic: 'orders', acks: 1, messages: [{ value: 'order-2' }] })

  const consumer = kafka.consumer({ groupId: 'billing', maxWaitTimeInMs: 50 })
  await consumer.subscribe({ topic: 'orders', fromBeginning: true })
  const first = await new Promise((resolve) =>
    consumer.run({ eachMessage: async ({ message }) => resolve(`${message.offset}: ${message.value}`) }),
  )
  expect(first).toBe('0: order-2')
  await Promise.all([producer.disconnect(), consumer.disconnect()])
})

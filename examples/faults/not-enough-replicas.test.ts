import { Kafka, logLevel } from 'kafkajs'
import { KafkaCluster } from 'memkafka'
import { expect, test } from 'vitest'

test('an order is refused while fewer than min.insync.replicas brokers could have it', async () => {
  await using cluster = await KafkaCluster.start({
    brokers: 3,
    topics: { orders: { replicationFactor: 3, configs: { 'min.insync.replicas': '2' } } },
  })
  const orders = cluster.partition('orders', 0)
  const leader = cluster.broker(orders.leader)
  const followers = cluster.brokers.filter((broker) => broker !== leader)
  const kafka = new Kafka({
    brokers: [leader.bootstrapServer],
    logLevel: logLevel.NOTHING,
    retry: { initialRetryTime: 10, retries: 2 },
  })
  const producer = kafka.producer()
  await producer.connect()

  for (const follower of followers) await follower.kill()
  expect(orders.isr).toEqual([leader.nodeId])
  // kafkajs tries again, `retries` times, before it says so.
  const refused = producer.send({ topic: 'orders', acks: -1, messages: [{ value: 'order-1' }] })
  await expect(refused).rejects.toMatchObject({ cause: { type: 'NOT_ENOUGH_REPLICAS' } })
  expect(orders.logEndOffset).toBe(0)

  // With acks=1 the leader takes it, but no consumer sees it before a second broker has it (KIP-966).
  await producer.send({ topic: 'orders', acks: 1, messages: [{ value: 'order-2' }] })
  expect(orders).toMatchObject({ logEndOffset: 1, highWatermark: 0 })

  for (const follower of followers) await follower.start()
  expect(orders.highWatermark).toBe(1)
  await producer.send({ topic: 'orders', acks: -1, messages: [{ value: 'order-3' }] })
  expect(orders.highWatermark).toBe(2)
  await producer.disconnect()
})

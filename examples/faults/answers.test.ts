import { Kafka, logLevel } from 'kafkajs'
import { KafkaCluster } from 'memkafka'
import { KafkaResponse, kafka } from 'memkafka/testing'
import { expect, test } from 'vitest'

test('an order is written once though its first acknowledgement was lost', async () => {
  await using cluster = await KafkaCluster.start({ topics: { orders: {} } })
  const orders = cluster.partition('orders', 0)
  const client = new Kafka({
    brokers: cluster.bootstrapServers,
    logLevel: logLevel.NOTHING,
    retry: { initialRetryTime: 1 },
  })
  const producer = client.producer({ idempotent: true, maxInFlightRequests: 1 })
  await producer.connect()

  // The record is there, and the answer is not; then the leader has moved, twice.
  const lost = kafka.produce({ topic: 'orders' }, () => KafkaResponse.disconnect({ at: 'after' }), { once: true })
  const moved = kafka.produce({ topic: 'orders' }, () => KafkaResponse.error('NOT_LEADER_OR_FOLLOWER'), { times: 2 })
  cluster.use(lost, moved)
  await producer.send({ topic: 'orders', messages: [{ key: 'order-1', value: 'created' }] })

  expect(cluster.calls(lost)).toHaveLength(1)
  expect(cluster.calls(moved)).toHaveLength(2)
  expect(orders.highWatermark).toBe(1)
  await producer.disconnect()
})

test('an order is billed twice when the group rebalances in the middle of the commit', async () => {
  await using cluster = await KafkaCluster.start({ topics: { orders: {} } })
  const client = new Kafka({
    brokers: cluster.bootstrapServers,
    logLevel: logLevel.NOTHING,
    retry: { initialRetryTime: 1 },
  })
  const producer = client.producer()
  await producer.connect()
  await producer.send({ topic: 'orders', messages: [{ value: 'order-1' }] })

  cluster.use(
    kafka.offsetCommit({ group: 'billing' }, () => KafkaResponse.error('REBALANCE_IN_PROGRESS'), { once: true }),
  )
  const consumer = client.consumer({ groupId: 'billing', maxWaitTimeInMs: 20 })
  await consumer.connect()
  await consumer.subscribe({ topic: 'orders', fromBeginning: true })
  const billed: string[] = []
  await new Promise<void>((resolve, reject) => {
    consumer
      .run({
        eachMessage: async ({ message }) => {
          billed.push(String(message.value))
          if (billed.length === 2) resolve()
        },
      })
      .catch(reject)
  })
  expect(billed).toEqual(['order-1', 'order-1'])
  await Promise.all([producer.disconnect(), consumer.disconnect()])
})

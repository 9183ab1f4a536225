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

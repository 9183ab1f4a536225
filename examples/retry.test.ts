import { Kafka, logLevel } from 'kafkajs'
import { KafkaCluster } from 'memkafka'
import { KafkaResponse, kafka } from 'memkafka/testing'
import { expect, test } from 'vitest'

test('an order survives a change of leaders', async () => {
  await using cluster = await KafkaCluster.start({ topics: { orders: {} } })
  // Twice, a Produce request is told that another broker leads; the producer asks again.
  const moved = kafka.produce({ topic: 'orders' }, () => KafkaResponse.error('NOT_LEADER_OR_FOLLOWER'), { times: 2 })
  cluster.use(moved)
  const client = new Kafka({
    brokers: cluster.bootstrapServers,
    logLevel: logLevel.NOTHING,
    retry: { initialRetryTime: 1 },
  })
  const producer = client.producer()
  await producer.connect()
  await producer.send({ topic: 'orders', messages: [{ key: 'order-1', value: 'created' }] })
  expect(cluster.calls(moved)).toHaveLength(2)
  expect(cluster.partition('orders', 0).highWatermark).toBe(1)
  await producer.disconnect()
})

import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { Kafka, logLevel } from 'kafkajs'
import { KafkaCluster } from 'memkafka'

let cluster
let producer
beforeEach(async () => {
  cluster = await KafkaCluster.start({ topics: { orders: { partitions: 3 } } })
  const kafka = new Kafka({ brokers: cluster.bootstrapServers, logLevel: logLevel.NOTHING })
  producer = kafka.producer()
  await producer.connect()
})
afterEach(async () => {
  await producer.disconnect()
  // A client that was forgotten fails the test, by name.
  await cluster.waitUntilDisconnected().finally(() => cluster.stop())
})

test('an order is announced', async () => {
  await producer.send({ topic: 'orders', messages: [{ key: 'order-1', value: '{"amount":100}' }] })
  const [order] = await cluster.topic('orders').records({ value: 'json' })
  assert.deepEqual(order.value, { amount: 100 })
})

test('and nobody sees the orders of another test', async () => {
  assert.deepEqual(await cluster.topic('orders').records(), [])
})

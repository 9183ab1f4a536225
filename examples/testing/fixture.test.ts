import { Kafka, logLevel } from 'kafkajs'
import { expect, test } from 'memkafka/vitest'

test('an order is announced', async ({ cluster, onTestFinished }) => {
  const kafka = new Kafka({ brokers: cluster.bootstrapServers, logLevel: logLevel.NOTHING })
  const producer = kafka.producer()
  onTestFinished(() => producer.disconnect())
  await producer.connect()
  await producer.send({ topic: 'orders', messages: [{ key: 'order-1', value: '{"amount":100}' }] })
  await expect(cluster.topic('orders')).toHaveRecord({ key: 'order-1', value: { amount: 100 } })
})

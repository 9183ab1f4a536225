import { Kafka } from 'kafkajs'
import { KafkaCluster } from 'memkafka'
import { expect, test } from 'vitest'

test('an order is announced', async () => {
  await using cluster = await KafkaCluster.start()
  const kafka = new Kafka({ brokers: cluster.bootstrapServers })
  const producer = kafka.producer()
  await producer.connect()
  await producer.send({ topic: 'orders', messages: [{ key: 'order-1', value: 'created' }] })
  const consumer = kafka.consumer({ groupId: 'billing' })
  await consumer.subscribe({ topic: 'orders', fromBeginning: true })
  const value = await new Promise((resolve) =>
    consumer.run({ eachMessage: async ({ message }) => resolve(String(message.value)) }),
  )
  expect(value).toBe('created')
  await Promise.all([producer.disconnect(), consumer.disconnect()])
})

import { Kafka, logLevel } from 'kafkajs'
import { KafkaCluster } from 'memkafka'
import { KafkaResponse, kafka } from 'memkafka/testing'
import { expect, test } from 'vitest'

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

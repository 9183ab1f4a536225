import { Kafka, logLevel } from 'kafkajs'
import { KafkaCluster } from 'memkafka'
import { scenarios } from 'memkafka/testing'
import { expect, test } from 'vitest'

const clientOf = (cluster: KafkaCluster) =>
  new Kafka({ brokers: cluster.bootstrapServers, logLevel: logLevel.NOTHING, retry: { initialRetryTime: 10 } })

test('orders are taken while every broker is restarted, one after the other', async () => {
  await using cluster = await KafkaCluster.start({ brokers: 3, topics: { orders: { replicationFactor: 3 } } })
  const producer = clientOf(cluster).producer()
  await producer.connect()
  await scenarios.rollingRestart(cluster, {
    meanwhile: ({ nodeId }) => producer.send({ topic: 'orders', messages: [{ value: `without broker ${nodeId}` }] }),
  })
  const orders = await cluster.topic('orders').records()
  expect(orders.map(({ value }) => value)).toEqual(['without broker 1', 'without broker 2', 'without broker 3'])
  await producer.disconnect()
})

test('an order that is delivered twice is billed once', async () => {
  await using cluster = await KafkaCluster.start({ topics: { orders: {} } })
  await cluster.topic('orders').append({ key: 'order-1', value: 'created' })
  const duplicate = scenarios.duplicateDelivery(cluster, { group: 'billing' })
  const consumer = clientOf(cluster).consumer({ groupId: 'billing', maxWaitTimeInMs: 20 })
  await consumer.subscribe({ topic: 'orders', fromBeginning: true })
  const [delivered, billed] = [[] as string[], new Set<string>()]
  await consumer.run({
    eachMessage: async ({ message }) => {
      delivered.push(String(message.key))
      billed.add(String(message.key))
    },
  })
  await cluster.group('billing').waitForCommit({ topic: 'orders', offset: 1 })
  expect(delivered).toEqual(['order-1', 'order-1'])
  expect([...billed]).toEqual(['order-1'])
  expect(cluster.calls(duplicate.handler)).toHaveLength(1)
  await consumer.disconnect()
})

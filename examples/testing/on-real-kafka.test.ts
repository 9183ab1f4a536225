import { Kafka, logLevel } from 'kafkajs'
import { KafkaResponse, kafka as requests } from 'memkafka/testing'
import { expect, test } from 'memkafka/vitest'

test.override({ clusterOptions: { topics: { orders: { partitions: 3 } } } })

test('an order is announced', async ({ cluster, onTestFinished }) => {
  const orders = cluster.name('orders')
  const kafka = new Kafka({ brokers: [...cluster.bootstrapServers], logLevel: logLevel.NOTHING })
  const producer = kafka.producer()
  onTestFinished(() => producer.disconnect())
  await producer.connect()
  await producer.send({ topic: orders, messages: [{ key: 'order-1', value: '{"amount":100}' }] })
  await expect(cluster.topic(orders)).toHaveRecord({ key: 'order-1', value: { amount: 100 } })
})

test('an order is announced though the first try fails', async ({ cluster, onTestFinished }) => {
  const orders = cluster.name('orders')
  cluster.use(requests.produce({ topic: orders }, () => KafkaResponse.error('NOT_ENOUGH_REPLICAS'), { once: true }))
  const kafka = new Kafka({ brokers: [...cluster.bootstrapServers], logLevel: logLevel.NOTHING })
  const producer = kafka.producer({ retry: { initialRetryTime: 10 } })
  onTestFinished(() => producer.disconnect())
  await producer.connect()
  await producer.send({ topic: orders, messages: [{ key: 'order-1', value: '{"amount":100}' }] })
  await expect(cluster.topic(orders)).toHaveRecord({ key: 'order-1' }, { times: 1 })
})

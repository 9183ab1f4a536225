import { Kafka, logLevel } from 'kafkajs'
import { interceptKafka } from 'memkafka/testing'
import { expect, test } from 'memkafka/vitest'

test('a service with fixed addresses reaches the cluster', async ({ cluster, onTestFinished }) => {
  await interceptKafka(cluster, { 'kafka-1.internal:9092': 1 })
  const kafka = new Kafka({ brokers: ['kafka-1.internal:9092'], logLevel: logLevel.NOTHING })
  const producer = kafka.producer()
  onTestFinished(() => producer.disconnect())
  await producer.connect()
  await producer.send({ topic: 'orders', messages: [{ value: 'created' }] })
  await expect(cluster.topic('orders')).toHaveRecord({ value: 'created' })
})

test('kafkajs needs no sockets when it is told how to connect', async ({ cluster }) => {
  const { bootstrapServers: brokers, socketFactory } = cluster
  const producer = new Kafka({ brokers, socketFactory, logLevel: logLevel.NOTHING }).producer()
  await producer.connect()
  await producer.send({ topic: 'orders', messages: [{ value: 'created' }] })
  await expect(cluster.topic('orders')).toHaveRecord({ value: 'created' })
  await producer.disconnect()
})

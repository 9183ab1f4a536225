import { Kafka, logLevel } from 'kafkajs'
import { KafkaCluster } from 'memkafka'
import { KafkaResponse, kafka } from 'memkafka/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'

let cluster: KafkaCluster

beforeEach(async () => {
  cluster = await KafkaCluster.start({ topics: { orders: {} } })
})

afterEach(async () => {
  // A test that injects nothing tests nothing.
  expect(cluster.neverFired().map(({ description, madeAt }) => `${description} at ${madeAt}`)).toEqual([])
  await cluster.stop()
})

const producerOf = async (options = {}) => {
  const client = new Kafka({ brokers: cluster.bootstrapServers, logLevel: logLevel.NOTHING, ...options })
  const producer = client.producer()
  await producer.connect()
  return producer
}

test('a gate holds an acknowledgement until the test has seen enough', async () => {
  const producer = await producerOf()
  const gate = cluster.gate(kafka.produce({ topic: 'orders' }), { at: 'after' })
  const sent = producer.send({ topic: 'orders', messages: [{ value: 'order-1' }] })
  const { client } = await gate.reached
  expect(client.id).toBe('kafkajs')
  expect(cluster.partition('orders', 0).logEndOffset).toBe(1) // the record is there, and nobody knows
  gate.open()
  await sent
  await producer.disconnect()
})

test('a resolver waits on the cluster’s clock, lets the work be done, and changes what is answered', async () => {
  cluster.use(
    kafka.produce({ topic: 'orders' }, async ({ delay, passthrough }) => {
      await delay(20)
      return passthrough()
    }),
    kafka.metadata({ topic: 'orders' }, async ({ perform }) => {
      const response = await perform() // the decoded answer
      for (const topic of response?.topics ?? []) topic.partitions = topic.partitions.slice(0, 1)
      return response
    }),
  )
  const producer = await producerOf()
  await producer.send({ topic: 'orders', messages: [{ value: 'order-1' }] })
  await producer.disconnect()
})

test('an order whose batch arrives damaged is not read, and read again', async () => {
  await cluster.topic('orders').append({ value: 'order-1' })
  cluster.use(kafka.fetch({ topic: 'orders' }, () => KafkaResponse.corrupt('crc'), { once: true }))
  const client = new Kafka({ brokers: cluster.bootstrapServers, logLevel: logLevel.NOTHING })
  const consumer = client.consumer({ groupId: 'billing', maxWaitTimeInMs: 20, retry: { initialRetryTime: 10 } })
  await consumer.subscribe({ topic: 'orders', fromBeginning: true })
  const billed: string[] = []
  await consumer.run({ eachMessage: async ({ message }) => void billed.push(String(message.value)) })
  await cluster.group('billing').waitUntilCaughtUp({ topic: 'orders' })
  expect(billed).toEqual(['order-1'])
  await consumer.disconnect()
})

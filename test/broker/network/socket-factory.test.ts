import { Kafka, logLevel } from 'kafkajs'
import { describe, expect, test } from 'vitest'
import { KafkaCluster } from '../../../src/index.ts'

describe('kafkajs without sockets', () => {
  test.each([1, 3])('produces and consumes in a group, %i broker(s)', async (brokers) => {
    await using cluster = await KafkaCluster.start({ brokers, topics: { orders: { partitions: 3 } } })
    const { bootstrapServers, socketFactory } = cluster
    const kafka = new Kafka({ brokers: bootstrapServers, socketFactory, logLevel: logLevel.NOTHING })
    const producer = kafka.producer()
    await producer.connect()
    const sent = Array.from({ length: 30 }, (_, i) => `order ${i}`)
    await producer.send({ topic: 'orders', messages: sent.map((value, i) => ({ key: String(i), value })) })

    const consumer = kafka.consumer({ groupId: 'billing', maxWaitTimeInMs: 100 })
    await consumer.subscribe({ topic: 'orders', fromBeginning: true })
    const received: string[] = []
    await new Promise<void>((resolve) => {
      void consumer.run({
        eachMessage: async ({ message }) => {
          received.push(String(message.value))
          if (received.length === sent.length) resolve()
        },
      })
    })
    expect(received.sort()).toEqual(sent.sort())
    await Promise.all([producer.disconnect(), consumer.disconnect()])
  })

  test('finds a broker by localhost, too', async () => {
    await using cluster = await KafkaCluster.start()
    const { socketFactory } = cluster
    const brokers = [`localhost:${cluster.brokers[0]?.port}`]
    const admin = new Kafka({ brokers, socketFactory, logLevel: logLevel.NOTHING }).admin()
    await admin.connect()
    expect((await admin.describeCluster()).clusterId).toBe(cluster.clusterId)
    await admin.disconnect()
  })

  test('is refused by a broker that does not run, and connects once it does', async () => {
    await using cluster = await KafkaCluster.start()
    const { bootstrapServers, socketFactory } = cluster
    const retry = { retries: 0 }
    const kafka = new Kafka({ brokers: bootstrapServers, socketFactory, logLevel: logLevel.NOTHING, retry })
    await cluster.broker(1).kill()
    await expect(kafka.admin().connect()).rejects.toThrow(/ECONNREFUSED/)
    await cluster.broker(1).start()
    const admin = kafka.admin()
    await admin.connect()
    await admin.disconnect()
  })

  test('is refused where no broker is, as by a socket', async () => {
    await using cluster = await KafkaCluster.start()
    const { socketFactory } = cluster
    const kafka = new Kafka({
      brokers: ['127.0.0.1:1'],
      socketFactory,
      logLevel: logLevel.NOTHING,
      retry: { retries: 0 },
    })
    await expect(kafka.admin().connect()).rejects.toThrow(/ECONNREFUSED/)
  })
})

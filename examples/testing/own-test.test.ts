import { Kafka, logLevel, type Producer } from 'kafkajs'
import { expect, test as memkafka } from 'memkafka/vitest'

/** A fixture of your own: a producer at the test's cluster, connected, and closed before the cluster stops. */
const test = memkafka.extend<{ producer: Producer }>({
  producer: async ({ cluster }, use) => {
    const kafka = new Kafka({ brokers: cluster.bootstrapServers, logLevel: logLevel.NOTHING })
    const producer = kafka.producer()
    await producer.connect()
    await use(producer)
    await producer.disconnect()
  },
})

// For all tests of a file, or of a `describe`.
test.override({ clusterOptions: { brokers: 3, topics: { orders: { partitions: 6, replicationFactor: 3 } } } })

test('an order is kept by three brokers', async ({ cluster, producer }) => {
  const [sent] = await producer.send({ topic: 'orders', acks: -1, messages: [{ key: 'order-1', value: 'created' }] })
  expect(cluster.partition('orders', sent?.partition ?? 0).isr).toHaveLength(3)
})

import { type ConsumerConfig, Kafka, type KafkaConfig } from 'kafkajs'
import { expect, test } from 'vitest'
import { KafkaCluster } from '../../src/index.ts'
import { KafkaResponse, kafka, quickKafkaJs } from '../../src/testing/index.ts'
import '../../src/testing/vitest/matchers.ts'

test('kafkajs takes the settings for tests, and asks accordingly', async () => {
  const forClients: Omit<KafkaConfig, 'brokers'> = quickKafkaJs.client
  const forConsumers: Partial<ConsumerConfig> = quickKafkaJs.consumer
  await using cluster = await KafkaCluster.start({ timeline: true, topics: { orders: {} } })
  const client = new Kafka({ brokers: cluster.bootstrapServers, ...forClients })
  const consumer = client.consumer({ groupId: 'billing', ...forConsumers })
  const refused = kafka.findCoordinator({ group: 'billing' }, () => KafkaResponse.error('COORDINATOR_NOT_AVAILABLE'), {
    times: 3,
  })
  const asked = kafka.fetch({ maxWaitMs: 50 }, () => undefined)
  cluster.use(refused, asked)
  await consumer.subscribe({ topic: 'orders' })
  await consumer.run({ eachMessage: async () => {} })
  // As kafkajs is by itself this would take longer than the matchers wait: 300 ms, 600 ms, 1.2 s, and 3 s to the first heartbeat.
  await expect(cluster).toHaveFired(refused, { times: 3 })
  await expect(cluster).toHaveReceivedRequest(kafka.heartbeat({ group: 'billing' }))
  await expect(cluster).toHaveFired(asked)
  await consumer.disconnect()
  await cluster.waitUntilDisconnected()
})

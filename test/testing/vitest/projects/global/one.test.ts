import { Kafka, logLevel } from 'kafkajs'
import { expect, inject, test } from 'memkafka/vitest'

test('reaches the cluster of the run', async () => {
  const brokers = inject('kafkaBootstrapServers')
  expect(brokers).toHaveLength(2)
  const admin = new Kafka({ brokers, logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  const cluster = await admin.describeCluster()
  expect(cluster.brokers.map(({ host, port }) => `${host}:${port}`)).toEqual(brokers)
  await admin.disconnect()
})

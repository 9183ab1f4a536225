import { KafkaCluster } from 'memkafka'
import { expect, test } from 'memkafka/vitest'

test('each test has a cluster that runs', async ({ cluster }) => {
  expect(cluster).toBeInstanceOf(KafkaCluster)
  expect(cluster.brokers.every(({ isRunning }) => isRunning)).toBe(true)
})

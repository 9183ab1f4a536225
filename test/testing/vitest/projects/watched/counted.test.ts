import { Kafka, logLevel } from 'kafkajs'
import { describe, expect, test } from 'memkafka/vitest'

test('has a cluster that knows nothing of runs before', async ({ cluster }) => {
  expect(cluster.partition('orders', 0).exists).toBe(false)
  const producer = new Kafka({ brokers: cluster.bootstrapServers, logLevel: logLevel.NOTHING }).producer()
  await producer.connect()
  await producer.send({ topic: 'orders', messages: [{ value: 'v' }] })
  await producer.disconnect()
})

describe('shared', () => {
  test.override({ clusterOptions: { per: 'worker' } })
  test('has a cluster that runs', ({ cluster }) => {
    expect(cluster.brokers[0]?.isRunning).toBe(true)
  })
})

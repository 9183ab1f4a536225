import { Kafka, logLevel } from 'kafkajs'
import { KafkaResponse, kafka } from 'memkafka/testing'
import { afterEach, beforeEach, expect, test, vi } from 'memkafka/vitest'
import { Shop } from './services/shop.ts'

test.override({ clusterOptions: { clock: { advanceTimers: vi.advanceTimersByTimeAsync }, topics: { orders: {} } } })
beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('an order outlives an outage of half a minute', async ({ cluster }) => {
  const { bootstrapServers: brokers, socketFactory, clock } = cluster
  const retry = { initialRetryTime: 1_000, maxRetryTime: 10_000, retries: 10 } // as in production
  const shop = new Shop(new Kafka({ brokers, socketFactory, retry, logLevel: logLevel.NOTHING }))
  await clock.runUntil(shop.start())
  cluster.use(kafka.produce({ topic: 'orders' }, () => KafkaResponse.error('NOT_ENOUGH_REPLICAS')))
  const announced = shop.announce({ id: 'order-1', amount: 100 })
  await clock.advance(30_000)
  cluster.resetHandlers()
  await clock.runUntil(announced)
  await expect(cluster.topic('orders')).toHaveRecords([{ key: 'order-1' }])
  await clock.runUntil(shop.stop())
})

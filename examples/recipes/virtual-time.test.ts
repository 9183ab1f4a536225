import { newAsyncProducer, newConfig } from 'memkafka/client'
import { expect, test } from 'memkafka/vitest'

test.override({ clusterOptions: { clock: 'virtual', topics: { orders: {} } } })

test('orders are sent together, a minute after the first', async ({ cluster }) => {
  const config = newConfig({ producer: { flush: { frequency: 60_000 } } }, cluster.clientConfig())
  await using producer = await newAsyncProducer(cluster.bootstrapServers, config)
  await producer.input.send({ topic: 'orders', value: 'order-1' })
  await cluster.clock.advance(59_000)
  await producer.input.send({ topic: 'orders', value: 'order-2' })
  await expect(cluster.topic('orders')).toHaveRecords([])
  await cluster.clock.advance(1_000)
  await expect(cluster.topic('orders')).toHaveRecords([{ value: 'order-1' }, { value: 'order-2' }])
})

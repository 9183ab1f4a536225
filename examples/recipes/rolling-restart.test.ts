import { rollingRestart } from 'memkafka/testing'
import { expect } from 'memkafka/vitest'
import { Shop } from './services/shop.ts'
import { test } from './test.ts'

const kept = { replicationFactor: 3, configs: { 'min.insync.replicas': '2' } }
test.override({ clusterOptions: { brokers: 3, topics: { orders: kept } } })

test('orders are announced while the brokers are upgraded, and none is lost', async ({ cluster, client, start }) => {
  const shop = await start(new Shop(client))
  let orders = 0
  await rollingRestart(cluster, { meanwhile: () => shop.announce({ id: `order-${++orders}`, amount: 100 }) })
  await expect(cluster.topic('orders')).toHaveRecords([{ key: 'order-1' }, { key: 'order-2' }, { key: 'order-3' }])
})

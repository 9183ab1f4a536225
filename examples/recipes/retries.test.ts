import { KafkaResponse, kafka } from 'memkafka/testing'
import { expect } from 'memkafka/vitest'
import { Shop } from './services/shop.ts'
import { test } from './test.ts'

test('an order is announced once, however often it had to be sent', async ({ cluster, client, start }) => {
  const lost = kafka.produce({ topic: 'orders' }, () => KafkaResponse.disconnect({ at: 'after' }), { once: true })
  const moved = kafka.produce({ topic: 'orders' }, () => KafkaResponse.error('NOT_LEADER_OR_FOLLOWER'), { times: 2 })
  cluster.use(lost, moved)
  const shop = await start(new Shop(client))
  await shop.announce({ id: 'order-1', amount: 100 })
  await expect(cluster.topic('orders')).toHaveRecords([{ key: 'order-1' }])
  await expect(cluster).toHaveFired(moved, { times: 2 })
})

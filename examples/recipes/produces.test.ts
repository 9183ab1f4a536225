import { expect } from 'memkafka/vitest'
import { Shop } from './services/shop.ts'
import { test } from './test.ts'

test('an order is announced', async ({ client, start, prefix, topic }) => {
  const shop = await start(new Shop(client, prefix))
  await shop.announce({ id: 'order-1', amount: 100 })
  await expect(topic('orders')).toHaveRecord({
    key: 'order-1',
    value: { id: 'order-1', amount: 100 },
    headers: { source: 'shop' },
  })
})

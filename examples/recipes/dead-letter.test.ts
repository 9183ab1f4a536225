import { expect } from 'memkafka/vitest'
import { Billing } from './services/billing.ts'
import { quick, test } from './test.ts'

test('what is no order is put aside, and the next one is billed', async ({ client, start, prefix, topic, group }) => {
  await start(new Billing(client, { prefix, consumer: quick }))
  await topic('orders').append([
    { key: 'order-1', value: '{"id":"order-1", "amo' },
    { key: 'order-2', value: { id: 'order-2', amount: 100 } },
  ])
  await expect(topic('bills')).toHaveRecords([{ value: { order: 'order-2', total: 119 } }])
  const dead = { key: 'order-1', headers: { reason: 'no order', offset: '0' } }
  await expect(topic('orders.dead')).toHaveRecords([dead])
  await expect(group('billing')).toHaveLag(0)
})

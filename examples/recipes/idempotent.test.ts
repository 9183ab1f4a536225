import { expect, vi } from 'memkafka/vitest'
import { Billing, type Charge } from './services/billing.ts'
import { quick, test } from './test.ts'

const order = { key: 'order-1', value: { id: 'order-1', amount: 100 } }

test('an order that was sent twice is charged once', async ({ cluster, client, start }) => {
  const charge = vi.fn<Charge>(async () => {})
  await start(new Billing(client, { charge, consumer: quick }))
  await cluster.topic('orders').append([order, order])
  await cluster.group('billing').waitUntilCaughtUp()
  expect(charge).toHaveBeenCalledOnce()
})

test('and so is one that is read twice', async ({ cluster, client, start }) => {
  const charge = vi.fn<Charge>(async () => {})
  const charged = new Set<string>()
  const first = await start(new Billing(client, { charge, charged, consumer: quick }))
  await cluster.topic('orders').append(order)
  await cluster.group('billing').waitUntilCaughtUp()
  await first.stop()
  await cluster.group('billing').setOffset('orders', 0, 0)
  await start(new Billing(client, { charge, charged, consumer: quick }))
  await cluster.group('billing').waitUntilCaughtUp()
  expect(charge).toHaveBeenCalledOnce()
})

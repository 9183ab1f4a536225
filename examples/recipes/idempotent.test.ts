import { expect, vi } from 'memkafka/vitest'
import { Billing, type Charge } from './services/billing.ts'
import { quick, test } from './test.ts'

const order = { key: 'order-1', value: { id: 'order-1', amount: 100 } }

test('an order that was sent twice is charged once', async ({ client, start, prefix, topic, group }) => {
  const charge = vi.fn<Charge>(async () => {})
  await start(new Billing(client, { prefix, charge, consumer: quick }))
  await topic('orders').append([order, order])
  await group('billing').waitUntilCaughtUp()
  expect(charge).toHaveBeenCalledOnce()
})

test('and so is one that is read twice', async ({ client, start, prefix, topic, group }) => {
  const charge = vi.fn<Charge>(async () => {})
  const charged = new Set<string>()
  const first = await start(new Billing(client, { prefix, charge, charged, consumer: quick }))
  await topic('orders').append(order)
  await group('billing').waitUntilCaughtUp()
  await first.stop()
  await group('billing').setOffset(topic('orders').name, 0, 0)
  await start(new Billing(client, { prefix, charge, charged, consumer: quick }))
  await group('billing').waitUntilCaughtUp()
  expect(charge).toHaveBeenCalledOnce()
})

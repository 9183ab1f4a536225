import { expect } from 'memkafka/vitest'
import { Billing, type Order } from './services/billing.ts'
import { quick, test } from './test.ts'

test.override({ clusterOptions: { topics: { orders: { partitions: 4 }, bills: {} } } })

test('no order is lost when members of the group come and go', async ({ client, start, prefix, topic, group }) => {
  const billed = new Set<string>()
  const charge = async ({ id }: Order): Promise<void> => void billed.add(id)
  const orders = Array.from({ length: 60 }, (_, i) => ({ key: `${i}`, value: { id: `order-${i}`, amount: 1 } }))
  await start(new Billing(client, { prefix, charge, consumer: quick }))
  await topic('orders').append(orders.slice(0, 20))
  const second = await start(new Billing(client, { prefix, charge, consumer: quick }))
  await topic('orders').append(orders.slice(20, 40))
  await group('billing').waitUntilStable({ members: 2 })
  await second.stop()
  await topic('orders').append(orders.slice(40))
  await group('billing').waitUntilCaughtUp()
  expect(billed.size).toBe(60)
})

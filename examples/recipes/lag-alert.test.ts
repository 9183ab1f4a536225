import { expect, vi } from 'memkafka/vitest'
import { LagMonitor } from './services/lag-monitor.ts'
import { test } from './test.ts'

test('an alert is raised when a group is too far behind', async ({ client, start, topic, group }) => {
  const alert = vi.fn<(lag: number) => void>()
  const monitor = await start(new LagMonitor(client, alert))
  const [orders, billing] = [topic('orders'), group('billing')]
  await orders.append(Array.from({ length: 100 }, (_, i) => ({ value: `order-${i}` })))
  await billing.setOffset(orders.name, 0, 95)
  await monitor.check(billing.id, orders.name, 10)
  expect(alert).not.toHaveBeenCalled()
  await billing.setOffset(orders.name, 0, 40)
  await monitor.check(billing.id, orders.name, 10)
  expect(alert).toHaveBeenCalledWith(60)
})

import { expect, vi } from 'memkafka/vitest'
import { LagMonitor } from './services/lag-monitor.ts'
import { test } from './test.ts'

test('an alert is raised when a group is too far behind', async ({ cluster, client, start }) => {
  const alert = vi.fn<(lag: number) => void>()
  const monitor = await start(new LagMonitor(client, alert))
  await cluster.topic('orders').append(Array.from({ length: 100 }, (_, i) => ({ value: `order-${i}` })))
  await cluster.group('billing').setOffset('orders', 0, 95)
  await monitor.check('billing', 'orders', 10)
  expect(alert).not.toHaveBeenCalled()
  await cluster.group('billing').setOffset('orders', 0, 40)
  await monitor.check('billing', 'orders', 10)
  expect(alert).toHaveBeenCalledWith(60)
})

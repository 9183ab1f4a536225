import { expect, test } from 'vitest'
import { brokerRestart, scenarios } from '../../../src/testing/index.ts'
import { threeBrokers } from './fixture.ts'

test('scenarios need no time to pass where Kafka needs none', async () => {
  const cluster = await threeBrokers(undefined, { clock: 'virtual' })
  const now = cluster.clock.now()
  await cluster.group('billing').setOffset('orders', 0, 0)
  const move = scenarios.coordinatorMove(cluster, { group: 'billing' })
  expect(cluster.group('billing')).toMatchObject({ coordinator: move.to, committed: [{ topic: 'orders', offset: 0 }] })
  using change = scenarios.leaderChange(cluster, { topic: 'orders', partition: 0 })
  expect(cluster.partition('orders', 0).leader).toBe(change.changed[0]?.to)
  await brokerRestart(cluster, { group: 'billing', how: 'kill' })
  await scenarios.rollingRestart(cluster)
  expect(cluster.clock.now()).toBe(now)
})

import { describe, expect, test } from 'vitest'
import { scenarios } from '../../../src/testing/index.ts'
import { clients, shop, threeBrokers } from './fixture.ts'

describe.each(clients.map((client) => [client.name, client] as const))('%s', (_, client) => {
  test('brokerRestart: goes to the next leader, and loses nothing', async () => {
    const cluster = await threeBrokers(client)
    const orders = cluster.partition('orders', 0)
    const { produce, bill, billed } = await shop(client, cluster)
    // kafka-crab-js throws out of `recv` what librdkafka tells of connections that fail, at times.
    const isTold = client.staysConnected === true
    if (!isTold) await bill()
    await produce('before')
    if (!isTold) await billed('before')
    const leader = orders.leader
    await scenarios.brokerRestart(cluster, { topic: 'orders', meanwhile: () => produce('meanwhile') })
    expect(orders.leader).not.toBe(leader)
    expect(orders.isr).toHaveLength(3)
    await produce('after')
    if (isTold) await bill()
    await billed('before', 'meanwhile', 'after')
  })

  test('leaderChange: asks for metadata, and writes at the next leader', async () => {
    const cluster = await threeBrokers(client)
    const orders = cluster.partition('orders', 0)
    const { produce, bill, billed, values } = await shop(client, cluster)
    await bill()
    await produce('before')
    await billed('before')
    const change = scenarios.leaderChange(cluster, { topic: 'orders' })
    expect(change.changed).toEqual([{ topic: 'orders', partition: 0, from: expect.any(Number), to: orders.leader }])
    await produce('after')
    await billed('after')
    expect(values()).toEqual(['before', 'after'])
    change.undo()
    expect(orders.leader).toBe(change.changed[0]?.from)
  })

  test('slowBroker: waits', async () => {
    const cluster = await threeBrokers(client)
    const { produce } = await shop(client, cluster)
    await produce('before')
    const slow = scenarios.slowBroker(cluster, { topic: 'orders', roundTrip: 60 })
    const startedMs = performance.now()
    await produce('slowly')
    expect(performance.now() - startedMs).toBeGreaterThan(50)
    slow.undo()
    await produce('quickly')
    expect(cluster.partition('orders', 0).logEndOffset).toBe(3)
  })
})

import { describe, expect, test } from 'vitest'
import { KafkaResponse, kafka } from '../../src/testing/index.ts'
import { fetch, produce, start } from '../testing/fixture.ts'

const refuse = () => KafkaResponse.error('NOT_LEADER_OR_FOLLOWER')

describe('a handler that never fired', () => {
  test('is told of until it has acted, with those that were taken away again', async () => {
    const initial = kafka.fetch({ topic: 'orders' }, refuse)
    const { cluster, client } = await start({ handlers: [initial] })
    const orders = kafka.produce({ topic: 'orders' }, refuse)
    const bills = kafka.produce({ topic: 'bills' }, refuse)
    const remove = cluster.use(orders, bills)
    expect(cluster.neverFired()).toEqual([initial, orders, bills])
    await produce(client, { orders: [0] })
    remove()
    expect(cluster.neverFired()).toEqual([initial, bills])
    await fetch(client, { orders: [0] })
    expect(cluster.neverFired()).toEqual([bills])
    cluster.resetHandlers()
    // What stays counts from the start on.
    expect(cluster.neverFired()).toEqual([])
    await cluster.stop()
    expect(cluster.neverFired()).toEqual([])
  })

  test('is a gate that nothing reached, in words that a message can take', async () => {
    const { cluster, client } = await start()
    const gate = cluster.gate(kafka.joinGroup({ group: 'billing' }))
    await produce(client, { orders: [0] })
    gate.open()
    await expect(gate.reached).rejects.toThrow('no request reached the gate')
    const [never, ...others] = cluster.neverFired()
    expect(never).toMatchObject({
      description: "gate(kafka.joinGroup({ group: 'billing' }))",
      madeAt: expect.stringMatching(/never-fired\.test\.ts:\d+:\d+$/),
    })
    expect(others).toEqual([])
  })

  test('is one that only skipped, but not one that fell through or has to act again', async () => {
    const { cluster, client } = await start()
    const skipping = kafka.produce({}, refuse, { skip: 1 })
    const listening = kafka.produce({ topic: 'orders' }, () => undefined, { once: true })
    cluster.use(skipping, listening)
    await produce(client, { orders: [0] })
    cluster.restoreHandlers()
    expect(cluster.neverFired()).toEqual([skipping])
  })

  test('is one that found nothing to corrupt', async () => {
    const { cluster, client } = await start()
    const corrupting = kafka.fetch({ topic: 'orders' }, () => KafkaResponse.corrupt('crc'))
    cluster.use(corrupting)
    await fetch(client, { orders: [0] })
    expect(cluster.neverFired()).toEqual([corrupting])
    await produce(client, { orders: [0] })
    await fetch(client, { orders: [0] })
    expect(cluster.neverFired()).toEqual([])
  })
})

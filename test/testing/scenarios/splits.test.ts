import { describe, expect, test } from 'vitest'
import { scenarios } from '../../../src/testing/index.ts'
import { clients, shop, threeBrokers } from './fixture.ts'

const soon = { config: { 'broker.session.timeout.ms': '100' } }

describe.each(clients.map((client) => [client.name, client] as const))('%s', (_, client) => {
  test('splitNetwork: waits at the leader that was cut off, and writes at the next one when it hears of it', async () => {
    const cluster = await threeBrokers(client, soon)
    const orders = cluster.partition('orders', 0)
    const { produce, bill, billed, values } = await shop(client, cluster)
    await produce('before')
    const cut = cluster.broker(orders.leader)
    const split = scenarios.splitNetwork(cluster, { topic: 'orders' })
    const reached = new Promise<void>((resolve) => {
      cluster.events.on('request:start', ({ api, nodeId }) => {
        if (api === 'Produce' && nodeId === cut.nodeId) resolve()
      })
    })
    const sent = produce('meanwhile')
    await reached
    await cluster.waitUntil(() => orders.leader !== cut.nodeId && orders.leader !== undefined, {
      what: 'another leader',
    })
    expect(cut.isFenced).toBe(true)
    split.undo()
    await sent
    expect(orders.leader).not.toBe(cut.nodeId)
    await bill()
    await billed('before', 'meanwhile')
    expect(values()).toEqual(['before', 'meanwhile'])
    expect(cluster.network.isWhole).toBe(true)
  })

  test('coordinatorMove: finds the coordinator again, and stays in the group', async () => {
    const cluster = await threeBrokers(client)
    const billing = cluster.group('billing')
    const { produce, bill, billed, values } = await shop(client, cluster)
    const member = await bill()
    await produce('one')
    await billed('one')
    await member.commit(new Map([[0, 1]]))
    const move = scenarios.coordinatorMove(cluster, { group: 'billing' })
    expect(move.from).not.toBe(move.to)
    expect(billing.coordinator).toBe(move.to)
    expect(billing.committed).toMatchObject([{ topic: 'orders', offset: 1 }])
    await produce('two')
    await billed('two')
    // A heartbeat finds the coordinator; kafkajs has a commit ask the old one until then.
    const commit = async (): Promise<void> => {
      for (;;) {
        try {
          return await member.commit(new Map([[0, 2]]))
        } catch {
          await new Promise((resolve) => setImmediate(resolve))
        }
      }
    }
    await commit()
    expect(billing.committed).toMatchObject([{ topic: 'orders', offset: 2 }])
    // kafkajs joins again, and reads what it had not committed; the others go on where they were.
    expect(values()).toEqual(client.name === 'kafkajs' ? ['one', 'two', 'two'] : ['one', 'two'])
    await member.leave()
    move.undo()
    expect(billing.coordinator).toBe(move.from)
  })

  test('rollingRestart: loses nothing', async () => {
    const cluster = await threeBrokers(client)
    const { produce, bill, billed } = await shop(client, cluster)
    // kafka-crab-js throws out of `recv` what librdkafka tells of connections that fail, at times.
    const isTold = client.staysConnected === true
    if (!isTold) await bill()
    await produce('before')
    if (!isTold) await billed('before')
    const during: string[] = []
    await scenarios.rollingRestart(cluster, {
      async meanwhile({ nodeId }) {
        during.push(`without ${nodeId}`)
        await produce(`without ${nodeId}`)
      },
    })
    expect(during).toHaveLength(3)
    if (isTold) await bill()
    await billed('before', ...during)
    expect(cluster.brokers.every(({ isInSync }) => isInSync)).toBe(true)
  })
})

test('coordinatorMove: who coordinated before may be restarted, and the group is where it was', async () => {
  const cluster = await threeBrokers()
  await cluster.group('billing').setOffset('orders', 0, 0)
  const { from, to, undo } = scenarios.coordinatorMove(cluster, { group: 'billing' })
  await scenarios.brokerRestart(cluster, { broker: from })
  expect(cluster.group('billing')).toMatchObject({ coordinator: to, committed: [{ topic: 'orders', offset: 0 }] })
  undo()
  expect(cluster.group('billing').coordinator).toBe(from)
})

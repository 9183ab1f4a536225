import kafkajs from 'kafkajs'
import { describe, expect, test } from 'vitest'
import { scenarios } from '../../../src/testing/index.ts'
import { clients, shop, threeBrokers } from './fixture.ts'

describe.each(clients.map((client) => [client.name, client] as const))('%s', (_, client) => {
  test('memberEviction: joins again as a new member, and reads on from what is committed', async () => {
    const cluster = await threeBrokers(client)
    const billing = cluster.group('billing')
    const { produce, bill, billed } = await shop(client, cluster)
    await bill()
    await produce('one')
    await billed('one')
    const evicted = await scenarios.memberEviction(cluster, { group: 'billing' })
    await cluster.waitUntil(() => billing.state === 'Stable' && billing.members.length === 1, { timeout: 5_000 })
    expect(billing.members[0]?.memberId).not.toBe(evicted.memberId)
    await produce('two')
    await billed('two')
  })

  test('rebalanceStorm: is in the group after all of it', async () => {
    const cluster = await threeBrokers(client)
    const billing = cluster.group('billing')
    const { produce, bill, billed } = await shop(client, cluster)
    await bill()
    await produce('one')
    await billed('one')
    const generations = new Set<number>()
    cluster.events.on('group:state', ({ generationId, state }) => {
      if (state === 'Stable') generations.add(generationId)
    })
    const [before] = billing.members
    await scenarios.rebalanceStorm(cluster, { group: 'billing', rebalances: 3, timeout: 5_000 })
    expect(generations.size).toBeGreaterThanOrEqual(3)
    expect(billing.members.map(({ memberId }) => memberId)).toEqual([before?.memberId])
    await produce('two')
    await billed('two')
  })

  test('duplicateDelivery: has its commit refused, and reads the record again', async () => {
    const cluster = await threeBrokers(client)
    const { produce, bill, billed, billedTimes, values } = await shop(client, cluster)
    const member = await bill()
    const duplicate = scenarios.duplicateDelivery(cluster, { group: 'billing' })
    await produce('one')
    await billed('one')
    // Some throw, some leave it to the next commit.
    await member.commit(new Map([[0, 1]])).catch(() => {})
    expect(cluster.calls(duplicate.handler)).toHaveLength(1)
    if (client.name === '@platformatic/kafka') {
      // Its stream goes on where it was, though its membership is a new one.
      await produce('two')
      await billed('two')
      expect(values()).toEqual(['one', 'two'])
    } else {
      await billedTimes('one', 2)
    }
  })
})

test('duplicateDelivery: kafkajs with its automatic commits reads the record again', async () => {
  const cluster = await threeBrokers()
  await cluster.topic('orders').append({ value: 'one' })
  scenarios.duplicateDelivery(cluster, { group: 'billing', topic: 'orders' })
  const kafka = new kafkajs.Kafka({
    brokers: cluster.bootstrapServers,
    logLevel: kafkajs.logLevel.NOTHING,
    retry: { initialRetryTime: 1 },
  })
  const consumer = kafka.consumer({ groupId: 'billing', maxWaitTimeInMs: 20, heartbeatInterval: 50 })
  await consumer.subscribe({ topic: 'orders', fromBeginning: true })
  const billed: string[] = []
  await new Promise<void>((resolve, reject) => {
    consumer
      .run({
        eachMessage: async ({ message }) => {
          billed.push(String(message.value))
          if (billed.length === 2) resolve()
        },
      })
      .catch(reject)
  })
  expect(billed).toEqual(['one', 'one'])
  await consumer.disconnect()
})

import { Kafka, logLevel, Partitioners } from 'kafkajs'
import { expect, onTestFinished, test } from 'vitest'
import { kafka } from '../../../src/testing/index.ts'
import { WireClient } from '../../wire-client.ts'
import { produce } from '../fixture.ts'
import { failureOf, start } from './fixture.ts'

async function startClient(how: 'TCP' | 'memory') {
  const started = await start({ waitTimeout: 5000, timeline: true })
  const { cluster } = started
  const client = new Kafka({
    clientId: 'billing-1',
    brokers: cluster.bootstrapServers,
    ...(how === 'memory' ? { socketFactory: cluster.socketFactory } : {}),
    logLevel: logLevel.NOTHING,
    retry: { initialRetryTime: 1 },
  })
  const producer = client.producer({ createPartitioner: Partitioners.DefaultPartitioner })
  await producer.connect()
  onTestFinished(() => producer.disconnect())
  return { ...started, client, producer }
}

test.for(['TCP', 'memory'] as const)(
  'what a client has sent is on its way, and nothing is quiet: by %s',
  async (how) => {
    const { orders, producer } = await startClient(how)
    const sent = producer.send({ topic: 'orders', messages: [{ value: 'paid' }] })
    expect(await failureOf(expect(orders).not.toHaveRecord({ value: 'paid' }))).toContain('There is\n  orders-0@0')
    await sent
  },
)

test('requests that come one after the other over TCP are waited for', async () => {
  const { cluster, orders } = await start()
  const client = await WireClient.to(cluster.bootstrapServers[0] as string)
  const all = (async () => {
    for (let i = 0; i < 20; i++) await produce(client, { orders: [0] })
  })()
  await expect(orders).not.toHaveRecords(19)
  await expect(orders).toHaveRecords(20)
  await all
})

test('a consumer does its work, commits it and catches up', async () => {
  const { cluster, client, orders, producer } = await startClient('memory')
  const billing = cluster.group('billing')
  const consumer = client.consumer({ groupId: 'billing', maxWaitTimeInMs: 20 })
  await consumer.connect()
  onTestFinished(() => consumer.disconnect())
  await consumer.subscribe({ topic: 'orders', fromBeginning: true })
  const spy = kafka.offsetCommit({ group: 'billing' }, () => undefined)
  cluster.use(spy)
  await consumer.run({
    eachMessage: async ({ message }) => {
      await producer.send({ topic: 'bills', messages: [{ key: message.key, value: `bill of ${message.value}` }] })
    },
  })
  await orders.append([
    { key: 'a', value: '1' },
    { key: 'b', value: '2' },
    { key: 'c', value: '3' },
  ])
  await expect(cluster.topic('bills')).toHaveRecords([
    { key: 'a', value: 'bill of 1' },
    { key: 'b', value: 'bill of 2' },
    { key: 'c', value: 'bill of 3' },
  ])
  await expect(billing).toHaveMembers(['billing-1'])
  await expect(billing).toHaveCommitted({ orders: 3 })
  await expect(billing).toHaveLag(0)
  await expect(cluster).toHaveFired(spy)
  await expect(cluster).toHaveReceivedRequest(kafka.offsetCommit({ group: 'billing', topic: 'orders' }))
})

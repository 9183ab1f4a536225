import { Kafka, logLevel, Partitioners } from 'kafkajs'
import { expect, onTestFinished, test } from 'vitest'
import { kafka, type TestCluster } from '../../../src/testing/index.ts'
import { WireClient } from '../../wire-client.ts'
import { onMemkafka } from '../a-cluster.ts'
import { produce } from '../fixture.ts'
import { failureOf, start, startMemkafka } from './fixture.ts'

const onlyHere = onMemkafka('nobody outside of a cluster knows when it is quiet')

async function clientOf(cluster: TestCluster, options: Partial<ConstructorParameters<typeof Kafka>[0]> = {}) {
  const client = new Kafka({
    clientId: 'billing-1',
    brokers: [...cluster.bootstrapServers],
    logLevel: logLevel.NOTHING,
    retry: { initialRetryTime: 1 },
    ...options,
  })
  const producer = client.producer({ createPartitioner: Partitioners.DefaultPartitioner })
  await producer.connect()
  onTestFinished(() => producer.disconnect())
  return { client, producer }
}

for (const how of ['TCP', 'memory'] as const) {
  onlyHere(`what a client has sent is on its way, and nothing is quiet: by ${how}`, async () => {
    const { cluster, orders } = await startMemkafka({ waitTimeout: 5000, timeline: true })
    const { producer } = await clientOf(cluster, how === 'memory' ? { socketFactory: cluster.socketFactory } : {})
    const sent = producer.send({ topic: 'orders', messages: [{ value: 'paid' }] })
    expect(await failureOf(expect(orders).not.toHaveRecord({ value: 'paid' }))).toContain('There is\n  orders-0@0')
    await sent
  })
}

onlyHere('requests that come one after the other over TCP are waited for', async () => {
  const { cluster, orders } = await startMemkafka({ waitTimeout: 5000 })
  const client = await WireClient.to(cluster.bootstrapServers[0] as string)
  const all = (async () => {
    for (let i = 0; i < 20; i++) await produce(client, { orders: [0] })
  })()
  await expect(orders).not.toHaveRecords(19)
  await expect(orders).toHaveRecords(20)
  await all
})

/** A consumer that makes a bill of each order. */
async function startBilling(
  { client, producer }: Awaited<ReturnType<typeof clientOf>>,
  { groupId, orders, bills }: { readonly groupId: string; readonly orders: string; readonly bills: string },
) {
  const consumer = client.consumer({ groupId, maxWaitTimeInMs: 20 })
  await consumer.connect()
  onTestFinished(() => consumer.disconnect())
  await consumer.subscribe({ topic: orders, fromBeginning: true })
  await consumer.run({
    eachMessage: async ({ message }) => {
      await producer.send({ topic: bills, messages: [{ key: message.key, value: `bill of ${message.value}` }] })
    },
  })
}

const abc = [
  { key: 'a', value: '1' },
  { key: 'b', value: '2' },
  { key: 'c', value: '3' },
]

test('a consumer does its work, commits it and catches up', async () => {
  const { cluster, orders, many } = await start({ waitTimeout: 15_000 })
  const groupId = cluster.name('billing')
  const billing = cluster.group(groupId)
  await startBilling(await clientOf(cluster), { groupId, orders: orders.name, bills: many.name })
  await orders.append(abc)
  await expect(many).toHaveRecords([
    { key: 'a', value: 'bill of 1' },
    { key: 'b', value: 'bill of 2' },
    { key: 'c', value: 'bill of 3' },
  ])
  await expect(billing).toHaveMembers(['billing-1'])
  await expect(billing).toHaveCommitted({ [orders.name]: 3 })
  await expect(billing).toHaveLag(0)
})

onMemkafka('its requests are looked at')('what a consumer asks for is seen', async () => {
  const { cluster, orders } = await startMemkafka({ waitTimeout: 5000, timeline: true })
  const client = await clientOf(cluster, { socketFactory: cluster.socketFactory })
  const spy = kafka.offsetCommit({ group: 'billing' }, () => undefined)
  cluster.use(spy)
  await startBilling(client, { groupId: 'billing', orders: 'orders', bills: 'bills' })
  await orders.append(abc)
  await expect(cluster.group('billing')).toHaveCommitted({ orders: 3 })
  await expect(cluster).toHaveFired(spy)
  await expect(cluster).toHaveReceivedRequest(kafka.offsetCommit({ group: 'billing', topic: 'orders' }))
})

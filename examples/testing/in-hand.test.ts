import { Kafka, logLevel } from 'kafkajs'
import { KafkaResponse, kafka } from 'memkafka/testing'
import { expect, type KafkaFixtures, test } from 'memkafka/vitest'

/** A member of the group `billing` that reads `orders`. */
async function member(cluster: KafkaFixtures['cluster'], clientId: string) {
  const { bootstrapServers: brokers } = cluster
  const client = new Kafka({ brokers, clientId, logLevel: logLevel.NOTHING, retry: { initialRetryTime: 10 } })
  const consumer = client.consumer({ groupId: cluster.name('billing'), heartbeatInterval: 50, maxWaitTimeInMs: 50 })
  await consumer.connect()
  await consumer.subscribe({ topic: cluster.name('orders'), fromBeginning: true })
  await consumer.run({ eachMessage: async () => {} })
  return consumer
}

test('records', async ({ cluster }) => {
  const orders = cluster.topic(cluster.name('orders')) // or one partition: cluster.partition(…, 0)
  await orders.append({ key: 'order-1', value: { amount: 100 }, headers: { source: 'shop' } })
  const [first] = await orders.records({ value: 'json' })
  expect(first).toMatchObject({ key: 'order-1', value: { amount: 100 }, headers: { source: 'shop' }, offset: 0 })
  const third = orders.waitFor(({ value }) => value === 'paid')
  await orders.append([{ value: 'placed' }, { value: 'paid' }])
  expect((await third).offset).toBe(2)
  await orders.clear()
  expect(await orders.records()).toEqual([])
})

test('groups', async ({ cluster, onTestFinished }) => {
  const orders = cluster.topic(cluster.name('orders'))
  await orders.append([{ value: 'order-1' }, { value: 'order-2' }])
  const consumer = await member(cluster, 'billing-1')
  onTestFinished(() => consumer.disconnect())
  const billing = cluster.group(cluster.name('billing'))
  const { members } = await billing.waitUntilStable()
  expect(members).toMatchObject([{ clientId: 'billing-1', assignment: [{ topic: orders.name, partitions: [0] }] }])
  await billing.waitUntilCaughtUp()
  expect(await billing.offsets()).toMatchObject([{ topic: orders.name, partition: 0, offset: 2 }])
})

test('matchers', async ({ cluster, onTestFinished }) => {
  const moved = kafka.heartbeat({ group: 'billing' }, () => KafkaResponse.error('NOT_COORDINATOR'), { once: true })
  cluster.use(moved)
  const consumer = await member(cluster, 'billing-1')
  onTestFinished(() => consumer.disconnect())
  await cluster.topic('orders').append([{ key: 'order-1', value: { amount: 100 } }, { key: 'order-2' }])

  await expect(cluster.topic('orders')).toHaveRecord({ key: 'order-1', value: { amount: expect.any(Number) } })
  await expect(cluster.topic('orders')).toHaveRecords([{ key: 'order-1' }, { key: 'order-2', value: null }])
  await expect(cluster.topic('orders')).not.toHaveRecord({ value: expect.stringContaining('password') })
  await expect(cluster.group('billing')).toHaveCommitted({ orders: 2 })
  await expect(cluster.group('billing')).toHaveLag(0)
  await expect(cluster.group('billing')).toHaveMembers(['billing-1'])
  await expect(cluster).toHaveReceivedRequest(kafka.offsetCommit({ group: 'billing' }))
  await expect(cluster).toHaveFired(moved, { times: 1 })
})

import { KafkaResponse, kafka } from 'memkafka/testing'
import { expect, withKafka } from 'memkafka/vitest'
import { test as base, describe } from 'vitest'

const test = withKafka(base, { topics: { orders: { partitions: 2 } } })

test('waits and matchers work', async ({ cluster }) => {
  const orders = cluster.topic(cluster.name('orders'))
  await orders.append([{ value: 'a' }, { value: 'b' }])
  await orders.waitFor(2)
  await expect(orders).toHaveRecords(2)
  await expect(orders).not.toHaveRecord({ value: 'c' })
  const group = cluster.group(cluster.name('billing'))
  await group.setOffset(orders.name, 0, 1)
  await expect(group).toHaveCommitted({ [orders.name]: 1 })
})

test('names are of one test alone', async ({ cluster }) => {
  expect(cluster.name('orders')).not.toBe('orders')
  expect(await cluster.topic(cluster.name('orders')).records()).toEqual([])
})

test('handlers need memkafka', async ({ cluster }) => {
  cluster.use(kafka.produce({}, () => KafkaResponse.error('NOT_ENOUGH_REPLICAS')))
  expect.unreachable()
})

test('brokers need memkafka', async ({ cluster }) => {
  await cluster.broker(1).kill()
  expect.unreachable()
})

test('so does what a handle tells without being asked', async ({ cluster }) => {
  expect(cluster.topic(cluster.name('orders')).exists).toBe(true)
  expect.unreachable()
})

test('so do matchers of requests', async ({ cluster }) => {
  await expect(cluster).toHaveReceivedRequest(kafka.produce())
  expect.unreachable()
})

test('what is not there at all is undefined, and a test that fails tells its names', async ({ cluster }) => {
  expect((cluster as unknown as { brokerz: unknown }).brokerz).toBeUndefined()
  expect(1).toBe(2)
})

describe('a hook', () => {
  test.beforeEach(({ cluster }) => {
    cluster.network.heal()
  })
  test('can skip its tests', () => expect.unreachable())
})

describe('options of brokers', () => {
  test.override({ clusterOptions: { config: { 'auto.create.topics.enable': 'false' } } })
  test('need memkafka, too', async ({ cluster }) => {
    expect(cluster).toBeUndefined()
  })
})

describe('brokers that it has not', () => {
  test.override({ clusterOptions: { brokers: 99 } })
  test('cannot be had', async ({ cluster }) => {
    expect(cluster).toBeUndefined()
  })
})

describe('a file', () => {
  test.override({ clusterOptions: { per: 'file', topics: { shared: {} } } })
  test('writes', async ({ cluster }) => {
    await cluster.topic(cluster.name('shared')).append({ value: 'kept' })
  })
  test('reads what it wrote', async ({ cluster }) => {
    await expect(cluster.topic(cluster.name('shared'))).toHaveRecords([{ value: 'kept' }])
  })
})

const { Kafka, logLevel } = require('kafkajs')
const { KafkaCluster } = require('memkafka')
const { KafkaProxy, kafka, matchers } = require('memkafka/testing')

expect.extend(matchers)

let cluster
let orders
beforeEach(async () => {
  cluster = await KafkaCluster.start({ topics: { orders: {} }, timeline: true, waitTimeout: 20 })
  orders = cluster.topic('orders')
})
afterEach(() => cluster.stop())

async function failureOf(assertion) {
  const error = await assertion.then(
    () => undefined,
    (reason) => reason,
  )
  if (error === undefined) throw new Error('the matcher holds')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are told by them
  return error.message.replaceAll(/\u001b\[\d+m/g, '')
}

test('records are expected', async () => {
  const expected = expect(orders).toHaveRecord({ key: 'order-1', value: { total: 3 } }, { timeout: 2000 })
  await orders.append({ key: 'order-1', value: { total: 3 }, headers: { trace: 'abc' } })
  await expected
  await expect(orders).toHaveRecord({ value: expect.objectContaining({ total: expect.any(Number) }) })
  await expect(orders).toHaveRecord({ value: expect.stringContaining('total'), headers: { trace: 'abc' } })
  await expect(orders).toHaveRecords([{ key: 'order-1' }])
  await expect(orders).not.toHaveRecord({ value: expect.not.stringContaining('total') })
  await expect(orders).not.toHaveRecord({ key: 'order-2' })
})

test('groups, requests and handlers are expected', async () => {
  await expect(cluster.group('billing')).toHaveMembers(0)
  await expect(cluster.group('billing')).not.toHaveCommitted()
  await cluster.group('billing').setOffset('orders', 0, 0)
  await expect(cluster.group('billing')).toHaveCommitted({ orders: { 0: 0 } })
  await expect(cluster.group('billing')).toHaveLag(0)
  await expect(cluster).not.toHaveReceivedRequest(kafka.produce({ topic: 'orders' }))
  await expect(cluster).not.toHaveFired(kafka.produce({}, () => undefined))
})

test('requests and handlers of a proxy are expected', async () => {
  const proxy = await KafkaProxy.start({ upstream: cluster.bootstrapServers, timeline: true, waitTimeout: 20 })
  try {
    const spy = kafka.produce({ topic: 'orders' }, () => undefined)
    proxy.use(spy)
    const message = await failureOf(expect(proxy).toHaveFired(spy))
    expect(message).toContain('expect(proxy).toHaveFired(expected)')
    expect(message).toMatch(/made at .*orders\.test\.js:\d+:\d+, to have acted; it has acted 0 times\./)
    await expect(proxy).not.toHaveReceivedRequest('Produce')
    const expected = expect(proxy).toHaveFired(spy, { times: 1, timeout: 2000 })
    const producer = new Kafka({ brokers: proxy.bootstrapServers, logLevel: logLevel.NOTHING }).producer()
    await producer.connect()
    await producer.send({ topic: 'orders', messages: [{ value: 'order-1' }] })
    await producer.disconnect()
    await expected
    await expect(proxy).toHaveReceivedRequest(kafka.produce({ topic: 'orders' }), { times: 1 })
    await expect(proxy).not.toHaveReceivedRequest('Fetch')
  } finally {
    await proxy.stop()
  }
})

test('differences are shown', async () => {
  await orders.append({ key: 'order-1', value: { total: 3 } })
  const message = await failureOf(expect(orders).toHaveRecord({ key: 'order-1', value: { total: 4 } }))
  expect(message).toContain('expect(topic).toHaveRecord(expected)')
  expect(message).toContain('The one that is there, orders-0@0:\n- Expected\n+ Received')
  expect(message).toContain('-     "total": 4,\n+     "total": 3,')
  expect(await failureOf(expect(cluster).toHaveRecord({}))).toContain('toHaveRecord wants a topic or a partition')
})

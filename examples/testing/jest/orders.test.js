const { Kafka, logLevel } = require('kafkajs')
const { KafkaCluster } = require('memkafka')
const { kafka, KafkaResponse, matchers } = require('memkafka/testing')

expect.extend(matchers)

let cluster
let producer
beforeEach(async () => {
  cluster = await KafkaCluster.start({ topics: { orders: {} } })
  const retry = { initialRetryTime: 10 }
  producer = new Kafka({ brokers: cluster.bootstrapServers, logLevel: logLevel.NOTHING, retry }).producer()
  await producer.connect()
})
afterEach(async () => {
  await producer.disconnect()
  // A client that was forgotten fails the test, by name.
  await cluster.waitUntilDisconnected().finally(() => cluster.stop())
})

test('an order is announced', async () => {
  await producer.send({ topic: 'orders', messages: [{ key: 'order-1', value: '{"amount":100}' }] })
  await expect(cluster.topic('orders')).toHaveRecord({ key: 'order-1', value: { amount: 100 } })
})

test('an order is announced again when its leader has moved', async () => {
  const moved = kafka.produce({ topic: 'orders' }, () => KafkaResponse.error('NOT_LEADER_OR_FOLLOWER'), { once: true })
  cluster.use(moved)
  await producer.send({ topic: 'orders', messages: [{ key: 'order-1', value: '{"amount":100}' }] })
  await expect(cluster).toHaveFired(moved)
  await expect(cluster.topic('orders')).toHaveRecords(1)
})

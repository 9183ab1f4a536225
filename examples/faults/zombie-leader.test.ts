import { Kafka, logLevel } from 'kafkajs'
import { KafkaCluster } from 'memkafka'
import { expect, test } from 'vitest'

test('a leader that was cut off takes orders that are lost when it is back', async () => {
  await using cluster = await KafkaCluster.start({
    brokers: 3,
    topics: { orders: { replicationFactor: 3 } },
    clock: 'virtual',
  })
  const orders = cluster.partition('orders', 0)
  const zombie = cluster.broker(orders.leader)
  const others = cluster.brokers.filter((broker) => broker !== zombie)
  const clientOf = (brokers: string[]) =>
    new Kafka({ brokers, logLevel: logLevel.NOTHING, retry: { initialRetryTime: 10 } }).producer()
  const first = clientOf([zombie.bootstrapServer])
  const second = clientOf(others.map((broker) => broker.bootstrapServer))
  await Promise.all([first.connect(), second.connect()])

  // The controller stays with the majority, and gives the broker up after `broker.session.timeout.ms`. Nobody tells the broker.
  cluster.network.split([zombie], others)
  await cluster.clock.advance(9_000)
  expect(orders.leader).not.toBe(zombie.nodeId)

  await first.send({ topic: 'orders', acks: 1, messages: [{ value: 'order-1' }] })
  await second.send({ topic: 'orders', acks: -1, messages: [{ value: 'order-2' }] })
  const valuesAt = (broker: typeof zombie) => orders.log(broker)?.records.map(({ value }) => String(value))
  expect(valuesAt(zombie)).toEqual(['order-1'])

  // Back in the cluster it follows, and gives up what the new leader does not have.
  cluster.network.heal()
  for (const broker of cluster.brokers) expect(valuesAt(broker)).toEqual(['order-2'])
  // Its client is told NOT_LEADER_OR_FOLLOWER, and finds the new leader.
  await first.send({ topic: 'orders', acks: 1, messages: [{ value: 'order-3' }] })
  for (const broker of cluster.brokers) expect(valuesAt(broker)).toEqual(['order-2', 'order-3'])
  await Promise.all([first.disconnect(), second.disconnect()])
})

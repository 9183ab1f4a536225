import { Kafka, logLevel } from 'kafkajs'
import { KafkaCluster } from 'memkafka'
import { expect, test } from 'vitest'

test('an order is billed twice when the coordinator moves in the middle of the commit', async () => {
  await using cluster = await KafkaCluster.start({ brokers: 3, topics: { orders: {} } })
  const kafka = new Kafka({
    brokers: cluster.bootstrapServers,
    logLevel: logLevel.NOTHING,
    retry: { initialRetryTime: 10 },
  })
  const billed: string[] = []
  const consumer = kafka.consumer({ groupId: 'billing', heartbeatInterval: 50, maxWaitTimeInMs: 50 })
  await consumer.subscribe({ topic: 'orders', fromBeginning: true })
  await consumer.run({
    eachMessage: async ({ message }) => {
      billed.push(String(message.value))
    },
  })

  const group = cluster.group('billing')
  const coordinator = cluster.broker(group.coordinator)
  const next = cluster.broker((coordinator.nodeId % 3) + 1)
  const commitAt = (nodeId: number, moment: 'request:start' | 'request:end') =>
    new Promise<void>((resolve) => {
      cluster.events.on(moment, (request) => {
        if (request.api === 'OffsetCommit' && request.nodeId === nodeId) resolve()
      })
    })
  const begun = commitAt(coordinator.nodeId, 'request:start')
  const done = commitAt(next.nodeId, 'request:end')

  // What the coordinator writes takes a minute to reach the other brokers: for so long a commit is not answered.
  for (const broker of cluster.brokers) {
    if (broker !== coordinator) cluster.network.link(coordinator, broker).set({ delay: 60_000 })
  }
  const producer = kafka.producer()
  await producer.connect()
  await producer.send({ topic: 'orders', messages: [{ value: 'order-1' }] })
  await begun
  group.moveCoordinator(next)
  cluster.network.heal()

  // The commit is NOT_COORDINATOR. kafkajs joins again, at the new coordinator, which knows of no commit.
  await done
  expect(billed).toEqual(['order-1', 'order-1'])
  expect(group.coordinator).toBe(next.nodeId)
  expect(group.committed).toMatchObject([{ topic: 'orders', partition: 0, offset: 1 }])
  await Promise.all([producer.disconnect(), consumer.disconnect()])
})

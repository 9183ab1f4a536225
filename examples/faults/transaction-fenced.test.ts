import { Kafka, logLevel } from 'kafkajs'
import { KafkaCluster } from 'memkafka'
import { expect, test } from 'vitest'

test('the transaction of an instance that was replaced is fenced, and nobody reads what it wrote', async () => {
  await using cluster = await KafkaCluster.start({ topics: { orders: {} } })
  const orders = cluster.partition('orders', 0)
  const billing = cluster.transaction('billing-1')
  const kafka = new Kafka({
    brokers: cluster.bootstrapServers,
    logLevel: logLevel.NOTHING,
    retry: { initialRetryTime: 10 },
  })
  const instance = () => kafka.producer({ transactionalId: 'billing-1', maxInFlightRequests: 1, idempotent: true })

  const zombie = instance()
  await zombie.connect()
  const fenced = await zombie.transaction()
  await fenced.send({ topic: 'orders', messages: [{ value: 'order-1' }] })
  expect(billing).toMatchObject({ state: 'Ongoing', partitions: [{ topic: 'orders', partition: 0 }] })
  expect(orders).toMatchObject({ highWatermark: 1, lastStableOffset: 0 })

  // The instance hangs, and is replaced. The new one has its transactional id, and with it the transaction aborted.
  const replacement = instance()
  await replacement.connect()
  const transaction = await replacement.transaction()
  await transaction.send({ topic: 'orders', messages: [{ value: 'order-2' }] })
  await transaction.commit()
  expect(billing.state).toBe('CompleteCommit')

  // The old one goes on where it was.
  await expect(fenced.commit()).rejects.toMatchObject({ type: 'INVALID_PRODUCER_EPOCH' })

  // kafkajs reads committed records alone, unless it is told otherwise.
  const consumer = kafka.consumer({ groupId: 'shipping', maxWaitTimeInMs: 50 })
  await consumer.subscribe({ topic: 'orders', fromBeginning: true })
  const first = await new Promise((resolve) =>
    consumer.run({ eachMessage: async ({ message }) => resolve(String(message.value)) }),
  )
  expect(first).toBe('order-2')
  await Promise.all([zombie.disconnect(), replacement.disconnect(), consumer.disconnect()])
})

import { type EachMessagePayload, Kafka, logLevel } from 'kafkajs'
import { KafkaCluster } from 'memkafka'
import { expect, test } from 'vitest'

test('every order is billed exactly once, though the first try dies half-way', async () => {
  await using cluster = await KafkaCluster.start({ topics: { orders: {}, bills: {} } })
  const kafka = new Kafka({ brokers: cluster.bootstrapServers, logLevel: logLevel.NOTHING })
  const shop = kafka.producer()
  await shop.connect()
  await shop.send({ topic: 'orders', messages: [{ value: 'order-1' }, { value: 'order-2' }] })

  const biller = kafka.producer({ transactionalId: 'billing-1', idempotent: true, maxInFlightRequests: 1 })
  const consumer = kafka.consumer({ groupId: 'billing', maxWaitTimeInMs: 50 })
  await Promise.all([biller.connect(), consumer.connect()])
  await consumer.subscribe({ topic: 'orders', fromBeginning: true })

  let tries = 0
  // What is billed and what is consumed is one transaction: both, or neither.
  const bill = async ({ partition, message }: EachMessagePayload) => {
    tries++
    const transaction = await biller.transaction()
    try {
      await transaction.send({ topic: 'bills', messages: [{ value: `bill for ${message.value}` }] })
      if (tries === 1) throw new Error('the first try dies')
      const offset = String(Number(message.offset) + 1)
      const topics = [{ topic: 'orders', partitions: [{ partition, offset }] }]
      await transaction.sendOffsets({ consumerGroupId: 'billing', topics })
      await transaction.commit()
    } catch (error) {
      await transaction.abort()
      throw error
    }
  }
  await consumer.run({ autoCommit: false, eachMessage: bill })

  const bills = kafka.consumer({ groupId: 'accounting', maxWaitTimeInMs: 50 })
  await bills.subscribe({ topic: 'bills', fromBeginning: true })
  const read: string[] = []
  await new Promise<void>((resolve) => {
    bills.run({
      eachMessage: async ({ message }) => {
        if (read.push(String(message.value)) === 2) resolve()
      },
    })
  })
  expect(tries).toBe(3)
  expect(read).toEqual(['bill for order-1', 'bill for order-2'])
  expect(cluster.group('billing').committed).toMatchObject([{ topic: 'orders', partition: 0, offset: 2 }])
  await Promise.all([shop.disconnect(), biller.disconnect(), consumer.disconnect(), bills.disconnect()])
})

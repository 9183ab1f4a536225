import { Kafka, logLevel } from 'kafkajs'
import { KafkaCluster } from 'memkafka'
import { expect, test } from 'vitest'

test('what is not committed is read by whoever asks for it, and by nobody else', async () => {
  await using cluster = await KafkaCluster.start({ topics: { bills: {} } })
  const kafka = new Kafka({ brokers: cluster.bootstrapServers, logLevel: logLevel.NOTHING })
  const producer = kafka.producer({ transactionalId: 'billing-1', idempotent: true, maxInFlightRequests: 1 })
  await producer.connect()

  const reader = async (groupId: string, readUncommitted: boolean) => {
    const values: string[] = []
    const consumer = kafka.consumer({ groupId, readUncommitted, maxWaitTimeInMs: 50 })
    await consumer.subscribe({ topic: 'bills', fromBeginning: true })
    await consumer.run({ eachMessage: async ({ message }) => void values.push(String(message.value)) })
    return { values, stop: () => consumer.disconnect() }
  }
  const committed = await reader('accounting', false)
  const uncommitted = await reader('monitoring', true)

  const given = await producer.transaction()
  await given.send({ topic: 'bills', messages: [{ value: 'given up' }] })
  await expect.poll(() => uncommitted.values).toEqual(['given up'])
  // A consumer of committed records reads up to the last stable offset: where the first open transaction begins.
  expect(cluster.partition('bills', 0)).toMatchObject({ lastStableOffset: 0, highWatermark: 1 })
  await given.abort()

  const kept = await producer.transaction()
  await kept.send({ topic: 'bills', messages: [{ value: 'kept' }] })
  await kept.commit()
  await expect.poll(() => committed.values).toEqual(['kept'])
  await expect.poll(() => uncommitted.values).toEqual(['given up', 'kept'])
  // Each end of a transaction is a record as well: a marker, which no consumer is given.
  expect(cluster.partition('bills', 0)).toMatchObject({ lastStableOffset: 4, highWatermark: 4 })
  await Promise.all([producer.disconnect(), committed.stop(), uncommitted.stop()])
})

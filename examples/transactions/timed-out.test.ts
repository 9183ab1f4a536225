import { Kafka, logLevel } from 'kafkajs'
import { KafkaCluster } from 'memkafka'
import { expect, test } from 'vitest'

test('a transaction that nobody ends is aborted in time', async () => {
  await using cluster = await KafkaCluster.start({ topics: { bills: {} }, clock: 'virtual' })
  const kafka = new Kafka({ brokers: cluster.bootstrapServers, logLevel: logLevel.NOTHING })
  const producer = kafka.producer({
    transactionalId: 'billing-1',
    transactionTimeout: 30_000,
    idempotent: true,
    maxInFlightRequests: 1,
  })
  await producer.connect()
  const transaction = await producer.transaction()
  await transaction.send({ topic: 'bills', messages: [{ value: 'too late' }] })

  const billing = cluster.transaction('billing-1')
  await cluster.clock.advance(20_000)
  expect(billing.state).toBe('Ongoing')
  await cluster.clock.advance(20_000)
  expect(billing.state).toBe('CompleteAbort')
  await expect(transaction.commit()).rejects.toMatchObject({ type: 'INVALID_PRODUCER_EPOCH' })
  await producer.disconnect()
})

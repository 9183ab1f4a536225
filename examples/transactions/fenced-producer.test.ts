import { Kafka, logLevel } from 'kafkajs'
import { KafkaCluster } from 'memkafka'
import { expect, test } from 'vitest'

test('an instance that comes back after it was replaced can commit nothing', async () => {
  await using cluster = await KafkaCluster.start({ topics: { bills: {} } })
  const kafka = new Kafka({ brokers: cluster.bootstrapServers, logLevel: logLevel.NOTHING })
  const instance = () => kafka.producer({ transactionalId: 'billing-1', idempotent: true, maxInFlightRequests: 1 })
  const billing = cluster.transaction('billing-1')
  const [old, replacement] = [instance(), instance()]

  await old.connect()
  const unfinished = await old.transaction()
  await unfinished.send({ topic: 'bills', messages: [{ value: 'from the old one' }] })
  expect(billing).toMatchObject({ state: 'Ongoing', partitions: [{ topic: 'bills', partition: 0 }] })
  const { producerId, producerEpoch } = billing

  // Whoever takes the transactional id over aborts what is open under it, and has a newer epoch.
  await replacement.connect()
  const transaction = await replacement.transaction()
  expect(billing.producerId).toBe(producerId)
  expect(billing.producerEpoch).toBeGreaterThan(producerEpoch)
  await expect(unfinished.commit()).rejects.toMatchObject({ type: 'INVALID_PRODUCER_EPOCH' })

  await transaction.send({ topic: 'bills', messages: [{ value: 'from the new one' }] })
  await transaction.commit()
  await expect.poll(() => billing.state).toBe('CompleteCommit')
  await Promise.all([old.disconnect(), replacement.disconnect()])
})

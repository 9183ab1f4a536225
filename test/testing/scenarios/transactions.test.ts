import kafkajs from 'kafkajs'
import { expect, test } from 'vitest'
import { newAsyncProducer, newConfig } from '../../../src/client/index.ts'
import { scenarios } from '../../../src/testing/index.ts'
import { threeBrokers } from './fixture.ts'

test('kafkajs, transactionFenced: can send and commit nothing, INVALID_PRODUCER_EPOCH', async () => {
  const cluster = await threeBrokers()
  const billing = cluster.transaction('billing-1')
  const kafka = new kafkajs.Kafka({ brokers: cluster.bootstrapServers, logLevel: kafkajs.logLevel.NOTHING })
  const producer = kafka.producer({ transactionalId: 'billing-1', idempotent: true, maxInFlightRequests: 1 })
  await producer.connect()
  const transaction = await producer.transaction()
  await transaction.send({ topic: 'orders', messages: [{ value: 'one' }] })
  const { producerId, producerEpoch } = billing
  const fenced = await scenarios.transactionFenced(cluster, { transactionalId: 'billing-1' })
  expect(fenced.producerId).toBe(producerId)
  expect(fenced.producerEpoch).toBeGreaterThan(producerEpoch)
  expect(billing.state).toBe('Empty')
  await expect(transaction.send({ topic: 'orders', messages: [{ value: 'two' }] })).rejects.toMatchObject({
    type: 'INVALID_PRODUCER_EPOCH',
  })
  await expect(transaction.commit()).rejects.toMatchObject({ type: 'INVALID_PRODUCER_EPOCH' })
  await producer.disconnect()
})

test('memkafka/client, transactionFenced: its commit is refused, PRODUCER_FENCED', async () => {
  const cluster = await threeBrokers()
  const config = newConfig(cluster.clientConfig())
  config.producer.idempotent = true
  config.producer.transaction.id = 'billing-1'
  config.producer.requiredAcks = -1
  config.producer.return.successes = true
  await using producer = await newAsyncProducer(cluster.bootstrapServers, config)
  await producer.beginTxn()
  await producer.input.send({ topic: 'orders', value: 'one' })
  await producer.successes.receive()
  await scenarios.transactionFenced(cluster, { transactionalId: 'billing-1' })
  await expect(producer.commitTxn()).rejects.toMatchObject({ error: 'PRODUCER_FENCED' })
})

test('transactionFenced: waits until what was under way is aborted', async () => {
  const cluster = await threeBrokers()
  const kafka = new kafkajs.Kafka({ brokers: cluster.bootstrapServers, logLevel: kafkajs.logLevel.NOTHING })
  const producer = kafka.producer({ transactionalId: 'billing-1', idempotent: true, maxInFlightRequests: 1 })
  await producer.connect()
  const transaction = await producer.transaction()
  await transaction.send({ topic: 'orders', messages: [{ value: 'one' }] })
  const coordinator = cluster.broker(cluster.transaction('billing-1').coordinator)
  const letGo = coordinator.holdTransactionMarkers()
  const fenced = scenarios.transactionFenced(cluster, { transactionalId: 'billing-1' })
  await cluster.waitUntil(() => cluster.transaction('billing-1').state === 'PrepareAbort')
  letGo()
  await fenced
  expect(cluster.partition('orders', 0).lastStableOffset).toBe(cluster.partition('orders', 0).logEndOffset)
  await producer.disconnect()
})

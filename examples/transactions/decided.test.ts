import { Kafka, logLevel } from 'kafkajs'
import { KafkaCluster } from 'memkafka'
import { expect, test } from 'vitest'

test('a transaction that is committed is over once every partition knows', async () => {
  await using cluster = await KafkaCluster.start({ topics: { orders: {}, bills: {} } })
  const kafka = new Kafka({ brokers: cluster.bootstrapServers, logLevel: logLevel.NOTHING })
  const producer = kafka.producer({ transactionalId: 'billing-1', idempotent: true, maxInFlightRequests: 1 })
  await producer.connect()
  const transaction = await producer.transaction()
  await transaction.send({ topic: 'bills', messages: [{ value: 'bill for order-1' }] })
  const topics = [{ topic: 'orders', partitions: [{ partition: 0, offset: '1' }] }]
  await transaction.sendOffsets({ consumerGroupId: 'billing', topics })

  const billing = cluster.transaction('billing-1')
  const group = cluster.group('billing')
  const bills = cluster.partition('bills', 0)
  const release = cluster.broker(billing.coordinator).holdTransactionMarkers()
  await transaction.commit()
  expect(billing.state).toBe('PrepareCommit')
  expect(billing.partitions.map(({ topic }) => topic)).toEqual(['bills', '__consumer_offsets'])
  expect(bills).toMatchObject({ lastStableOffset: 0, highWatermark: 1 })
  expect(group.committed).toEqual([])

  release()
  expect(billing.state).toBe('CompleteCommit')
  expect(billing.partitions).toEqual([])
  expect(bills).toMatchObject({ lastStableOffset: 2, highWatermark: 2 })
  expect(group.committed).toMatchObject([{ topic: 'orders', partition: 0, offset: 1 }])
  await producer.disconnect()
})

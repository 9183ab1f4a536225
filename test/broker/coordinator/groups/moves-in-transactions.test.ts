import { Kafka, logLevel } from 'kafkajs'
import { expect, test } from 'vitest'
import { KafkaCluster } from '../../../../src/index.ts'

const THREE = { brokers: 3, topics: { orders: {}, bills: { replicationFactor: 3 } } }

/** A producer that has written a record and an offset in a transaction, which is still open. */
async function begin(cluster: KafkaCluster) {
  const retry = { initialRetryTime: 10, retries: 10 }
  const kafka = new Kafka({ brokers: cluster.bootstrapServers, logLevel: logLevel.NOTHING, retry })
  const producer = kafka.producer({ transactionalId: 'tx', idempotent: true, maxInFlightRequests: 1 })
  await producer.connect()
  const transaction = await producer.transaction()
  await transaction.send({ topic: 'bills', messages: [{ value: 'a bill' }] })
  const topics = [{ topic: 'orders', partitions: [{ partition: 0, offset: '7' }] }]
  await transaction.sendOffsets({ consumerGroupId: 'billing', topics })
  const group = cluster.group('billing')
  const another = (nodeId: number | undefined) => {
    const [broker] = cluster.brokers.filter((one) => one.nodeId !== nodeId)
    if (broker === undefined) throw new Error('there is one broker only')
    return broker
  }
  return { producer, transaction, group, tx: cluster.transaction('tx'), another }
}

test.each(['commit', 'abort'] as const)(
  "a group's coordinator that moves before the %s knows what is pending",
  async (end) => {
    await using cluster = await KafkaCluster.start(THREE)
    const { producer, transaction, group, another } = await begin(cluster)
    const moved = another(group.coordinator)
    group.moveCoordinator(moved)
    expect(group.coordinator).toBe(moved.nodeId)
    expect(group.committed).toEqual([])
    await transaction[end]()
    const expected = end === 'commit' ? [{ topic: 'orders', partition: 0, offset: 7 }] : []
    await expect.poll(() => cluster.partition('bills', 0).lastStableOffset).toBe(2)
    await expect.poll(() => group.committed).toMatchObject(expected)
    await producer.disconnect()
  },
)

test.each(['commit', 'abort'] as const)(
  'a transaction coordinator that moves before the %s ends it at the group',
  async (end) => {
    await using cluster = await KafkaCluster.start(THREE)
    const { producer, transaction, group, tx, another } = await begin(cluster)
    tx.moveCoordinator(another(tx.coordinator))
    await transaction[end]()
    await expect.poll(() => tx.state).toBe(end === 'commit' ? 'CompleteCommit' : 'CompleteAbort')
    expect(group.committed).toMatchObject(end === 'commit' ? [{ topic: 'orders', offset: 7 }] : [])
    await producer.disconnect()
  },
)

test('the broker that has both coordinators dies before the commit: what is pending is committed by those that follow', async () => {
  await using cluster = await KafkaCluster.start(THREE)
  const { producer, transaction, group, tx } = await begin(cluster)
  const both = cluster.broker(group.coordinator ?? 0)
  if (tx.coordinator !== both.nodeId) tx.moveCoordinator(both)
  both.kill()
  await transaction.commit()
  await expect.poll(() => tx.state).toBe('CompleteCommit')
  expect(group.committed).toMatchObject([{ topic: 'orders', partition: 0, offset: 7 }])
  await producer.disconnect()
})

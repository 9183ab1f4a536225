import { describe, expect, onTestFinished, test } from 'vitest'
import { type ClusterOptions, KafkaCluster } from '../../src/index.ts'
import { buildBatch } from '../../src/protocol/records/batch-builder.ts'
import { AddPartitionsToTxn, FindCoordinator, InitProducerId, OffsetCommit, Produce } from '../../src/testing/index.ts'
import { WireClient } from '../wire-client.ts'

const TRANSACTIONS = 1

async function started(options: ClusterOptions): Promise<KafkaCluster> {
  const cluster = await KafkaCluster.start({ clock: 'virtual', ...options })
  onTestFinished(() => cluster.stop())
  return cluster
}

/** Finds who coordinates a transactional id, and connects to it. */
async function coordinatorOf(cluster: KafkaCluster, transactionalId: string): Promise<WireClient> {
  const anyone = new WireClient(cluster.connect())
  const { coordinators } = await anyone.send(FindCoordinator, 4, {
    keyType: TRANSACTIONS,
    coordinatorKeys: [transactionalId],
  })
  return new WireClient(cluster.connect(coordinators[0]?.nodeId))
}

describe('a transactional id in a test’s hand', () => {
  test('is not known before somebody uses it', async () => {
    const cluster = await started({})
    const transaction = cluster.transaction('tx-1')
    const unknown = { coordinator: undefined, state: undefined, producerId: -1, producerEpoch: -1, partitions: [] }
    expect(transaction).toMatchObject(unknown)
    await coordinatorOf(cluster, 'tx-1')
    expect(transaction).toMatchObject({ ...unknown, coordinator: 1 })
    expect(() => cluster.transaction('').state).not.toThrow()
  })

  test('shows its producer, its state and where it has written', async () => {
    const cluster = await started({ topics: { orders: { partitions: 2 } } })
    const transaction = cluster.transaction('tx-1')
    const client = await coordinatorOf(cluster, 'tx-1')
    const { producerId, producerEpoch } = await client.send(InitProducerId, 1, {
      transactionalId: 'tx-1',
      transactionTimeoutMs: 1000,
    })
    expect(transaction).toMatchObject({ state: 'Empty', producerId, producerEpoch: 0, partitions: [] })
    await client.send(AddPartitionsToTxn, 1, {
      v3AndBelowTransactionalId: 'tx-1',
      v3AndBelowProducerId: producerId,
      v3AndBelowProducerEpoch: producerEpoch,
      v3AndBelowTopics: [{ name: 'orders', partitions: [1] }],
    })
    expect(transaction).toMatchObject({ state: 'Ongoing', partitions: [{ topic: 'orders', partition: 1 }] })
    // transaction.timeout.ms, and the coordinator aborts it when it looks next.
    await cluster.clock.advance(11_000)
    expect(transaction).toMatchObject({ state: 'CompleteAbort', producerEpoch: 1, partitions: [] })
  })

  test('is coordinated by whom a test wants', async () => {
    const cluster = await started({ brokers: 3 })
    const transaction = cluster.transaction('tx-1')
    expect(() => transaction.moveCoordinator(cluster.broker(1))).toThrow('before __transaction_state is there')
    const client = await coordinatorOf(cluster, 'tx-1')
    await client.send(InitProducerId, 1, { transactionalId: 'tx-1', transactionTimeoutMs: 1000 })
    const { producerId } = transaction
    for (const broker of cluster.brokers) {
      transaction.moveCoordinator(broker)
      expect(transaction).toMatchObject({ coordinator: broker.nodeId, state: 'Empty', producerId })
    }
  })
})

test('a group whose coordinator has not heard of it yet shows nothing, and all once it has', async () => {
  const cluster = await started({ brokers: 3, topics: { orders: {} } })
  const group = cluster.group('billing')
  await new WireClient(cluster.connect()).send(FindCoordinator, 1, { key: 'billing' })
  const client = new WireClient(cluster.connect(group.coordinator))
  await client.send(OffsetCommit, 2, {
    groupId: 'billing',
    generationIdOrMemberEpoch: -1,
    topics: [{ name: 'orders', partitions: [{ partitionIndex: 0, committedOffset: 3 }] }],
  })
  const next = cluster.broker((Number(group.coordinator) % 3) + 1)
  cluster.network.link(cluster.controller, next).set({ delay: 50 })
  group.moveCoordinator(next)
  expect(group).toMatchObject({ coordinator: next.nodeId, state: 'Dead', members: [], committed: [] })
  await cluster.clock.runUntil(() => group.state === 'Empty')
  expect(group.committed).toMatchObject([{ topic: 'orders', partition: 0, offset: 3 }])
})

describe('a topic in a test’s hand', () => {
  const records = (timestamp: number, ...values: string[]) => [
    buildBatch(values.map((value) => ({ key: 'order-1', value, timestamp }))),
  ]

  /** Produces to `orders`, and tells what each broker has of it. */
  function orders(cluster: KafkaCluster) {
    const partition = cluster.partition('orders', 0)
    const client = new WireClient(cluster.connect(partition.leader))
    return {
      produce: (...values: string[]) =>
        client.send(Produce, 9, {
          acks: -1,
          timeoutMs: 1000,
          topicData: [
            { name: 'orders', partitionData: [{ index: 0, records: records(cluster.clock.now(), ...values) }] },
          ],
        }),
      kept: () =>
        cluster.brokers.map((broker) =>
          (partition.log(broker)?.records ?? []).map(({ offset, value }) => `${offset}: ${value}`),
        ),
    }
  }

  test('is compacted when it is told to, on every broker, and keeps its offsets', async () => {
    const configs = { 'cleanup.policy': 'compact' }
    const cluster = await started({ brokers: 2, topics: { orders: { replicationFactor: 2, configs } } })
    const { produce, kept } = orders(cluster)
    await produce('created')
    await produce('paid')
    // replica.fetch.wait.max.ms: followers know then what is committed.
    await cluster.clock.advance(500)
    cluster.topic('orders').compact()
    expect(kept()).toEqual([['1: paid'], ['1: paid']])
  })

  test('is not compacted where its configs do not say so, and says it', async () => {
    const cluster = await started({ topics: { orders: {} } })
    expect(() => cluster.topic('orders').compact()).toThrow(
      'orders is not compacted: its cleanup.policy has no compact',
    )
    expect(() => cluster.topic('missing').compact()).toThrow('there is no topic missing')
  })

  test('lets go of what its retention no longer wants when it is told to', async () => {
    const cluster = await started({
      brokers: 2,
      topics: { orders: { replicationFactor: 2, configs: { 'retention.ms': '1000' } } },
    })
    const { produce, kept } = orders(cluster)
    await produce('created')
    await cluster.clock.advance(1001)
    expect(kept()).toEqual([['0: created'], ['0: created']])
    cluster.topic('orders').deleteOldSegments()
    expect(kept()).toEqual([[], []])
    expect(cluster.partition('orders', 0)).toMatchObject({ logStartOffset: 1, logEndOffset: 1 })
  })
})

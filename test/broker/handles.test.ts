import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { KafkaCluster } from '../../src/index.ts'
import { buildBatch } from '../../src/protocol/records/batch-builder.ts'
import { FindCoordinator, OffsetCommit, Produce } from '../../src/testing/index.ts'
import { WireClient } from '../wire-client.ts'

describe('a cluster in a test’s hand', () => {
  test('shows topics and partitions, also such as are not there', async () => {
    await using cluster = await KafkaCluster.start({
      brokers: 3,
      topics: { orders: { partitions: 2, replicationFactor: 3, configs: { 'retention.ms': '1000' } } },
    })
    const topic = cluster.topic('orders')
    expect(topic.exists).toBe(true)
    expect(topic.id).toMatch(/^[\w-]{22}$/)
    expect(topic.configs).toEqual({ 'retention.ms': '1000' })
    expect(topic.partitions).toHaveLength(2)

    const partition = cluster.partition('orders', 0)
    expect([...partition.replicas].sort()).toEqual([1, 2, 3])
    expect(partition).toMatchObject({
      leaderEpoch: 0,
      leader: partition.replicas[0],
      isr: partition.replicas,
    })

    const records = [buildBatch(['a', 'b'].map((value) => ({ value, timestamp: Date.now() })))]
    const client = new WireClient(cluster.connect(partition.leader))
    await client.send(Produce, 3, { acks: 1, topicData: [{ name: 'orders', partitionData: [{ index: 0, records }] }] })
    expect(partition).toMatchObject({ logStartOffset: 0, highWatermark: 2, lastStableOffset: 2, logEndOffset: 2 })

    expect(cluster.topic('missing')).toMatchObject({ exists: false, id: undefined, partitions: [] })
    expect(cluster.partition('orders', 9)).toMatchObject({ exists: false, leader: undefined, logEndOffset: 0 })
  })

  test('shows groups and what they have committed', async () => {
    await using cluster = await KafkaCluster.start({ topics: { orders: {} } })
    const group = cluster.group('billing')
    expect(group).toMatchObject({ coordinator: undefined, state: 'Dead', members: [], committed: [] })

    const client = new WireClient(cluster.connect())
    await client.send(FindCoordinator, 1, { key: 'billing' })
    await client.send(OffsetCommit, 2, {
      groupId: 'billing',
      generationIdOrMemberEpoch: -1,
      topics: [{ name: 'orders', partitions: [{ partitionIndex: 0, committedOffset: 3, committedMetadata: 'm' }] }],
    })
    expect(group).toMatchObject({ coordinator: 1, state: 'Empty', members: [] })
    expect(group.committed).toEqual([{ topic: 'orders', partition: 0, offset: 3, leaderEpoch: -1, metadata: 'm' }])
  })

  test('is connected to by node and by address', async () => {
    await using cluster = await KafkaCluster.start({ brokers: 2 })
    expect(cluster.brokers.map(({ nodeId, rack, bootstrapServer }) => [nodeId, rack, bootstrapServer])).toEqual(
      cluster.bootstrapServers.map((server, i) => [i + 1, null, server]),
    )
    const streams = [cluster.connect(2), cluster.connect(cluster.bootstrapServers[1]), cluster.brokers[1]?.connect()]
    expect(streams).toHaveLength(3)
    expect(cluster.network.connections.map(({ nodeId, remote }) => [nodeId, remote])).toEqual(
      streams.map(() => [2, 'in-memory client']),
    )
    expect(() => cluster.connect(9)).toThrow(/there is no broker 9; there are 1 at/)
    expect(() => cluster.connect('kafka:9092')).toThrow(RangeError)
  })

  test('gives a broker by its node id, which is how leaders and coordinators are told', async () => {
    await using cluster = await KafkaCluster.start({ brokers: 2, topics: { orders: {} } })
    const { leader } = cluster.partition('orders', 0)
    expect(cluster.broker(leader).nodeId).toBe(leader)
    expect(cluster.broker(2)).toBe(cluster.brokers[1])
    expect(() => cluster.broker(9)).toThrow('there is no broker 9; there are 1, 2')
    expect(() => cluster.broker(cluster.partition('missing', 0).leader)).toThrow(RangeError)
  })

  test('can be looked at as a whole, and compared', async () => {
    await using cluster = await KafkaCluster.start({ brokers: 2, topics: { orders: {} } })
    const partition = cluster.partition('orders', 0)
    expect({ ...partition }).toMatchObject({ topic: 'orders', index: 0, exists: true, highWatermark: 0 })
    expect(inspect(partition)).toContain('highWatermark: 0,')
    expect(cluster.partition('orders', 0)).toEqual(partition)
    expect(cluster.broker(1)).not.toEqual(cluster.broker(2))
    // As test runners do before they print what differs.
    const copied = Object.defineProperties(
      Object.create(Object.getPrototypeOf(partition)),
      Object.getOwnPropertyDescriptors({ ...partition }),
    )
    expect(copied.highWatermark).toBe(0)
  })

  test('knows no coordinator of a transaction before there is any', async () => {
    await using cluster = await KafkaCluster.start({ topics: { __transaction_state: { partitions: 5 } } })
    expect(cluster.transaction('tx').coordinator).toBe(1)
    await using empty = await KafkaCluster.start()
    expect(empty.transaction('tx').coordinator).toBeUndefined()
  })
})

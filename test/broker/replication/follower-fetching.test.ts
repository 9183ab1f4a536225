import { describe, expect, onTestFinished, test } from 'vitest'
import { KafkaCluster } from '../../../src/index.ts'
import { errorName } from '../../../src/protocol/errors.ts'
import { Fetch, type PartitionData } from '../../../src/protocol/messages/fetch.ts'
import { ListOffsets } from '../../../src/protocol/messages/list-offsets.ts'
import { Produce } from '../../../src/protocol/messages/produce.ts'
import { buildBatch } from '../../../src/protocol/records/batch-builder.ts'
import { WireClient } from '../../wire-client.ts'

const RACK_AWARE = 'org.apache.kafka.common.replica.RackAwareReplicaSelector'

async function racks(config: Record<string, string> = {}): Promise<KafkaCluster> {
  const cluster = await KafkaCluster.start({
    brokers: [
      { nodeId: 1, rack: 'a' },
      { nodeId: 2, rack: 'b' },
      { nodeId: 3, rack: 'c' },
    ],
    clock: 'virtual',
    config,
    topics: { orders: { replicationFactor: 3 } },
  })
  onTestFinished(() => cluster.stop())
  cluster.partition('orders', 0).elect(cluster.brokers[0] ?? never())
  return cluster
}

function never(): never {
  throw new Error('there is no such broker')
}

async function produce(cluster: KafkaCluster, nodeId: number): Promise<void> {
  const records = [buildBatch([{ value: 'v', timestamp: cluster.clock.now() }])]
  const { responses } = await new WireClient(cluster.connect(nodeId)).send(Produce, 9, {
    acks: -1,
    timeoutMs: 1000,
    topicData: [{ name: 'orders', partitionData: [{ index: 0, records }] }],
  })
  expect(responses[0]?.partitionResponses[0]?.errorCode).toBe(0)
}

async function read(
  cluster: KafkaCluster,
  nodeId: number,
  version: number,
  rackId: string,
  { offset = 0, isolationLevel = 0 } = {},
): Promise<PartitionData> {
  const { responses } = await new WireClient(cluster.connect(nodeId)).send(Fetch, version, {
    maxWaitMs: 0,
    minBytes: 1,
    maxBytes: 1 << 20,
    sessionEpoch: -1,
    isolationLevel,
    rackId,
    topics: [{ topic: 'orders', partitions: [{ partition: 0, fetchOffset: offset, partitionMaxBytes: 1 << 20 }] }],
  })
  return responses[0]?.partitions[0] ?? never()
}

async function fetch(cluster: KafkaCluster, nodeId: number, version = 12, rackId = '', offset = 0) {
  const partition = await read(cluster, nodeId, version, rackId, { offset })
  const size = (partition.records ?? []).reduce((sum, slice) => sum + slice.length, 0)
  return {
    error: errorName(partition.errorCode),
    highWatermark: partition.highWatermark,
    hasRecords: size > 0,
    preferred: partition.preferredReadReplica,
  }
}

describe('a follower (KIP-392)', () => {
  test('serves consumers of version 11 and later what it knows to be committed', async () => {
    const cluster = await racks()
    await produce(cluster, 1)
    expect(await fetch(cluster, 2)).toEqual({ error: 'NONE', highWatermark: 0, hasRecords: false, preferred: -1 })
    await cluster.clock.advance(500)
    expect(await fetch(cluster, 2)).toEqual({ error: 'NONE', highWatermark: 1, hasRecords: true, preferred: -1 })
    expect(await fetch(cluster, 2, 10)).toMatchObject({ error: 'NOT_LEADER_OR_FOLLOWER' })
    expect(await fetch(cluster, 2, 12, '', 2)).toMatchObject({ error: 'OFFSET_OUT_OF_RANGE' })
  })

  test('of a consumer’s rack is named by the leader, where replica.selector.class says so', async () => {
    const cluster = await racks({ 'replica.selector.class': RACK_AWARE })
    await produce(cluster, 1)
    expect(await fetch(cluster, 1, 12, 'b')).toEqual({
      error: 'NONE',
      highWatermark: 1,
      hasRecords: false,
      preferred: 2,
    })
    expect(await fetch(cluster, 1, 12, 'c')).toMatchObject({ hasRecords: false, preferred: 3 })
    // The leader's own rack, one that nobody is of, none, and a consumer that knows of no racks.
    for (const rack of ['a', 'z', '']) {
      expect(await fetch(cluster, 1, 12, rack)).toMatchObject({ hasRecords: true, preferred: -1 })
    }
    expect(await fetch(cluster, 1, 10, 'b')).toMatchObject({ hasRecords: true, preferred: -1 })
    // A follower names nobody.
    expect(await fetch(cluster, 3, 12, 'b')).toMatchObject({ error: 'NONE', preferred: -1 })
    await cluster.brokers[1]?.kill()
    expect(await fetch(cluster, 1, 12, 'b')).toMatchObject({ hasRecords: true, preferred: -1 })
  })

  test('is named without a word of aborted transactions', async () => {
    const cluster = await racks({ 'replica.selector.class': RACK_AWARE })
    await produce(cluster, 1)
    const abortedIn = async (rackId: string) =>
      (await read(cluster, 1, 12, rackId, { isolationLevel: 1 })).abortedTransactions
    expect([await abortedIn('a'), await abortedIn('b')]).toEqual([[], null])
  })

  test('is not named where nothing is said of racks, or the leader is chosen', async () => {
    for (const config of [{}, { 'replica.selector.class': 'org.apache.kafka.common.replica.LeaderSelector' }]) {
      const cluster = await racks(config)
      await produce(cluster, 1)
      expect(await fetch(cluster, 1, 12, 'b')).toMatchObject({ hasRecords: true, preferred: -1 })
    }
  })
})

test('a selector of one’s own cannot be had', async () => {
  await expect(KafkaCluster.start({ config: { 'replica.selector.class': 'com.acme.Mine' } })).rejects.toThrow(
    /replica\.selector\.class.*com\.acme\.Mine/,
  )
})

test('a new leader that does not know yet what is committed has no offsets for consumers (KIP-207)', async () => {
  const cluster = await racks()
  const latest = async (version: number) => {
    const { topics } = await new WireClient(cluster.connect(2)).send(ListOffsets, version, {
      replicaId: -1,
      topics: [{ name: 'orders', partitions: [{ partitionIndex: 0, timestamp: -1, currentLeaderEpoch: -1 }] }],
    })
    const found = topics[0]?.partitions[0] ?? never()
    return [errorName(found.errorCode), found.offset]
  }
  await produce(cluster, 1)
  const [one, two, three] = cluster.brokers
  if (one === undefined || two === undefined || three === undefined) never()
  cluster.network.link(two, three).set({ delay: 50 })
  await one.kill()
  cluster.partition('orders', 0).elect(two)
  expect(await latest(5)).toEqual(['OFFSET_NOT_AVAILABLE', -1])
  expect(await latest(4)).toEqual(['LEADER_NOT_AVAILABLE', -1])
  await cluster.clock.advance(200)
  expect(await latest(5)).toEqual(['NONE', 1])
})

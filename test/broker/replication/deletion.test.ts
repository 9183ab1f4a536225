import { expect, onTestFinished, test } from 'vitest'
import { KafkaCluster } from '../../../src/index.ts'
import { errorName } from '../../../src/protocol/errors.ts'
import { DeleteRecords } from '../../../src/protocol/messages/delete-records.ts'
import { Produce } from '../../../src/protocol/messages/produce.ts'
import { buildBatch } from '../../../src/protocol/records/batch-builder.ts'
import { WireClient } from '../../wire-client.ts'

const SESSION_TIMEOUT_MS = 9000

/** A topic of two replicas and two records; the follower stands still. */
async function withFollowerThatStandsStill(): Promise<{ cluster: KafkaCluster; leader: number }> {
  const cluster = await KafkaCluster.start({
    brokers: 2,
    clock: 'virtual',
    config: { 'broker.session.timeout.ms': String(SESSION_TIMEOUT_MS) },
    topics: { orders: { replicationFactor: 2 } },
  })
  onTestFinished(() => cluster.stop())
  const { leader = -1 } = cluster.partition('orders', 0)
  for (const value of ['a', 'b']) await produce(cluster, leader, value)
  await cluster.clock.advance(1000)
  for (const broker of cluster.brokers) if (broker.nodeId !== leader) broker.pause()
  return { cluster, leader }
}

function produce(cluster: KafkaCluster, leader: number, value: string) {
  const records = [buildBatch([{ value, timestamp: cluster.clock.now() }])]
  const topicData = [{ name: 'orders', partitionData: [{ index: 0, records }] }]
  return new WireClient(cluster.connect(leader)).send(Produce, 9, { acks: -1, timeoutMs: 60_000, topicData })
}

/** What a deletion of the first record is answered within a minute. */
async function deletion(cluster: KafkaCluster, leader: number): Promise<{ error: string; lowWatermark: number }> {
  const topics = [{ name: 'orders', partitions: [{ partitionIndex: 0, offset: 1 }] }]
  const { topics: answered } = await new WireClient(cluster.connect(leader)).send(DeleteRecords, 2, {
    topics,
    timeoutMs: 60_000,
  })
  const { errorCode = -1, lowWatermark = -1 } = answered[0]?.partitions[0] ?? {}
  return { error: errorName(errorCode), lowWatermark }
}

test('a deletion that waits for a follower does not hear of its death where nothing else moves', async () => {
  const { cluster, leader } = await withFollowerThatStandsStill()
  const answer = deletion(cluster, leader)
  await cluster.clock.advance(60_000)
  expect(await answer).toEqual({ error: 'REQUEST_TIMED_OUT', lowWatermark: 0 })
})

test('a deletion that waits for a follower ends when that is dead and the high watermark moves', async () => {
  const { cluster, leader } = await withFollowerThatStandsStill()
  const answer = deletion(cluster, leader)
  const produced = produce(cluster, leader, 'c')
  await cluster.clock.advance(SESSION_TIMEOUT_MS)
  expect((await produced).responses[0]?.partitionResponses[0]?.errorCode).toBe(0)
  expect(await answer).toEqual({ error: 'NONE', lowWatermark: 1 })
})

import { expect, onTestFinished, test } from 'vitest'
import { KafkaCluster } from '../../../src/index.ts'
import { errorName } from '../../../src/protocol/errors.ts'
import { Produce } from '../../../src/protocol/messages/produce.ts'
import { buildBatch } from '../../../src/protocol/records/batch-builder.ts'
import { WireClient } from '../../wire-client.ts'

test('a follower that ends before the new leader began is not in sync, though it has all that this one knows to be committed', async () => {
  const cluster = await KafkaCluster.start({
    brokers: 3,
    clock: 'virtual',
    topics: { orders: { replicationFactor: 3, configs: { 'min.insync.replicas': '2' } } },
  })
  onTestFinished(() => cluster.stop())
  const partition = cluster.partition('orders', 0)
  const leader = cluster.brokers.find(({ nodeId }) => nodeId === partition.leader)
  const [next, late] = cluster.brokers.filter((broker) => broker !== leader)
  if (leader === undefined || next === undefined || late === undefined) throw new Error('no brokers')
  await late.kill()
  const records = [buildBatch([{ value: 'acknowledged', timestamp: cluster.clock.now() }])]
  const { responses } = await new WireClient(leader.connect()).send(Produce, 9, {
    acks: -1,
    timeoutMs: 1000,
    topicData: [{ name: 'orders', partitionData: [{ index: 0, records }] }],
  })
  expect(errorName(responses[0]?.partitionResponses[0]?.errorCode ?? -1)).toBe('NONE')
  // The other one has the record, and has not heard yet that it is committed.
  await leader.kill()
  expect(partition.leader).toBe(next.nodeId)
  expect([partition.highWatermark, partition.logEndOffset]).toEqual([0, 1])

  cluster.network.link(next, late).set({ delay: 200 })
  await late.start()
  // The first fetch has come, and its answer is on the way.
  await cluster.clock.advance(300)
  expect(partition.isr).toEqual([next.nodeId])
  await cluster.clock.advance(1000)
  expect(partition.isr).toHaveLength(2)
  expect(partition.highWatermark).toBe(1)
})

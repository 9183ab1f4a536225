import { expect, onTestFinished, test } from 'vitest'
import { FollowerFeed } from '../../../src/broker/replication/follower-feed.ts'
import type { InSyncReplicas } from '../../../src/broker/replication/in-sync-replicas.ts'
import { RemoteReplica } from '../../../src/broker/replication/remote-replica.ts'
import { Signal } from '../../../src/broker/signal.ts'
import { Waiting } from '../../../src/broker/waiting.ts'
import { KafkaCluster } from '../../../src/index.ts'
import { errorName } from '../../../src/protocol/errors.ts'
import { Produce } from '../../../src/protocol/messages/produce.ts'
import { buildBatch } from '../../../src/protocol/records/batch-builder.ts'
import { WireClient } from '../../wire-client.ts'
import { configs, replicaLog } from '../log/replica-logs.ts'

async function put(cluster: KafkaCluster, key: string, value: string | null): Promise<void> {
  const records = [buildBatch([{ key, value, timestamp: cluster.clock.now() }])]
  const client = new WireClient(cluster.connect(cluster.partition('prices', 0).leader ?? -1))
  const { responses } = await client.send(Produce, 9, {
    acks: -1,
    timeoutMs: 1000,
    topicData: [{ name: 'prices', partitionData: [{ index: 0, records }] }],
  })
  expect(errorName(responses[0]?.partitionResponses[0]?.errorCode ?? -1)).toBe('NONE')
}

test('a replica without a disk follows a log whose last records were compacted away', async () => {
  const cluster = await KafkaCluster.start({
    brokers: 2,
    clock: 'virtual',
    topics: { prices: { replicationFactor: 2, configs: { 'cleanup.policy': 'compact', 'delete.retention.ms': '0' } } },
  })
  onTestFinished(() => cluster.stop())
  const partition = cluster.partition('prices', 0)
  const [leader, follower] = cluster.brokers
  if (leader === undefined || follower === undefined) throw new Error('no brokers')
  partition.elect(leader)
  await put(cluster, 'a', '1')
  await put(cluster, 'a', null)
  await follower.kill()
  cluster.topic('prices').compact()
  await cluster.clock.advance(1)
  cluster.topic('prices').compact()
  expect(partition.log(leader)?.records).toEqual([])

  await follower.start({ wipe: true })
  expect(partition.isr).toHaveLength(2)
  await put(cluster, 'b', '1')
  expect(partition.log(follower)?.records.map(({ offset }) => offset)).toEqual([2])
})

test('a follower at a gap at the end of the log waits: it is not answered with nothing, again and again', () => {
  const log = replicaLog()
  const at = (baseOffset: number) =>
    buildBatch([{ key: 'a', value: '1', timestamp: 0 }], { baseOffset, partitionLeaderEpoch: 0 })
  log.appendAsFollower([at(0), at(5)], configs(), 0)
  log.truncateTo(3)
  expect(log.logEndOffset).toBe(3)
  const remote = new RemoteReplica(2)
  const feed = new FollowerFeed({
    log,
    changed: new Signal(),
    minInSync: () => 1,
    leader: () => ({ remote: () => remote, followerFetched: () => false }) as Partial<InSyncReplicas> as InSyncReplicas,
    tellsLater: () => {},
  })
  const fetch = { topic: 'prices', topicId: 'id', index: 0, nodeId: 2, brokerEpoch: 1, currentLeaderEpoch: 0 }
  const after = { offset: 1, lastFetchedEpoch: 0, logStartOffset: 0, highWatermark: 0 }
  expect(feed.fetch({ ...fetch, ...after }, 1000)).toBeInstanceOf(Waiting)
})

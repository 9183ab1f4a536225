import { expect, test } from 'vitest'
import { KafkaCluster } from '../../../../src/index.ts'
import { errorName } from '../../../../src/protocol/errors.ts'
import { FindCoordinator } from '../../../../src/protocol/messages/find-coordinator.ts'
import { OffsetCommit } from '../../../../src/protocol/messages/offset-commit.ts'
import { WireClient } from '../../../wire-client.ts'

/** Commits to a group whose coordinator has lost one of the two replicas that it must have, and tells how long that took. */
async function commit(cluster: KafkaCluster) {
  const group = cluster.group('billing')
  const client = new WireClient(cluster.connect())
  await client.send(FindCoordinator, 1, { key: group.id, keyType: 0 })
  const coordinator = cluster.broker(group.coordinator ?? 0)
  for (const broker of cluster.brokers) if (broker !== coordinator) await broker.kill()
  const before = cluster.clock.now()
  let answered: string | undefined
  const member = new WireClient(cluster.connect(coordinator.nodeId))
  void member
    .send(OffsetCommit, 8, {
      groupId: group.id,
      generationIdOrMemberEpoch: -1,
      topics: [{ name: 'orders', partitions: [{ partitionIndex: 0, committedOffset: 5 }] }],
    })
    .then(({ topics }) => {
      answered = errorName(topics[0]?.partitions[0]?.errorCode ?? -1)
    })
  await cluster.clock.runUntil(() => answered !== undefined)
  const ms = cluster.clock.now() - before
  for (const broker of cluster.brokers) if (!broker.isRunning) await broker.start()
  await cluster.clock.advance(1000)
  return { answered, ms, committed: group.committed.map(({ offset }) => offset) }
}

const OPTIONS = {
  brokers: 2,
  clock: 'virtual' as const,
  topics: { orders: { replicationFactor: 1, partitions: 2 } },
  config: { 'min.insync.replicas': '2', 'offsets.topic.replication.factor': '2' },
}

test('a commit waits for replicas that come back, and is not lost when it has waited for too long', async () => {
  await using cluster = await KafkaCluster.start(OPTIONS)
  expect(await commit(cluster)).toEqual({ answered: 'COORDINATOR_NOT_AVAILABLE', ms: 5000, committed: [5] })
})

test('before 4.0 it is refused at once, and leaves nothing', async () => {
  await using cluster = await KafkaCluster.start({ ...OPTIONS, version: '3.9' })
  expect(await commit(cluster)).toEqual({ answered: 'COORDINATOR_NOT_AVAILABLE', ms: 0, committed: [] })
})

test('before 4.0 it waits as well where the new coordinator is on', async () => {
  const config = { ...OPTIONS.config, 'group.coordinator.rebalance.protocols': 'classic,consumer' }
  await using cluster = await KafkaCluster.start({ ...OPTIONS, version: '3.9', config })
  expect(await commit(cluster)).toEqual({ answered: 'COORDINATOR_NOT_AVAILABLE', ms: 5000, committed: [5] })
})

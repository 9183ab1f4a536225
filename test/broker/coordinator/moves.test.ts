import { describe, expect, onTestFinished, test } from 'vitest'
import { KafkaCluster } from '../../../src/index.ts'
import { errorName } from '../../../src/protocol/errors.ts'
import type { Api, Input } from '../../../src/protocol/message.ts'
import { AddPartitionsToTxn } from '../../../src/protocol/messages/add-partitions-to-txn.ts'
import { EndTxn } from '../../../src/protocol/messages/end-txn.ts'
import { FindCoordinator } from '../../../src/protocol/messages/find-coordinator.ts'
import { InitProducerId } from '../../../src/protocol/messages/init-producer-id.ts'
import { ListGroups } from '../../../src/protocol/messages/list-groups.ts'
import { OffsetCommit } from '../../../src/protocol/messages/offset-commit.ts'
import { OffsetFetch } from '../../../src/protocol/messages/offset-fetch.ts'
import { WireClient } from '../../wire-client.ts'

class Client {
  readonly cluster: KafkaCluster

  constructor(cluster: KafkaCluster) {
    this.cluster = cluster
  }

  ask<Request, Response>(
    nodeId: number | undefined,
    api: Api<Request, Response>,
    version: number,
    body: Input<Request>,
  ) {
    return new WireClient(this.cluster.connect(nodeId)).send(api, version, body)
  }

  /** Makes the internal topic of a coordinator. */
  find(key: string, keyType: number) {
    return this.ask(1, FindCoordinator, 3, { key, keyType })
  }

  async commit(nodeId: number | undefined, offset: number): Promise<string> {
    const partitions = [{ partitionIndex: 0, committedOffset: offset, committedMetadata: '' }]
    const request = { groupId: 'billing', topics: [{ name: 'orders', partitions }] }
    const { topics } = await this.ask(nodeId, OffsetCommit, 5, request)
    return errorName(topics[0]?.partitions[0]?.errorCode ?? -1)
  }

  async committed(nodeId: number | undefined): Promise<string | number> {
    const request = { groupId: 'billing', topics: [{ name: 'orders', partitionIndexes: [0] }] }
    const { topics, errorCode } = await this.ask(nodeId, OffsetFetch, 5, request)
    return errorCode === 0 ? (topics[0]?.partitions[0]?.committedOffset ?? -1) : errorName(errorCode)
  }

  async init(nodeId: number | undefined) {
    const request = { transactionalId: 'tx', transactionTimeoutMs: 60_000 }
    const { errorCode, producerId, producerEpoch } = await this.ask(nodeId, InitProducerId, 4, request)
    return { error: errorName(errorCode), producerId, producerEpoch }
  }
}

async function threeBrokers(): Promise<Client> {
  const cluster = await KafkaCluster.start({
    brokers: 3,
    clock: 'virtual',
    topics: { orders: { replicationFactor: 3 } },
    config: { 'offsets.topic.num.partitions': '2', 'transaction.state.log.num.partitions': '2' },
  })
  onTestFinished(() => cluster.stop())
  return new Client(cluster)
}

function another(cluster: KafkaCluster, nodeId: number | undefined) {
  const broker = cluster.brokers.find((one) => one.nodeId !== nodeId)
  if (broker === undefined) throw new Error('there is no other broker')
  return broker
}

describe('a group coordinator', () => {
  test('that moves takes along what is committed, and the old one says that it is no more', async () => {
    const client = await threeBrokers()
    const { cluster } = client
    await client.find('billing', 0)
    const group = cluster.group('billing')
    const before = group.coordinator
    expect(await client.commit(before, 7)).toBe('NONE')

    const next = another(cluster, before)
    group.moveCoordinator(next)
    expect(group.coordinator).toBe(next.nodeId)
    expect(await client.committed(next.nodeId)).toBe(7)
    expect(await client.commit(before, 8)).toBe('NOT_COORDINATOR')
    expect(await client.commit(next.nodeId, 8)).toBe('NONE')

    const third = cluster.brokers.find(({ nodeId }) => nodeId !== before && nodeId !== next.nodeId)
    await next.kill()
    expect([before, third?.nodeId]).toContain(group.coordinator)
    expect(await client.committed(group.coordinator)).toBe(8)
  })

  test('answers COORDINATOR_LOAD_IN_PROGRESS while its load is held', async () => {
    const client = await threeBrokers()
    const { cluster } = client
    await client.find('billing', 0)
    const group = cluster.group('billing')
    await client.commit(group.coordinator, 7)
    const next = another(cluster, group.coordinator)
    const release = next.holdCoordinatorLoads()
    group.moveCoordinator(next)
    expect(await client.committed(next.nodeId)).toBe('COORDINATOR_LOAD_IN_PROGRESS')
    expect(await client.commit(next.nodeId, 8)).toBe('COORDINATOR_LOAD_IN_PROGRESS')
    expect(errorName((await client.ask(next.nodeId, ListGroups, 4, {})).errorCode)).toBe('COORDINATOR_LOAD_IN_PROGRESS')
    release()
    expect(await client.committed(next.nodeId)).toBe(7)
    expect((await client.ask(next.nodeId, ListGroups, 4, {})).groups).toHaveLength(1)
  })
})

describe('a transaction coordinator', () => {
  test('that moves takes along its transactions', async () => {
    const client = await threeBrokers()
    const { cluster } = client
    await client.find('tx', 1)
    const transaction = cluster.transaction('tx')
    const before = transaction.coordinator
    const first = await client.init(before)
    const next = another(cluster, before)
    transaction.moveCoordinator(next)
    expect(await client.init(before)).toMatchObject({ error: 'NOT_COORDINATOR' })
    const second = await client.init(next.nodeId)
    expect(second).toEqual({ ...first, producerEpoch: first.producerEpoch + 1 })
  })

  test('answers CONCURRENT_TRANSACTIONS while the markers of the last one are held', async () => {
    const client = await threeBrokers()
    const { cluster } = client
    await client.find('tx', 1)
    const { coordinator } = cluster.transaction('tx')
    const { producerId, producerEpoch } = await client.init(coordinator)
    const begin = async () => {
      const request = {
        v3AndBelowTransactionalId: 'tx',
        v3AndBelowProducerId: producerId,
        v3AndBelowProducerEpoch: producerEpoch,
        v3AndBelowTopics: [{ name: 'orders', partitions: [0] }],
      }
      const { resultsByTopicV3AndBelow } = await client.ask(coordinator, AddPartitionsToTxn, 3, request)
      return errorName(resultsByTopicV3AndBelow[0]?.resultsByPartition[0]?.partitionErrorCode ?? -1)
    }
    expect(await begin()).toBe('NONE')
    const release = cluster.broker(coordinator).holdTransactionMarkers()
    const end = { transactionalId: 'tx', producerId, producerEpoch, committed: true }
    expect(errorName((await client.ask(coordinator, EndTxn, 3, end)).errorCode)).toBe('NONE')
    expect(await begin()).toBe('CONCURRENT_TRANSACTIONS')
    expect(cluster.partition('orders', 0).logEndOffset).toBe(0)
    release()
    expect(cluster.partition('orders', 0).logEndOffset).toBe(1)
    expect(await begin()).toBe('NONE')
  })
})

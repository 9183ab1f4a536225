import { describe, expect, it } from 'vitest'
import {
  ErrDeleteRecords,
  type ErrReassignPartitions,
  newClusterAdmin,
  newClusterAdminFromClient,
  PreferredElection,
  TopicResource,
  type TransactionClusterAdmin,
  UncleanElection,
} from '../../../src/client/admin/index.ts'
import { newClient } from '../../../src/client/client.ts'
import { type ConfigOptions, newConfig } from '../../../src/client/config/config.ts'
import { OffsetNewest } from '../../../src/client/config/options.ts'
import { ErrClosedClient, ErrIncompleteResponse, ErrOutOfBrokers } from '../../../src/client/errors/client-errors.ts'
import {
  ErrNetworkException,
  ErrNoReassignmentInProgress,
  ErrNotController,
  ErrNotCoordinatorForConsumer,
  ErrPreferredLeaderNotAvailable,
  ErrTopicAlreadyExists,
  ErrUnsupportedVersion,
} from '../../../src/client/errors/kafka-errors.ts'
import { KafkaCluster } from '../../../src/index.ts'
import { ErrorCode } from '../../../src/protocol/errors.ts'
import { ProtocolError } from '../../../src/protocol/message.ts'
import { CreatePartitions } from '../../../src/protocol/messages/create-partitions.ts'
import { CreateTopics } from '../../../src/protocol/messages/create-topics.ts'
import { ListOffsets } from '../../../src/protocol/messages/list-offsets.ts'
import { Metadata } from '../../../src/protocol/messages/metadata.ts'
import { OffsetCommit } from '../../../src/protocol/messages/offset-commit.ts'
import { respond } from '../../../src/testing/index.ts'

const one = { numPartitions: 1, replicationFactor: 1 }

function start(): Promise<KafkaCluster> {
  return KafkaCluster.start({
    clock: 'virtual',
    brokers: 3,
    topics: { orders: { partitions: 3, replicationFactor: 3 } },
    config: { 'offsets.topic.replication.factor': '3', 'transaction.state.log.replication.factor': '3' },
  })
}

function adminOf(cluster: KafkaCluster, options: ConfigOptions = {}): Promise<TransactionClusterAdmin> {
  return newClusterAdmin(cluster.bootstrapServers, newConfig({ ...cluster.clientConfig(), ...options }))
}

/** Moves the cluster's time on until a promise is settled. */
async function settled<T>(cluster: KafkaCluster, promise: Promise<T>): Promise<T> {
  let over = false
  const done = (): void => {
    over = true
  }
  promise.then(done, done)
  await cluster.clock.runUntil(() => over)
  return promise
}

/** Has the controller say so often that it is not the controller any more. */
function notController(cluster: KafkaCluster, times: number): { readonly asked: number } {
  const count = { asked: 0 }
  cluster.use(
    respond(CreateTopics, ({ request, passthrough }) => {
      count.asked++
      if (count.asked > times) return passthrough()
      const errors = { errorCode: ErrorCode.NOT_CONTROLLER, errorMessage: 'it has moved' }
      return { topics: request.topics.map(({ name }) => ({ name, ...errors })) }
    }),
  )
  return count
}

describe('an admin of a cluster that fails', () => {
  it('goes to the new controller, after a while and after it has asked who it is', async () => {
    await using cluster = await start()
    await using admin = await adminOf(cluster)
    let refreshes = 0
    const count = notController(cluster, 2)
    cluster.use(
      respond(Metadata, ({ passthrough }) => {
        refreshes++
        return passthrough()
      }),
    )
    const before = cluster.clock.now()
    await settled(cluster, admin.createTopic('made', one))
    expect(count.asked).toBe(3)
    expect(refreshes).toBe(2)
    expect(cluster.clock.now() - before).toBeGreaterThanOrEqual(160)
    expect(cluster.clock.now() - before).toBeLessThan(1000)
  })

  it('gives up after admin.retry.max', async () => {
    await using cluster = await start()
    await using admin = await adminOf(cluster, { admin: { retry: { max: 3 } } })
    const count = notController(cluster, 100)
    await expect(settled(cluster, admin.createTopic('made', one))).rejects.toThrow(ErrNotController)
    expect(count.asked).toBe(4)
  })

  it('does not try again what will not pass', async () => {
    await using cluster = await start()
    await using admin = await adminOf(cluster)
    const count = notController(cluster, 0)
    await expect(admin.createTopic('orders', one)).rejects.toThrow(ErrTopicAlreadyExists)
    expect(count.asked).toBe(1)
  })

  it('does what it was told though the broker dies in between', async () => {
    await using cluster = await start()
    await using admin = await adminOf(cluster)
    const { id } = await admin.controller()
    await cluster.broker(id).kill()
    await settled(cluster, admin.createTopic('made', one))
    expect(await settled(cluster, admin.listTopics())).toHaveProperty('size', 2)
    const { brokers } = await settled(cluster, admin.describeCluster())
    expect(brokers.map((broker) => broker.id)).not.toContain(id)
  })

  it('lists groups of the brokers that are left', async () => {
    await using cluster = await start()
    await using admin = await adminOf(cluster)
    await settled(cluster, admin.alterConsumerGroupOffsets('billing', { orders: { 0: { offset: 0 } } }))
    const { id } = await admin.coordinator('billing')
    await cluster.broker(id).kill()
    expect(await settled(cluster, admin.listConsumerGroups())).toEqual(new Map([['billing', '']]))
  })

  it('fails when no broker is left', async () => {
    await using cluster = await start()
    await using admin = await adminOf(cluster, { admin: { retry: { max: 1 } }, metadata: { retry: { max: 0 } } })
    for (const broker of cluster.brokers) await broker.kill()
    const error = await settled(cluster, admin.createTopic('made', one)).catch((reason) => reason)
    expect([ErrNetworkException, ErrOutOfBrokers].some((kind) => error instanceof kind)).toBe(true)
  })

  it('goes to the new coordinator when the group has moved', async () => {
    await using cluster = await start()
    await using admin = await adminOf(cluster)
    const offsets = { orders: { 0: { offset: 0 } } }
    await settled(cluster, admin.alterConsumerGroupOffsets('billing', offsets))
    const { id } = await admin.coordinator('billing')
    const other = cluster.brokers.find(({ nodeId }) => nodeId !== id) as (typeof cluster.brokers)[number]
    cluster.group('billing').moveCoordinator(other)
    const { blocks } = await settled(cluster, admin.listConsumerGroupOffsets('billing', null))
    expect(blocks.get('orders')?.get(0)?.offset).toBe(0)
    expect((await admin.coordinator('billing')).id).toBe(other.nodeId)
    cluster.group('billing').moveCoordinator(cluster.broker(id))
    const [described] = await settled(cluster, admin.describeConsumerGroups(['billing']))
    expect(described?.state).toBe('Empty')
    cluster.group('billing').moveCoordinator(other)
    const batch = await settled(cluster, admin.listConsumerGroupOffsetsBatch({ billing: null, other: null }))
    expect(batch.get('billing')?.blocks.get('orders')?.get(0)?.offset).toBe(0)
    cluster.group('billing').moveCoordinator(cluster.broker(id))
    const altered = await settled(cluster, admin.alterConsumerGroupOffsets('billing', offsets))
    expect(altered.get('orders')?.get(0)).toBe(null)
    cluster.group('billing').moveCoordinator(other)
    await settled(cluster, admin.deleteConsumerGroupOffset('billing', 'orders', 0))
    cluster.group('billing').moveCoordinator(cluster.broker(id))
    await settled(cluster, admin.removeMemberFromConsumerGroup('billing', ['one']))
    cluster.group('billing').moveCoordinator(other)
    await settled(
      cluster,
      admin.deleteConsumerGroup('billing').catch(() => {}),
    )
    expect(await settled(cluster, admin.listConsumerGroups())).toEqual(new Map())
  })

  it('gives up on a coordinator that it cannot find', async () => {
    await using cluster = await start()
    await using admin = await adminOf(cluster, { admin: { retry: { max: 1 } } })
    cluster.use(
      respond(OffsetCommit, ({ request }) => ({
        topics: request.topics.map(({ name }) => ({
          name,
          partitions: [{ partitionIndex: 0, errorCode: ErrorCode.NOT_COORDINATOR }],
        })),
      })),
    )
    const altered = admin.alterConsumerGroupOffsets('billing', { orders: { 0: { offset: 0 } } })
    await expect(settled(cluster, altered)).rejects.toThrow(ErrNotCoordinatorForConsumer)
  })

  it('asks the new leaders of partitions, and no other again', async () => {
    await using cluster = await start()
    await using admin = await adminOf(cluster)
    await settled(cluster, admin.listOffsets({ orders: { 0: OffsetNewest, 1: OffsetNewest, 2: OffsetNewest } }))
    const asked: number[] = []
    cluster.use(
      respond(ListOffsets, ({ request, passthrough }) => {
        asked.push(...request.topics.flatMap(({ partitions }) => partitions.map((one) => one.partitionIndex)))
        return passthrough()
      }),
    )
    const leader = cluster.partition('orders', 0).leader as number
    const led = [0, 1, 2].filter((partition) => cluster.partition('orders', partition).leader === leader)
    await cluster.broker(leader).stop()
    const told = await settled(
      cluster,
      admin.listOffsets({ orders: { 0: OffsetNewest, 1: OffsetNewest, 2: OffsetNewest } }),
    )
    expect([...(told.get('orders') ?? [])].map(([partition, { offset, err }]) => [partition, offset, err])).toEqual([
      [0, 0, null],
      [1, 0, null],
      [2, 0, null],
    ])
    for (const partition of [0, 1, 2].filter((partition) => !led.includes(partition))) {
      expect(asked.filter((one) => one === partition)).toHaveLength(1)
    }
    await settled(cluster, admin.deleteRecords('orders', { 0: 0, 1: 0, 2: 0 }))
  })

  it('tells of partitions on the move, and calls that off', async () => {
    await using cluster = await KafkaCluster.start({ clock: 'virtual', brokers: 3, topics: { orders: {} } })
    await using admin = await adminOf(cluster)
    const leader = cluster.partition('orders', 0).leader as number
    const other = leader === 1 ? 2 : 1
    await cluster.broker(other).stop()
    await settled(cluster, admin.alterPartitionReassignments('orders', [[leader, other]]))
    const moving = await settled(cluster, admin.listPartitionReassignments('orders', [0]))
    expect(moving.get('orders')?.get(0)).toEqual({
      replicas: [leader, other],
      addingReplicas: [other],
      removingReplicas: [],
    })
    await settled(cluster, admin.alterPartitionReassignments('orders', [null]))
    expect(await settled(cluster, admin.listPartitionReassignments('orders', [0]))).toEqual(new Map())
    const nothing = settled(cluster, admin.alterPartitionReassignments('orders', [null]))
    const { errors } = (await nothing.catch((reason) => reason)) as ErrReassignPartitions
    expect(errors).toEqual([expect.any(ErrNoReassignmentInProgress)])
  })

  it('has a leader elected that is not in sync, when it is told to', async () => {
    await using cluster = await KafkaCluster.start({
      clock: 'virtual',
      brokers: 3,
      topics: { orders: { replicationFactor: 2 } },
    })
    await using admin = await adminOf(cluster)
    const [preferred, other] = cluster.partition('orders', 0).replicas as [number, number]
    await cluster.broker(other).kill()
    await cluster.clock.runUntil(() => cluster.partition('orders', 0).isr.length === 1)
    await cluster.broker(preferred).kill()
    await cluster.clock.runUntil(() => cluster.partition('orders', 0).leader === undefined)
    await cluster.broker(other).start()
    const elect = (type: number) => settled(cluster, admin.electLeaders(type, { orders: [0] }))
    expect((await elect(PreferredElection)).get('orders')?.get(0)?.err).toBeInstanceOf(ErrPreferredLeaderNotAvailable)
    expect((await elect(UncleanElection)).get('orders')?.get(0)?.err).toBe(null)
    expect(cluster.partition('orders', 0).leader).toBe(other)
  })

  it('says which partitions have no leader to delete records', async () => {
    await using cluster = await KafkaCluster.start({ clock: 'virtual', brokers: 2, topics: { orders: {} } })
    await using admin = await adminOf(cluster, { admin: { retry: { max: 1 } }, metadata: { retry: { max: 0 } } })
    await cluster.broker(cluster.partition('orders', 0).leader as number).stop()
    await expect(settled(cluster, admin.deleteRecords('orders', { 0: 0 }))).rejects.toThrow(ErrDeleteRecords)
  })

  it('notices an answer that does not answer', async () => {
    await using cluster = await start()
    await using admin = await adminOf(cluster)
    cluster.use(respond(CreateTopics, () => ({ topics: [] })))
    cluster.use(respond(CreatePartitions, () => ({ results: [] })))
    await expect(admin.createTopic('made', one)).rejects.toThrow(ErrIncompleteResponse)
    await expect(admin.createPartitions('orders', 7)).rejects.toThrow(ErrIncompleteResponse)
  })
})

describe('an admin', () => {
  it('has every call end that is aborted, in the answer and in the back-off', async () => {
    await using cluster = await start()
    await using admin = await adminOf(cluster)
    const reason = new Error('enough')
    const aborted = AbortSignal.abort(reason)
    await expect(admin.listTopics({ signal: aborted })).rejects.toBe(reason)
    await expect(admin.listConsumerGroups({ signal: aborted })).rejects.toBe(reason)
    await expect(admin.deleteRecords('orders', { 0: 0 }, { signal: aborted })).rejects.toBe(reason)
    await expect(admin.listOffsets({ orders: { 0: OffsetNewest } }, { signal: aborted })).rejects.toBe(reason)

    const controller = new AbortController()
    let asked = 0
    cluster.use(respond(CreateTopics, () => new Promise(() => asked++)))
    const waiting = admin.createTopic('made', one, false, { signal: controller.signal })
    waiting.catch(() => {})
    await cluster.clock.runUntil(() => asked === 1)
    controller.abort(reason)
    await expect(waiting).rejects.toBe(reason)
  })

  it('ends the wait before a retry when it is aborted', async () => {
    await using cluster = await start()
    await using admin = await adminOf(cluster, { admin: { retry: { max: 3, backoff: 60_000 } } })
    const count = notController(cluster, 100)
    const controller = new AbortController()
    const waiting = admin.createTopic('made', one, false, { signal: controller.signal })
    waiting.catch(() => {})
    await cluster.clock.runUntil(() => count.asked === 1)
    controller.abort(new Error('enough'))
    await expect(waiting).rejects.toThrow('enough')
    expect(count.asked).toBe(1)
  })

  it('ends the wait before a retry when it is closed', async () => {
    await using cluster = await start()
    const admin = await adminOf(cluster, { admin: { retry: { max: 3, backoff: 60_000 } } })
    const count = notController(cluster, 100)
    const waiting = admin.createTopic('made', one)
    waiting.catch(() => {})
    await cluster.clock.runUntil(() => count.asked === 1)
    await admin.close()
    await expect(waiting).rejects.toThrow(ErrClosedClient)
  })

  it('closes with its client, and does nothing after', async () => {
    await using cluster = await start()
    const client = await newClient(cluster.bootstrapServers, newConfig(cluster.clientConfig()))
    const admin = await newClusterAdminFromClient(client)
    await admin.close()
    expect(client.closed).toBe(true)
    await expect(admin.listTopics()).rejects.toThrow(ErrClosedClient)
    await expect(admin.createTopic('made', one)).rejects.toThrow(ErrClosedClient)
    await expect(admin.listConsumerGroups()).rejects.toThrow(ErrClosedClient)
    await expect(admin.describeLogDirs([1])).rejects.toThrow(ErrClosedClient)
    await expect(admin.listOffsets({ orders: { 0: OffsetNewest } })).rejects.toThrow(ErrClosedClient)
    await expect(newClusterAdminFromClient(client)).rejects.toThrow(ErrClosedClient)
    await admin.close()
  })

  it('says of brokers that they are too old for what they are told', async () => {
    await using cluster = await KafkaCluster.start({ clock: 'virtual', brokers: 3, version: '0.10.1' })
    await using admin = await adminOf(cluster)
    await admin.createTopic('made', one)
    await expect(admin.createTopic('asked', one, true)).rejects.toThrow(ErrUnsupportedVersion)
    await expect(admin.createPartitions('made', 2)).rejects.toThrow(ErrUnsupportedVersion)
    await expect(admin.listConsumerGroupOffsets('billing', null)).rejects.toThrow(ErrUnsupportedVersion)
    await expect(admin.describeConfig({ type: TopicResource, name: 'made' })).rejects.toThrow(ErrUnsupportedVersion)
    await admin.deleteTopic('made')
  })

  it('says of what makes no sense in any version where it lies', async () => {
    await using cluster = await start()
    await using admin = await adminOf(cluster)
    await expect(admin.createPartitions('orders', 2.5)).rejects.toThrow(/topics\[0\]\.count/)
    await expect(admin.createPartitions('orders', 2.5)).rejects.toThrow(ProtocolError)
    await expect(admin.createTopic('made', { numPartitions: 2 ** 31 })).rejects.toThrow(/topics\[0\]\.numPartitions/)
    await admin.createPartitions('orders', 4)
  })

  it('asks for metadata of brokers that have no DescribeCluster', async () => {
    await using cluster = await KafkaCluster.start({ clock: 'virtual', brokers: 3, version: '2.7' })
    await using admin = await adminOf(cluster)
    const { brokers, controllerID, clusterId } = await admin.describeCluster()
    expect(brokers.map(({ addr }) => addr)).toEqual(cluster.bootstrapServers)
    expect(brokers.map(({ id }) => id)).toContain(controllerID)
    expect(clusterId).toBe(cluster.clusterId)
  })
})

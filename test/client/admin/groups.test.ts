import { describe, expect, it } from 'vitest'
import {
  memberAssignment,
  memberMetadata,
  newClusterAdmin,
  newClusterAdminFromClient,
  type TransactionClusterAdmin,
} from '../../../src/client/admin/index.ts'
import { newClient } from '../../../src/client/client.ts'
import { newConfig } from '../../../src/client/config/config.ts'
import { ConfigurationError } from '../../../src/client/errors/client-errors.ts'
import {
  ErrGroupIDNotFound,
  ErrGroupSubscribedToTopic,
  ErrNonEmptyGroup,
  ErrUnknownMemberId,
  ErrUnknownTopicOrPartition,
  ErrUnsupportedVersion,
} from '../../../src/client/errors/kafka-errors.ts'
import { ErrorCode } from '../../../src/protocol/errors.ts'
import { AddPartitionsToTxn } from '../../../src/protocol/messages/add-partitions-to-txn.ts'
import { ConsumerProtocolAssignment } from '../../../src/protocol/messages/data/consumer-protocol-assignment.ts'
import { ConsumerProtocolSubscription } from '../../../src/protocol/messages/data/consumer-protocol-subscription.ts'
import { EndTxn } from '../../../src/protocol/messages/end-txn.ts'
import { InitProducerId } from '../../../src/protocol/messages/init-producer-id.ts'
import { JoinGroup } from '../../../src/protocol/messages/join-group.ts'
import { SyncGroup } from '../../../src/protocol/messages/sync-group.ts'
import { type TestCluster, testCluster } from '../harness.ts'
import { eventually } from './eventually.ts'

function adminOf(cluster: TestCluster, version?: string): Promise<TransactionClusterAdmin> {
  return newClusterAdmin(cluster.addrs, newConfig({ ...cluster.config, ...(version !== undefined && { version }) }))
}

/** Has a static member join a group of consumers and be assigned partition 0 of a topic, by no client that is under test. */
async function join(
  cluster: TestCluster,
  admin: TransactionClusterAdmin,
  groupId: string,
  topic: string,
): Promise<string> {
  const { addr } = await admin.coordinator(groupId)
  const version = Buffer.from([0, 0])
  const subscription = Buffer.concat([version, ConsumerProtocolSubscription.encode({ topics: [topic] }, 0)])
  const joined = await cluster.ask(
    JoinGroup,
    9,
    {
      groupId,
      sessionTimeoutMs: 30_000,
      rebalanceTimeoutMs: 30_000,
      memberId: '',
      groupInstanceId: 'one',
      protocolType: 'consumer',
      protocols: [{ name: 'range', metadata: subscription }],
    },
    addr,
  )
  expect(joined.errorCode).toBe(ErrorCode.NONE)
  const { memberId, generationId } = joined
  const assignment = Buffer.concat([
    version,
    ConsumerProtocolAssignment.encode({ assignedPartitions: [{ topic, partitions: [0] }] }, 0),
  ])
  const synced = await cluster.ask(
    SyncGroup,
    5,
    {
      groupId,
      generationId,
      memberId,
      groupInstanceId: 'one',
      protocolType: 'consumer',
      protocolName: 'range',
      assignments: [{ memberId, assignment }],
    },
    addr,
  )
  expect(synced.errorCode).toBe(ErrorCode.NONE)
  return memberId
}

describe('an admin and groups', () => {
  it('commits offsets for a group, tells them, and deletes them', async () => {
    await using cluster = await testCluster()
    await using admin = await adminOf(cluster)
    const topic = await cluster.createTopic('committed', { partitions: 3 })
    await cluster.produce(topic, 0, ['a', 'b'])
    const group = cluster.unique('idle')
    const altered = await admin.alterConsumerGroupOffsets(group, {
      [topic]: { 0: { offset: 1, metadata: 'why', leaderEpoch: 0 }, 1: { offset: 0 } },
      [cluster.unique('nowhere')]: { 0: { offset: 1 } },
    })
    expect(altered.get(topic)).toEqual(
      new Map([
        [0, null],
        [1, null],
      ]),
    )
    expect(altered.get(cluster.unique('nowhere'))?.get(0)).toBeInstanceOf(ErrUnknownTopicOrPartition)

    const all = await admin.listConsumerGroupOffsets(group, null)
    expect(all).toMatchObject({ groupId: group, err: null })
    expect(all.blocks.get(topic)?.get(0)).toEqual({ offset: 1, leaderEpoch: 0, metadata: 'why', err: null })
    expect(all.blocks.get(topic)?.get(1)).toEqual({ offset: 0, leaderEpoch: -1, metadata: '', err: null })
    expect(all.blocks.get(topic)?.has(2)).toBe(false)
    const asked = await admin.listConsumerGroupOffsets(group, { [topic]: [1, 2] })
    expect(asked.blocks.get(topic)?.has(0)).toBe(false)
    expect(asked.blocks.get(topic)?.get(2)).toMatchObject({ offset: -1, err: null })

    await admin.deleteConsumerGroupOffset(group, topic, 0)
    expect((await admin.listConsumerGroupOffsets(group, null)).blocks.get(topic)?.has(0)).toBe(false)
    await admin.deleteConsumerGroup(group)
    await expect(admin.deleteConsumerGroup(group)).rejects.toThrow(ErrGroupIDNotFound)
    await expect(admin.deleteConsumerGroupOffset(group, topic, 0)).rejects.toThrow(ErrGroupIDNotFound)
    await expect(admin.alterConsumerGroupOffsets(group, {})).rejects.toThrow(ConfigurationError)
  })

  it.each(['0.10.2.0', '1.1.0', '2.3.0', '2.5.0'])('tells offsets to a client that keeps to %s', async (version) => {
    await using cluster = await testCluster()
    await using newest = await adminOf(cluster)
    const topic = await cluster.createTopic('old')
    const group = cluster.unique('old')
    await newest.alterConsumerGroupOffsets(group, { [topic]: { 0: { offset: 3, metadata: 'm' } } })
    await using admin = await adminOf(cluster, version)
    const [all, asked] = await Promise.all([
      admin.listConsumerGroupOffsets(group, null),
      admin.listConsumerGroupOffsets(group, { [topic]: [0] }),
    ])
    for (const { blocks, groupId } of [all, asked]) {
      expect(groupId).toBe(group)
      expect(blocks.get(topic)?.get(0)).toMatchObject({ offset: 3, metadata: 'm', err: null })
    }
    await newest.deleteConsumerGroup(group)
  })

  it('tells the offsets of several groups at once', async () => {
    await using cluster = await testCluster()
    await using admin = await adminOf(cluster)
    const topic = await cluster.createTopic('batch', { partitions: 2 })
    const [one, two] = [cluster.unique('one'), cluster.unique('two')]
    await admin.alterConsumerGroupOffsets(one, { [topic]: { 0: { offset: 1 }, 1: { offset: 2 } } })
    await admin.alterConsumerGroupOffsets(two, { [topic]: { 0: { offset: 3 } } })
    const told = await admin.listConsumerGroupOffsetsBatch({ [one]: { [topic]: [1] }, [two]: null })
    expect(told.get(one)?.blocks.get(topic)?.get(1)).toMatchObject({ offset: 2 })
    expect(told.get(one)?.blocks.get(topic)?.has(0)).toBe(false)
    expect(told.get(two)?.blocks.get(topic)?.get(0)).toMatchObject({ offset: 3 })
    await using old = await adminOf(cluster, '2.8.0')
    await expect(old.listConsumerGroupOffsetsBatch({ [one]: null })).rejects.toThrow(ErrUnsupportedVersion)
    for (const group of [one, two]) await admin.deleteConsumerGroup(group)
  })

  it('lists and describes groups, and removes their static members', async () => {
    await using cluster = await testCluster()
    await using admin = await adminOf(cluster)
    const topic = await cluster.createTopic('described')
    const [group, nowhere] = [cluster.unique('members'), cluster.unique('nowhere')]
    const memberId = await join(cluster, admin, group, topic)
    expect((await admin.listConsumerGroups()).get(group)).toBe('consumer')
    const [none, some] = await admin.describeConsumerGroups([nowhere, group])
    expect(none).toMatchObject({ err: null, groupId: nowhere, state: 'Dead', members: new Map() })
    expect(some).toMatchObject({
      err: null,
      groupId: group,
      state: 'Stable',
      protocolType: 'consumer',
      protocol: 'range',
    })
    const member = some?.members.get(memberId)
    if (member === undefined) throw new Error(`${memberId} is not described`)
    expect(member).toMatchObject({ memberId, groupInstanceId: 'one', clientId: 'wire-client' })
    expect(member.clientHost).toBe('/127.0.0.1')
    expect(memberMetadata(member)).toEqual({ topics: [topic], userData: null })
    expect(memberAssignment(member)).toEqual({ topics: new Map([[topic, [0]]]), userData: null })

    await expect(admin.deleteConsumerGroup(group)).rejects.toThrow(ErrNonEmptyGroup)
    await expect(admin.deleteConsumerGroupOffset(group, topic, 0)).rejects.toThrow(ErrGroupSubscribedToTopic)
    const busy = await admin.alterConsumerGroupOffsets(group, { [topic]: { 0: { offset: 0 } } })
    expect(busy.get(topic)?.get(0)).toBeInstanceOf(ErrUnknownMemberId)
    const { members } = await admin.removeMemberFromConsumerGroup(group, ['one', 'two'])
    expect(members.map(({ groupInstanceId }) => groupInstanceId)).toEqual(['one', 'two'])
    expect(members[0]?.err).toBe(null)
    expect(members[1]?.err).toBeInstanceOf(ErrUnknownMemberId)
    const [empty] = await admin.describeConsumerGroups([group])
    expect(empty).toMatchObject({ state: 'Empty', members: new Map() })
    await admin.deleteConsumerGroup(group)
    await using old = await adminOf(cluster, '2.3.0')
    await expect(old.removeMemberFromConsumerGroup(group, ['one'])).rejects.toThrow(ErrUnsupportedVersion)
  })
})

describe('an admin and transactions', () => {
  it('tells which there are and what they are about', async () => {
    await using cluster = await testCluster()
    const client = await newClient(cluster.addrs, newConfig(cluster.config))
    await using admin = await newClusterAdminFromClient(client)
    const topic = await cluster.createTopic('transacted')
    const transactionalId = cluster.unique('payments')
    const { addr } = await client.transactionCoordinator(transactionalId)
    const producer = await eventually(
      () => cluster.ask(InitProducerId, 4, { transactionalId, transactionTimeoutMs: 60_000 }, addr),
      ({ errorCode }) => errorCode === ErrorCode.NONE,
    )
    const { producerId, producerEpoch } = producer
    const added = await cluster.ask(
      AddPartitionsToTxn,
      3,
      {
        v3AndBelowTransactionalId: transactionalId,
        v3AndBelowProducerId: producerId,
        v3AndBelowProducerEpoch: producerEpoch,
        v3AndBelowTopics: [{ name: topic, partitions: [0] }],
      },
      addr,
    )
    expect(added.resultsByTopicV3AndBelow[0]?.resultsByPartition[0]?.partitionErrorCode).toBe(ErrorCode.NONE)
    const own = (states: readonly { transactionalID: string }[]) =>
      states.filter(({ transactionalID }) => transactionalID === transactionalId)
    expect(own(await admin.listTransactions())).toEqual([
      { transactionalID: transactionalId, producerID: producerId, transactionState: 'Ongoing' },
    ])
    expect(own(await admin.listTransactions(['Ongoing'], [producerId]))).toHaveLength(1)
    expect(own(await admin.listTransactions(['CompleteAbort']))).toHaveLength(0)
    expect(own(await admin.listTransactions([], [], 3_600_000))).toHaveLength(0)
    const nowhere = cluster.unique('nowhere')
    const states = await admin.describeTransactions([transactionalId, nowhere])
    const state = states.get(transactionalId)
    expect(state).toMatchObject({
      err: null,
      transactionState: 'Ongoing',
      transactionTimeout: 60_000,
      producerID: producerId,
      producerEpoch,
      topics: new Map([[topic, [0]]]),
    })
    expect(states.get(nowhere)?.err).toMatchObject({ error: 'TRANSACTIONAL_ID_NOT_FOUND' })
    await cluster.ask(EndTxn, 3, { transactionalId, producerId, producerEpoch, committed: false }, addr)
    await eventually(
      () => admin.describeTransactions([transactionalId]),
      (told) => told.get(transactionalId)?.transactionState === 'CompleteAbort',
    )
    await using old = await adminOf(cluster, '3.7.0')
    await expect(old.listTransactions([], [], 1)).rejects.toThrow(ErrUnsupportedVersion)
  })
})

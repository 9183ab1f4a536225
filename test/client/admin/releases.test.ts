import { describe, expect, it } from 'vitest'
import {
  IncrementalAlterConfigsOperationSet,
  newClusterAdmin,
  PreferredElection,
  SourceDefault,
  SourceTopic,
  TopicResource,
  type TransactionClusterAdmin,
} from '../../../src/client/admin/index.ts'
import { newConfig } from '../../../src/client/config/config.ts'
import { OffsetNewest, OffsetOldest } from '../../../src/client/config/options.ts'
import { isAtLeast } from '../../../src/client/config/versions.ts'
import { ErrElectionNotNeeded } from '../../../src/client/errors/kafka-errors.ts'
import { KafkaCluster } from '../../../src/index.ts'

const releases = `0.10.1 0.10.2 0.11.0 1.0 1.1 2.0 2.1 2.2 2.3 2.4 2.5 2.6 2.7 2.8
  3.0 3.1 3.3 3.5 3.7 3.8 3.9 4.0 4.1 4.2 4.4`.split(/\s+/)

/** What an admin does of all that brokers of a release can do. */
async function useEverything(admin: TransactionClusterAdmin, since: (release: string) => boolean): Promise<void> {
  await admin.createTopic('orders', {
    numPartitions: 2,
    replicationFactor: 1,
    configEntries: { 'retention.ms': '1000' },
  })
  const [metadata] = await admin.describeTopics(['orders'])
  expect(metadata).toMatchObject({ err: null, name: 'orders', isInternal: false })
  expect(metadata?.partitions).toHaveLength(2)

  const { brokers, controllerID } = await admin.describeCluster()
  expect(brokers.map(({ id }) => id)).toContain(controllerID)
  expect(
    (await admin.listOffsets({ orders: { 0: OffsetNewest, 1: OffsetOldest } })).get('orders')?.get(0),
  ).toMatchObject({ offset: 0, err: null })

  const offsets = { orders: { 0: { offset: 0, metadata: 'm' } } }
  expect((await admin.alterConsumerGroupOffsets('billing', offsets)).get('orders')?.get(0)).toBe(null)
  const told = await admin.listConsumerGroupOffsets('billing', { orders: [0] })
  expect(told.blocks.get('orders')?.get(0)).toEqual({ offset: 0, leaderEpoch: -1, metadata: 'm', err: null })
  expect((await admin.describeConsumerGroups(['billing', 'none'])).map(({ state }) => state)).toEqual(['Empty', 'Dead'])
  expect([...(await admin.listConsumerGroups()).keys()]).toEqual(['billing'])

  if (since('0.10.2')) {
    await admin.createTopic('asked', { numPartitions: 1, replicationFactor: 1 }, true)
    expect((await admin.listConsumerGroupOffsets('billing', null)).blocks.get('orders')?.size).toBe(1)
  }
  if (since('0.11')) {
    await admin.deleteRecords('orders', { 0: 0 })
    const listed = (await admin.listTopics()).get('orders')
    expect(listed).toMatchObject({ numPartitions: 2, replicationFactor: 1 })
    expect(listed?.configEntries.get('retention.ms')).toBe('1000')
    const configs = await admin.describeConfig({ type: TopicResource, name: 'orders' })
    const entry = (name: string) => configs.find((config) => config.name === name)
    expect(entry('retention.ms')).toMatchObject({ value: '1000', default: false })
    if (since('1.1')) {
      expect(entry('retention.ms')).toMatchObject({ source: SourceTopic })
      expect(entry('segment.bytes')).toMatchObject({ default: true, source: SourceDefault })
      expect(listed?.configEntries.has('segment.bytes')).toBe(false)
    }
    await admin.alterConfig(TopicResource, 'orders', { 'retention.ms': '2000' })
  }
  if (since('1.0')) {
    await admin.createPartitions('orders', 3)
    const [dir] = (await admin.describeLogDirs([controllerID])).get(controllerID) ?? []
    expect(dir).toMatchObject({ err: null })
  }
  if (since('2.3')) {
    const operation = IncrementalAlterConfigsOperationSet
    await admin.incrementalAlterConfig(TopicResource, 'orders', { 'retention.ms': { operation, value: '3000' } })
  }
  if (since('2.2')) {
    const elected = await admin.electLeaders(PreferredElection, { orders: [0] })
    expect(elected.get('orders')?.get(0)?.err ?? new ErrElectionNotNeeded()).toBeInstanceOf(ErrElectionNotNeeded)
  }
  if (since('2.4')) {
    await admin.alterPartitionReassignments('orders', [[controllerID]])
    expect((await admin.listPartitionReassignments('orders', [0])).size).toBe(0)
    await admin.deleteConsumerGroupOffset('billing', 'orders', 0)
  }
  if (since('3.0')) {
    expect((await admin.listConsumerGroupOffsetsBatch({ billing: null })).get('billing')?.err).toBe(null)
    expect(await admin.listTransactions()).toEqual([])
    expect((await admin.describeTransactions(['none'])).get('none')?.err).not.toBe(null)
    expect((await admin.describeProducers({ orders: [0] })).get('orders')?.get(0)?.err).toBe(null)
  }
  if (since('1.1')) await admin.deleteConsumerGroup('billing').catch(() => {})
  await admin.deleteTopic('orders')
  expect(await admin.describeTopics([])).not.toContainEqual(expect.objectContaining({ name: 'orders' }))
}

describe('an admin', () => {
  it.each(releases)('speaks with brokers of Kafka %s', async (version) => {
    await using cluster = await KafkaCluster.start({ clock: 'virtual', version })
    await using admin = await newClusterAdmin(cluster.bootstrapServers, newConfig(cluster.clientConfig()))
    await useEverything(admin, (release) => isAtLeast(version, release))
  })
})

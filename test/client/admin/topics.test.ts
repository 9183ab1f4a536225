import { describe, expect, it } from 'vitest'
import {
  AlterConfigError,
  BrokerResource,
  DescribeConfigError,
  ErrDeleteRecords,
  ErrReassignPartitions,
  IncrementalAlterConfigsOperationAppend,
  IncrementalAlterConfigsOperationDelete,
  IncrementalAlterConfigsOperationSet,
  newClusterAdmin,
  PreferredElection,
  SourceDefault,
  SourceTopic,
  TopicError,
  TopicPartitionError,
  TopicResource,
  type TransactionClusterAdmin,
} from '../../../src/client/admin/index.ts'
import { newConfig } from '../../../src/client/config/config.ts'
import { OffsetNewest, OffsetOldest } from '../../../src/client/config/options.ts'
import { ConfigurationError, ErrBrokerNotFound } from '../../../src/client/errors/client-errors.ts'
import {
  ErrElectionNotNeeded,
  ErrInvalidConfig,
  ErrInvalidPartitions,
  ErrInvalidReplicationFactor,
  ErrInvalidTopic,
  ErrOffsetOutOfRange,
  ErrTopicAlreadyExists,
  ErrUnknownTopicOrPartition,
} from '../../../src/client/errors/kafka-errors.ts'
import { lacksBrokers, type TestCluster, testCluster } from '../harness.ts'
import { eventually } from './eventually.ts'

function adminOf(cluster: TestCluster): Promise<TransactionClusterAdmin> {
  // What there is not is not looked for again: the tests ask for it on purpose.
  return newClusterAdmin(cluster.addrs, newConfig({ ...cluster.config, metadata: { retry: { max: 0 } } }))
}

/** Waits until a broker that is asked knows that the topic is gone. */
async function gone(admin: TransactionClusterAdmin, topic: string): Promise<void> {
  await eventually(
    async () => {
      const [metadata] = await admin.describeTopics([topic])
      const listed = await admin.listTopics()
      return { metadata, listed }
    },
    ({ metadata, listed }) => !listed.has(topic) && metadata?.err !== null,
  )
}

describe('an admin and topics', () => {
  it('creates a topic, lists it, describes it and deletes it', async () => {
    await using cluster = await testCluster()
    await using admin = await adminOf(cluster)
    const topic = cluster.unique('made')
    await admin.createTopic(topic, {
      numPartitions: 3,
      replicationFactor: 1,
      configEntries: { 'cleanup.policy': 'compact' },
    })
    await cluster.known(topic, 3)
    const listed = (await admin.listTopics()).get(topic)
    expect(listed).toMatchObject({ numPartitions: 3, replicationFactor: 1 })
    expect(listed?.configEntries.get('cleanup.policy')).toBe('compact')
    expect(listed?.configEntries.has('retention.ms')).toBe(false)
    expect([...(listed?.replicaAssignment.keys() ?? [])].sort()).toEqual([0, 1, 2])
    const [metadata] = await admin.describeTopics([topic])
    expect(metadata).toMatchObject({ err: null, name: topic, isInternal: false })
    expect(metadata?.partitions.map(({ id }) => id).sort()).toEqual([0, 1, 2])
    for (const { leader, replicas, isr, offlineReplicas } of metadata?.partitions ?? []) {
      expect([replicas, isr, offlineReplicas]).toEqual([[leader], [leader], []])
    }
    await admin.deleteTopic(topic)
    await gone(admin, topic)
  })

  it('gives a topic the partitions and brokers that it is told', async () => {
    await using cluster = await testCluster()
    await using admin = await adminOf(cluster)
    const topic = cluster.unique('assigned')
    const { brokers } = await admin.describeCluster()
    const id = brokers[0]?.id as number
    await admin.createTopic(topic, {
      replicaAssignment: new Map([
        [0, [id]],
        [1, [id]],
      ]),
    })
    await cluster.known(topic, 2)
    expect((await admin.listTopics()).get(topic)?.replicaAssignment).toEqual(
      new Map([
        [0, [id]],
        [1, [id]],
      ]),
    )
    await admin.deleteTopic(topic)
  })

  it('leaves to the broker what it is not told', async () => {
    await using cluster = await testCluster()
    await using admin = await adminOf(cluster)
    const topic = cluster.unique('default')
    await admin.createTopic(topic, {})
    await cluster.known(topic, 1)
    const name = String((await admin.controller()).id)
    const configNames = ['num.partitions', 'default.replication.factor']
    const configs = await admin.describeConfig({ type: BrokerResource, name, configNames })
    const valueIn = (wanted: string) => Number(configs.find(({ name }) => name === wanted)?.value)
    expect((await admin.listTopics()).get(topic)).toMatchObject({
      numPartitions: valueIn('num.partitions'),
      replicationFactor: valueIn('default.replication.factor'),
    })
    await admin.deleteTopic(topic)
  })

  it('only asks whether a topic could be made', async () => {
    await using cluster = await testCluster()
    await using admin = await adminOf(cluster)
    const topic = cluster.unique('asked')
    await admin.createTopic(topic, { numPartitions: 1, replicationFactor: 1 }, true)
    await expect(admin.createTopic(topic, { numPartitions: 0, replicationFactor: 1 }, true)).rejects.toThrow(
      ErrInvalidPartitions,
    )
    expect((await admin.describeTopics([topic]))[0]?.err).toBeInstanceOf(ErrUnknownTopicOrPartition)
  })

  it('says by name and in the words of the broker why a topic is not made', async () => {
    await using cluster = await testCluster()
    await using admin = await adminOf(cluster)
    const topic = await cluster.createTopic('there')
    const again = admin.createTopic(topic, { numPartitions: 1, replicationFactor: 1 })
    await expect(again).rejects.toThrow(ErrTopicAlreadyExists)
    await expect(again).rejects.toThrow(TopicError)
    const error = (await again.catch((reason) => reason)) as TopicError
    expect(error.errMsg).toBe(`Topic '${topic}' already exists.`)
    expect(error.message).toBe(error.errMsg)
    expect(error.err).toBeInstanceOf(ErrTopicAlreadyExists)
    expect(error).not.toBeInstanceOf(TopicPartitionError)
    const create = (detail: object) => admin.createTopic(cluster.unique('not'), detail)
    await expect(create({ numPartitions: 1, replicationFactor: 99 })).rejects.toThrow(ErrInvalidReplicationFactor)
    await expect(
      create({ numPartitions: 1, replicationFactor: 1, configEntries: { 'cleanup.policy': 'burn' } }),
    ).rejects.toThrow(ErrInvalidConfig)
    await expect(admin.createTopic('a/b', { numPartitions: 1, replicationFactor: 1 })).rejects.toThrow(ErrInvalidTopic)
    await expect(admin.createTopic('', {})).rejects.toThrow(ErrInvalidTopic)
    await expect(admin.deleteTopic('')).rejects.toThrow(ErrInvalidTopic)
    await expect(admin.deleteTopic(cluster.unique('nowhere'))).rejects.toThrow(ErrUnknownTopicOrPartition)
  })

  it('gives a topic more partitions, never fewer', async () => {
    await using cluster = await testCluster()
    await using admin = await adminOf(cluster)
    const topic = await cluster.createTopic('growing', { partitions: 2 })
    await admin.createPartitions(topic, 4, null, true)
    await admin.createPartitions(topic, 4)
    await eventually(
      () => admin.describeTopics([topic]),
      ([metadata]) => metadata?.partitions.length === 4,
    )
    const fewer = admin.createPartitions(topic, 1)
    await expect(fewer).rejects.toThrow(TopicPartitionError)
    await expect(fewer).rejects.toThrow(ErrInvalidPartitions)
    await expect(admin.createPartitions(cluster.unique('nowhere'), 4)).rejects.toThrow(ErrUnknownTopicOrPartition)
  })

  it('tells offsets and deletes records below one', async () => {
    await using cluster = await testCluster()
    await using admin = await adminOf(cluster)
    const topic = await cluster.createTopic('records', { partitions: 2 })
    await cluster.produce(topic, 0, [
      { key: null, value: 'a', timestamp: 1000 },
      { key: null, value: 'b', timestamp: 2000 },
      { key: null, value: 'c', timestamp: 3000 },
    ])
    await cluster.produce(topic, 1, ['d'])
    await admin.deleteRecords(topic, { 0: 2, 1: -1 })
    const of = async (time: number) => (await admin.listOffsets({ [topic]: { 0: time, 1: time } })).get(topic)
    expect((await of(OffsetOldest))?.get(0)).toMatchObject({ offset: 2, timestamp: -1, err: null })
    expect((await of(OffsetOldest))?.get(1)).toMatchObject({ offset: 1, err: null })
    expect((await of(OffsetNewest))?.get(0)).toMatchObject({ offset: 3, timestamp: -1, err: null })
    expect((await of(2500))?.get(0)).toMatchObject({ offset: 2, timestamp: 3000, err: null })
    expect((await of(9_999_999_999_999))?.get(0)).toMatchObject({ offset: -1, timestamp: -1, err: null })
    const beyond = admin.deleteRecords(topic, new Map([[0, 7]]))
    await expect(beyond).rejects.toThrow(ErrDeleteRecords)
    const { errors } = (await beyond.catch((reason) => reason)) as ErrDeleteRecords
    expect(errors.map(({ cause }) => cause)).toEqual([expect.any(ErrOffsetOutOfRange)])
  })

  it('says of each partition why it has no offset to tell', async () => {
    await using cluster = await testCluster()
    await using admin = await adminOf(cluster)
    const topic = await cluster.createTopic('known')
    const offsets = await admin.listOffsets({ [topic]: { 0: OffsetNewest, 5: OffsetNewest } })
    expect(offsets.get(topic)?.get(0)?.err).toBe(null)
    expect(offsets.get(topic)?.get(5)?.err).toBeInstanceOf(ErrUnknownTopicOrPartition)
    await expect(admin.listOffsets({})).rejects.toThrow(ConfigurationError)
  })

  it('knows the producers of a partition', async () => {
    await using cluster = await testCluster()
    await using admin = await adminOf(cluster)
    const topic = await cluster.createTopic('produced')
    const described = await admin.describeProducers({ [topic]: [0, 3] })
    expect(described.get(topic)?.get(0)).toEqual({ err: null, activeProducers: [] })
    expect(described.get(topic)?.get(3)?.err).toBeInstanceOf(ErrUnknownTopicOrPartition)
  })
})

describe('an admin and configs', () => {
  it('tells the configs of a topic, and where they come from', async () => {
    await using cluster = await testCluster()
    await using admin = await adminOf(cluster)
    const topic = await cluster.createTopic('told', { configs: { 'retention.ms': '1000' } })
    const resource = { type: TopicResource, name: topic }
    const all = new Map((await admin.describeConfig(resource)).map((entry) => [entry.name, entry]))
    expect(all.get('retention.ms')).toMatchObject({ value: '1000', default: false, source: SourceTopic, synonyms: [] })
    expect(all.get('cleanup.policy')).toMatchObject({ value: 'delete', default: true, source: SourceDefault })
    const [some] = await admin.describeConfigs([{ ...resource, configNames: ['retention.ms'] }], {
      includeSynonyms: true,
      includeDocumentation: true,
    })
    expect(some).toMatchObject({ type: TopicResource, name: topic, err: null })
    expect(some?.configs).toHaveLength(1)
    expect(some?.configs[0]?.synonyms[0]).toEqual({
      configName: 'retention.ms',
      configValue: '1000',
      source: SourceTopic,
    })
    expect(some?.configs[0]?.documentation).toEqual(expect.any(String))
  })

  it('asks each broker for its own configs, in one call with others', async () => {
    await using cluster = await testCluster()
    await using admin = await adminOf(cluster)
    const topic = await cluster.createTopic('mixed')
    const { brokers } = await admin.describeCluster()
    const resources = [
      ...brokers.map(({ id }) => ({ type: BrokerResource, name: String(id), configNames: ['node.id'] })),
      { type: TopicResource, name: topic, configNames: ['retention.ms'] },
      { type: TopicResource, name: cluster.unique('nowhere') },
    ]
    const results = await admin.describeConfigs(resources)
    expect(results.map(({ name }) => name)).toEqual(resources.map(({ name }) => name))
    for (const { id } of brokers) {
      const own = results.find(({ type, name }) => type === BrokerResource && name === String(id))
      expect(own?.configs[0]).toMatchObject({ name: 'node.id', value: String(id), readOnly: true })
    }
    expect(results.at(-1)?.err).toBeInstanceOf(ErrUnknownTopicOrPartition)
    const nowhere = admin.describeConfig({ type: TopicResource, name: cluster.unique('nowhere') })
    await expect(nowhere).rejects.toThrow(DescribeConfigError)
    await expect(nowhere).rejects.toThrow(ErrUnknownTopicOrPartition)
    await expect(admin.describeConfig({ type: BrokerResource, name: '77' })).rejects.toThrow(ErrBrokerNotFound)
    await expect(admin.describeConfig({ type: BrokerResource, name: 'one' })).rejects.toThrow(ConfigurationError)
    await expect(admin.describeConfigs([])).resolves.toEqual([])
  })

  it('changes some configs and leaves the others, or sets all of them', async () => {
    await using cluster = await testCluster()
    await using admin = await adminOf(cluster)
    const topic = await cluster.createTopic('changed', { configs: { 'retention.ms': '1000', 'segment.ms': '5000' } })
    const configs = async () => (await admin.listTopics()).get(topic)?.configEntries
    const are = (expected: Record<string, string>) =>
      eventually(configs, (told) => {
        const own = [...(told ?? [])].filter(([name]) =>
          ['retention.ms', 'segment.ms', 'cleanup.policy'].includes(name),
        )
        return JSON.stringify(Object.fromEntries(own.sort())) === JSON.stringify(expected)
      })
    await admin.incrementalAlterConfig(TopicResource, topic, {
      'retention.ms': { operation: IncrementalAlterConfigsOperationSet, value: '2000' },
      'cleanup.policy': { operation: IncrementalAlterConfigsOperationAppend, value: 'compact' },
    })
    await are({ 'cleanup.policy': 'delete,compact', 'retention.ms': '2000', 'segment.ms': '5000' })
    await admin.incrementalAlterConfig(TopicResource, topic, {
      'cleanup.policy': { operation: IncrementalAlterConfigsOperationDelete },
    })
    await are({ 'retention.ms': '2000', 'segment.ms': '5000' })
    await admin.alterConfig(TopicResource, topic, { 'retention.ms': '3000' }, true)
    await admin.alterConfig(TopicResource, topic, { 'retention.ms': '3000' })
    await are({ 'retention.ms': '3000' })
    const wrong = admin.alterConfig(TopicResource, topic, { 'retention.ms': 'soon' })
    await expect(wrong).rejects.toThrow(AlterConfigError)
    await expect(wrong).rejects.toThrow(ErrInvalidConfig)
    await expect(
      admin.incrementalAlterConfig(TopicResource, topic, {
        'retention.ms': { operation: IncrementalAlterConfigsOperationSet, value: 'soon' },
      }),
    ).rejects.toThrow(/retention.ms/)
  })
})

describe('an admin and brokers', () => {
  it('tells who they are', async () => {
    await using cluster = await testCluster()
    await using admin = await adminOf(cluster)
    const { brokers, controllerID, clusterId } = await admin.describeCluster()
    expect(brokers.map(({ addr }) => addr).sort()).toEqual([...cluster.addrs].sort())
    expect(brokers.map(({ id }) => id)).toContain(controllerID)
    expect(clusterId).toMatch(/^[\w-]{22}$/)
    const controller = await admin.controller()
    expect(brokers.map(({ id }) => id)).toContain(controller.id)
  })

  it('tells what lies in their folders', async () => {
    await using cluster = await testCluster()
    await using admin = await adminOf(cluster)
    const topic = await cluster.createTopic('lying', { partitions: 2 })
    await cluster.produce(topic, 0, ['here'])
    const ids = (await admin.describeCluster()).brokers.map(({ id }) => id)
    const dirs = await admin.describeLogDirs(ids)
    expect([...dirs.keys()]).toEqual(ids)
    const found = [...dirs.values()].flat().flatMap(({ topics }) => topics.filter((told) => told.topic === topic))
    const partitions = found.flatMap((told) => told.partitions)
    expect(partitions.map(({ partitionID }) => partitionID).sort()).toEqual([0, 1])
    expect(partitions.find(({ partitionID }) => partitionID === 0)?.size).toBeGreaterThan(0)
    expect(partitions.find(({ partitionID }) => partitionID === 1)).toMatchObject({ size: 0, isTemporary: false })
    await expect(admin.describeLogDirs([77])).rejects.toThrow(ErrBrokerNotFound)
  })
})

describe.skipIf(lacksBrokers(3))('an admin and replicas', () => {
  it('moves partitions to other brokers, and says what is on the way', async () => {
    await using cluster = await testCluster({ brokers: 3 })
    await using admin = await adminOf(cluster)
    const topic = await cluster.createTopic('moving', { replicationFactor: 1 })
    const [metadata] = await admin.describeTopics([topic])
    const from = metadata?.partitions[0]?.leader
    const ids = (await admin.describeCluster()).brokers.map(({ id }) => id)
    const to = ids.find((id) => id !== from) as number
    await admin.alterPartitionReassignments(topic, [[to]])
    await eventually(
      async () => ({
        moving: await admin.listPartitionReassignments(topic, [0]),
        metadata: await admin.describeTopics([topic]),
      }),
      ({ moving, metadata: [told] }) => moving.size === 0 && told?.partitions[0]?.leader === to,
    )
    const wrong = admin.alterPartitionReassignments(topic, [[to], [to]])
    await expect(wrong).rejects.toThrow(ErrReassignPartitions)
    await expect(wrong).rejects.toThrow(`[${topic}-1]`)
    await expect(admin.alterPartitionReassignments('', [])).rejects.toThrow(ErrInvalidTopic)
  })

  it('has leaders elected where they are not the preferred ones', async () => {
    await using cluster = await testCluster({ brokers: 3 })
    await using admin = await adminOf(cluster)
    const topic = await cluster.createTopic('led', { replicationFactor: 3 })
    const results = await admin.electLeaders(PreferredElection, { [topic]: [0, 9] })
    expect(results.get(topic)?.get(0)?.err).toBeInstanceOf(ErrElectionNotNeeded)
    expect(results.get(topic)?.get(9)?.err).toBeInstanceOf(ErrUnknownTopicOrPartition)
  })
})

import kafkajs, { type ITopicConfig } from 'kafkajs'
import { expect, test } from 'vitest'
import {
  APART,
  connect,
  created,
  FIRST,
  failure,
  groupsAreCoordinated,
  inOrder,
  joined,
  partitions,
  produced,
  refusal,
  set,
  sized,
  synonym,
} from './admin-kafkajs.ts'
import { describeAdmin, named } from './describe-admin.ts'

const { AssignerProtocol, ConfigResourceTypes, ConfigSource } = kafkajs
const { BROKER, TOPIC } = ConfigResourceTypes

describeAdmin('the admin client of kafkajs', groupsAreCoordinated, (theCluster) => {
  test('creates topics, unless it is only to validate them or they exist', async (context) => {
    const cluster = theCluster()
    const admin = await connect(cluster, context)
    const topic = named('created')
    const request = { waitForLeaders: false, topics: [sized(cluster, topic, 2)] }

    expect(await admin.createTopics({ ...request, validateOnly: true })).toBe(true)
    expect(await admin.listTopics()).not.toContain(topic)
    expect(await admin.createTopics(request)).toBe(true)
    await cluster.knows(topic)
    expect(await admin.listTopics()).toContain(topic)
    expect(await admin.createTopics(request)).toBe(false)
    expect(await admin.createTopics({ ...request, validateOnly: true })).toBe(false)
  })

  test('is told of each topic why it cannot be created', async (context) => {
    const cluster = theCluster()
    const admin = await connect(cluster, context)
    const exists = await created(cluster, admin, 1)
    const configured = (name: string, value: string) => [{ name, value }]
    const refused: [ITopicConfig, string][] = [
      [sized(cluster, exists, 1), 'TOPIC_ALREADY_EXISTS'],
      [sized(cluster, 'not a name', 1), 'INVALID_TOPIC_EXCEPTION'],
      [sized(cluster, named('no-partitions'), 0), 'INVALID_PARTITIONS'],
      [{ ...sized(cluster, named('replicas'), 1), replicationFactor: cluster.size + 1 }, 'INVALID_REPLICATION_FACTOR'],
      [{ ...sized(cluster, named('value'), 1), configEntries: configured('retention.ms', 'long') }, 'INVALID_CONFIG'],
      [{ ...sized(cluster, named('name'), 1), configEntries: configured('no.such.config', '1') }, 'INVALID_CONFIG'],
      [
        {
          topic: named('assigned'),
          numPartitions: -1,
          replicationFactor: -1,
          replicaAssignment: [{ partition: 0, replicas: [77] }],
        },
        'INVALID_REPLICA_ASSIGNMENT',
      ],
    ]

    const error = await failure(admin.createTopics({ topics: refused.map(([topic]) => topic) }))

    expect(error).toBeInstanceOf(kafkajs.KafkaJSAggregateError)
    const reasons = new Map((error.errors ?? []).map((each) => [each.topic, each.type]))
    expect(reasons).toEqual(new Map(refused.map(([{ topic }, reason]) => [topic, reason])))
    expect(await admin.listTopics()).not.toEqual(expect.arrayContaining([expect.stringMatching(/^(assigned|value)-/)]))
  })

  test('deletes topics, and not again', async (context) => {
    const cluster = theCluster()
    const admin = await connect(cluster, context)
    const topic = await created(cluster, admin, 1)

    await admin.deleteTopics({ topics: [topic] })

    await cluster.settles(async () => expect(await admin.listTopics()).not.toContain(topic))
    expect(await refusal(admin.deleteTopics({ topics: [topic] }))).toBe('UNKNOWN_TOPIC_OR_PARTITION')
  })

  test('sees the partitions of a topic, and adds some', async (context) => {
    const cluster = theCluster()
    const admin = await connect(cluster, context)
    const topic = await created(cluster, admin, 2)
    const more = (count: number, assignments?: number[][]) => ({
      topicPartitions: [{ topic, count, ...(assignments && { assignments }) }],
    })

    await admin.createPartitions({ ...more(4), validateOnly: true })
    expect(await partitions(admin, topic)).toHaveLength(2)
    await admin.createPartitions(more(4))

    const nodes = (await admin.describeCluster()).brokers.map(({ nodeId }) => nodeId).sort()
    const described = await cluster.settles(async () => {
      const all = await partitions(admin, topic)
      expect(all.map(({ isr }) => isr.length)).toEqual(Array(4).fill(cluster.size))
      return all
    })
    expect(described.map(({ partitionId }) => partitionId)).toEqual([0, 1, 2, 3])
    for (const { leader, replicas, isr, offlineReplicas, partitionErrorCode } of described) {
      expect(replicas.toSorted()).toEqual(nodes)
      expect(isr.toSorted()).toEqual(nodes)
      expect(leader).toBe(replicas[0])
      expect(offlineReplicas).toEqual([])
      expect(partitionErrorCode).toBe(0)
    }
    expect(await refusal(admin.createPartitions(more(3)))).toBe('INVALID_PARTITIONS')
    expect(await refusal(admin.createPartitions(more(4)))).toBe('INVALID_PARTITIONS')
    expect(await refusal(admin.createPartitions(more(5, [[77]])))).toBe('INVALID_REPLICA_ASSIGNMENT')
    expect(await refusal(admin.createPartitions({ topicPartitions: [{ topic: named('unknown'), count: 2 }] }))).toBe(
      'UNKNOWN_TOPIC_OR_PARTITION',
    )
    expect(await refusal(admin.fetchTopicMetadata({ topics: [named('unknown')] }))).toBe('UNKNOWN_TOPIC_OR_PARTITION')
  })

  test('sees the brokers, and one of them as the controller', async (context) => {
    const cluster = theCluster()
    const admin = await connect(cluster, context)

    const { brokers, controller, clusterId } = await admin.describeCluster()

    expect(brokers.map(({ host, port }) => `${host}:${port}`).sort()).toEqual(cluster.bootstrapServers.toSorted())
    expect(brokers.map(({ nodeId }) => nodeId)).toContain(controller)
    expect(clusterId).toMatch(/^[\w-]{22}$/)
  })

  test('finds offsets by their time, and deletes the records before an offset', async (context) => {
    const cluster = theCluster()
    const admin = await connect(cluster, context)
    const topic = await created(cluster, admin, 2)
    await produced(cluster, topic, 5)
    const offsets = async () => inOrder(await admin.fetchTopicOffsets(topic))
    const at = async (time?: number) => inOrder(await admin.fetchTopicOffsetsByTimestamp(topic, time))
    const none = { partition: 1, offset: '0' }

    expect(await offsets()).toEqual([
      { partition: 0, offset: '5', high: '5', low: '0' },
      { ...none, high: '0', low: '0' },
    ])
    expect(await at(FIRST)).toEqual([{ partition: 0, offset: '0' }, none])
    expect(await at(FIRST + 1.5 * APART)).toEqual([{ partition: 0, offset: '2' }, none])
    expect(await at(FIRST + 5 * APART)).toEqual([{ partition: 0, offset: '5' }, none])
    expect(await at()).toEqual([{ partition: 0, offset: '5' }, none])

    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '3' }] })
    expect((await offsets())[0]).toEqual({ partition: 0, offset: '5', high: '5', low: '3' })
    expect(await at(FIRST)).toEqual([{ partition: 0, offset: '3' }, none])
    await expect(admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '6' }] })).rejects.toThrow(
      'Error while deleting records',
    )
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '-1' }] })
    expect((await offsets())[0]).toEqual({ partition: 0, offset: '5', high: '5', low: '5' })

    expect(await refusal(admin.fetchTopicOffsets(named('unknown')))).toBe('UNKNOWN_TOPIC_OR_PARTITION')
  })

  test('sets the offsets of a group, resets them, and resolves those that are not committed', async (context) => {
    const cluster = theCluster()
    const admin = await connect(cluster, context)
    const topic = await created(cluster, admin, 3)
    await produced(cluster, topic, 5)
    const [set, reset, resolved] = [named('set'), named('reset'), named('resolved')]
    const none = { partition: 2, offset: '-1' }
    const committed = (...offsets: string[]) => offsets.map((offset, partition) => ({ partition, offset }))
    const fetch = async (groupId: string, options: { topics?: string[]; resolveOffsets?: boolean } = {}) => {
      const topics = await admin.fetchOffsets({ groupId, ...options })
      return topics.map((each) => ({
        topic: each.topic,
        partitions: inOrder(each.partitions).map(({ metadata, ...offset }) => {
          expect(metadata).toBe(null)
          return offset
        }),
      }))
    }
    expect(await fetch(set)).toEqual([])
    expect(await fetch(set, { topics: [topic] })).toEqual([{ topic, partitions: committed('-1', '-1', '-1') }])

    // kafkajs does each by joining the group with all paused, and leaves it 5 s later.
    const [ends] = await Promise.all([
      fetch(resolved, { topics: [topic], resolveOffsets: true }),
      admin.setOffsets({ groupId: set, topic, partitions: committed('4', '7') }),
      admin.resetOffsets({ groupId: reset, topic, earliest: true }),
    ])

    expect(await fetch(set)).toEqual([{ topic, partitions: committed('4', '7') }])
    expect(await fetch(set, { topics: [topic] })).toEqual([{ topic, partitions: [...committed('4', '7'), none] }])
    expect(await fetch(reset)).toEqual([{ topic, partitions: committed('-2', '-2', '-2') }])
    expect(ends).toEqual([{ topic, partitions: committed('5', '0', '0') }])
    expect(await fetch(resolved)).toEqual(ends)
  })

  test('lists, describes and deletes groups, and leaves those with members alone', async (context) => {
    const cluster = theCluster()
    const admin = await connect(cluster, context)
    const topic = await created(cluster, admin, 3)
    const groupId = named('members')
    const unknown = named('unknown')
    const dead = { errorCode: 0, groupId: unknown, state: 'Dead', protocolType: '', protocol: '', members: [] }
    const consumer = await joined(cluster, topic, groupId)

    expect((await admin.listGroups()).groups).toContainEqual({ groupId, protocolType: 'consumer' })
    const { groups } = await admin.describeGroups([groupId, unknown])
    expect(groups.find((group) => group.groupId === unknown)).toEqual(dead)
    const group = groups.find((each) => each.groupId === groupId)
    expect(group).toMatchObject({
      errorCode: 0,
      state: 'Stable',
      protocolType: 'consumer',
      protocol: 'RoundRobinAssigner',
      members: [{ memberId: consumer.memberId, clientId: 'reader', clientHost: '/127.0.0.1' }],
    })
    const [member] = group?.members ?? []
    expect(AssignerProtocol.MemberMetadata.decode(member?.memberMetadata ?? Buffer.of())?.topics).toEqual([topic])
    const assignment = AssignerProtocol.MemberAssignment.decode(member?.memberAssignment ?? Buffer.of())
    expect(assignment?.assignment).toEqual({ [topic]: [0, 1, 2] })

    await expect(admin.setOffsets({ groupId, topic, partitions: [{ partition: 0, offset: '1' }] })).rejects.toThrow(
      'current state: Stable',
    )
    const refused = await failure(admin.deleteGroups([groupId, unknown]))
    expect(new Map(refused.groups?.map((each) => [each.groupId, each.error.type]))).toEqual(
      new Map([
        [groupId, 'NON_EMPTY_GROUP'],
        [unknown, 'GROUP_ID_NOT_FOUND'],
      ]),
    )

    await consumer.leave()
    const empty = { errorCode: 0, groupId, state: 'Empty', protocolType: 'consumer', protocol: '', members: [] }
    expect((await admin.describeGroups([groupId])).groups).toEqual([empty])
    expect(await admin.deleteGroups([groupId])).toEqual([{ groupId, errorCode: 0 }])
    expect((await admin.listGroups()).groups.map((each) => each.groupId)).not.toContain(groupId)
    expect((await admin.describeGroups([groupId])).groups).toEqual([{ ...dead, groupId }])
  })

  test("describes and alters a topic's configs", async (context) => {
    const cluster = theCluster()
    const admin = await connect(cluster, context)
    const topic = await created(cluster, admin, 1, [{ name: 'retention.ms', value: '86400000' }])
    const describe = async (configNames: string[], includeSynonyms = true) => {
      const { resources } = await admin.describeConfigs({
        includeSynonyms,
        resources: [{ type: TOPIC, name: topic, configNames }],
      })
      expect(resources).toMatchObject([{ errorCode: 0, resourceType: TOPIC, resourceName: topic }])
      return new Map(resources[0]?.configEntries.map((entry) => [entry.configName, entry]))
    }
    const alter = (name: string, value: string, validateOnly = false) =>
      admin.alterConfigs({ validateOnly, resources: [{ type: TOPIC, name: topic, configEntries: [{ name, value }] }] })

    const before = await describe(['retention.ms', 'cleanup.policy', 'no.such.config'])
    expect(before.size).toBe(2)
    expect(before.get('retention.ms')).toEqual({
      ...set('retention.ms', '86400000', ConfigSource.TOPIC_CONFIG),
      configSynonyms: [synonym('retention.ms', '86400000', ConfigSource.TOPIC_CONFIG)],
    })
    expect(before.get('cleanup.policy')).toEqual({
      ...set('cleanup.policy', 'delete', ConfigSource.DEFAULT_CONFIG),
      configSynonyms: [synonym('log.cleanup.policy', 'delete', ConfigSource.DEFAULT_CONFIG)],
    })
    expect((await describe(['retention.ms'], false)).get('retention.ms')?.configSynonyms).toEqual([])

    const altered = { errorCode: 0, errorMessage: null, resourceType: TOPIC, resourceName: topic }
    expect(await alter('retention.ms', '5000', true)).toEqual({ resources: [altered] })
    expect((await describe(['retention.ms'])).get('retention.ms')?.configValue).toBe('86400000')
    // AlterConfigs states all that is to be set: what it does not name goes back to its default.
    expect(await alter('cleanup.policy', 'compact')).toEqual({ resources: [altered] })
    await cluster.settles(async () => {
      const after = await describe(['retention.ms', 'cleanup.policy'])
      expect(after.get('retention.ms')).toMatchObject(set('retention.ms', '604800000', ConfigSource.DEFAULT_CONFIG))
      expect(after.get('cleanup.policy')).toEqual({
        ...set('cleanup.policy', 'compact', ConfigSource.TOPIC_CONFIG),
        configSynonyms: [
          synonym('cleanup.policy', 'compact', ConfigSource.TOPIC_CONFIG),
          synonym('log.cleanup.policy', 'delete', ConfigSource.DEFAULT_CONFIG),
        ],
      })
    })

    expect(await refusal(alter('retention.ms', 'long'))).toBe('INVALID_CONFIG')
    expect(await refusal(alter('no.such.config', '1'))).toBe('INVALID_CONFIG')
    expect(await refusal(alter('cleanup.policy', 'burn', true))).toBe('INVALID_CONFIG')
    const unknown = { type: TOPIC, name: named('unknown') }
    expect(await refusal(admin.describeConfigs({ includeSynonyms: false, resources: [unknown] }))).toBe(
      'UNKNOWN_TOPIC_OR_PARTITION',
    )
    expect(
      await refusal(admin.alterConfigs({ validateOnly: false, resources: [{ ...unknown, configEntries: [] }] })),
    ).toBe('UNKNOWN_TOPIC_OR_PARTITION')
  })

  test("describes and alters every broker's configs", async (context) => {
    const cluster = theCluster()
    const admin = await connect(cluster, context)
    const { brokers } = await admin.describeCluster()
    const names = brokers.map(({ nodeId }) => String(nodeId))
    const describe = async (configName: string) => {
      const { resources } = await admin.describeConfigs({
        includeSynonyms: true,
        resources: names.map((name) => ({ type: BROKER, name, configNames: [configName] })),
      })
      expect(resources.map(({ resourceName }) => resourceName).sort()).toEqual(names.toSorted())
      return resources.flatMap(({ configEntries }) => configEntries)
    }
    const alter = (configEntries: { name: string; value: string }[]) =>
      admin.alterConfigs({
        validateOnly: false,
        resources: names.map((name) => ({ type: BROKER, name, configEntries })),
      })
    const byDefault = synonym('log.cleaner.threads', '1', ConfigSource.DEFAULT_CONFIG)

    expect((await describe('node.id')).map(({ configValue }) => configValue).sort()).toEqual(names.toSorted())
    expect((await describe('node.id')).every(({ readOnly }) => readOnly)).toBe(true)
    expect((await describe('ssl.keystore.password'))[0]).toMatchObject({ isSensitive: true, configValue: null })

    await alter([{ name: 'log.cleaner.threads', value: '2' }])
    const dynamically = synonym('log.cleaner.threads', '2', ConfigSource.DYNAMIC_BROKER_CONFIG)
    const two = set('log.cleaner.threads', '2', ConfigSource.DYNAMIC_BROKER_CONFIG)
    await cluster.settles(async () =>
      expect(await describe('log.cleaner.threads')).toEqual(
        names.map(() => ({ ...two, configSynonyms: [dynamically, byDefault] })),
      ),
    )
    await alter([])
    const one = set('log.cleaner.threads', '1', ConfigSource.DEFAULT_CONFIG)
    await cluster.settles(async () =>
      expect(await describe('log.cleaner.threads')).toEqual(names.map(() => ({ ...one, configSynonyms: [byDefault] }))),
    )

    expect(await refusal(alter([{ name: 'node.id', value: '9' }]))).toBe('INVALID_REQUEST')
    await expect(
      admin.describeConfigs({ includeSynonyms: false, resources: [{ type: BROKER, name: '99' }] }),
    ).rejects.toThrow('Broker 99 not found')
  })
})

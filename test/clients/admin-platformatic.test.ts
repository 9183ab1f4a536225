import { FetchIsolationLevels, FindCoordinatorKeyTypes, ListOffsetTimestamps } from '@platformatic/kafka'
import { expect, test } from 'vitest'
import {
  APART,
  bits,
  connect,
  created,
  FIRST,
  groupsAreCoordinated,
  invalidRetention,
  joined,
  produced,
  refusal,
  refusals,
} from './admin-platformatic.ts'
import { describeAdmin, named } from './describe-admin.ts'

const { EARLIEST, LATEST, MAX } = ListOffsetTimestamps

describeAdmin('the admin client of @platformatic/kafka', groupsAreCoordinated, (theCluster) => {
  test('creates topics, and learns what became of them', async (context) => {
    const cluster = theCluster()
    const admin = connect(cluster, context)
    const nodes = [...(await admin.metadata({ topics: [] })).brokers.keys()]
    const [sized, assigned] = [named('sized'), named('assigned')]

    const configs = [{ name: 'retention.ms', value: '86400000' }]
    const answers = await admin.createTopics({ topics: [sized], partitions: 2, replicas: cluster.size, configs })
    expect(answers).toMatchObject([{ name: sized, partitions: 2, replicas: cluster.size }])
    expect(answers[0]?.configuration).toMatchObject({ 'retention.ms': '86400000', 'cleanup.policy': 'delete' })
    const assignments = nodes.map((node, partition) => ({ partition, brokers: [node] }))
    expect(await admin.createTopics({ topics: [{ topic: assigned, assignments }] })).toMatchObject([
      { name: assigned, partitions: cluster.size, replicas: 1 },
    ])

    await cluster.knows(sized)
    await cluster.knows(assigned)
    expect(await admin.listTopics()).toEqual(expect.arrayContaining([assigned, sized]))
    expect(await admin.listTopics()).not.toContain('__consumer_offsets')
    expect(await admin.listTopics({ includeInternals: true })).toContain('__consumer_offsets')
    const { topics } = await admin.metadata({ topics: [sized, assigned], forceUpdate: true })
    expect(topics.get(sized)).toMatchObject({ id: answers[0]?.id, partitionsCount: 2 })
    expect(topics.get(sized)?.partitions.map(({ isr }) => isr.length)).toEqual([cluster.size, cluster.size])
    expect(topics.get(assigned)?.partitions).toEqual(
      nodes.map((node) => ({ leader: node, leaderEpoch: 0, replicas: [node], isr: [node], offlineReplicas: [] })),
    )
  })

  test('is told why a topic cannot be created', async (context) => {
    const cluster = theCluster()
    const admin = connect(cluster, context)
    const exists = await created(cluster, admin, 1)
    const create = (options: object, ...topics: string[]) => refusals(admin.createTopics({ topics, ...options }))
    const topic = named('never')

    expect(await create({}, exists)).toEqual([
      { error: 'TOPIC_ALREADY_EXISTS', message: `Topic '${exists}' already exists.` },
    ])
    expect(await create({}, 'not a name', '..')).toEqual([
      { error: 'INVALID_TOPIC_EXCEPTION', message: expect.stringContaining("'not a name' contains one or more") },
      { error: 'INVALID_TOPIC_EXCEPTION', message: expect.stringContaining("'..' is not allowed") },
    ])
    expect(await create({ partitions: 0, replicas: 1 }, topic)).toMatchObject([{ error: 'INVALID_PARTITIONS' }])
    expect(await create({ partitions: 1, replicas: cluster.size + 1 }, topic)).toEqual([
      { error: 'INVALID_REPLICATION_FACTOR', message: expect.stringContaining(`only ${cluster.size} broker(s)`) },
    ])
    expect(await create({ assignments: [{ partition: 0, brokers: [77] }] }, topic)).toEqual([
      { error: 'INVALID_REPLICA_ASSIGNMENT', message: expect.stringContaining('broker 77') },
    ])
    expect(await create({ configs: [{ name: 'retention.ms', value: 'long' }] }, topic)).toEqual([
      { error: 'INVALID_CONFIG', message: invalidRetention },
    ])
    expect(await create({ configs: [{ name: 'no.such.config', value: '1' }] }, topic)).toEqual([
      { error: 'INVALID_CONFIG', message: 'Unknown topic config name: no.such.config' },
    ])
    expect(await admin.listTopics()).not.toContain(topic)
  })

  test('adds partitions, and deletes topics', async (context) => {
    const cluster = theCluster()
    const admin = connect(cluster, context)
    const name = await created(cluster, admin, 2)
    const count = async () => {
      const { topics } = await admin.metadata({ topics: [name], forceUpdate: true })
      return topics.get(name)?.partitionsCount
    }

    await admin.createPartitions({ topics: [{ name, count: 3 }], validateOnly: true })
    expect(await count()).toBe(2)
    await admin.createPartitions({ topics: [{ name, count: 3 }] })
    await cluster.settles(async () => expect(await count()).toBe(3))
    expect(await refusals(admin.createPartitions({ topics: [{ name, count: 2 }] }))).toEqual([
      { error: 'INVALID_PARTITIONS', message: expect.stringContaining('currently has 3 partition(s)') },
    ])
    const unknown = [{ name: named('unknown'), count: 2 }]
    expect(await refusal(admin.createPartitions({ topics: unknown }))).toBe('UNKNOWN_TOPIC_OR_PARTITION')

    await admin.deleteTopics({ topics: [name] })
    await cluster.settles(async () => expect(await admin.listTopics()).not.toContain(name))
    expect(await refusal(admin.deleteTopics({ topics: [name] }))).toBe('UNKNOWN_TOPIC_OR_PARTITION')
  })

  test('lists offsets, and deletes the records before one', async (context) => {
    const cluster = theCluster()
    const admin = connect(cluster, context)
    const name = await created(cluster, admin, 2)
    await produced(cluster, name, 5)
    const at = async (timestamp: bigint) => {
      const partitions = [0, 1].map((partitionIndex) => ({ partitionIndex, timestamp }))
      const isolationLevel = FetchIsolationLevels.READ_COMMITTED
      const topics = await admin.listOffsets({ topics: [{ name, partitions }], isolationLevel })
      return topics
        .flatMap((topic) => topic.partitions)
        .toSorted((one, other) => one.partitionIndex - other.partitionIndex)
        .map((each) => [each.offset, each.timestamp, each.leaderEpoch])
    }
    const remove = (partition: number, offset: bigint) =>
      admin.deleteRecords({ topics: [{ name, partitions: [{ partition, offset }] }] })
    const none = [-1n, -1n, -1]
    const time = (index: number) => BigInt(FIRST + index * APART)

    expect(await at(LATEST)).toEqual([
      [5n, -1n, 0],
      [0n, -1n, 0],
    ])
    expect(await at(EARLIEST)).toEqual([
      [0n, -1n, 0],
      [0n, -1n, expect.anything()],
    ])
    expect(await at(MAX)).toEqual([[4n, time(4), 0], none])
    expect(await at(time(1.5))).toEqual([[2n, time(2), 0], none])
    expect(await at(time(5))).toEqual([none, none])

    expect(await remove(0, 3n)).toEqual([{ name, partitions: [{ partition: 0, lowWatermark: 3n }] }])
    expect((await at(EARLIEST))[0]).toEqual([3n, -1n, 0])
    expect(await remove(1, -1n)).toEqual([{ name, partitions: [{ partition: 1, lowWatermark: 0n }] }])
    expect(await refusal(remove(0, 6n))).toBe('OFFSET_OUT_OF_RANGE')
    expect(await remove(0, -1n)).toEqual([{ name, partitions: [{ partition: 0, lowWatermark: 5n }] }])
    const unknown = { name: named('unknown'), partitions: [{ partitionIndex: 0, timestamp: LATEST }] }
    await expect(admin.listOffsets({ topics: [unknown] })).rejects.toThrow(`Unknown topic ${unknown.name}`)
  })

  test('sees which broker keeps how many bytes of a topic', async (context) => {
    const cluster = theCluster()
    const admin = connect(cluster, context)
    const name = named('topic')
    await admin.createTopics({ topics: [name], partitions: cluster.size, replicas: 1 })
    await cluster.knows(name)
    await produced(cluster, name, 5)
    const { topics, brokers } = await admin.metadata({ topics: [name] })
    const leaders = (topics.get(name)?.partitions ?? []).map(({ leader }) => leader)
    const partitions = [...leaders.keys()]
    const describe = async (topic: string) => {
      const dirs = await admin.describeLogDirs({ topics: [{ name: topic, partitions }] })
      return new Map(dirs.map(({ broker, results }) => [broker, results.flatMap((dir) => dir.topics)]))
    }

    expect(leaders.toSorted()).toEqual([...brokers.keys()].sort())
    const kept = await describe(name)
    for (const [partitionIndex, leader] of leaders.entries()) {
      const replica = { partitionIndex, partitionSize: expect.anything(), offsetLag: 0n, isFutureKey: false }
      expect(kept.get(leader)).toEqual([{ name, partitions: [replica] }])
      const size = kept.get(leader)?.[0]?.partitions[0]?.partitionSize ?? -1n
      if (partitionIndex === 0) expect(size).toBeGreaterThan(0n)
      else expect(size).toBe(0n)
    }
    expect(await describe(named('unknown'))).toEqual(new Map(leaders.map((leader) => [leader, []])))
  })

  test('alters, lists and deletes the offsets of a group', async (context) => {
    const cluster = theCluster()
    const admin = connect(cluster, context)
    const name = await created(cluster, admin, 3)
    const groupId = named('offsets')
    const commit = (topic: string, ...offsets: bigint[]) => {
      const partitionOffsets = offsets.map((offset, partition) => ({ partition, offset }))
      return admin.alterConsumerGroupOffsets({ groupId, topics: [{ name: topic, partitionOffsets }] })
    }
    const list = async (...partitionIndexes: number[]) => {
      const topics = partitionIndexes.length > 0 ? [{ name, partitionIndexes }] : null
      const [group] = await admin.listConsumerGroupOffsets({ groups: [{ groupId, topics }], requireStable: true })
      return group?.topics[0]?.partitions.toSorted((one, other) => one.partitionIndex - other.partitionIndex)
    }
    const at = (partitionIndex: number, committedOffset: bigint) => {
      return { partitionIndex, committedOffset, committedLeaderEpoch: -1, metadata: '' }
    }
    const remove = (group: string, topic: string, ...partitionIndexes: number[]) =>
      admin.deleteConsumerGroupOffsets({ groupId: group, topics: [{ name: topic, partitionIndexes }] })

    await cluster.settles(() => commit(name, 4n, 0n))
    expect(await list()).toEqual([at(0, 4n), at(1, 0n)])
    expect(await list(0, 2)).toEqual([at(0, 4n), at(2, -1n)])
    expect(await refusal(commit(named('unknown'), 1n))).toBe('UNKNOWN_TOPIC_OR_PARTITION')

    expect(await remove(groupId, name, 0)).toEqual([{ name, partitionIndexes: [0] }])
    expect(await list()).toEqual([at(1, 0n)])
    expect(await refusal(remove(groupId, named('unknown'), 0))).toBe('UNKNOWN_TOPIC_OR_PARTITION')
    const nobody = named('nobody')
    expect(await refusal(remove(nobody, name, 0))).toBe('GROUP_ID_NOT_FOUND')
    expect(await admin.listConsumerGroupOffsets({ groups: [nobody] })).toEqual([{ groupId: nobody, topics: [] }])

    const consumer = await joined(cluster, name, groupId)
    expect(await refusal(remove(groupId, name, 1))).toBe('GROUP_SUBSCRIBED_TO_TOPIC')
    expect(await refusal(commit(name, 1n))).toBe('UNKNOWN_MEMBER_ID')
    await consumer.close(true)
  })

  test('finds, lists, describes and empties groups, and deletes those that are empty', async (context) => {
    const cluster = theCluster()
    const admin = connect(cluster, context)
    const name = await created(cluster, admin, 3)
    const [groupId, nobody] = [named('members'), named('nobody')]
    const described = async (id: string) => (await admin.describeGroups({ groups: [id] })).get(id)
    const consumer = await joined(cluster, name, groupId)

    const found = await admin.findCoordinator({ keyType: FindCoordinatorKeyTypes.GROUP, keys: [groupId, nobody] })
    expect(found.map(({ key }) => key).sort()).toEqual([groupId, nobody].sort())
    for (const { host, port } of found) expect(cluster.bootstrapServers).toContain(`${host}:${port}`)

    const listed = { id: groupId, state: 'Stable', groupType: 'classic', protocolType: 'consumer' }
    expect((await admin.listGroups()).get(groupId)).toEqual(listed)
    expect((await admin.listGroups({ states: ['Stable'], types: ['classic'] })).get(groupId)).toEqual(listed)
    expect((await admin.listGroups({ states: ['Empty'] })).has(groupId)).toBe(false)
    expect((await admin.listGroups({ types: ['consumer'] })).has(groupId)).toBe(false)
    const group = (await admin.describeGroups({ groups: [groupId], includeAuthorizedOperations: true })).get(groupId)
    expect(group).toEqual({
      id: groupId,
      state: 'Stable',
      protocolType: 'consumer',
      protocol: 'roundrobin',
      members: expect.any(Map),
      authorizedOperations: expect.any(Number),
    })
    // Groups have configs to describe and alter since Kafka 4.
    const operations = ['READ', 'DELETE', 'DESCRIBE'] as const
    expect([bits(...operations, 'DESCRIBE_CONFIGS', 'ALTER_CONFIGS'), bits(...operations)]).toContain(
      group?.authorizedOperations,
    )
    expect([...(group?.members.values() ?? [])]).toMatchObject([
      {
        id: consumer.memberId,
        clientId: 'reader',
        clientHost: '/127.0.0.1',
        groupInstanceId: null,
        metadata: { topics: [name] },
        assignments: new Map([[name, { topic: name, partitions: [0, 1, 2] }]]),
      },
    ])
    expect(await described(nobody)).toMatchObject({ state: 'Dead', protocolType: '', members: new Map() })

    expect(await refusal(admin.deleteGroups({ groups: [groupId] }))).toBe('NON_EMPTY_GROUP')
    const remove = (id: string, memberId: string) =>
      admin.removeMembersFromConsumerGroup({ groupId: id, members: [{ memberId, reason: 'a test' }] })
    expect(await refusal(remove(groupId, 'nobody'))).toBe('UNKNOWN_MEMBER_ID')
    expect(await refusal(remove(nobody, 'nobody'))).toBe('UNKNOWN_MEMBER_ID')
    await admin.removeMembersFromConsumerGroup({ groupId })
    expect(await described(groupId)).toMatchObject({ state: 'Empty', protocolType: 'consumer', members: new Map() })

    await admin.deleteGroups({ groups: [groupId] })
    expect((await admin.listGroups()).has(groupId)).toBe(false)
    expect(await refusal(admin.deleteGroups({ groups: [groupId] }))).toBe('GROUP_ID_NOT_FOUND')
    await consumer.close(true)
  })
})

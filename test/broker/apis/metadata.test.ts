import { describe, expect, test } from 'vitest'
import { type ClusterOptions, KafkaCluster } from '../../../src/index.ts'
import { errorName } from '../../../src/protocol/errors.ts'
import type { Input } from '../../../src/protocol/message.ts'
import { CreateTopics } from '../../../src/protocol/messages/create-topics.ts'
import { Metadata, type MetadataRequest, type MetadataResponse } from '../../../src/protocol/messages/metadata.ts'
import { ZERO_UUID } from '../../../src/protocol/uuid.ts'
import { WireClient } from '../../wire-client.ts'

const NEWEST = 13
const INT32_MIN = -(2 ** 31)
const UNKNOWN_ID = 'AAAAAAAAQACAAAAAAAAAAQ'

function versions(from: number, to = NEWEST): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i)
}

async function start(options: ClusterOptions = {}) {
  const cluster = await KafkaCluster.start(options)
  const client = new WireClient(cluster.connect())
  const send = (version: number, request: Input<MetadataRequest>): Promise<MetadataResponse> =>
    client.send(Metadata, version, request)
  return {
    cluster,
    client,
    send,
    /** Asks for topics by name, and tells of each its name, its error and how many partitions it has. */
    ask: async (version: number, names: string[], more: Input<MetadataRequest> = {}) =>
      told(await send(version, { topics: names.map((name) => ({ name })), ...more })),
    [Symbol.asyncDispose]: async () => {
      client.close()
      await cluster.stop()
    },
  }
}

function told({ topics }: MetadataResponse) {
  return topics.map(({ name, errorCode, partitions }) => [name, errorName(errorCode), partitions.length])
}

const forbidden: Input<MetadataRequest> = { allowAutoTopicCreation: false }

describe('Metadata', () => {
  test.each(versions(0))('version %i names the brokers, and the topics that are asked for', async (version) => {
    await using cluster = await start({
      brokers: [{ nodeId: 4, rack: 'b' }, { nodeId: 2 }, { nodeId: 3, rack: 'a' }],
      topics: { a: { partitions: 2, replicationFactor: 2 }, b: {} },
    })
    const answer = await cluster.send(version, { topics: [{ name: 'a' }, { name: 'a' }] })
    expect(answer.brokers.map(({ nodeId, rack }) => [nodeId, version === 0 ? null : rack])).toEqual([
      [2, null],
      [3, version === 0 ? null : 'a'],
      [4, version === 0 ? null : 'b'],
    ])
    expect(answer.brokers.map(({ host, port }) => `${host}:${port}`).toSorted()).toEqual(
      cluster.cluster.bootstrapServers.toSorted(),
    )
    expect(answer.clusterId).toBe(version < 2 ? null : cluster.cluster.clusterId)
    expect(version < 1 ? [-1] : [2, 3, 4]).toContain(answer.controllerId)
    expect(told(answer)).toEqual([['a', 'NONE', 2]])
    expect(answer.topics[0]).toMatchObject({ isInternal: false, topicAuthorizedOperations: INT32_MIN })
    expect(answer.topics[0]?.topicId === ZERO_UUID).toBe(version < 10)
    for (const [index, partition] of (answer.topics[0]?.partitions ?? []).entries()) {
      expect(partition).toMatchObject({
        errorCode: 0,
        partitionIndex: index,
        leaderId: partition.replicaNodes[0],
        leaderEpoch: version < 7 ? -1 : 0,
        isrNodes: partition.replicaNodes,
        offlineReplicas: [],
      })
      expect(partition.replicaNodes).toHaveLength(2)
    }
  })

  test('takes an empty list to mean all topics in version 0, and none from version 1 on', async () => {
    await using cluster = await start({ topics: { a: {}, b: {} } })
    expect(await cluster.ask(0, [])).toEqual([
      ['a', 'NONE', 1],
      ['b', 'NONE', 1],
    ])
    for (const version of versions(1)) {
      expect(told(await cluster.send(version, { topics: [] }))).toEqual([])
      expect(told(await cluster.send(version, { topics: null })).map(([name]) => name)).toEqual(['a', 'b'])
    }
  })

  test('names any live broker as the controller, and not always the same', async () => {
    await using cluster = await start({ brokers: 3 })
    const controllers = new Set<number>()
    for (let i = 0; i < 100; i++) controllers.add((await cluster.send(12, { topics: [] })).controllerId)
    expect([...controllers].toSorted()).toEqual([1, 2, 3])
  })

  test('tells what a client may do to topics and cluster, where it asks: without an authorizer, all', async () => {
    await using cluster = await start({ topics: { a: {} } })
    for (const version of versions(8)) {
      const withCluster = version <= 10
      const answer = await cluster.send(version, {
        topics: [{ name: 'a' }, { name: 'b' }],
        ...forbidden,
        includeTopicAuthorizedOperations: true,
        includeClusterAuthorizedOperations: withCluster,
      })
      expect(answer.clusterAuthorizedOperations).toBe(withCluster ? 8096 : INT32_MIN)
      expect(answer.topics.map((topic) => topic.topicAuthorizedOperations)).toEqual([3576, 3576])
    }
  })

  test('marks internal topics', async () => {
    await using cluster = await start({ topics: { __mine: {} } })
    const answer = await cluster.send(12, {
      topics: [{ name: '__mine' }, { name: '__transaction_state' }],
      ...forbidden,
    })
    expect(answer.topics.map(({ name, isInternal }) => [name, isInternal])).toEqual([
      ['__mine', false],
      ['__transaction_state', true],
    ])
  })
})

describe('Metadata by topic id', () => {
  test.each(versions(12))('version %i finds a topic, or says that there is none of this id', async (version) => {
    await using cluster = await start({ topics: { a: {}, b: {} } })
    const { topics } = await cluster.send(version, { topics: [{ name: 'a' }] })
    const topicId = topics[0]?.topicId ?? ''
    const byId = await cluster.send(version, {
      topics: [{ topicId, name: 'b' }, { topicId: UNKNOWN_ID, name: null }, { name: 'b' }],
      includeTopicAuthorizedOperations: true,
    })
    expect(told(byId)).toEqual([
      [null, 'UNKNOWN_TOPIC_ID', 0],
      ['a', 'NONE', 1],
    ])
    expect(byId.topics[0]).toMatchObject({ topicId: UNKNOWN_ID, topicAuthorizedOperations: INT32_MIN })
  })

  test.each([10, 11])('is refused in version %i, which has the field but no use for it', async (version) => {
    await using cluster = await start({ topics: { a: {} } })
    const answer = await cluster.send(version, { topics: [{ topicId: UNKNOWN_ID, name: 'a' }] })
    expect(told(answer)).toEqual([['a', 'INVALID_REQUEST', 0]])
    expect(answer).toMatchObject({ brokers: [], clusterId: null, controllerId: -1 })
    expect(told(await cluster.send(version, { topics: [{ name: null }] }))).toEqual([['', 'INVALID_REQUEST', 0]])
  })

  test('fails as Kafka does when a topic has neither name nor id', async () => {
    await using cluster = await start()
    const answer = await cluster.send(13, { topics: [{ name: null }] })
    expect(told(answer)).toEqual([['', 'UNKNOWN_SERVER_ERROR', 0]])
    expect(errorName(answer.errorCode)).toBe('UNKNOWN_SERVER_ERROR')
  })
})

describe('a topic that is not there', () => {
  test.each(versions(0))('is created, and in the first answer, in version %i', async (version) => {
    await using cluster = await start({ config: { 'num.partitions': '3' } })
    expect(await cluster.ask(version, ['a', 'b'])).toEqual([
      ['a', 'NONE', 3],
      ['b', 'NONE', 3],
    ])
  })

  test('is created by whichever broker is asked', async () => {
    await using cluster = await start({ brokers: 3 })
    for (const server of cluster.cluster.bootstrapServers) {
      const client = await WireClient.to(server)
      const { topics } = await client.send(Metadata, 12, { topics: [{ name: server }] })
      expect(topics).toMatchObject([{ errorCode: 17 }])
      const name = server.replaceAll(/[^0-9]/g, '-')
      expect(told(await client.send(Metadata, 12, { topics: [{ name }] }))).toEqual([[name, 'NONE', 1]])
      client.close()
    }
  })

  test('is first unknown and then there, as in Kafka, where the config says so', async () => {
    await using cluster = await start({ config: { 'memkafka.auto.create.topics.at.once': 'false' } })
    expect(await cluster.ask(12, ['a'])).toEqual([['a', 'UNKNOWN_TOPIC_OR_PARTITION', 0]])
    expect(await cluster.ask(12, ['a'])).toEqual([['a', 'NONE', 1]])
  })

  test.each(versions(4))('is not created where the client forbids it, in version %i', async (version) => {
    await using cluster = await start()
    const unknown = [['a', 'UNKNOWN_TOPIC_OR_PARTITION', 0]]
    expect(await cluster.ask(version, ['a'], forbidden)).toEqual(unknown)
    expect(await cluster.ask(version, ['a'], forbidden)).toEqual(unknown)
  })

  test('is not created where the broker does not', async () => {
    await using cluster = await start({ config: { 'auto.create.topics.enable': 'false' } })
    for (const version of versions(0)) {
      expect(await cluster.ask(version, ['a'])).toEqual([['a', 'UNKNOWN_TOPIC_OR_PARTITION', 0]])
    }
  })

  test('is not created when all topics are asked for', async () => {
    await using cluster = await start()
    expect(told(await cluster.send(12, { topics: null }))).toEqual([])
  })

  test('is not created under a name that is none, and unknown when its name collides', async () => {
    await using cluster = await start({ topics: { 'a.b': {} } })
    expect(await cluster.ask(12, ['a b', '', 'a_b', 'a.b', 'new'])).toEqual([
      ['a.b', 'NONE', 1],
      ['new', 'NONE', 1],
      ['a b', 'INVALID_TOPIC_EXCEPTION', 0],
      ['', 'INVALID_TOPIC_EXCEPTION', 0],
      ['a_b', 'UNKNOWN_TOPIC_OR_PARTITION', 0],
    ])
  })

  test('is created as its coordinator wants it when it is an internal one', async () => {
    await using cluster = await start({ brokers: 2, config: { 'offsets.topic.num.partitions': '5' } })
    const { topics } = await cluster.send(12, { topics: [{ name: '__consumer_offsets' }] })
    expect(topics).toMatchObject([{ errorCode: 0, isInternal: true }])
    expect(topics[0]?.partitions.map(({ replicaNodes }) => replicaNodes.length)).toEqual([2, 2, 2, 2, 2])
  })

  test('stays unknown where its replicas cannot be placed', async () => {
    await using cluster = await start({ config: { 'default.replication.factor': '2' } })
    expect(await cluster.ask(12, ['a'])).toEqual([['a', 'UNKNOWN_TOPIC_OR_PARTITION', 0]])
  })

  test('can be created by name afterwards with settings of its own', async () => {
    await using cluster = await start()
    await cluster.ask(12, ['a'], forbidden)
    await cluster.client.send(CreateTopics, 7, { topics: [{ name: 'a', numPartitions: 7, replicationFactor: 1 }] })
    expect(await cluster.ask(12, ['a'])).toEqual([['a', 'NONE', 7]])
  })
})

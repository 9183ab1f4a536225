import { describe, expect, test } from 'vitest'
import { type ClusterOptions, KafkaCluster } from '../../../src/index.ts'
import { errorName } from '../../../src/protocol/errors.ts'
import type { Input } from '../../../src/protocol/message.ts'
import {
  type CreatableTopic,
  type CreatableTopicResult,
  CreateTopics,
  type CreateTopicsRequest,
} from '../../../src/protocol/messages/create-topics.ts'
import { Metadata } from '../../../src/protocol/messages/metadata.ts'
import { ZERO_UUID } from '../../../src/protocol/uuid.ts'
import { WireClient } from '../../wire-client.ts'

const VERSIONS = [0, 1, 2, 3, 4, 5, 6, 7]
const NEWEST = 7

async function start(options: ClusterOptions = {}) {
  const cluster = await KafkaCluster.start(options)
  const client = new WireClient(cluster.connect())
  const send = async (version: number, request: Input<CreateTopicsRequest>): Promise<CreatableTopicResult[]> =>
    (await client.send(CreateTopics, version, request)).topics
  return {
    client,
    send,
    /** Asks for topics in the newest version, and tells of each its error and the message. */
    create: async (...topics: Input<CreatableTopic>[]) =>
      (await send(NEWEST, { topics })).map(({ name, errorCode, errorMessage }) => [
        name,
        errorName(errorCode),
        errorMessage,
      ]),
    partitionsOf: async (name: string) =>
      (await client.send(Metadata, 12, { topics: [{ name }], allowAutoTopicCreation: false })).topics[0]?.partitions,
    [Symbol.asyncDispose]: async () => {
      client.close()
      await cluster.stop()
    },
  }
}

function topic(name: string, more: Input<CreatableTopic> = {}): Input<CreatableTopic> {
  return { name, numPartitions: 1, replicationFactor: 1, ...more }
}

function assigned(name: string, ...partitions: [index: number, brokers: number[]][]): Input<CreatableTopic> {
  return {
    name,
    numPartitions: -1,
    replicationFactor: -1,
    assignments: partitions.map(([partitionIndex, brokerIds]) => ({ partitionIndex, brokerIds })),
  }
}

function configured(name: string, configs: Record<string, string | null>): Input<CreatableTopic> {
  return topic(name, { configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })) })
}

describe('CreateTopics', () => {
  test.each(VERSIONS)('version %i creates a topic with the partitions and replicas asked for', async (version) => {
    await using cluster = await start({ brokers: 3 })
    const [result] = await cluster.send(version, { topics: [topic('a', { numPartitions: 4, replicationFactor: 2 })] })
    expect(result).toMatchObject({ name: 'a', errorCode: 0, errorMessage: version === 0 ? '' : null })
    const partitions = await cluster.partitionsOf('a')
    expect(partitions).toHaveLength(4)
    for (const { leaderId, replicaNodes, isrNodes } of partitions ?? []) {
      expect(new Set(replicaNodes).size).toBe(2)
      expect(isrNodes).toEqual(replicaNodes)
      expect(leaderId).toBe(replicaNodes[0])
    }
  })

  test.each(VERSIONS)('version %i says that a topic is there already', async (version) => {
    await using cluster = await start({ topics: { a: {} } })
    const [result] = await cluster.send(version, { topics: [topic('a')] })
    expect(errorName(result?.errorCode ?? 0)).toBe('TOPIC_ALREADY_EXISTS')
    if (version > 0) expect(result?.errorMessage).toBe("Topic 'a' already exists.")
  })

  test('tells what it made, from version 5 on', async () => {
    await using cluster = await start({ config: { 'log.retention.hours': '2', 'num.partitions': '3' } })
    const asked = { ...configured('a', { 'segment.ms': '5' }), numPartitions: -1, replicationFactor: -1 }
    const [result] = await cluster.send(5, { topics: [asked] })
    expect(result).toMatchObject({
      numPartitions: 3,
      replicationFactor: 1,
      topicConfigErrorCode: 0,
      topicId: ZERO_UUID,
    })
    const configs = result?.configs ?? []
    expect(configs.map(({ name }) => name)).toEqual(configs.map(({ name }) => name).toSorted())
    const value = (name: string) => configs.find((config) => config.name === name)
    expect(value('segment.ms')).toMatchObject({ value: '5', configSource: 1, readOnly: false, isSensitive: false })
    expect(value('retention.ms')).toMatchObject({ value: '7200000', configSource: 4 })
    expect(value('cleanup.policy')).toMatchObject({ value: 'delete', configSource: 5 })
    // What Kafka keeps to itself is not told unless it is set.
    expect(value('internal.segment.bytes')).toBeUndefined()
  })

  test("tells the topic's id, from version 7 on", async () => {
    await using cluster = await start()
    const [result] = await cluster.send(7, { topics: [topic('a')] })
    const { topics } = await cluster.client.send(Metadata, 12, { topics: [{ name: 'a' }] })
    expect(result?.topicId).toBe(topics[0]?.topicId)
    expect(result?.topicId).not.toBe(ZERO_UUID)
  })

  test('creates nothing when it is only to validate', async () => {
    await using cluster = await start()
    const [result, wrong] = await cluster.send(NEWEST, {
      topics: [topic('a'), topic('b', { numPartitions: 0 })],
      validateOnly: true,
    })
    expect(result).toMatchObject({ errorCode: 0, numPartitions: 1 })
    expect(errorName(wrong?.errorCode ?? 0)).toBe('INVALID_PARTITIONS')
    expect(await cluster.partitionsOf('a')).toEqual([])
  })

  test('is forwarded by whichever broker it reaches', async () => {
    const cluster = await KafkaCluster.start({ brokers: 3 })
    for (const [i, server] of cluster.bootstrapServers.entries()) {
      const client = await WireClient.to(server)
      const { topics } = await client.send(CreateTopics, NEWEST, { topics: [topic(`t${i}`)] })
      expect(topics).toMatchObject([{ name: `t${i}`, errorCode: 0 }])
      client.close()
    }
    await cluster.stop()
  })
})

describe('CreateTopics refuses', () => {
  test('names that are no names, and ones that collide', async () => {
    await using cluster = await start({ topics: { 'a.b': {} } })
    expect(await cluster.create(topic(''), topic('a b'), topic('a_b'), topic('a.b'), topic('ok'))).toEqual([
      ['', 'INVALID_TOPIC_EXCEPTION', 'Topic name is invalid: the empty string is not allowed'],
      [
        'a b',
        'INVALID_TOPIC_EXCEPTION',
        "Topic name is invalid: 'a b' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'",
      ],
      ['a_b', 'INVALID_TOPIC_EXCEPTION', "Topic 'a_b' collides with existing topic: a.b"],
      ['a.b', 'TOPIC_ALREADY_EXISTS', "Topic 'a.b' already exists."],
      ['ok', 'NONE', null],
    ])
  })

  test('what is asked for twice, and the topic of the metadata log', async () => {
    await using cluster = await start()
    expect(await cluster.create(topic('a'), topic('b'), topic('a'), topic('__cluster_metadata'))).toEqual([
      ['b', 'NONE', null],
      ['a', 'INVALID_REQUEST', 'Duplicate topic name.'],
      ['__cluster_metadata', 'INVALID_REQUEST', 'Creation of internal topic __cluster_metadata is prohibited.'],
    ])
  })

  test('numbers of partitions and replicas that cannot be', async () => {
    await using cluster = await start()
    expect(
      await cluster.create(
        topic('a', { numPartitions: 0 }),
        topic('b', { replicationFactor: 0 }),
        topic('c', { replicationFactor: 2 }),
      ),
    ).toEqual([
      ['a', 'INVALID_PARTITIONS', 'Number of partitions was set to an invalid non-positive value.'],
      ['b', 'INVALID_REPLICATION_FACTOR', 'Replication factor must be larger than 0, or -1 to use the default value.'],
      [
        'c',
        'INVALID_REPLICATION_FACTOR',
        'Unable to replicate the partition 2 time(s): The target replication factor of 2 cannot be reached because ' +
          'only 1 broker(s) are registered or some brokers have all their log directories cordoned.',
      ],
    ])
  })

  test('more than ten thousand partitions at once, whichever topics they are of', async () => {
    await using cluster = await start()
    const message = 'Excessively large number of partitions per request.'
    expect(await cluster.create(topic('a', { numPartitions: 9999 }), topic('b', { numPartitions: 2 }))).toEqual([
      ['a', 'POLICY_VIOLATION', message],
      ['b', 'POLICY_VIOLATION', message],
    ])
  })

  test('assignments that do not fit together, and takes those that do', async () => {
    await using cluster = await start({ brokers: 3 })
    expect(
      await cluster.create(
        assigned('ok', [1, [1, 2]], [0, [3, 1]]),
        assigned('gap', [0, [1]], [2, [1]]),
        assigned('twice', [0, [1]], [0, [2]]),
        assigned('stranger', [0, [9]]),
        assigned('empty', [0, []]),
        assigned('doubled', [0, [2, 2]]),
        assigned('uneven', [0, [1, 2]], [1, [1]]),
        { ...assigned('partitions', [0, [1]]), numPartitions: 1 },
        { ...assigned('replicas', [0, [1]]), replicationFactor: 1 },
      ),
    ).toEqual([
      ['ok', 'NONE', null],
      ['gap', 'INVALID_REPLICA_ASSIGNMENT', 'partitions should be a consecutive 0-based integer sequence'],
      ['twice', 'INVALID_REPLICA_ASSIGNMENT', 'Found multiple manual partition assignments for partition 0'],
      [
        'stranger',
        'INVALID_REPLICA_ASSIGNMENT',
        'The manual partition assignment includes broker 9, but no such broker is registered.',
      ],
      ['empty', 'INVALID_REPLICA_ASSIGNMENT', 'The manual partition assignment includes an empty replica list.'],
      [
        'doubled',
        'INVALID_REPLICA_ASSIGNMENT',
        'The manual partition assignment includes the broker 2 more than once.',
      ],
      [
        'uneven',
        'INVALID_REPLICA_ASSIGNMENT',
        'The manual partition assignment includes a partition with 1 replica(s), but this is not consistent with ' +
          'previous partitions, which have 2 replica(s).',
      ],
      [
        'partitions',
        'INVALID_REQUEST',
        'A manual partition assignment was specified, but numPartitions was not set to -1.',
      ],
      [
        'replicas',
        'INVALID_REQUEST',
        'A manual partition assignment was specified, but replication factor was not set to -1.',
      ],
    ])
    expect((await cluster.partitionsOf('ok'))?.map(({ leaderId, replicaNodes }) => [leaderId, replicaNodes])).toEqual([
      [3, [3, 1]],
      [1, [1, 2]],
    ])
  })

  test('configs that are not known or not right', async () => {
    await using cluster = await start()
    expect(
      await cluster.create(
        configured('a', { 'no.such': '1' }),
        configured('b', { 'retention.ms': 'x' }),
        configured('c', { 'retention.ms': null, 'segment.ms': null }),
      ),
    ).toEqual([
      ['a', 'INVALID_CONFIG', 'Unknown topic config name: no.such'],
      ['b', 'INVALID_CONFIG', 'Invalid value x for configuration retention.ms: Not a number of type LONG'],
      ['c', 'INVALID_CONFIG', 'Null value not supported for topic configs: retention.ms,segment.ms'],
    ])
  })

  test('to begin when there is no time at all', async () => {
    await using cluster = await start()
    const [result] = await cluster.send(NEWEST, { topics: [topic('a')], timeoutMs: 0 })
    expect(errorName(result?.errorCode ?? 0)).toBe('REQUEST_TIMED_OUT')
    expect(await cluster.partitionsOf('a')).toEqual([])
  })

  test('as a broker of a release before KRaft that is not the controller', async () => {
    const cluster = await KafkaCluster.start({ brokers: 2, version: '2.8' })
    const results = []
    for (const server of cluster.bootstrapServers) {
      const client = await WireClient.to(server)
      const { controllerId } = await client.send(Metadata, 1, { topics: [] })
      const { topics } = await client.send(CreateTopics, 4, { topics: [topic('a')] })
      results.push([controllerId, errorName(topics[0]?.errorCode ?? 0)])
      client.close()
    }
    expect(results).toEqual([
      [1, 'NONE'],
      [1, 'NOT_CONTROLLER'],
    ])
    await cluster.stop()
  })
})

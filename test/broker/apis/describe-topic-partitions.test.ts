import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type ClusterOptions, KafkaCluster } from '../../../src/index.ts'
import { errorName } from '../../../src/protocol/errors.ts'
import type { Input } from '../../../src/protocol/message.ts'
import {
  DescribeTopicPartitions,
  type DescribeTopicPartitionsRequest,
} from '../../../src/protocol/messages/describe-topic-partitions.ts'
import { WireClient } from '../../wire-client.ts'

/** READ, WRITE, CREATE, DELETE, ALTER, DESCRIBE, DESCRIBE_CONFIGS and ALTER_CONFIGS. */
const ALL_OPERATIONS = 3576
const topics = { a: { partitions: 1 }, b: { partitions: 5 }, c: { partitions: 2 } }

async function start(options: ClusterOptions = {}) {
  const cluster = await KafkaCluster.start({ topics, ...options })
  const client = new WireClient(cluster.connect())
  const send = (request: Input<DescribeTopicPartitionsRequest>) => client.send(DescribeTopicPartitions, 0, request)
  return {
    send,
    /** The partitions told of, and the cursor. */
    page: async (request: Input<DescribeTopicPartitionsRequest>) => {
      const { topics: described, nextCursor } = await send(request)
      const partitions = described.flatMap(({ name, partitions: each }) =>
        each.map(({ partitionIndex }) => `${name}-${partitionIndex}`),
      )
      return { partitions, nextCursor }
    },
    [Symbol.asyncDispose]: async () => {
      client.close()
      await cluster.stop()
    },
  }
}

function named(...names: string[]) {
  return names.map((name) => ({ name }))
}

const ALL = ['a-0', 'b-0', 'b-1', 'b-2', 'b-3', 'b-4', 'c-0', 'c-1']

describe('DescribeTopicPartitions', () => {
  test('fails as a whole over an empty name', async () => {
    await using kafka = await start()
    const { topics: described } = await kafka.send({ topics: named('b', '') })
    expect(described.map(({ name, errorCode }) => [name, errorName(errorCode)])).toEqual([
      ['b', 'UNKNOWN_SERVER_ERROR'],
      ['', 'UNKNOWN_SERVER_ERROR'],
    ])
  })

  test('tells of an empty name as of any that no topic may have, where the cursor has it too', async () => {
    await using kafka = await start()
    const cursor = { topicName: '', partitionIndex: 0 }
    const { topics: described } = await kafka.send({ topics: named('b', ''), cursor })
    expect(described.map(({ name, errorCode }) => [name, errorName(errorCode)])).toEqual([
      ['', 'INVALID_TOPIC_EXCEPTION'],
      ['b', 'NONE'],
    ])
    expect((await kafka.page({ topics: [], cursor })).partitions).toEqual(ALL)
  })

  test('tells of every topic, by rising name', async () => {
    await using kafka = await start({ brokers: 3 })
    const { topics: described, nextCursor } = await kafka.send({ topics: [] })
    expect(nextCursor).toBeNull()
    expect(
      described.map(({ name, isInternal, topicAuthorizedOperations }) => [name, isInternal, topicAuthorizedOperations]),
    ).toEqual([
      ['a', false, ALL_OPERATIONS],
      ['b', false, ALL_OPERATIONS],
      ['c', false, ALL_OPERATIONS],
    ])
    for (const partition of described.flatMap(({ partitions }) => partitions)) {
      expect(partition).toMatchObject({ errorCode: 0, leaderEpoch: 0, offlineReplicas: [] })
      expect(partition.replicaNodes).toEqual([partition.leaderId])
      expect(partition.isrNodes).toEqual([partition.leaderId])
      // Empty, not null: the Java client throws on null.
      expect([partition.eligibleLeaderReplicas, partition.lastKnownElr]).toEqual([[], []])
    }
  })

  test('tells the same a page at a time, however many go on a page', async () => {
    await using kafka = await start()
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: -1, max: 10 }), async (responsePartitionLimit) => {
        const seen: string[] = []
        let cursor: Input<DescribeTopicPartitionsRequest>['cursor'] = null
        do {
          const { partitions, nextCursor } = await kafka.page({ topics: [], responsePartitionLimit, cursor })
          expect(partitions.length).toBeLessThanOrEqual(Math.max(1, responsePartitionLimit))
          seen.push(...partitions)
          cursor = nextCursor
        } while (cursor !== null)
        expect(seen).toEqual(ALL)
      }),
      { numRuns: 12 },
    )
  })

  test('ends a page between two topics at the beginning of the next one', async () => {
    await using kafka = await start()
    const { nextCursor } = await kafka.page({ topics: [], responsePartitionLimit: 6 })
    expect(nextCursor).toMatchObject({ topicName: 'c', partitionIndex: 0 })
  })

  test('has a page hold no more than the broker allows', async () => {
    await using kafka = await start({ config: { 'max.request.partition.size.limit': '3' } })
    expect((await kafka.page({ topics: [], responsePartitionLimit: 100 })).partitions).toEqual(ALL.slice(0, 3))
  })

  test('tells of the topics that are asked for, each once, and which of them are not there', async () => {
    await using kafka = await start()
    const { topics: described } = await kafka.send({ topics: named('c', 'missing', 'a', 'c', 'in valid') })
    expect(described.map(({ name, errorCode, partitions }) => [name, errorName(errorCode), partitions.length])).toEqual(
      [
        ['a', 'NONE', 1],
        ['c', 'NONE', 2],
        ['in valid', 'INVALID_TOPIC_EXCEPTION', 0],
        ['missing', 'UNKNOWN_TOPIC_OR_PARTITION', 0],
      ],
    )
  })

  test('begins at the cursor, though its topic is gone', async () => {
    await using kafka = await start()
    const from = (topicName: string, partitionIndex: number) =>
      kafka.page({ topics: [], cursor: { topicName, partitionIndex } })
    expect((await from('b', 3)).partitions).toEqual(ALL.slice(4))
    expect((await from('b', 99)).partitions).toEqual(['c-0', 'c-1'])
    expect((await from('bb', 3)).partitions).toEqual(['c-0', 'c-1'])
  })

  test.each([
    ['of a topic that is not asked for', { topicName: 'b', partitionIndex: 0 }],
    ['before the first partition', { topicName: 'a', partitionIndex: -1 }],
  ])('refuses a cursor %s', async (_, cursor) => {
    await using kafka = await start()
    const { topics: described, nextCursor } = await kafka.send({ topics: named('a'), cursor })
    expect(described.map(({ name, errorCode, partitions }) => [name, errorName(errorCode), partitions])).toEqual([
      ['a', 'INVALID_REQUEST', []],
    ])
    expect(nextCursor).toBeNull()
  })
})

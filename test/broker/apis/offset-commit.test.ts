import { describe, expect, test } from 'vitest'
import { findCoordinator } from '../../../src/broker/apis/find-coordinator.ts'
import { offsetCommit } from '../../../src/broker/apis/offset-commit.ts'
import { offsetFetch } from '../../../src/broker/apis/offset-fetch.ts'
import { errorName } from '../../../src/protocol/errors.ts'
import type { Input } from '../../../src/protocol/message.ts'
import type { OffsetCommitRequest, OffsetCommitResponse } from '../../../src/protocol/messages/offset-commit.ts'
import { TestCluster } from '../coordinator/test-cluster.ts'

function start(): TestCluster {
  const cluster = new TestCluster({ topics: { orders: 2 } })
  cluster.ask(findCoordinator, 0, { key: 'group' })
  return cluster
}

const NO_TOPIC = 'AAAAAAAAAAAAAAAAAAAABQ'

/** Each partition's error, as `name-partition ERROR`. */
function errors({ topics }: OffsetCommitResponse, names: Record<string, string> = {}): string[] {
  return topics.flatMap(({ name, topicId, partitions }) =>
    partitions.map((p) => `${name || names[topicId]}-${p.partitionIndex} ${errorName(p.errorCode)}`),
  )
}

/** Commits to a topic by its name, or by its id in versions that want it. */
function commit(cluster: TestCluster, version: number, request: Input<OffsetCommitRequest> = {}): OffsetCommitResponse {
  const topicId = cluster.broker().image.topic('orders')?.id
  return cluster.ask(offsetCommit, version, {
    groupId: 'group',
    topics: [
      {
        ...(version >= 10 ? { topicId } : { name: 'orders' }),
        partitions: [{ partitionIndex: 0, committedOffset: 7, committedMetadata: 'here' }],
      },
    ],
    ...request,
  })
}

describe('OffsetCommit', () => {
  test.each([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10])('commits to the group, v%d', (version) => {
    const cluster = start()
    const id = cluster.broker().image.topic('orders')?.id ?? ''
    expect(errors(commit(cluster, version), { [id]: 'orders' })).toEqual(['orders-0 NONE'])
    const fetched = cluster.ask(offsetFetch, 5, { groupId: 'group', topics: null })
    expect(fetched.topics).toEqual([
      {
        name: 'orders',
        partitions: [
          { partitionIndex: 0, committedOffset: 7, committedLeaderEpoch: -1, metadata: 'here', errorCode: 0 },
        ],
      },
    ])
  })

  test('keeps the leader epoch that it is told, from version 6 on (KIP-320)', () => {
    const cluster = start()
    const partition = { partitionIndex: 0, committedOffset: 7, committedLeaderEpoch: 3 }
    commit(cluster, 6, { topics: [{ name: 'orders', partitions: [partition] }] })
    const { topics } = cluster.ask(offsetFetch, 5, { groupId: 'group', topics: null })
    expect(topics[0]?.partitions[0]).toMatchObject({ committedOffset: 7, committedLeaderEpoch: 3, metadata: '' })
  })

  test('answers each partition by itself', () => {
    const cluster = start()
    const partitions = [
      { partitionIndex: 0, committedOffset: 1, committedMetadata: 'x'.repeat(4096) },
      { partitionIndex: 1, committedOffset: 1, committedMetadata: 'x'.repeat(4097) },
      { partitionIndex: 2, committedOffset: 1 },
    ]
    const answer = commit(cluster, 8, {
      topics: [
        { name: 'orders', partitions },
        { name: 'nowhere', partitions: [{ partitionIndex: 0 }] },
      ],
    })
    expect(errors(answer)).toEqual([
      'orders-2 UNKNOWN_TOPIC_OR_PARTITION',
      'orders-0 NONE',
      'orders-1 OFFSET_METADATA_TOO_LARGE',
      'nowhere-0 UNKNOWN_TOPIC_OR_PARTITION',
    ])
  })

  test('answers a topic that is named twice twice, unless some partition is not there', () => {
    const cluster = start()
    const topic = (partitionIndex: number) => ({ name: 'orders', partitions: [{ partitionIndex, committedOffset: 1 }] })
    const answered = (...topics: ReturnType<typeof topic>[]) =>
      commit(cluster, 9, { topics }).topics.map(({ partitions }) =>
        partitions.map(({ partitionIndex }) => partitionIndex),
      )
    expect(answered(topic(0), topic(0))).toEqual([[0], [0]])
    expect(answered(topic(0), topic(9), topic(0))).toEqual([[9, 0, 0]])
  })

  test('by topic id tells an unknown one by UNKNOWN_TOPIC_ID, v10 (KIP-848)', () => {
    const cluster = start()
    const topicId = cluster.broker().image.topic('orders')?.id ?? ''
    const answer = commit(cluster, 10, {
      topics: [
        { topicId: NO_TOPIC, partitions: [{ partitionIndex: 0 }] },
        { topicId, partitions: [{ partitionIndex: 0 }, { partitionIndex: 9 }] },
      ],
    })
    expect(errors(answer, { [NO_TOPIC]: 'nowhere', [topicId]: 'orders' })).toEqual([
      'nowhere-0 UNKNOWN_TOPIC_ID',
      'orders-9 UNKNOWN_TOPIC_OR_PARTITION',
      'orders-0 NONE',
    ])
  })

  test.each([
    [8, 'ILLEGAL_GENERATION'],
    [9, 'GROUP_ID_NOT_FOUND'],
  ])('of a generation of no known group, v%d, is %s', (version, error) => {
    const answer = commit(start(), version, { generationIdOrMemberEpoch: 4, memberId: 'm' })
    expect(errors(answer)).toEqual([`orders-0 ${error}`])
  })

  test('at a broker that does not coordinate the group is NOT_COORDINATOR, for the partitions that there are', () => {
    const cluster = new TestCluster({ topics: { orders: 1 } })
    const answer = commit(cluster, 8, {
      topics: [{ name: 'orders', partitions: [{ partitionIndex: 0 }, { partitionIndex: 1 }] }],
    })
    expect(errors(answer)).toEqual(['orders-1 UNKNOWN_TOPIC_OR_PARTITION', 'orders-0 NOT_COORDINATOR'])
  })

  test('accepts a group without a name, and a request without topics', () => {
    const cluster = start()
    expect(errors(commit(cluster, 2, { groupId: '' }))).toEqual(['orders-0 NONE'])
    expect(commit(cluster, 2, { topics: [] }).topics).toEqual([])
  })
})

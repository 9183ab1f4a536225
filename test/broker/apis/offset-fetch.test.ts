import { describe, expect, test } from 'vitest'
import { findCoordinator } from '../../../src/broker/apis/find-coordinator.ts'
import { offsetCommit } from '../../../src/broker/apis/offset-commit.ts'
import { offsetFetch } from '../../../src/broker/apis/offset-fetch.ts'
import { errorName } from '../../../src/protocol/errors.ts'
import { TestCluster } from '../coordinator/test-cluster.ts'

const NO_TOPIC = 'AAAAAAAAAAAAAAAAAAAABQ'

/** A cluster where `group` has committed offset 7 of orders-0. */
function start(): TestCluster {
  const cluster = new TestCluster({ topics: { orders: 2 } })
  cluster.ask(findCoordinator, 0, { key: 'group' })
  cluster.ask(offsetCommit, 8, {
    groupId: 'group',
    topics: [{ name: 'orders', partitions: [{ partitionIndex: 0, committedOffset: 7, committedMetadata: 'here' }] }],
  })
  return cluster
}

const found = { partitionIndex: 0, committedOffset: 7, metadata: 'here', errorCode: 0 }
const missing = { partitionIndex: 1, committedOffset: -1, committedLeaderEpoch: -1, metadata: '', errorCode: 0 }

describe('OffsetFetch', () => {
  test.each([0, 1, 2, 3, 4, 5, 6, 7])(
    'tells what a group has committed, and -1 for what it has not, v%d',
    (version) => {
      const cluster = start()
      const topics = [{ name: 'orders', partitionIndexes: [0, 1] }]
      expect(cluster.ask(offsetFetch, version, { groupId: 'group', topics })).toMatchObject({
        errorCode: 0,
        topics: [{ name: 'orders', partitions: [found, missing] }],
      })
      expect(cluster.ask(offsetFetch, version, { groupId: 'unknown', topics })).toMatchObject({
        errorCode: 0,
        topics: [{ name: 'orders', partitions: [{ ...missing, partitionIndex: 0 }, missing] }],
      })
    },
  )

  test.each([2, 3, 4, 5, 6, 7])('tells all when no topics are named, v%d', (version) => {
    const cluster = start()
    const all = (groupId: string) => cluster.ask(offsetFetch, version, { groupId, topics: null }).topics
    expect(all('group')).toMatchObject([{ name: 'orders', partitions: [found] }])
    expect(all('unknown')).toEqual([])
  })

  test.each([8, 9])('tells of several groups, v%d (KIP-709)', (version) => {
    const cluster = start()
    const topics = [{ name: 'orders', partitionIndexes: [1] }]
    const { groups } = cluster.ask(offsetFetch, version, {
      groups: [
        { groupId: 'group', topics: null },
        { groupId: 'unknown', topics: null },
        { groupId: 'group', topics },
        { groupId: '', topics: [] },
      ],
    })
    expect(groups).toMatchObject([
      { groupId: 'group', topics: [{ name: 'orders', partitions: [found] }], errorCode: 0 },
      { groupId: 'unknown', topics: [], errorCode: 0 },
      { groupId: 'group', topics: [{ name: 'orders', partitions: [missing] }], errorCode: 0 },
      { groupId: '', topics: [], errorCode: 0 },
    ])
  })

  test('by topic id tells an unknown one by UNKNOWN_TOPIC_ID, v10 (KIP-848)', () => {
    const cluster = start()
    const topicId = cluster.broker().image.topic('orders')?.id
    const topics = [
      { topicId: NO_TOPIC, partitionIndexes: [0] },
      { topicId, partitionIndexes: [0] },
    ]
    const { groups } = cluster.ask(offsetFetch, 10, {
      groups: [
        { groupId: 'group', topics },
        { groupId: 'group', topics: null },
      ],
    })
    expect(groups[0]?.topics).toMatchObject([
      { topicId, partitions: [found] },
      { topicId: NO_TOPIC, partitions: [{ partitionIndex: 0, committedOffset: -1 }] },
    ])
    expect(errorName(groups[0]?.topics[1]?.partitions[0]?.errorCode ?? 0)).toBe('UNKNOWN_TOPIC_ID')
    expect(groups[1]?.topics).toMatchObject([{ topicId, partitions: [found] }])
  })

  test('does not tell an offset of an earlier topic of that name, v10', () => {
    const cluster = start()
    cluster.controller.deleteTopics({ topics: [], topicNames: ['orders'] })
    cluster.controller.createFirstTopics([['orders', { partitions: 1 }]])
    const topicId = cluster.broker().image.topic('orders')?.id
    const { groups } = cluster.ask(offsetFetch, 10, {
      groups: [{ groupId: 'group', topics: [{ topicId, partitionIndexes: [0] }] }],
    })
    expect(groups[0]?.topics[0]?.partitions[0]?.committedOffset).toBe(-1)
  })

  test.each([7, 8, 9, 10])(
    'that wants what is stable waits for nothing when nothing is under way, v%d (KIP-447)',
    (version) => {
      const cluster = start()
      const request =
        version === 7 ? { groupId: 'group', topics: null } : { groups: [{ groupId: 'group', topics: null }] }
      const answer = cluster.ask(offsetFetch, version, { ...request, requireStable: true })
      expect([...answer.topics, ...answer.groups.flatMap(({ topics }) => topics)]).toMatchObject([
        { partitions: [found] },
      ])
    },
  )

  test('at a broker that does not coordinate the group is NOT_COORDINATOR, where the version has a place for it', () => {
    const cluster = new TestCluster()
    const topics = [{ name: 'orders', partitionIndexes: [0] }]
    for (const version of [0, 1]) {
      const answer = cluster.ask(offsetFetch, version, { groupId: 'group', topics })
      expect(answer.topics[0]?.partitions).toMatchObject([{ partitionIndex: 0, committedOffset: -1, metadata: '' }])
      expect(errorName(answer.topics[0]?.partitions[0]?.errorCode ?? 0)).toBe('NOT_COORDINATOR')
    }
    const whole = cluster.ask(offsetFetch, 7, { groupId: 'group', topics })
    expect([errorName(whole.errorCode), whole.topics]).toEqual(['NOT_COORDINATOR', []])
    const { groups } = cluster.ask(offsetFetch, 8, { groups: [{ groupId: 'group', topics }] })
    expect(groups.map(({ errorCode, topics: none }) => [errorName(errorCode), none])).toEqual([['NOT_COORDINATOR', []]])
  })
})

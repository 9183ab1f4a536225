import { describe, expect, test } from 'vitest'
import { offsetDelete } from '../../../src/broker/apis/offset-delete.ts'
import { errorName } from '../../../src/protocol/errors.ts'
import { GroupDriver } from '../coordinator/groups/group-driver.ts'
import { TestCluster } from '../coordinator/test-cluster.ts'

/** Asks for the offsets of some partitions to be forgotten: the whole error, or that of each partition. */
function forget(cluster: TestCluster, groupId: string, partitions: Record<string, number[]>) {
  const { errorCode, topics } = cluster.ask(offsetDelete, 0, {
    groupId,
    topics: Object.entries(partitions).map(([name, indices]) => ({
      name,
      partitions: indices.map((partitionIndex) => ({ partitionIndex })),
    })),
  })
  if (errorCode !== 0) return errorName(errorCode)
  return topics.flatMap(({ name, partitions }) =>
    partitions.map(({ partitionIndex, errorCode }) => `${name}-${partitionIndex} ${errorName(errorCode)}`),
  )
}

describe('OffsetDelete', () => {
  test('forgets what an idle group has committed', () => {
    const cluster = new TestCluster()
    const idle = new GroupDriver(cluster, 'idle')
    idle.commit('', -1, 5)
    expect(idle.committed()).toBe(5)
    expect(forget(cluster, 'idle', { orders: [0] })).toEqual(['orders-0 NONE'])
    expect(idle.committed()).toBe(-1)
  })

  test('spares the topics that members subscribe to', () => {
    const cluster = new TestCluster()
    const busy = new GroupDriver(cluster, 'busy')
    const [memberId] = busy.stable() as [string]
    expect(busy.commit(memberId, 1, 7)).toBe('NONE')
    expect(forget(cluster, 'busy', { orders: [0] })).toEqual(['orders-0 GROUP_SUBSCRIBED_TO_TOPIC'])
    expect(busy.committed()).toBe(7)
  })

  test('does not know topics and partitions that are not there', () => {
    const cluster = new TestCluster()
    new GroupDriver(cluster, 'idle').commit('', -1, 5)
    expect(forget(cluster, 'idle', { orders: [0, 99], none: [0] })).toEqual([
      'orders-99 UNKNOWN_TOPIC_OR_PARTITION',
      'orders-0 NONE',
      'none-0 UNKNOWN_TOPIC_OR_PARTITION',
    ])
  })

  test('answers whatever is named twice twice', () => {
    const cluster = new TestCluster()
    new GroupDriver(cluster, 'idle').commit('', -1, 5)
    const topic = (...indices: number[]) => ({
      name: 'orders',
      partitions: indices.map((partitionIndex) => ({ partitionIndex })),
    })
    const answer = cluster.ask(offsetDelete, 0, { groupId: 'idle', topics: [topic(0, 0), topic(0)] })
    const indices = answer.topics.map(({ partitions }) => partitions.map(({ partitionIndex }) => partitionIndex))
    expect(indices).toEqual([[0, 0], [0]])
    expect(forget(cluster, 'idle', { orders: [0, 99, 99] })).toEqual([
      'orders-99 UNKNOWN_TOPIC_OR_PARTITION',
      'orders-99 UNKNOWN_TOPIC_OR_PARTITION',
      'orders-0 NONE',
    ])
  })

  test('wants a group, and one that is there', () => {
    const cluster = new TestCluster()
    const driver = new GroupDriver(cluster, 'idle')
    driver.commit('', -1, 5)
    expect(forget(cluster, 'none', { orders: [0] })).toBe('GROUP_ID_NOT_FOUND')
    expect(forget(cluster, '', { orders: [0] })).toBe('INVALID_GROUP_ID')
  })

  test('is for the group coordinator', () => {
    expect(forget(new TestCluster(), 'idle', { orders: [0] })).toBe('NOT_COORDINATOR')
  })
})

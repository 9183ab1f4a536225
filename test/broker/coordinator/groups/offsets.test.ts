import { describe, expect, test } from 'vitest'
import { offsetCommit } from '../../../../src/broker/apis/offset-commit.ts'
import { TestCluster } from '../test-cluster.ts'
import { GroupDriver } from './group-driver.ts'

function start(): GroupDriver {
  return new GroupDriver(new TestCluster({ topics: { orders: 3, payments: 1 } }))
}

describe('a commit', () => {
  test('of a member is accepted in its generation', () => {
    const g = start()
    const [a] = g.stable() as [string]
    expect(g.commit(a, 1, 5)).toBe('NONE')
    expect(g.committed()).toBe(5)
    expect(g.commit(a, 2, 6)).toBe('ILLEGAL_GENERATION')
    expect(g.commit('who', 1, 6)).toBe('UNKNOWN_MEMBER_ID')
    expect(g.committed()).toBe(5)
  })

  test('is accepted while members join, for what they give up; not while the leader assigns', () => {
    const g = start()
    const [a] = g.stable() as [string]
    const b = g.join()
    expect(g.commit(a, 1, 5)).toBe('NONE')
    g.join(a)
    expect(g.commit(a, 2, 6)).toBe('REBALANCE_IN_PROGRESS')
    expect(g.commit(b.answer.memberId, 2, 6)).toBe('REBALANCE_IN_PROGRESS')
    g.sync(a, 2)
    expect(g.commit(a, 2, 7)).toBe('NONE')
  })

  test('of somebody who is no member is for a group without members', () => {
    const g = start()
    expect(g.commit('', -1, 1)).toBe('NONE')
    expect(g.describe()).toMatchObject({ groupState: 'Empty', protocolType: '', members: [] })
    const [a] = g.stable() as [string]
    expect(g.commit('', -1, 2)).toBe('UNKNOWN_MEMBER_ID')
    g.leave(a)
    expect(g.commit('', -1, 3)).toBe('NONE')
    expect(g.commit(a, 1, 4)).toBe('UNKNOWN_MEMBER_ID')
    expect(g.committed()).toBe(3)
  })

  test('of a member of a group that nobody knows is refused', () => {
    expect(start().commit('m', 1, 1)).toBe('ILLEGAL_GENERATION')
  })
})

const DAY = 24 * 60 * 60 * 1000
const CHECK = 10 * 60 * 1000

describe('offsets.retention.minutes', () => {
  test('counts from when the group became empty, and then takes the group as well (KIP-211)', () => {
    const g = start()
    const { clock } = g.cluster
    const [a] = g.stable(1, { sessionTimeoutMs: 1_800_000 }) as [string]
    g.commit(a, 1, 5)
    for (let i = 0; i < 20 * 72; i++) {
      clock.advance(DAY / 72)
      g.heartbeat(a, 1)
    }
    expect(g.committed()).toBe(5)
    g.leave(a)
    clock.advance(7 * DAY - CHECK)
    expect(g.committed()).toBe(5)
    clock.advance(2 * CHECK)
    expect(g.committed()).toBe(-1)
    expect(g.state).toBe('Dead')
  })

  test('counts from the commit for whoever only commits', () => {
    const g = start()
    const { clock } = g.cluster
    g.commit('', -1, 5)
    clock.advance(6 * DAY)
    g.commit('', -1, 6)
    clock.advance(6 * DAY)
    expect(g.committed()).toBe(6)
    clock.advance(DAY + CHECK)
    expect(g.state).toBe('Dead')
  })

  test('takes what the consumers of a stable group no longer subscribe to', () => {
    const g = start()
    const { clock } = g.cluster
    g.cluster.ask(offsetCommit, 2, {
      groupId: 'group',
      topics: ['orders', 'payments'].map((name) => ({ name, partitions: [{ partitionIndex: 0, committedOffset: 9 }] })),
    })
    const [a] = g.stable(1, { sessionTimeoutMs: 1_800_000 }) as [string]
    for (let i = 0; i < 8 * 72; i++) {
      clock.advance(DAY / 72)
      g.heartbeat(a, 1)
    }
    expect(g.committed('orders')).toBe(9)
    expect(g.committed('payments')).toBe(-1)
    expect(g.state).toBe('Stable')
  })

  test('gives way to what the client asks for, in the versions where it may', () => {
    const g = start()
    g.cluster.ask(offsetCommit, 4, {
      groupId: 'group',
      retentionTimeMs: DAY,
      topics: [{ name: 'orders', partitions: [{ partitionIndex: 0, committedOffset: 9 }] }],
    })
    g.cluster.clock.advance(DAY - 1)
    expect(g.committed()).toBe(9)
    g.cluster.clock.advance(CHECK)
    expect(g.committed()).toBe(-1)
  })

  test('gives way to a client that asks for longer than time can be told', () => {
    const g = start()
    g.cluster.ask(offsetCommit, 4, {
      groupId: 'group',
      retentionTimeMs: Number.MAX_SAFE_INTEGER,
      topics: [{ name: 'orders', partitions: [{ partitionIndex: 0, committedOffset: 9 }] }],
    })
    g.cluster.clock.advance(30 * DAY)
    expect(g.committed()).toBe(9)
  })

  test('removes an empty group without offsets at the next check', () => {
    const g = start()
    g.join('', { version: 4 })
    expect(g.state).toBe('Empty')
    g.cluster.clock.advance(CHECK)
    expect(g.state).toBe('Dead')
  })

  test('keeps no timer while there is nothing that could expire', () => {
    const g = start()
    const idle = g.cluster.clock.pending
    g.commit('', -1, 5)
    expect(g.cluster.clock.pending).toBe(idle + 1)
    g.cluster.clock.advance(7 * DAY)
    expect(g.state).toBe('Dead')
    expect(g.cluster.clock.pending).toBe(idle)
  })
})

describe('a deleted topic', () => {
  test('takes the offsets that were committed to it along', () => {
    const g = start()
    g.commit('', -1, 5)
    g.cluster.queue.turn(() => g.cluster.controller.deleteTopics({ topics: [], topicNames: ['orders'] }))
    expect(g.committed()).toBe(-1)
    expect(g.state).toBe('Empty')
    expect(g.commit('', -1, 6)).toBe('UNKNOWN_TOPIC_OR_PARTITION')
    g.cluster.controller.createFirstTopics([['orders', { partitions: 1 }]])
    expect(g.committed()).toBe(-1)
  })
})

import { describe, expect, test } from 'vitest'
import { leaveGroup } from '../../../../src/broker/apis/leave-group.ts'
import { errorName } from '../../../../src/protocol/errors.ts'
import { TestCluster } from '../test-cluster.ts'
import { GroupDriver } from './group-driver.ts'

function start(config: Record<string, string> = {}): { cluster: TestCluster; g: GroupDriver } {
  const cluster = new TestCluster({ config })
  return { cluster, g: new GroupDriver(cluster) }
}

describe('a member', () => {
  test('is removed when it is not heard of within its session timeout, and the others share what it had', () => {
    const { cluster, g } = start()
    const [a, b] = g.stable(2) as [string, string]
    cluster.clock.advance(9000)
    expect(g.heartbeat(a, 2)).toBe('NONE')
    cluster.clock.advance(1000)
    expect(g.heartbeat(a, 2)).toBe('REBALANCE_IN_PROGRESS')
    expect(g.heartbeat(b, 2)).toBe('UNKNOWN_MEMBER_ID')
    expect(g.join(a).answer).toMatchObject({ generationId: 3, members: [{ memberId: a }] })
  })

  test('is heard of by a heartbeat, and by a commit', () => {
    const { cluster, g } = start()
    const [a] = g.stable() as [string]
    for (let i = 0; i < 5; i++) {
      cluster.clock.advance(9000)
      expect(g.heartbeat(a, 1)).toBe('NONE')
      cluster.clock.advance(9000)
      expect(g.commit(a, 1, i)).toBe('NONE')
    }
    cluster.clock.advance(10_000)
    expect(g.state).toBe('Empty')
  })

  test('does not expire while its JoinGroup is held', () => {
    const { cluster, g } = start()
    const [a, b] = g.stable(2, { sessionTimeoutMs: 10_000, rebalanceTimeoutMs: 120_000 }) as [string, string]
    const held = g.join(a, { rebalanceTimeoutMs: 120_000 })
    for (let i = 0; i < 10; i++) {
      cluster.clock.advance(9000)
      expect(g.heartbeat(b, 2)).toBe('REBALANCE_IN_PROGRESS')
    }
    expect(held.isHeld).toBe(true)
    expect(g.memberIds).toEqual([a, b])
  })

  test('does not expire while its SyncGroup is held', () => {
    const { cluster, g } = start()
    const [a, b] = g.stable(2) as [string, string]
    g.join(a)
    g.join(b)
    const held = g.sync(b, 3)
    for (let i = 0; i < 5; i++) {
      cluster.clock.advance(9000)
      expect(g.heartbeat(a, 3)).toBe('NONE')
    }
    g.sync(a, 3, { [b]: 'yours' })
    expect(held.answer.assignment.toString()).toBe('yours')
    // Its session begins with that.
    cluster.clock.advance(9999)
    expect(g.heartbeat(b, 3)).toBe('NONE')
  })

  test('that is new expires after five minutes even so: its client may have gone', () => {
    const { cluster, g } = start()
    const [a] = g.stable(1, { rebalanceTimeoutMs: 1_000_000 }) as [string]
    const held = g.join('', { rebalanceTimeoutMs: 1_000_000 })
    for (let waited = 0; waited < 299_000; waited += 1000) {
      cluster.clock.advance(1000)
      g.heartbeat(a, 1)
    }
    expect(held.isHeld).toBe(true)
    cluster.clock.advance(1000)
    expect(held.answer).toMatchObject({ memberId: '' })
    expect(errorName(held.answer.errorCode)).toBe('UNKNOWN_MEMBER_ID')
  })

  test('stays when its connection closes, be a request held or not', () => {
    const { g } = start()
    const [a, b] = g.stable(2) as [string, string]
    g.join(a).drop()
    expect(g.memberIds).toEqual([a, b])
    expect(g.join(b).answer.members).toHaveLength(0)
    expect(g.state).toBe('CompletingRebalance')
  })

  test('hears in a heartbeat what its group does', () => {
    const { g } = start()
    const [a] = g.stable() as [string]
    expect(g.heartbeat(a, 1)).toBe('NONE')
    expect(g.heartbeat(a, 2)).toBe('ILLEGAL_GENERATION')
    expect(g.heartbeat('who', 1)).toBe('UNKNOWN_MEMBER_ID')
    g.join()
    expect(g.heartbeat(a, 1)).toBe('REBALANCE_IN_PROGRESS')
    g.join(a)
    // The leader assigns: there is nothing to do but to wait.
    expect(g.heartbeat(a, 2)).toBe('NONE')
    expect(new GroupDriver(g.cluster, 'other').heartbeat('a', 1)).toBe('UNKNOWN_MEMBER_ID')
  })
})

describe('whoever leaves', () => {
  test('is gone at once; a new leader is told by the next generation', () => {
    const { g } = start()
    const [a, b] = g.stable(2) as [string, string]
    expect(g.leave(a)).toBe('NONE')
    expect(g.leave(a)).toBe('UNKNOWN_MEMBER_ID')
    expect(g.heartbeat(b, 2)).toBe('REBALANCE_IN_PROGRESS')
    expect(g.join(b).answer).toMatchObject({ generationId: 3, leader: b })
  })

  test('as the last leaves the group empty', () => {
    const { g } = start()
    const [a] = g.stable() as [string]
    expect(g.leave(a)).toBe('NONE')
    expect(g.state).toBe('Empty')
  })

  test('while others wait for it lets them go on', () => {
    const { g } = start()
    const [a, b] = g.stable(2) as [string, string]
    const held = g.join(a)
    expect(held.isHeld).toBe(true)
    g.leave(b)
    expect(held.answer).toMatchObject({ generationId: 3, members: [{ memberId: a }] })
  })

  test('with a JoinGroup of its own held is told there that it is no member', () => {
    const { g } = start()
    const [a, b] = g.stable(2) as [string, string]
    const held = g.join(a)
    g.leave(a)
    expect(errorName(held.answer.errorCode)).toBe('UNKNOWN_MEMBER_ID')
    expect(g.memberIds).toEqual([b])
  })

  test('before it has joined with its id need not wait for the session to end', () => {
    const { g } = start()
    const [a] = g.stable() as [string]
    const { memberId } = g.join('', { version: 4 }).answer
    const held = g.join(a)
    expect(held.isHeld).toBe(true)
    expect(g.leave(memberId)).toBe('NONE')
    expect(held.answer.generationId).toBe(2)
  })

  test('in company has an answer of its own, from version 3 on (KIP-345)', () => {
    const { cluster, g } = start()
    const [a] = g.stable(1, { groupInstanceId: 'i' } as never) as [string]
    const leave = (members: { memberId: string; groupInstanceId?: string }[]) =>
      cluster.ask(leaveGroup, 5, { groupId: 'group', members }).members.map(({ errorCode }) => errorName(errorCode))
    expect(leave([{ memberId: 'who' }, { memberId: '', groupInstanceId: 'who' }, { memberId: '' }])).toEqual([
      'UNKNOWN_MEMBER_ID',
      'UNKNOWN_MEMBER_ID',
      'UNKNOWN_MEMBER_ID',
    ])
    expect(leave([{ memberId: 'x', groupInstanceId: 'i' }])).toEqual(['FENCED_INSTANCE_ID'])
    expect(g.memberIds).toEqual([a])
    expect(leave([{ memberId: '', groupInstanceId: 'i' }, { memberId: a }])).toEqual(['NONE', 'UNKNOWN_MEMBER_ID'])
    expect(g.state).toBe('Empty')
  })
})

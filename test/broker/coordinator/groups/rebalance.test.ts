import { describe, expect, test } from 'vitest'
import { syncGroup } from '../../../../src/broker/apis/sync-group.ts'
import { errorName } from '../../../../src/protocol/errors.ts'
import { TestCluster, type TestClusterOptions } from '../test-cluster.ts'
import { GroupDriver, RANGE, STICKY, subscription } from './group-driver.ts'

function group(options: TestClusterOptions = {}): { cluster: TestCluster; group: GroupDriver } {
  const cluster = new TestCluster(options)
  return { cluster, group: new GroupDriver(cluster) }
}

describe('the first member of a group', () => {
  test('leads its first generation, and is told of itself', () => {
    const { group: g } = group()
    const { memberId, ...answer } = g.join().answer
    expect(memberId).toMatch(/^client-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
    expect(answer).toMatchObject({ errorCode: 0, generationId: 1, protocolName: 'range', leader: memberId })
    expect(answer.members).toEqual([{ memberId, groupInstanceId: null, metadata: RANGE.metadata }])
    expect(g.state).toBe('CompletingRebalance')
  })

  test('is given its id first, from version 4 on, and joins with it (KIP-394)', () => {
    const { group: g } = group()
    const refused = g.join('', { version: 4 }).answer
    expect(errorName(refused.errorCode)).toBe('MEMBER_ID_REQUIRED')
    expect(g.describe()).toMatchObject({ groupState: 'Empty', protocolType: '', members: [] })
    const joined = g.join(refused.memberId, { version: 4 }).answer
    expect(joined).toMatchObject({ errorCode: 0, memberId: refused.memberId, generationId: 1 })
  })

  test('waits group.initial.rebalance.delay.ms for others, and as long again for each that comes, up to the rebalance timeout', () => {
    const { cluster, group: g } = group({ config: { 'group.initial.rebalance.delay.ms': '3000' } })
    const first = g.join('', { rebalanceTimeoutMs: 7000 })
    cluster.clock.advance(2999)
    const second = g.join('', { rebalanceTimeoutMs: 7000 })
    cluster.clock.advance(2999)
    const third = g.join('', { rebalanceTimeoutMs: 7000 })
    // 3000 + 3000, and what is left of 7000.
    cluster.clock.advance(1001)
    expect([first, second, third].map((call) => call.isHeld)).toEqual([true, true, true])
    cluster.clock.advance(1)
    expect(first.answer.members).toHaveLength(3)
    expect(third.answer).toMatchObject({ generationId: 1, members: [], leader: first.answer.memberId })
  })

  test('is removed when it does not join with its new id within the session timeout', () => {
    const { cluster, group: g } = group()
    const { memberId } = g.join('', { version: 4, sessionTimeoutMs: 6000 }).answer
    cluster.clock.advance(6000)
    expect(errorName(g.join(memberId, { version: 4 }).answer.errorCode)).toBe('UNKNOWN_MEMBER_ID')
  })
})

describe('a generation', () => {
  test('is stable when the leader has brought the assignments, and every member has its own', () => {
    const { group: g } = group()
    const [leader, follower] = g.stable(2) as [string, string]
    expect(g.describe()).toMatchObject({
      groupState: 'Stable',
      protocolType: 'consumer',
      protocolData: 'range',
      members: [
        { memberId: leader, clientId: 'client', clientHost: '/127.0.0.1', memberMetadata: RANGE.metadata },
        { memberId: follower },
      ],
    })
    expect(g.sync(follower, 2).answer.assignment.toString()).toBe('assignment 1')
    expect(g.sync(leader, 2, { [leader]: 'another' }).answer.assignment.toString()).toBe('assignment 0')
  })

  test('begins when every known member has joined again', () => {
    const { group: g } = group()
    const [a] = g.stable() as [string]
    const b = g.join()
    expect(b.isHeld).toBe(true)
    expect(g.state).toBe('PreparingRebalance')
    expect(g.heartbeat(a, 1)).toBe('REBALANCE_IN_PROGRESS')
    const again = g.join(a)
    expect(again.answer).toMatchObject({ generationId: 2, leader: a })
    expect(b.answer).toMatchObject({ generationId: 2, leader: a, members: [] })
    expect(g.state).toBe('CompletingRebalance')
  })

  test('begins without who has not joined within the rebalance timeout', () => {
    const { cluster, group: g } = group()
    const [a] = g.stable(1, { rebalanceTimeoutMs: 8000, sessionTimeoutMs: 30_000 }) as [string]
    const b = g.join('', { rebalanceTimeoutMs: 8000 })
    cluster.clock.advance(7999)
    expect(b.isHeld).toBe(true)
    cluster.clock.advance(1)
    expect(b.answer).toMatchObject({ generationId: 2, leader: b.answer.memberId })
    expect(g.heartbeat(a, 1)).toBe('UNKNOWN_MEMBER_ID')
  })

  test('uses the session timeout in place of the rebalance timeout for version 0, which has none', () => {
    const { cluster, group: g } = group()
    const [a] = [g.join('', { version: 0, sessionTimeoutMs: 6000 }).answer.memberId]
    g.sync(a, 1)
    const b = g.join('', { version: 0, sessionTimeoutMs: 6000 })
    cluster.clock.advance(5999)
    g.heartbeat(a, 1)
    expect(b.isHeld).toBe(true)
    cluster.clock.advance(1)
    expect(b.answer.generationId).toBe(2)
  })

  test('waits for whoever has been given an id, too', () => {
    const { group: g } = group()
    const [a] = g.stable() as [string]
    const { memberId: b } = g.join('', { version: 4 }).answer
    const rejoining = g.join(a)
    expect(rejoining.isHeld).toBe(true)
    g.join(b, { version: 4 })
    expect(rejoining.answer.members).toHaveLength(2)
  })

  test('loses members that joined but did not sync within the rebalance timeout', () => {
    const { cluster, group: g } = group()
    const [a] = g.stable(1, { rebalanceTimeoutMs: 20_000, sessionTimeoutMs: 60_000 }) as [string]
    const joining = g.join('', { rebalanceTimeoutMs: 20_000, sessionTimeoutMs: 60_000 })
    g.join(a, { rebalanceTimeoutMs: 20_000, sessionTimeoutMs: 60_000 })
    const b = joining.answer.memberId
    g.sync(a, 2, { [a]: 'all' })
    cluster.clock.advance(20_000)
    expect(g.heartbeat(b, 2)).toBe('UNKNOWN_MEMBER_ID')
    expect(g.heartbeat(a, 2)).toBe('REBALANCE_IN_PROGRESS')
  })

  test('is refused to a SyncGroup of another, or while members join', () => {
    const { group: g } = group()
    const [a] = g.stable() as [string]
    expect(errorName(g.sync(a, 7).answer.errorCode)).toBe('ILLEGAL_GENERATION')
    expect(errorName(g.sync('who', 1).answer.errorCode)).toBe('UNKNOWN_MEMBER_ID')
    g.join()
    expect(errorName(g.sync(a, 1).answer.errorCode)).toBe('REBALANCE_IN_PROGRESS')
  })

  test('that is overtaken by a join ends the SyncGroups that wait for it', () => {
    const { group: g } = group()
    const [a, b] = g.stable(2) as [string, string]
    const rejoining = [g.join(a), g.join(b)]
    expect(rejoining.map((call) => call.answer.generationId)).toEqual([3, 3])
    const waiting = g.sync(b, 3)
    g.join()
    expect(errorName(waiting.answer.errorCode)).toBe('REBALANCE_IN_PROGRESS')
  })
})

describe('a member that joins again', () => {
  test('is told the same again while the leader assigns, if it has nothing new to say', () => {
    const { group: g } = group()
    const { memberId } = g.join().answer
    expect(g.join(memberId).answer).toMatchObject({ generationId: 1, leader: memberId, members: [{ memberId }] })
    const changed = g.join(memberId, { protocols: [STICKY, RANGE] }).answer
    expect(changed).toMatchObject({ generationId: 2, protocolName: 'sticky' })
  })

  test('begins a rebalance of a stable group when it leads, or says something new', () => {
    const { group: g } = group()
    const [a, b] = g.stable(2) as [string, string]
    expect(g.join(b).answer).toMatchObject({ generationId: 2, members: [] })
    expect(g.state).toBe('Stable')
    const changed = g.join(b, { protocols: [{ ...RANGE, metadata: subscription('payments') }] })
    expect(changed.isHeld).toBe(true)
    expect(g.join(a).answer.generationId).toBe(3)
    g.sync(a, 3)
    g.sync(b, 3)
    expect(g.join(a).isHeld).toBe(true)
  })

  test('of a group that is empty now must begin anew', () => {
    const { group: g } = group()
    const [a] = g.stable() as [string]
    g.leave(a)
    expect(g.describe()).toMatchObject({ groupState: 'Empty', protocolType: 'consumer' })
    expect(errorName(g.join(a).answer.errorCode)).toBe('UNKNOWN_MEMBER_ID')
    expect(g.join().answer.generationId).toBe(3)
  })

  test('after a group that nobody knows is UNKNOWN_MEMBER_ID', () => {
    const { cluster } = group()
    expect(errorName(new GroupDriver(cluster, 'other').join('m').answer.errorCode)).toBe('UNKNOWN_MEMBER_ID')
  })
})

describe('the protocol of a generation', () => {
  test('is one that all members offer, and most of them prefer', () => {
    const { group: g } = group()
    const a = g.join('', { protocols: [RANGE, STICKY] }).answer.memberId
    const calls = [g.join('', { protocols: [STICKY, RANGE] }), g.join('', { protocols: [STICKY, RANGE] })]
    expect(g.join(a, { protocols: [RANGE, STICKY] }).answer.protocolName).toBe('sticky')
    expect(calls.map((call) => call.answer.protocolName)).toEqual(['sticky', 'sticky'])
  })

  test('is the one that Java would find first when as many prefer another', () => {
    const { group: g } = group()
    const a = g.join('', { protocols: [RANGE, STICKY] }).answer.memberId
    g.join('', { protocols: [STICKY, RANGE] })
    expect(g.join(a, { protocols: [RANGE, STICKY] }).answer.protocolName).toBe('sticky')
  })

  test.each([{ protocols: [STICKY] }, { protocolType: 'connect' }, { protocols: [] }, { protocolType: '' }])(
    'cannot be one that a member does not offer: %j',
    (offer) => {
      const { group: g } = group()
      g.stable()
      expect(errorName(g.join('', offer).answer.errorCode)).toBe('INCONSISTENT_GROUP_PROTOCOL')
      expect(g.state).toBe('Stable')
    },
  )

  test.each([{ protocols: [] }, { protocolType: '' }])('must be there: %j', (offer) => {
    const { group: g } = group()
    expect(errorName(g.join('', offer).answer.errorCode)).toBe('INCONSISTENT_GROUP_PROTOCOL')
    // Kafka makes the group nevertheless.
    expect(g.state).toBe('Empty')
  })

  test('must be agreed on by a SyncGroup that names it (KIP-559)', () => {
    const { group: g } = group()
    const { memberId } = g.join().answer
    const named = (protocolType: string | null, protocolName: string | null) =>
      errorName(
        g.cluster.ask(syncGroup, 5, { groupId: 'group', memberId, generationId: 1, protocolType, protocolName })
          .errorCode,
      )
    expect(named('consumer', 'sticky')).toBe('INCONSISTENT_GROUP_PROTOCOL')
    expect(named('connect', 'range')).toBe('INCONSISTENT_GROUP_PROTOCOL')
    expect(named('consumer', null)).toBe('INCONSISTENT_GROUP_PROTOCOL')
    expect(named(null, 'range')).toBe('INCONSISTENT_GROUP_PROTOCOL')
    expect(named('consumer', 'range')).toBe('NONE')
  })
})

describe('group.max.size', () => {
  test('refuses a member more, and lets those that are there join again', () => {
    const { group: g } = group({ config: { 'group.max.size': '2' } })
    const [a] = g.stable(2) as [string]
    expect(g.join()).toMatchObject({ answer: { memberId: '' } })
    expect(errorName(g.join().answer.errorCode)).toBe('GROUP_MAX_SIZE_REACHED')
    expect(g.state).toBe('Stable')
    expect(g.join(a).isHeld).toBe(true)
  })

  test('counts those who have joined while members join: the last of them is out', () => {
    const { group: g } = group({ config: { 'group.max.size': '2' } })
    const [a, b] = g.stable(2) as [string, string]
    g.join(a)
    expect(g.join().isHeld).toBe(true)
    expect(errorName(g.join(b).answer.errorCode)).toBe('GROUP_MAX_SIZE_REACHED')
    expect(g.heartbeat(b, 2)).toBe('UNKNOWN_MEMBER_ID')
  })
})

describe("a group's session timeout", () => {
  test.each([5999, 1_800_001])('of %d ms is outside what the broker allows', (sessionTimeoutMs) => {
    const { group: g } = group()
    expect(errorName(g.join('', { sessionTimeoutMs }).answer.errorCode)).toBe('INVALID_SESSION_TIMEOUT')
    expect(errorName(g.join('m', { sessionTimeoutMs }).answer.errorCode)).toBe('INVALID_SESSION_TIMEOUT')
  })
})

test("a group's states are told as they change", () => {
  const { cluster, group: g } = group()
  const seen: string[] = []
  cluster.events.on('group:state', ({ groupId, state, generationId, members }) => {
    seen.push(`${groupId} ${state} ${generationId} ${members}`)
  })
  const [a] = g.stable() as [string]
  g.leave(a)
  expect(seen).toEqual([
    'group PreparingRebalance 0 1',
    'group CompletingRebalance 1 1',
    'group Stable 1 1',
    'group PreparingRebalance 1 0',
    'group Empty 2 0',
  ])
})

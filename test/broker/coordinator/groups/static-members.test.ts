import { describe, expect, test } from 'vitest'
import { offsetCommit } from '../../../../src/broker/apis/offset-commit.ts'
import { errorName } from '../../../../src/protocol/errors.ts'
import { TestCluster } from '../test-cluster.ts'
import { GroupDriver, RANGE, STICKY } from './group-driver.ts'

function start(): GroupDriver {
  return new GroupDriver(new TestCluster())
}

const I1 = { groupInstanceId: 'i1' }

/** A stable group of one static member. */
function stableStatic(): { g: GroupDriver; id: string } {
  const g = start()
  const { memberId: id } = g.join('', { ...I1, protocols: [RANGE, STICKY] }).answer
  g.sync(id, 1, { [id]: 'mine' }, I1)
  return { g, id }
}

describe('a static member (KIP-345)', () => {
  test('joins without being sent away for its id, which is made of its instance id', () => {
    const g = start()
    const { memberId, members } = g.join('', { ...I1, version: 9 }).answer
    expect(memberId).toMatch(/^i1-[0-9a-f]{8}-/)
    expect(members).toMatchObject([{ memberId, groupInstanceId: 'i1' }])
  })

  test('that restarts goes on where it was, under a new id, without a rebalance', () => {
    const { g, id } = stableStatic()
    const { memberId, ...answer } = g.join('', { ...I1, protocols: [RANGE, STICKY] }).answer
    expect(memberId).not.toBe(id)
    // Told of the leader that it was, it does not take itself for the leader, and does not assign.
    expect(answer).toMatchObject({ errorCode: 0, generationId: 1, leader: id, members: [], skipAssignment: false })
    expect(g.state).toBe('Stable')
    expect(g.sync(memberId, 1, {}, I1).answer.assignment.toString()).toBe('mine')
    expect(g.heartbeat(memberId, 1, 'i1')).toBe('NONE')
  })

  test('that restarts as the leader is told in version 9 that it need not assign (KIP-814)', () => {
    const { g } = stableStatic()
    const { memberId, ...answer } = g.join('', { ...I1, version: 9, protocols: [RANGE, STICKY] }).answer
    expect(answer).toMatchObject({ leader: memberId, skipAssignment: true, members: [{ memberId }] })
  })

  test('fences the one that it takes the place of', () => {
    const { g, id } = stableStatic()
    const { memberId } = g.join('', { ...I1, protocols: [RANGE, STICKY] }).answer
    expect(g.heartbeat(id, 1, 'i1')).toBe('FENCED_INSTANCE_ID')
    expect(g.heartbeat(id, 1)).toBe('UNKNOWN_MEMBER_ID')
    expect(g.commit(id, 1, 5, 'i1')).toBe('FENCED_INSTANCE_ID')
    expect(errorName(g.sync(id, 1, {}, I1).answer.errorCode)).toBe('FENCED_INSTANCE_ID')
    expect(errorName(g.join(id, { ...I1, protocols: [RANGE, STICKY] }).answer.errorCode)).toBe('FENCED_INSTANCE_ID')
    expect(g.heartbeat(memberId, 1, 'other')).toBe('UNKNOWN_MEMBER_ID')
    expect(g.commit(memberId, 1, 5, 'i1')).toBe('NONE')
  })

  test('that would have the group vote otherwise begins a rebalance', () => {
    const { g } = stableStatic()
    const { memberId, ...answer } = g.join('', { ...I1, protocols: [STICKY, RANGE] }).answer
    expect(answer).toMatchObject({ generationId: 2, protocolName: 'sticky', leader: memberId })
  })

  test('that restarts while the leader assigns begins a rebalance', () => {
    const g = start()
    g.join('', I1)
    expect(g.join('', I1).answer).toMatchObject({ errorCode: 0, generationId: 2 })
  })

  test('that restarts while its JoinGroup is held has that one fenced, and waits in its place', () => {
    const { g, id } = stableStatic()
    const first = g.join('', { groupInstanceId: 'i2' })
    const second = g.join('', { groupInstanceId: 'i2' })
    expect(errorName(first.answer.errorCode)).toBe('FENCED_INSTANCE_ID')
    expect(second.isHeld).toBe(true)
    expect(g.join(id, { ...I1, protocols: [RANGE, STICKY] }).answer.members).toHaveLength(2)
    expect(second.answer.generationId).toBe(2)
  })

  test('that restarts while its SyncGroup is held has that one fenced', () => {
    const { g, id } = stableStatic()
    const joining = g.join('', { groupInstanceId: 'i2' })
    g.join(id, { ...I1, protocols: [RANGE, STICKY] })
    const waiting = g.sync(joining.answer.memberId, 2, {}, { groupInstanceId: 'i2' })
    expect(waiting.isHeld).toBe(true)
    g.join('', { groupInstanceId: 'i2' })
    expect(errorName(waiting.answer.errorCode)).toBe('FENCED_INSTANCE_ID')
  })

  test('stays in a generation that it has not joined, until its session ends', () => {
    const { g, id } = stableStatic()
    const { clock } = g.cluster
    const joining = g.join('', { version: 5, memberId: '', rebalanceTimeoutMs: 60_000, groupInstanceId: 'i2' })
    for (let waited = 0; waited < 60_000; waited += 6000) {
      g.heartbeat(id, 1, 'i1')
      clock.advance(6000)
    }
    expect(joining.answer).toMatchObject({ generationId: 2, leader: joining.answer.memberId })
    expect(joining.answer.members.map(({ groupInstanceId }) => groupInstanceId)).toEqual(['i1', 'i2'])
  })

  test('whose session ends is removed like any other', () => {
    const { g, id } = stableStatic()
    g.cluster.clock.advance(10_000)
    expect(g.heartbeat(id, 1, 'i1')).toBe('UNKNOWN_MEMBER_ID')
    expect(g.state).toBe('Empty')
  })

  test('cannot be another with the id of a dynamic member', () => {
    const g = start()
    const [a] = g.stable() as [string]
    expect(errorName(g.join(a, I1).answer.errorCode)).toBe('UNKNOWN_MEMBER_ID')
    const answer = g.cluster.ask(offsetCommit, 7, {
      groupId: 'group',
      memberId: a,
      generationIdOrMemberEpoch: 1,
      groupInstanceId: 'i1',
      topics: [{ name: 'orders', partitions: [{ partitionIndex: 0 }] }],
    })
    expect(errorName(answer.topics[0]?.partitions[0]?.errorCode ?? 0)).toBe('UNKNOWN_MEMBER_ID')
  })
})

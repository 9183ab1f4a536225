import { describe, expect, test } from 'vitest'
import { errorName } from '../../../src/protocol/errors.ts'
import { ControllerFixture } from './metadata-fixture.ts'

const PREFERRED = 0
const UNCLEAN = 1

/** Asks for the election of some partitions of a topic, and tells the errors. */
function elect(fixture: ControllerFixture, electionType: number, ...partitions: number[]): string[] {
  const topicPartitions = [{ topic: 'a', partitions }]
  const { replicaElectionResults } = fixture.controller.electLeaders({ electionType, topicPartitions })
  return (replicaElectionResults[0]?.partitionResult ?? []).map(({ errorCode }) => errorName(errorCode))
}

function setUnclean(fixture: ControllerFixture, type: 2 | 4, name: string): void {
  const operations = [{ name: 'unclean.leader.election.enable', configOperation: 0, value: 'true' }]
  fixture.controller.changeConfigs([{ resource: { type, name }, operations }], false)
}

describe('ElectLeaders', () => {
  test('has the first replica lead again', () => {
    const fixture = new ControllerFixture(2)
    fixture.topic('a', [
      [1, 2],
      [2, 1],
    ])
    fixture.controller.fenceBroker(1)
    fixture.restart(1, true)
    expect(fixture.partition('a')).toMatchObject({ leader: 2, isr: [2] })
    expect(elect(fixture, PREFERRED, 0, 1)).toEqual(['PREFERRED_LEADER_NOT_AVAILABLE', 'ELECTION_NOT_NEEDED'])
    expect(fixture.alterIsr('a', [2, 1])).toBe('NONE')
    expect(elect(fixture, PREFERRED, 0)).toEqual(['NONE'])
    expect(fixture.partition('a')).toMatchObject({ leader: 1, leaderEpoch: 2 })
  })

  test('has any replica lead what nobody leads, if it may be unclean', () => {
    const fixture = new ControllerFixture(3)
    fixture.topic('a', [[1, 2]])
    fixture.controller.fenceBroker(2)
    fixture.controller.fenceBroker(1)
    expect(fixture.partition('a')).toMatchObject({ leader: -1, isr: [1] })
    expect(elect(fixture, UNCLEAN, 0)).toEqual(['ELIGIBLE_LEADERS_NOT_AVAILABLE'])
    fixture.restart(2, true)
    expect(fixture.partition('a').leader).toBe(-1)
    expect(elect(fixture, UNCLEAN, 0)).toEqual(['NONE'])
    expect(fixture.partition('a')).toMatchObject({ leader: 2, isr: [2], leaderRecoveryState: 1 })
    expect(elect(fixture, UNCLEAN, 0)).toEqual(['ELECTION_NOT_NEEDED'])
  })

  test('of all partitions tells only of those that needed one', () => {
    const fixture = new ControllerFixture(2)
    fixture.topic('a', [
      [1, 2],
      [2, 1],
    ])
    fixture.controller.electLeader('a', 0, 2)
    const { replicaElectionResults } = fixture.controller.electLeaders({ electionType: 0, topicPartitions: null })
    expect(replicaElectionResults).toEqual([
      { topic: 'a', partitionResult: [{ partitionId: 0, errorCode: 0, errorMessage: null }] },
    ])
  })
})

describe('unclean.leader.election.enable', () => {
  test('of a topic has a replica lead that is not in sync, when the last one in sync is gone', () => {
    const fixture = new ControllerFixture(2)
    fixture.topic('a', [[1, 2]], { 'unclean.leader.election.enable': 'true' })
    fixture.topic('b', [[1, 2]])
    for (const name of ['a', 'b']) expect(fixture.alterIsr(name, [1])).toBe('NONE')
    fixture.controller.fenceBroker(1)
    expect(fixture.partition('a')).toMatchObject({ leader: 2, isr: [2], leaderRecoveryState: 1 })
    expect(fixture.partition('b')).toMatchObject({ leader: -1, isr: [1], leaderRecoveryState: 0 })
  })

  test.each([
    ['a topic', 2, 'a'],
    ['all brokers', 4, ''],
  ] as const)('that is switched on for %s elects within five minutes', (_, type, name) => {
    const fixture = new ControllerFixture(2)
    fixture.topic('a', [[1, 2]])
    expect(fixture.alterIsr('a', [1])).toBe('NONE')
    fixture.controller.fenceBroker(1)
    expect(fixture.clock.pending).toBe(0)
    setUnclean(fixture, type, name)
    fixture.clock.advance(299_999)
    expect(fixture.partition('a').leader).toBe(-1)
    fixture.clock.advance(1)
    expect(fixture.partition('a')).toMatchObject({ leader: 2, isr: [2], leaderRecoveryState: 1 })
    expect(fixture.clock.pending).toBe(0)
  })
})

describe('auto.leader.rebalance.enable', () => {
  test('has the first replicas lead again every five minutes, and needs no time while they do', () => {
    const fixture = new ControllerFixture(2)
    fixture.topic('a', [[1, 2]])
    fixture.controller.fenceBroker(1)
    fixture.restart(1, true)
    expect(fixture.clock.pending).toBe(0)
    expect(fixture.alterIsr('a', [2, 1])).toBe('NONE')
    fixture.clock.advance(299_999)
    expect(fixture.partition('a').leader).toBe(2)
    fixture.clock.advance(1)
    expect(fixture.partition('a')).toMatchObject({ leader: 1, isr: [2, 1] })
    expect(fixture.clock.pending).toBe(0)
  })

  test('has its interval, and can be off', () => {
    const often = new ControllerFixture(2, { 'leader.imbalance.check.interval.seconds': '1' })
    const never = new ControllerFixture(2, { 'auto.leader.rebalance.enable': 'false' })
    for (const fixture of [often, never]) {
      fixture.topic('a', [[1, 2]])
      fixture.controller.electLeader('a', 0, 2)
      fixture.clock.advance(1000)
    }
    expect(often.partition('a').leader).toBe(1)
    expect(never.partition('a').leader).toBe(2)
    expect(never.clock.pending).toBe(0)
  })
})

describe('the leader that a test asks for', () => {
  test('is any replica in sync', () => {
    const fixture = new ControllerFixture(3)
    fixture.topic('a', [[1, 2, 3]])
    fixture.controller.electLeader('a', 0, 3)
    expect(fixture.partition('a')).toMatchObject({ leader: 3, leaderEpoch: 1, isr: [1, 2, 3] })
    fixture.controller.electLeader('a', 0, 3)
    expect(fixture.partition('a')).toMatchObject({ leader: 3, leaderEpoch: 1 })
  })

  test('is no other', () => {
    const fixture = new ControllerFixture(3)
    fixture.topic('a', [[1, 2]])
    expect(() => fixture.controller.electLeader('a', 0, 3)).toThrow('broker 3 is not in sync for a-0: [1, 2] are')
    expect(() => fixture.controller.electLeader('a', 1, 1)).toThrow('No such partition as a-1')
    expect(() => fixture.controller.electLeader('b', 0, 1)).toThrow('No such partition as b-0')
  })
})

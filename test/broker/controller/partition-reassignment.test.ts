import { describe, expect, test } from 'vitest'
import { errorName } from '../../../src/protocol/errors.ts'
import { ControllerFixture } from './metadata-fixture.ts'

function withTopic(replicas: number[], brokers = 4): ControllerFixture {
  const fixture = new ControllerFixture(brokers)
  fixture.topic('a', [replicas])
  return fixture
}

/** Reassigns the partition, and tells the error. */
function reassign(fixture: ControllerFixture, replicas: number[] | null, allowReplicationFactorChange = true) {
  const topics = [{ name: 'a', partitions: [{ partitionIndex: 0, replicas }] }]
  const { responses } = fixture.controller.alterPartitionReassignments({ topics, allowReplicationFactorChange })
  const [result] = responses[0]?.partitions ?? []
  return [errorName(result?.errorCode ?? -1), result?.errorMessage]
}

function ongoing(fixture: ControllerFixture) {
  return fixture.controller.listPartitionReassignments(null)
}

describe('a reassignment', () => {
  test('goes by all replicas, and is over when those that stay are in sync', () => {
    const fixture = withTopic([1, 2, 3])
    expect(reassign(fixture, [4, 2, 3])).toEqual(['NONE', null])
    expect(fixture.partition('a')).toMatchObject({
      replicas: [4, 2, 3, 1],
      addingReplicas: [4],
      removingReplicas: [1],
      leader: 1,
      leaderEpoch: 0,
      partitionEpoch: 1,
    })
    expect(ongoing(fixture)).toEqual([
      {
        name: 'a',
        partitions: [{ partitionIndex: 0, replicas: [4, 2, 3, 1], addingReplicas: [4], removingReplicas: [1] }],
      },
    ])
    // The leader is not among the new replicas: its own request puts another in its place.
    expect(fixture.alterIsr('a', [1, 2, 3, 4])).toBe('NEW_LEADER_ELECTED')
    expect(fixture.partition('a')).toMatchObject({
      replicas: [4, 2, 3],
      isr: [2, 3, 4],
      addingReplicas: [],
      removingReplicas: [],
      leader: 4,
      leaderEpoch: 1,
    })
    expect(ongoing(fixture)).toEqual([])
  })

  test('keeps its leader when that stays, in a new epoch when a replica goes', () => {
    const fixture = withTopic([1, 2])
    reassign(fixture, [1, 3])
    expect(fixture.alterIsr('a', [1, 2, 3])).toBe('NONE')
    expect(fixture.partition('a')).toMatchObject({ replicas: [1, 3], isr: [1, 3], leader: 1, leaderEpoch: 1 })
  })

  test('that only takes replicas away is over at once', () => {
    const fixture = withTopic([1, 2, 3])
    reassign(fixture, [2])
    expect(fixture.partition('a')).toMatchObject({ replicas: [2], isr: [2], leader: 2, leaderEpoch: 1 })
  })

  test('is over when the broker that held it up is fenced and goes', () => {
    const fixture = withTopic([1, 2])
    reassign(fixture, [2, 3])
    expect(fixture.alterIsr('a', [1, 2])).toBe('NONE')
    fixture.controller.fenceBroker(1)
    expect(fixture.partition('a')).toMatchObject({ replicas: [2, 3, 1], leader: 2, isr: [2] })
    expect(fixture.alterIsr('a', [2, 3])).toBe('NONE')
    expect(fixture.partition('a')).toMatchObject({ replicas: [2, 3], leader: 2, isr: [2, 3], removingReplicas: [] })
  })

  test('takes the place of one that is under way', () => {
    const fixture = withTopic([1])
    reassign(fixture, [2])
    reassign(fixture, [3])
    expect(fixture.partition('a')).toMatchObject({ replicas: [3, 1, 2], addingReplicas: [3], removingReplicas: [1, 2] })
    expect(fixture.alterIsr('a', [1, 3])).toBe('NEW_LEADER_ELECTED')
    expect(fixture.partition('a')).toMatchObject({ replicas: [3], isr: [3] })
  })

  test('can be ended: the replicas are what they were', () => {
    const fixture = withTopic([1, 2])
    expect(reassign(fixture, null)).toEqual(['NO_REASSIGNMENT_IN_PROGRESS', null])
    reassign(fixture, [3, 2])
    expect(reassign(fixture, null)).toEqual(['NONE', null])
    expect(fixture.partition('a')).toMatchObject({
      replicas: [2, 1],
      isr: [1, 2],
      leader: 1,
      addingReplicas: [],
      removingReplicas: [],
    })
  })

  test('cannot be ended uncleanly where that is not wanted', () => {
    const fixture = withTopic([1])
    reassign(fixture, [2, 3])
    fixture.alterIsr('a', [1, 2])
    fixture.controller.fenceBroker(1)
    expect(fixture.partition('a')).toMatchObject({ leader: 2, isr: [2] })
    expect(reassign(fixture, null)).toEqual([
      'INVALID_REPLICA_ASSIGNMENT',
      'Unable to revert partition assignment for a:0 because it would require an unclean leader election.',
    ])
    const operations = [{ name: 'unclean.leader.election.enable', configOperation: 0, value: 'true' }]
    fixture.controller.changeConfigs([{ resource: { type: 2, name: 'a' }, operations }], false)
    expect(reassign(fixture, null)).toEqual(['NONE', null])
    expect(fixture.partition('a')).toMatchObject({ replicas: [1], isr: [1], leader: -1 })
  })

  test('may have to keep the number of replicas, KIP-860', () => {
    const fixture = withTopic([1, 2])
    expect(reassign(fixture, [1], false)).toEqual([
      'INVALID_REPLICATION_FACTOR',
      'The replication factor is changed from 2 to 1',
    ])
    expect(reassign(fixture, [1, 3], false)).toEqual(['NONE', null])
    expect(reassign(fixture, [1, 3, 4], false)).toEqual([
      'INVALID_REPLICATION_FACTOR',
      'The replication factor is changed from 2 to 3',
    ])
  })

  test('ends with its topic', () => {
    const fixture = withTopic([1])
    reassign(fixture, [2])
    fixture.controller.deleteTopics({ topics: [], topicNames: ['a'] })
    expect(ongoing(fixture)).toEqual([])
  })

  test('may go to a broker that is fenced, and waits for it', () => {
    const fixture = withTopic([1])
    fixture.controller.fenceBroker(2)
    expect(reassign(fixture, [2])).toEqual(['NONE', null])
    expect(fixture.partition('a')).toMatchObject({ replicas: [2, 1], leader: 1, isr: [1] })
    fixture.restart(2, true)
    expect(fixture.alterIsr('a', [1, 2])).toBe('NEW_LEADER_ELECTED')
  })
})

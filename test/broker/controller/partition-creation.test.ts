import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { errorName } from '../../../src/protocol/errors.ts'
import { ControllerFixture } from './metadata-fixture.ts'

function withTopic(brokers: number, partitions: number, replicationFactor = 1): ControllerFixture {
  const fixture = new ControllerFixture(brokers)
  fixture.controller.createFirstTopics([['a', { partitions, replicationFactor }]])
  return fixture
}

function grow(fixture: ControllerFixture, count: number, brokers?: number[][], name = 'a') {
  const assignments = brokers?.map((brokerIds) => ({ brokerIds })) ?? null
  const topics = [{ name, count, assignments }]
  const [result] = fixture.controller.createPartitions({ topics, validateOnly: false })
  return [errorName(result?.errorCode ?? -1), result?.errorMessage]
}

describe('new partitions', () => {
  test('stand after those that are there, which stay as they are, with as many replicas', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 3 }),
        (first, more, factor) => {
          const fixture = withTopic(3, first, factor)
          const before = [...(fixture.image.topic('a')?.partitions ?? [])]
          expect(grow(fixture, first + more)).toEqual(['NONE', null])
          const after = fixture.image.topic('a')?.partitions ?? []
          expect(after.map(({ index }) => index)).toEqual(Array.from({ length: first + more }, (_, i) => i))
          expect(after.slice(0, first)).toEqual(before)
          for (const { replicas, isr, leader, leaderEpoch } of after.slice(first)) {
            expect(new Set(replicas).size).toBe(factor)
            expect(isr).toEqual(replicas)
            expect([leader, leaderEpoch]).toEqual([replicas[0], 0])
          }
        },
      ),
      { numRuns: 40 },
    )
  })

  test('stand on the brokers that they are assigned to', () => {
    const fixture = withTopic(3, 1, 2)
    expect(
      grow(fixture, 3, [
        [3, 1],
        [2, 3],
      ]),
    ).toEqual(['NONE', null])
    expect(
      fixture.image
        .topic('a')
        ?.partitions.slice(1)
        .map(({ replicas }) => replicas),
    ).toEqual([
      [3, 1],
      [2, 3],
    ])
  })

  test.each([
    [
      'fewer than there are',
      1,
      undefined,
      'INVALID_PARTITIONS',
      'The topic a currently has 2 partition(s); 1 would not be an increase.',
    ],
    ['as many as there are', 2, undefined, 'INVALID_PARTITIONS', 'Topic already has 2 partition(s).'],
    [
      'assignments for others',
      4,
      [[1]],
      'INVALID_REPLICA_ASSIGNMENT',
      'Attempted to add 2 additional partition(s), but only 1 assignment(s) were specified.',
    ],
    [
      'no brokers',
      3,
      [[]],
      'INVALID_REPLICA_ASSIGNMENT',
      'The manual partition assignment includes an empty replica list.',
    ],
    [
      'an unknown broker',
      3,
      [[9]],
      'INVALID_REPLICA_ASSIGNMENT',
      'The manual partition assignment includes broker 9, but no such broker is registered.',
    ],
    [
      'a broker twice',
      3,
      [[1, 1]],
      'INVALID_REPLICA_ASSIGNMENT',
      'The manual partition assignment includes the broker 1 more than once.',
    ],
    [
      'too many replicas',
      3,
      [[1, 2]],
      'INVALID_REPLICA_ASSIGNMENT',
      'The manual partition assignment includes a partition with 2 replica(s), but this is not consistent with previous partitions, which have 1 replica(s).',
    ],
    [
      'very many',
      20_000,
      undefined,
      'POLICY_VIOLATION',
      'Excessively large number of additional partitions per request.',
    ],
  ] as const)('are refused: %s', (_, count, assigned, error, message) => {
    const fixture = withTopic(2, 2)
    expect(
      grow(
        fixture,
        count,
        assigned?.map((brokers) => [...brokers]),
      ),
    ).toEqual([error, message])
    expect(fixture.image.topic('a')?.partitions).toHaveLength(2)
  })

  test('are refused for a topic that is not there', () => {
    expect(grow(withTopic(1, 1), 3, undefined, 'b')).toEqual(['UNKNOWN_TOPIC_OR_PARTITION', null])
  })

  test('are refused for a topic that is named twice, and made for the others', () => {
    const fixture = new ControllerFixture(1)
    fixture.controller.createFirstTopics([
      ['a', {}],
      ['b', {}],
    ])
    const asked = (name: string) => ({ name, count: 2, assignments: null })
    const results = fixture.controller.createPartitions({
      topics: [asked('a'), asked('b'), asked('a')],
      validateOnly: false,
    })
    expect(results.map(({ name, errorCode, errorMessage }) => [name, errorName(errorCode), errorMessage])).toEqual([
      ['a', 'INVALID_REQUEST', 'Duplicate topic name.'],
      ['b', 'NONE', null],
    ])
  })

  test('are not made when the request only validates', () => {
    const fixture = withTopic(1, 1)
    const topics = [{ name: 'a', count: 2, assignments: null }]
    expect(fixture.controller.createPartitions({ topics, validateOnly: true })).toMatchObject([{ errorCode: 0 }])
    expect(fixture.image.topic('a')?.partitions).toHaveLength(1)
  })
})

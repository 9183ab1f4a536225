import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MetadataImage } from '../../../src/broker/controller/metadata-image.ts'
import type { MetadataRecord } from '../../../src/broker/controller/metadata-record.ts'
import { WaitQueue } from '../../../src/broker/wait-queue.ts'
import { Waiting } from '../../../src/broker/waiting.ts'
import { decodeMetadataRecord, encodeMetadataRecord } from '../../../src/protocol/log-record.ts'
import { ManualClock } from '../manual-clock.ts'
import { ControllerFixture, contents, layouts } from './metadata-fixture.ts'

type Operation =
  | { do: 'create'; name: string; partitions: number; configs: Record<string, string> }
  | { do: 'delete'; name: string }
  | { do: 'register'; nodeId: number }
  | { do: 'ids'; nodeId: number }

const name = fc.constantFrom('a', 'b', 'c.d', 'c_d')
const nodeId = fc.integer({ min: 1, max: 4 })
const operation: fc.Arbitrary<Operation> = fc.oneof(
  fc.record({
    do: fc.constant('create' as const),
    name,
    partitions: fc.integer({ min: 1, max: 5 }),
    configs: fc.dictionary(fc.constantFrom('retention.ms', 'segment.ms'), fc.constantFrom('1000', '2000')),
  }),
  fc.record({ do: fc.constant('delete' as const), name }),
  fc.record({ do: fc.constant('register' as const), nodeId }),
  fc.record({ do: fc.constant('ids' as const), nodeId }),
)

function run(operations: readonly Operation[]): ControllerFixture {
  const fixture = new ControllerFixture(1)
  const { controller } = fixture
  for (const each of operations) {
    if (each.do === 'register' && !fixture.followers.has(each.nodeId)) fixture.register(each.nodeId)
    if (each.do === 'ids') {
      const broker = fixture.image.broker(each.nodeId)
      if (broker !== undefined) controller.allocateProducerIds(broker.id, broker.epoch)
    }
    if (each.do === 'delete') controller.deleteTopics({ topics: [], topicNames: [each.name] })
    if (each.do === 'create') {
      const configs = Object.entries(each.configs).map(([key, value]) => ({ name: key, value }))
      const topic = { name: each.name, numPartitions: each.partitions, replicationFactor: 1, assignments: [], configs }
      controller.createTopics({ topics: [topic], validateOnly: false })
    }
  }
  return fixture
}

describe('an image', () => {
  test('is what its log says: whoever replays the log, at once or bit by bit, has the same', () => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 30 }), (operations) => {
        const { followers, image } = run(operations)
        const { records } = followers.get(1) ?? { records: [] }
        const again = new MetadataImage()
        again.apply(records)
        expect(contents(again)).toEqual(contents(image))
        for (const follower of followers.values()) {
          expect(follower.records).toEqual(records)
          expect(contents(follower.image)).toEqual(contents(image))
        }
      }),
      { numRuns: 50 },
    )
  })

  test('comes of records that are as Kafka lays them out', () => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 10 }), (operations) => {
        for (const { type, version, value } of run(operations).follower(1).records) {
          const bytes = encodeMetadataRecord(layouts[type], value as never, version)
          expect(decodeMetadataRecord(layouts[type], bytes)).toEqual({ version, value })
        }
      }),
      { numRuns: 20 },
    )
  })
})

const partition = (topicId: string, partitionId: number, leader = 1): MetadataRecord => ({
  type: 'PartitionRecord',
  version: 2,
  value: {
    partitionId,
    topicId,
    replicas: [leader],
    isr: [leader],
    removingReplicas: [],
    addingReplicas: [],
    leader,
    leaderRecoveryState: 0,
    leaderEpoch: 0,
    partitionEpoch: 0,
    directories: [],
    eligibleLeaderReplicas: null,
    lastKnownElr: null,
  },
})
const topic = (topicName: string, topicId: string): MetadataRecord => ({
  type: 'TopicRecord',
  version: 0,
  value: { name: topicName, topicId },
})
const config = (resourceName: string, value: string | null): MetadataRecord => ({
  type: 'ConfigRecord',
  version: 0,
  value: { resourceType: 2, resourceName, name: 'retention.ms', value },
})
const remove = (topicId: string): MetadataRecord => ({ type: 'RemoveTopicRecord', version: 0, value: { topicId } })
const elect = (topicId: string, leader: number): MetadataRecord => ({
  type: 'PartitionChangeRecord',
  version: 2,
  value: {
    partitionId: 0,
    topicId,
    isr: [leader],
    leader,
    replicas: null,
    removingReplicas: null,
    addingReplicas: null,
    leaderRecoveryState: -1,
    directories: null,
    eligibleLeaderReplicas: null,
    lastKnownElr: null,
  },
})

describe('the change that some records make', () => {
  function image(...records: MetadataRecord[]): MetadataImage {
    const made = new MetadataImage()
    made.apply(records)
    return made
  }

  test('names the topics that are new, with all their partitions', () => {
    const change = image().apply([topic('a', 'A'), config('a', '1'), partition('A', 0), partition('A', 1)])
    expect(change.createdTopics.map(({ name: created, partitions }) => [created, partitions.length])).toEqual([
      ['a', 2],
    ])
    expect(change).toMatchObject({ deletedTopics: [], changedPartitions: [], changedTopicConfigs: [] })
  })

  test('names the topics that are gone, as they were', () => {
    const before = image(topic('a', 'A'), config('a', '1'), partition('A', 0))
    const change = before.apply([remove('A')])
    expect(change.deletedTopics).toMatchObject([{ name: 'a', id: 'A', partitions: [{ index: 0 }] }])
    expect(before.topic('a')).toBeUndefined()
    expect(before.topicById('A')).toBeUndefined()
    expect(before.topicConfigs('a').size).toBe(0)
  })

  test('tells a topic that was made anew from the one it replaces', () => {
    const change = image(topic('a', 'A'), partition('A', 0)).apply([remove('A'), topic('a', 'B'), partition('B', 0)])
    expect(change.deletedTopics).toMatchObject([{ id: 'A' }])
    expect(change.createdTopics).toMatchObject([{ id: 'B' }])
    expect(change.changedPartitions).toEqual([])
  })

  test('says nothing of a topic that came and went', () => {
    const change = image().apply([topic('a', 'A'), partition('A', 0), remove('A')])
    expect(change).toMatchObject({ createdTopics: [], deletedTopics: [] })
  })

  test('names the partitions that are new or led by another', () => {
    const before = image(topic('a', 'A'), partition('A', 0))
    const change = before.apply([elect('A', 2), partition('A', 1)])
    expect(change.changedPartitions).toMatchObject([
      {
        before: { leader: 1, leaderEpoch: 0 },
        after: { leader: 2, leaderEpoch: 1, partitionEpoch: 1, isr: [2], replicas: [1] },
      },
      { before: undefined, after: { index: 1, leader: 1 } },
    ])
    expect(change.createdTopics).toEqual([])
  })

  test('names the topics whose configs are others now', () => {
    const before = image(topic('a', 'A'), partition('A', 0), config('a', '1'))
    expect(before.apply([config('a', '2')]).changedTopicConfigs).toEqual(['a'])
    expect(before.topicConfigs('a')).toEqual(new Map([['retention.ms', '2']]))
    expect(before.apply([config('a', null)]).changedTopicConfigs).toEqual(['a'])
    expect(before.topicConfigs('a').size).toBe(0)
  })

  test('wakes whoever waits for the image to change', () => {
    const queue = new WaitQueue(new ManualClock())
    const waited = image()
    const offsets: number[] = []
    const wait = Waiting.until({ on: [waited.changed], ask: () => (waited.offset < 0 ? undefined : waited.offset) })
    queue.await(wait, {
      done: (offset) => offsets.push(offset),
      failed: (error) => {
        throw error
      },
    })
    expect(offsets).toEqual([])
    queue.turn(() => waited.apply([topic('a', 'A')]))
    expect(offsets).toEqual([0])
  })
})

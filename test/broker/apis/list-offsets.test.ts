import { describe, expect, test } from 'vitest'
import { listOffsets } from '../../../src/broker/apis/list-offsets.ts'
import { errorName } from '../../../src/protocol/errors.ts'
import { buildBatch } from '../../../src/protocol/records/batch-builder.ts'
import { releaseOf } from '../../../src/protocol/release.ts'
import { MADE } from '../batches.ts'
import { BrokerRooms, ME, type TopicShape } from '../harness.ts'

const OTHER = 2
const NEWEST = 11
const LATEST = -1
const EARLIEST = -2
const MAX_TIMESTAMP = -3
const EARLIEST_LOCAL = -4
const LATEST_TIERED = -5
const EARLIEST_PENDING_UPLOAD = -6

interface Wanted {
  readonly topic?: string
  readonly partitionIndex?: number
  readonly currentLeaderEpoch?: number
  readonly maxNumOffsets?: number
  readonly isolationLevel?: number
  readonly replicaId?: number
}

/** Asks for one offset: the answer for the partition, its error by name. */
function ask(rooms: BrokerRooms, version: number, timestamp: number, wanted: Wanted = {}) {
  const { topic = 'orders', isolationLevel, replicaId = -1, ...partition } = wanted
  const topics = [{ name: topic, partitions: [{ partitionIndex: 0, timestamp, ...partition }] }]
  const request = { replicaId, topics }
  const asked = rooms.ask(listOffsets, version, isolationLevel === undefined ? request : { ...request, isolationLevel })
  const [answer] = asked.response.topics.flatMap(({ partitions }) => partitions)
  if (answer === undefined) throw new Error('there is no partition in the answer')
  const { errorCode, ...rest } = answer
  return { ...rest, error: errorName(errorCode) }
}

/** A topic with records of which the second and the fourth are the newest, in epoch 1 from offset 3 on. */
function withRecords(shape: TopicShape = {}): BrokerRooms {
  const rooms = new BrokerRooms()
  rooms.createTopic('orders', shape)
  const append = (...timestamps: number[]) =>
    rooms
      .partition('orders')
      .append(buildBatch(timestamps.map((timestamp) => ({ timestamp: MADE + timestamp, value: 'v' }))), {
        origin: 'client',
        requiredAcks: 1,
      })
  append(10, 30, 20)
  rooms.elect('orders', 0, ME)
  append(30, 5)
  append(25)
  return rooms
}

const every = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i)

describe('ListOffsets', () => {
  test.each(every(1, NEWEST))('v%i finds the ends of the log and records by their timestamps', (version) => {
    const rooms = withRecords()
    const epoch = (known: number) => (version >= 4 ? known : -1)
    const found = (offset: number, timestamp: number, leaderEpoch: number) => ({
      error: 'NONE',
      offset,
      timestamp,
      leaderEpoch: epoch(leaderEpoch),
    })
    expect(ask(rooms, version, LATEST)).toMatchObject(found(6, -1, 1))
    expect(ask(rooms, version, EARLIEST)).toMatchObject(found(0, -1, 0))
    expect(ask(rooms, version, MADE + 11)).toMatchObject(found(1, MADE + 30, 0))
    expect(ask(rooms, version, 0)).toMatchObject(found(0, MADE + 10, 0))
    expect(ask(rooms, version, MADE + 31)).toMatchObject(found(-1, -1, -1))
  })

  test.each([
    [MAX_TIMESTAMP, 7, { offset: 1, timestamp: MADE + 30, leaderEpoch: 0 }],
    [EARLIEST_LOCAL, 8, { offset: 0, timestamp: -1, leaderEpoch: 0 }],
    [LATEST_TIERED, 9, { offset: -1, timestamp: -1, leaderEpoch: -1 }],
    [EARLIEST_PENDING_UPLOAD, 11, { offset: -1, timestamp: -1, leaderEpoch: -1 }],
    [-7, Number.POSITIVE_INFINITY, {}],
  ])('understands the timestamp %i from v%d on', (timestamp, since, answer) => {
    const rooms = withRecords()
    for (const version of every(0, NEWEST)) {
      const expected = version >= since ? { error: 'NONE', ...answer } : { error: 'UNSUPPORTED_VERSION', offset: -1 }
      expect(ask(rooms, version, timestamp)).toMatchObject(expected)
    }
  })

  test('finds no greatest timestamp in an empty log, and none at all where records have none', () => {
    const rooms = new BrokerRooms()
    rooms.createTopic('orders')
    expect(ask(rooms, 7, MAX_TIMESTAMP)).toMatchObject({ error: 'NONE', offset: -1, timestamp: -1 })
    const batch = buildBatch([{ timestamp: -1, value: 'v' }])
    rooms.partition('orders').append(batch, { origin: 'client', requiredAcks: 1 })
    expect(ask(rooms, 7, 0)).toMatchObject({ error: 'NONE', offset: -1 })
  })

  test('v0 lists where segments begin, newest first', () => {
    const rooms = withRecords({ configs: { 'internal.segment.bytes': '100' } })
    const offsets = (timestamp: number, maxNumOffsets: number) =>
      ask(rooms, 0, timestamp, { maxNumOffsets }).oldStyleOffsets
    expect(offsets(LATEST, 10)).toEqual([6, 5, 3, 0])
    expect(offsets(LATEST, 1)).toEqual([6])
    expect(offsets(LATEST, 0)).toEqual([])
    expect(offsets(EARLIEST, 10)).toEqual([0])
    expect(offsets(rooms.now - 1, 10)).toEqual([])
    expect(ask(rooms, 0, LATEST, { maxNumOffsets: -1 }).error).toBe('UNKNOWN_SERVER_ERROR')
  })

  test('begins where retention has left the log', () => {
    const rooms = withRecords({ configs: { 'internal.segment.bytes': '100', 'retention.bytes': '100' } })
    rooms.partition('orders').deleteOldSegments()
    expect(ask(rooms, 5, EARLIEST)).toMatchObject({ offset: 3, leaderEpoch: 1 })
    expect(ask(rooms, 5, 0)).toMatchObject({ offset: 3, timestamp: MADE + 30 })
  })

  test('reads committed records up to where that is decided', () => {
    expect(ask(withRecords(), 5, LATEST, { isolationLevel: 1 })).toMatchObject({ error: 'NONE', offset: 6 })
    expect(ask(withRecords(), 5, LATEST, { isolationLevel: 9 })).toMatchObject({ error: 'UNKNOWN_SERVER_ERROR' })
  })

  test('goes no further for those that read committed records than to the first open transaction', () => {
    const rooms = withRecords()
    const partition = rooms.partition('orders')
    const options = { producerId: 7, producerEpoch: 0, baseSequence: 0, isTransactional: true }
    const verification = partition.startVerification({
      producerId: 7,
      producerEpoch: 0,
      sequence: 0,
      supportsEpochBump: false,
    })
    const batch = buildBatch([{ timestamp: MADE + 99, value: 'v' }], options)
    partition.append(batch, { origin: 'client', requiredAcks: 1, verification })
    const offset = (timestamp: number, isolationLevel: number) => ask(rooms, 5, timestamp, { isolationLevel }).offset
    expect([offset(LATEST, 0), offset(LATEST, 1), offset(MADE + 99, 0), offset(MADE + 99, 1)]).toEqual([7, 6, 6, -1])
    const marker = { producerId: 7, producerEpoch: 0, coordinatorEpoch: 0, committed: true, transactionVersion: 0 }
    partition.appendEndTransactionMarker(marker)
    expect([offset(LATEST, 1), offset(MADE + 99, 1)]).toEqual([8, 6])
  })

  test('checks the epoch that the client knows', () => {
    const rooms = withRecords()
    const error = (currentLeaderEpoch: number) => ask(rooms, 5, LATEST, { currentLeaderEpoch }).error
    expect([error(-1), error(0), error(1), error(2)]).toEqual([
      'NONE',
      'FENCED_LEADER_EPOCH',
      'NONE',
      'UNKNOWN_LEADER_EPOCH',
    ])
  })

  test('answers for what is not here', () => {
    const rooms = withRecords()
    rooms.createTopic('theirs', { replicas: [OTHER] })
    for (const version of [0, 1, NEWEST]) {
      expect(ask(rooms, version, LATEST, { topic: 'nobody' }).error).toBe('UNKNOWN_TOPIC_OR_PARTITION')
      expect(ask(rooms, version, LATEST, { partitionIndex: 7 }).error).toBe('UNKNOWN_TOPIC_OR_PARTITION')
      expect(ask(rooms, version, LATEST, { topic: 'theirs' }).error).toBe('NOT_LEADER_OR_FOLLOWER')
    }
  })

  test.each(every(0, NEWEST))('v%i is answered by a follower for whoever debugs, and for nobody else', (version) => {
    const rooms = withRecords({ replicas: [ME, OTHER] })
    rooms.elect('orders', 0, OTHER)
    const told = ask(rooms, version, LATEST, { replicaId: -2, maxNumOffsets: 1 })
    expect(version === 0 ? told.oldStyleOffsets : [told.offset]).toEqual([6])
    for (const replicaId of [-1, OTHER]) {
      expect(ask(rooms, version, LATEST, { replicaId, maxNumOffsets: 1 }).error).toBe('NOT_LEADER_OR_FOLLOWER')
    }
  })

  test.each([
    ['up to 3.9', '3.9', 'each time', [['INVALID_REQUEST'], ['INVALID_REQUEST'], []]],
    ['since 4.0', '4.0', 'once', [['INVALID_REQUEST']]],
  ])('%s (%s) refuses a partition that is named twice, and answers for it %s', (_, release, _often, errors) => {
    const rooms = withRecords()
    rooms.release = releaseOf(release)
    const partition = () => ({ partitionIndex: 0, timestamp: LATEST })
    const topics = [[partition()], [partition()], []].map((partitions) => ({ name: 'orders', partitions }))
    const { response } = rooms.ask(listOffsets, 5, { replicaId: -1, topics })
    const answers = response.topics.map(({ partitions }) => partitions.map(({ errorCode }) => errorName(errorCode)))
    expect(answers).toEqual(errors)
  })

  test.each([
    ['3.9', -1, ['UNKNOWN_SERVER_ERROR', 'UNSUPPORTED_VERSION']],
    ['3.9', 5, ['NONE', 'UNSUPPORTED_VERSION']],
    ['4.0', 5, ['UNKNOWN_SERVER_ERROR', 'UNKNOWN_SERVER_ERROR']],
  ])('in %s an isolation level that there is not is, to replica %i, an error of %j', (release, replicaId, errors) => {
    const rooms = withRecords()
    rooms.release = releaseOf(release)
    const partitions = [LATEST, -7].map((timestamp, index) => ({ partitionIndex: index, timestamp }))
    const topics = [{ name: 'orders', partitions }]
    const { response } = rooms.ask(listOffsets, 5, { replicaId, isolationLevel: 9, topics })
    expect(response.topics[0]?.partitions.map(({ errorCode }) => errorName(errorCode))).toEqual(errors)
  })

  test('since 4.0 says nothing of a topic of which no partition is asked', () => {
    const topics = [{ name: 'orders', partitions: [] }]
    expect(withRecords().ask(listOffsets, 5, { replicaId: -1, topics }).response.topics).toEqual([])
  })
})

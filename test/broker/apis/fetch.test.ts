import { describe, expect, test } from 'vitest'
import { fetch } from '../../../src/broker/apis/fetch.ts'
import { ServedApis } from '../../../src/broker/served-versions.ts'
import { errorName, KafkaError } from '../../../src/protocol/errors.ts'
import type { Input } from '../../../src/protocol/message.ts'
import type { FetchRequest, FetchResponse, PartitionData } from '../../../src/protocol/messages/fetch.ts'
import { readLegacyBatches } from '../../../src/protocol/records/legacy-batch.ts'
import { releaseOf } from '../../../src/protocol/release.ts'
import { batchOf, recordsIn } from '../batches.ts'
import { type Asked, BrokerRooms, ME, type TopicShape } from '../harness.ts'

const OTHER = 2
const NEWEST = 18
const NOBODYS_ID = 'AAAAAAAAAAAAAAAAAAAAQQ'
const READ_COMMITTED = 1

interface Wanted {
  readonly topic?: string
  readonly topicId?: string
  readonly partition?: number
  readonly fetchOffset?: number
  readonly partitionMaxBytes?: number
  readonly currentLeaderEpoch?: number
  readonly lastFetchedEpoch?: number
}

/** Asks for partitions, of `orders` unless they say otherwise; waits for nothing unless told to. */
function ask(
  rooms: BrokerRooms,
  version: number,
  wanted: Wanted | readonly Wanted[] = {},
  request: Input<FetchRequest> = {},
): Asked<FetchResponse> {
  const topics = [wanted].flat().map(({ topic = 'orders', topicId, ...partition }) => ({
    ...(version >= 13 ? { topicId: topicId ?? rooms.image.topic(topic)?.id ?? NOBODYS_ID } : { topic }),
    partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1_000_000, ...partition }],
  }))
  return rooms.ask(fetch, version, { maxWaitMs: 0, minBytes: 1, topics, ...request })
}

/** Each partition of the answer, its error by name. */
function answers(asked: Asked<FetchResponse>): (Omit<PartitionData, 'errorCode'> & { error: string })[] {
  return asked.response.responses.flatMap(({ partitions }) =>
    partitions.map(({ errorCode, ...rest }) => ({ ...rest, error: errorName(errorCode) })),
  )
}

function answerOf(asked: Asked<FetchResponse>): ReturnType<typeof answers>[number] {
  const [answer] = answers(asked)
  if (answer === undefined) throw new Error('there is no partition in the answer')
  return answer
}

const errorOf = (asked: Asked<FetchResponse>): string => answerOf(asked).error
const sizeOf = ({ records }: { records: readonly Buffer[] | null }): number => Buffer.concat(records ?? []).length

function withTopic(shape: TopicShape = {}, config: Record<string, string> = {}): BrokerRooms {
  const rooms = new BrokerRooms(config)
  rooms.createTopic('orders', shape)
  return rooms
}

function append(rooms: BrokerRooms, batch: Buffer, topic = 'orders', index = 0): void {
  rooms.queue.turn(() => rooms.partition(topic, index).append(batch, { origin: 'client', requiredAcks: 1 }))
}

/** Appends one record in a transaction of a producer, and ends it if that is said. */
function transaction(rooms: BrokerRooms, producerId: number, end: 'ABORT' | 'COMMIT' | 'open'): void {
  const partition = rooms.partition('orders')
  const marker = { producerId, producerEpoch: 0, coordinatorEpoch: 0, transactionVersion: 0 }
  const last =
    partition.log.activeProducers(rooms.queue.clock.now()).find((known) => known.producerId === producerId)
      ?.lastSequence ?? -1
  const batch = batchOf(1, { producerId, producerEpoch: 0, baseSequence: last + 1, isTransactional: true })
  rooms.queue.turn(() => {
    const verification = partition.startVerification({
      producerId,
      producerEpoch: 0,
      sequence: last + 1,
      supportsEpochBump: false,
    })
    partition.append(batch, { origin: 'client', requiredAcks: -1, verification })
    if (end !== 'open') partition.appendEndTransactionMarker({ ...marker, committed: end === 'COMMIT' })
  })
}

const every = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i)

describe('Fetch', () => {
  test.each(every(4, NEWEST))('v%i gives batches as they are kept', (version) => {
    const rooms = withTopic()
    append(rooms, batchOf(2))
    append(rooms, batchOf(3, {}, 2))
    const answer = answerOf(ask(rooms, version, { fetchOffset: 3 }))
    expect(recordsIn(answer.records)).toEqual(['2:v2', '3:v3', '4:v4'])
    expect(answer).toMatchObject({
      error: 'NONE',
      highWatermark: 5,
      lastStableOffset: 5,
      logStartOffset: version < 5 ? -1 : 0,
      abortedTransactions: null,
      preferredReadReplica: -1,
    })
  })

  test.each(every(0, 3))('v%i gives a message set that begins with the offset that was asked for', (version) => {
    const rooms = withTopic()
    append(rooms, batchOf(3))
    const records = Buffer.concat(answerOf(ask(rooms, version, { fetchOffset: 1 })).records ?? [])
    const messages = [...readLegacyBatches(records, { allowPartial: true })]
    expect(messages.map(({ lastOffset, magic }) => [lastOffset, magic])).toEqual([
      [1, version < 2 ? 0 : 1],
      [2, version < 2 ? 0 : 1],
    ])
  })

  test.each([
    [undefined, 'of its own'],
    ['1.1', 'of its own'],
    ['2.0', 'of the batch'],
    ['3.9', 'of the batch'],
  ])('of release %s gives a message set that has a size %s', (version, size) => {
    const rooms = withTopic()
    if (version !== undefined) rooms.release = releaseOf(version)
    append(rooms, batchOf(1))
    const records = Buffer.concat(answerOf(ask(rooms, 2)).records ?? [])
    const [message] = readLegacyBatches(records, { allowPartial: true })
    const sizes = { 'of its own': message?.sizeInBytes, 'of the batch': batchOf(1).length }
    expect(sizes['of its own']).toBeLessThan(sizes['of the batch'])
    expect(records.length).toBe(sizes[size as keyof typeof sizes])
  })

  test('gives the aborted transactions to those that read committed records', () => {
    const rooms = withTopic()
    append(rooms, batchOf(1))
    expect(answerOf(ask(rooms, 11, {}, { isolationLevel: READ_COMMITTED })).abortedTransactions).toEqual([])
    expect(answerOf(ask(rooms, 11)).abortedTransactions).toBeNull()
  })

  test('tells those that read committed records what they have to leave out, as far as all is decided', () => {
    const rooms = withTopic()
    transaction(rooms, 7, 'ABORT')
    transaction(rooms, 9, 'COMMIT')
    transaction(rooms, 7, 'open')
    append(rooms, batchOf(1))
    const committed = answerOf(ask(rooms, 11, {}, { isolationLevel: READ_COMMITTED }))
    expect(recordsIn(committed.records)).toHaveLength(4)
    expect(committed).toMatchObject({
      highWatermark: 6,
      lastStableOffset: 4,
      abortedTransactions: [{ producerId: 7, firstOffset: 0 }],
    })
    const every = answerOf(ask(rooms, 11))
    expect(recordsIn(every.records)).toHaveLength(6)
    expect(every).toMatchObject({ lastStableOffset: 4, abortedTransactions: null })
  })

  test('has those that read committed records wait until it is decided of a transaction', () => {
    const rooms = withTopic()
    transaction(rooms, 7, 'open')
    const waiting = ask(rooms, 11, {}, { isolationLevel: READ_COMMITTED, maxWaitMs: 1000 })
    append(rooms, batchOf(1))
    expect(waiting.waits).toBe(true)
    transaction(rooms, 7, 'COMMIT')
    expect(recordsIn(answerOf(waiting).records)).toHaveLength(4)
  })

  test('gives none to whoever gets no records for want of room', () => {
    const rooms = withTopic({ partitions: 2 })
    append(rooms, batchOf(1))
    append(rooms, batchOf(1), 'orders', 1)
    const asked = ask(rooms, 11, [{}, { partition: 1, partitionMaxBytes: 10 }], { isolationLevel: READ_COMMITTED })
    expect(answers(asked).map(({ abortedTransactions }) => abortedTransactions)).toEqual([[], null])
  })

  test('cuts off what goes beyond the limit, but for the first batch from v3 on', () => {
    const rooms = withTopic()
    append(rooms, batchOf(5))
    const size = batchOf(5).length
    const limited = (version: number, partitionMaxBytes: number) =>
      sizeOf(answerOf(ask(rooms, version, { partitionMaxBytes })))
    expect([limited(2, 10), limited(3, 10) >= size, limited(4, 10), limited(4, 0)]).toEqual([0, true, size, size])
    append(rooms, batchOf(5))
    expect(limited(4, size + 30)).toBe(size + 30)
  })

  test('gives the bytes of one answer to its partitions in their order', () => {
    const rooms = withTopic({ partitions: 3 })
    for (const index of [0, 1, 2]) append(rooms, batchOf(2), 'orders', index)
    const size = batchOf(2).length
    const sizes = (maxBytes: number) =>
      answers(ask(rooms, 12, [{ partition: 2 }, { partition: 0 }, { partition: 1 }], { maxBytes })).map(sizeOf)
    expect(sizes(1)).toEqual([size, 0, 0])
    expect(sizes(2 * size)).toEqual([size, size, 0])
    expect(sizes(2 * size + 10)).toEqual([size, size, 0])
  })

  test('never gives more than fetch.max.bytes', () => {
    const rooms = withTopic({ partitions: 2 }, { 'fetch.max.bytes': '1024' })
    for (const index of [0, 1]) append(rooms, batchOf(60), 'orders', index)
    const [first, second] = answers(ask(rooms, 12, [{ partition: 0 }, { partition: 1 }])).map(sizeOf)
    expect(first).toBeGreaterThanOrEqual(batchOf(60).length)
    expect(second).toBe(0)
  })

  test('refuses limits that are negative', () => {
    const rooms = withTopic()
    append(rooms, batchOf(1))
    expect(errorOf(ask(rooms, 12, { partitionMaxBytes: -1 }))).toBe('UNKNOWN_SERVER_ERROR')
    expect(errorOf(ask(rooms, 12, {}, { maxBytes: -5 }))).toBe('UNKNOWN_SERVER_ERROR')
  })

  test('waits, and is answered when something comes', () => {
    const rooms = withTopic()
    const asked = ask(rooms, 12, {}, { maxWaitMs: 500 })
    expect(asked.waits).toBe(true)
    append(rooms, batchOf(1))
    expect(recordsIn(answerOf(asked).records)).toEqual(['0:v0'])
  })

  test('waits no longer than max_wait_ms', () => {
    const rooms = withTopic()
    const asked = ask(rooms, 12, {}, { maxWaitMs: 500 })
    rooms.clock.advance(499)
    expect(asked.waits).toBe(true)
    rooms.clock.advance(1)
    expect(answerOf(asked)).toMatchObject({ error: 'NONE', highWatermark: 0, records: [] })
  })

  test('waits for no more than it could be given', () => {
    const rooms = withTopic()
    append(rooms, batchOf(1))
    expect(ask(rooms, 12, {}, { maxWaitMs: 500, minBytes: 10_000 }).waits).toBe(true)
    expect(ask(rooms, 12, {}, { maxWaitMs: 500, minBytes: 10_000, maxBytes: 50 }).waits).toBe(false)
  })

  test('waits although some of what it asks for does not exist, and tells that last', () => {
    const rooms = withTopic()
    const asked = ask(rooms, 12, [{ topic: 'nobody' }, { partition: 9 }, {}], { maxWaitMs: 500 })
    expect(asked.waits).toBe(true)
    append(rooms, batchOf(1))
    expect(answers(asked).map(({ error }) => error)).toEqual([
      'NONE',
      'UNKNOWN_TOPIC_OR_PARTITION',
      'UNKNOWN_TOPIC_OR_PARTITION',
    ])
  })

  test('is woken when its topic is deleted', () => {
    for (const version of [12, 13]) {
      const rooms = withTopic()
      const topicId = rooms.image.topic('orders')?.id ?? ''
      const asked = ask(rooms, version, {}, { maxWaitMs: 500 })
      rooms.deleteTopic('orders')
      expect(errorOf(asked)).toBe('UNKNOWN_TOPIC_OR_PARTITION')
      expect(errorOf(ask(rooms, version, { topicId }))).toBe(
        version >= 13 ? 'UNKNOWN_TOPIC_ID' : 'UNKNOWN_TOPIC_OR_PARTITION',
      )
    }
  })

  test('answers with -1 and no records where it cannot read', () => {
    const rooms = withTopic()
    append(rooms, batchOf(3))
    const nothing = { highWatermark: -1, lastStableOffset: -1, logStartOffset: -1, records: [] }
    for (const fetchOffset of [-1, 4]) {
      const answer = answerOf(ask(rooms, 12, { fetchOffset }))
      expect(answer).toMatchObject({ error: 'OFFSET_OUT_OF_RANGE', ...nothing, abortedTransactions: null })
    }
    const unknown = answerOf(ask(rooms, 12, { topic: 'nobody' }))
    expect(unknown).toMatchObject({ error: 'UNKNOWN_TOPIC_OR_PARTITION', ...nothing, abortedTransactions: [] })
    expect(errorOf(ask(rooms, 13, { topicId: NOBODYS_ID }))).toBe('UNKNOWN_TOPIC_ID')
  })

  test('tells a consumer that comes with the epoch before where the leader is, be it the one that it asks (KIP-951)', () => {
    const rooms = withTopic()
    rooms.elect('orders', 0, ME)
    const asked = ask(rooms, 16, { currentLeaderEpoch: 0 })
    expect(answerOf(asked)).toMatchObject({
      error: 'FENCED_LEADER_EPOCH',
      currentLeader: { leaderId: ME, leaderEpoch: 1 },
    })
    expect(asked.response.nodeEndpoints).toMatchObject([{ nodeId: ME, port: 9092 }])
  })

  test('checks the epoch that the client knows', () => {
    const rooms = withTopic()
    rooms.elect('orders', 0, ME)
    const error = (currentLeaderEpoch: number) => errorOf(ask(rooms, 12, { currentLeaderEpoch }))
    expect([error(-1), error(0), error(1), error(2)]).toEqual([
      'NONE',
      'FENCED_LEADER_EPOCH',
      'NONE',
      'UNKNOWN_LEADER_EPOCH',
    ])
  })

  test('tells where the log of the client went another way', () => {
    const rooms = withTopic()
    append(rooms, batchOf(3))
    const answer = answerOf(ask(rooms, 12, { fetchOffset: 4, lastFetchedEpoch: 0 }, { maxWaitMs: 500 }))
    expect(answer).toMatchObject({ error: 'NONE', divergingEpoch: { epoch: 0, endOffset: 3 }, records: [] })
    expect(errorOf(ask(rooms, 12, { lastFetchedEpoch: 7 }))).toBe('OFFSET_OUT_OF_RANGE')
  })

  test.each([11, 12, 16])('v%i says that another broker leads, and from v16 on where that one is', (version) => {
    const asked = ask(withTopic({ replicas: [OTHER] }), version)
    const answer = answerOf(asked)
    expect(answer.error).toBe('NOT_LEADER_OR_FOLLOWER')
    expect(answer.currentLeader).toMatchObject(version >= 16 ? { leaderId: OTHER, leaderEpoch: 0 } : { leaderId: -1 })
    expect(asked.response.nodeEndpoints).toMatchObject(version >= 16 ? [{ nodeId: OTHER, port: 9093 }] : [])
  })

  test('gives zstd to those who know it, and to others an error without records', () => {
    const rooms = withTopic({ configs: { 'compression.type': 'zstd' } })
    append(rooms, batchOf(2))
    for (const version of [0, 3, 9]) {
      expect(answerOf(ask(rooms, version))).toMatchObject({ error: 'UNSUPPORTED_COMPRESSION_TYPE', records: null })
    }
    expect(recordsIn(answerOf(ask(rooms, 10)).records)).toEqual(['0:v0', '1:v1'])
  })

  test('that passes for Kafka 4, which has no old versions, gives zstd to everyone', () => {
    const rooms = withTopic({ configs: { 'compression.type': 'zstd' } })
    rooms.served = new ServedApis(new Map([[fetch.api.key, { min: 4, max: NEWEST }]]))
    append(rooms, batchOf(2))
    expect(errorOf(ask(rooms, 4))).toBe('NONE')
  })

  test('takes the last entry of a partition that is named twice, in the place of the first', () => {
    const rooms = withTopic({ partitions: 2 })
    append(rooms, batchOf(1))
    append(rooms, batchOf(1, {}, 1))
    const asked = ask(rooms, 12, [{ fetchOffset: 1 }, { partition: 1 }, { fetchOffset: 0 }])
    expect(answers(asked).map(({ partitionIndex }) => partitionIndex)).toEqual([0, 1])
    expect(recordsIn(answerOf(asked).records)).toEqual(['0:v0', '1:v1'])
  })

  test('fails as a whole for an isolation level that does not exist', () => {
    const rooms = withTopic()
    const old = ask(rooms, 11, {}, { isolationLevel: 5 }).response
    expect(errorName(old.errorCode)).toBe('UNKNOWN_SERVER_ERROR')
    expect(old.responses.map(({ partitions }) => partitions.map(({ records }) => records))).toEqual([[null]])
    // Kafka 4 has nothing where Kafka 3 has no records.
    rooms.served = new ServedApis(new Map([[fetch.api.key, { min: 4, max: NEWEST }]]))
    expect(ask(rooms, 11, {}, { isolationLevel: 5 }).response.responses[0]?.partitions[0]?.records).toEqual([])
    expect(ask(rooms, 13, {}, { isolationLevel: 5 }).response.responses).toEqual([])
  })

  test('tells clients up to v5 of a broken disk in words that they know', () => {
    const rooms = withTopic()
    rooms.partition('orders').read = () => {
      throw new KafkaError('KAFKA_STORAGE_ERROR')
    }
    expect(errorOf(ask(rooms, 5))).toBe('NOT_LEADER_OR_FOLLOWER')
    expect(errorOf(ask(rooms, 6))).toBe('KAFKA_STORAGE_ERROR')
  })

  test('lets only replicas follow', () => {
    const rooms = withTopic({ replicas: [ME, OTHER] })
    append(rooms, batchOf(1))
    expect(recordsIn(answerOf(ask(rooms, 12, {}, { replicaId: OTHER })).records)).toEqual(['0:v0'])
    expect(errorOf(ask(rooms, 12, {}, { replicaId: 9 }))).toBe('NOT_LEADER_OR_FOLLOWER')
    expect(errorOf(ask(rooms, 15, {}, { replicaState: { replicaId: 9 } }))).toBe('NOT_LEADER_OR_FOLLOWER')
  })

  test.each([
    ['up to 4.0', '4.0', [{ nodeId: ME, port: 9092 }]],
    ['since then', '4.1', []],
  ])('%s tells a replica that is none where the leader is, or not', (_, release, endpoints) => {
    const rooms = withTopic()
    rooms.release = releaseOf(release)
    const asked = ask(rooms, 16, {}, { replicaState: { replicaId: 9 } })
    expect(answerOf(asked).currentLeader).toMatchObject({ leaderId: ME, leaderEpoch: 0 })
    expect(asked.response.nodeEndpoints).toMatchObject(endpoints)
  })
})

import { describe, expect, test } from 'vitest'
import { produce } from '../../../src/broker/apis/produce.ts'
import { errorName } from '../../../src/protocol/errors.ts'
import type { PartitionProduceResponse } from '../../../src/protocol/messages/produce.ts'
import { buildBatch } from '../../../src/protocol/records/batch-builder.ts'
import { ATTRIBUTES, MAGIC, RECORD_COUNT } from '../../../src/protocol/records/batch-layout.ts'
import { stampCrc } from '../../../src/protocol/records/batch-stamp.ts'
import { buildMessageSet } from '../../../src/protocol/records/message-set.ts'
import { RecordBatch } from '../../../src/protocol/records/record-batch.ts'
import { batchOf, edited, MADE, recordsIn } from '../batches.ts'
import { type Asked, BrokerRooms, ME, type TopicShape } from '../harness.ts'

const OTHER = 2
const NEWEST = 13
const NOBODYS_ID = 'AAAAAAAAAAAAAAAAAAAAQQ'

interface Sent {
  readonly acks?: number
  readonly index?: number
  readonly topic?: string
  readonly topicId?: string
  readonly transactionalId?: string
  readonly clientId?: string
  readonly timeoutMs?: number
}

type Response = (typeof produce)['api']['response'] extends { decode(...args: never[]): infer R } ? R : never

/** Sends records to a partition of `orders`. */
function send(rooms: BrokerRooms, version: number, records: Buffer | null, sent: Sent = {}): Asked<Response> {
  const { topic = 'orders', index = 0, acks = -1, timeoutMs = 1000, clientId } = sent
  const topicId = sent.topicId ?? rooms.image.topic(topic)?.id ?? NOBODYS_ID
  const partitionData = [{ index, records: records === null ? null : [records] }]
  const request = {
    acks,
    timeoutMs,
    topicData: [version >= 13 ? { topicId, partitionData } : { name: topic, partitionData }],
  }
  const { transactionalId } = sent
  return rooms.ask(
    produce,
    version,
    transactionalId === undefined ? request : { ...request, transactionalId },
    clientId,
  )
}

/** The answer for the one partition, its error by name. */
function answerOf(asked: Asked<Response>): Omit<PartitionProduceResponse, 'errorCode'> & { error: string } {
  const [topic] = asked.response.responses
  const [partition] = topic?.partitionResponses ?? []
  if (partition === undefined) throw new Error('there is no partition in the answer')
  const { errorCode, ...rest } = partition
  return { ...rest, error: errorName(errorCode) }
}

const errorOf = (asked: Asked<Response>): string => answerOf(asked).error

function withTopic(shape: TopicShape = {}, config: Record<string, string> = {}): BrokerRooms {
  const rooms = new BrokerRooms(config)
  rooms.createTopic('orders', shape)
  return rooms
}

/** What is in the partition, batch by batch. */
function kept(rooms: BrokerRooms): RecordBatch[] {
  const { records } = rooms
    .partition('orders')
    .read({ offset: 0, maxBytes: 1_000_000, minOneMessage: true, isolation: 'log-end' })
  return records.map((slice) => new RecordBatch(slice))
}

const every = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i)
const record = (value: string, key: string | null = 'k', timestamp = MADE) => ({ value, key, timestamp })

describe('Produce', () => {
  test.each(every(0, 2))('v%i takes message sets of magic 0 and 1, and keeps them as one batch', (version) => {
    const rooms = withTopic()
    const records = [record('a'), record('b')]
    const sets = [
      buildMessageSet(records, { magic: 0 }),
      buildMessageSet(records, { magic: 1 }),
      buildMessageSet(records, { magic: 1, compression: 'gzip' }),
    ]
    expect(sets.map((set) => answerOf(send(rooms, version, set)).baseOffset)).toEqual([0, 2, 4])
    expect(
      kept(rooms).map(({ magic, baseOffset, compression, maxTimestamp }) => [
        magic,
        baseOffset,
        compression,
        maxTimestamp,
      ]),
    ).toEqual([
      [2, 0, 'none', -1],
      [2, 2, 'none', MADE],
      [2, 4, 'gzip', MADE],
    ])
    expect(recordsIn(kept(rooms).map(({ bytes }) => bytes))).toEqual(['0:a', '1:b', '2:a', '3:b', '4:a', '5:b'])
  })

  test.each(every(3, NEWEST))('v%i takes a batch of magic 2', (version) => {
    const rooms = withTopic()
    send(rooms, version, batchOf(2))
    const answer = answerOf(send(rooms, version, batchOf(2)))
    expect(answer).toMatchObject({
      error: 'NONE',
      baseOffset: 2,
      logAppendTimeMs: -1,
      logStartOffset: version < 5 ? -1 : 0,
    })
  })

  test('takes nothing where a client of old sends nothing whole, and says so with offset -1', () => {
    const rooms = withTopic()
    for (const records of [
      Buffer.alloc(0),
      Buffer.from([1, 2, 3]),
      buildMessageSet([record('a')], { magic: 1 }).subarray(0, 20),
    ]) {
      expect(answerOf(send(rooms, 2, records))).toMatchObject({ error: 'NONE', baseOffset: -1 })
    }
  })

  test('leaves out what is cut off behind a batch', () => {
    const rooms = withTopic()
    expect(errorOf(send(rooms, 9, Buffer.concat([batchOf(2), batchOf(2).subarray(0, 70)])))).toBe('NONE')
    expect(kept(rooms)).toHaveLength(1)
  })

  const refused: readonly (readonly [what: string, versions: readonly number[], records: Buffer, error: string])[] = [
    ['a message set', [3, 9, 13], buildMessageSet([record('a')], { magic: 1 }), 'INVALID_RECORD'],
    ['two batches', [2, 3, 13], Buffer.concat([batchOf(1), batchOf(1)]), 'INVALID_RECORD'],
    ['no batch', [3, 13], Buffer.alloc(0), 'INVALID_RECORD'],
    ['a batch that is cut off', [3, 13], batchOf(3).subarray(0, 80), 'INVALID_RECORD'],
    ['zstd', [3, 6], batchOf(1, { compression: 'zstd' }), 'UNSUPPORTED_COMPRESSION_TYPE'],
    [
      'a batch whose checksum is wrong',
      [9],
      edited(batchOf(1), (b) => b.writeUInt8((b[70] ?? 0) ^ 1, 70)),
      'CORRUPT_MESSAGE',
    ],
    ['a magic that does not exist', [9], edited(batchOf(1), (b) => b.writeUInt8(7, MAGIC)), 'CORRUPT_MESSAGE'],
    [
      'a codec that does not exist',
      [9],
      edited(batchOf(1), (b) => {
        b.writeInt16BE(6, ATTRIBUTES)
        stampCrc(b)
      }),
      'UNKNOWN_SERVER_ERROR',
    ],
    ['a base offset', [9], batchOf(1, { baseOffset: 5 }), 'INVALID_RECORD'],
    [
      'a count that is wrong',
      [9],
      edited(batchOf(2), (b) => {
        b.writeInt32BE(3, RECORD_COUNT)
        stampCrc(b)
      }),
      'INVALID_RECORD',
    ],
    ['a control batch', [9], batchOf(1, { isControl: true }), 'INVALID_RECORD'],
    ['a producer id without a sequence', [9], batchOf(1, { producerId: 5, producerEpoch: 0 }), 'INVALID_RECORD'],
  ]
  for (const [what, versions, records, error] of refused) {
    test.each([...versions])(`v%i refuses ${what}`, (version) => {
      const rooms = withTopic()
      expect(answerOf(send(rooms, version, Buffer.from(records)))).toMatchObject({ error, baseOffset: -1 })
      expect(rooms.partition('orders').logEndOffset).toBe(0)
    })
  }

  test('tells the start of the log beside errors that came up in the log, not beside others', () => {
    const rooms = withTopic({ configs: { 'max.message.bytes': '150' } })
    expect(answerOf(send(rooms, 9, batchOf(1, { baseOffset: 5 }))).logStartOffset).toBe(0)
    expect(answerOf(send(rooms, 9, batchOf(20)))).toMatchObject({ error: 'MESSAGE_TOO_LARGE', logStartOffset: -1 })
    expect(answerOf(send(rooms, 9, Buffer.alloc(0)))).toMatchObject({ error: 'INVALID_RECORD', logStartOffset: -1 })
  })

  test('fails as a whole, and says why, when it cannot be told where a batch ends', () => {
    const rooms = withTopic({ partitions: 2 })
    const bad = edited(batchOf(1), (b) => b.writeInt32BE(5, 8))
    const asked = rooms.ask(produce, 9, {
      acks: -1,
      timeoutMs: 1000,
      topicData: [
        {
          name: 'orders',
          partitionData: [
            { index: 0, records: [batchOf(1)] },
            { index: 1, records: [bad] },
          ],
        },
      ],
    })
    const [topic] = asked.response.responses
    expect(
      topic?.partitionResponses.map(({ errorCode, errorMessage }) => [errorName(errorCode), errorMessage]),
    ).toEqual([
      ['CORRUPT_MESSAGE', 'Record size 5 is less than the minimum record overhead (14)'],
      ['CORRUPT_MESSAGE', 'Record size 5 is less than the minimum record overhead (14)'],
    ])
    expect(rooms.partition('orders').logEndOffset).toBe(0)
  })

  test('tells from v8 on which records have no key in a compacted topic, compressed ones too', () => {
    const rooms = withTopic({ configs: { 'cleanup.policy': 'compact' } })
    const records = [record('a'), record('b', null), record('c'), record('d', null)]
    for (const batch of [buildBatch(records), buildBatch(records, { compression: 'gzip' })]) {
      expect(answerOf(send(rooms, 8, batch))).toMatchObject({
        error: 'INVALID_RECORD',
        errorMessage: expect.stringMatching(/^One or more records have been rejected due to 2 record errors in total/),
        recordErrors: [1, 3].map((batchIndex) => ({
          batchIndex,
          batchIndexErrorMessage: 'Compacted topic cannot accept message without key in topic partition orders-0',
        })),
      })
    }
    expect(answerOf(send(rooms, 7, buildBatch(records)))).toMatchObject({ error: 'INVALID_RECORD', recordErrors: [] })
    expect(errorOf(send(rooms, 2, buildMessageSet(records, { magic: 1 })))).toBe('INVALID_RECORD')
  })

  test('refuses timestamps that are too old or too new, and tells which', () => {
    const rooms = withTopic({
      configs: { 'message.timestamp.before.max.ms': '1000', 'message.timestamp.after.max.ms': '1000' },
    })
    const sent = (timestamp: number, compression: 'none' | 'gzip') =>
      answerOf(send(rooms, 9, buildBatch([record('a', 'k', rooms.now), record('b', 'k', timestamp)], { compression })))
    for (const codec of ['none', 'gzip'] as const) {
      expect(sent(rooms.now - 1000, codec).error).toBe('NONE')
      expect(sent(rooms.now + 1000, codec).error).toBe('NONE')
      expect(sent(-1, codec).error).toBe('NONE')
      for (const timestamp of [rooms.now - 1001, rooms.now + 1001]) {
        expect(sent(timestamp, codec)).toMatchObject({
          error: 'INVALID_TIMESTAMP',
          errorMessage: 'One or more records have been rejected due to invalid timestamp',
          recordErrors: [{ batchIndex: 1 }],
        })
      }
    }
  })

  test('opens a compressed batch where a rule needs it, or where the config says so', () => {
    const broken = () =>
      edited(batchOf(2, { compression: 'gzip' }), (b) => {
        b.fill(9, 61)
        stampCrc(b)
      })
    expect(errorOf(send(withTopic(), 9, broken()))).toBe('NONE')
    expect(errorOf(send(withTopic({ configs: { 'cleanup.policy': 'compact' } }), 9, broken()))).toBe(
      'UNKNOWN_SERVER_ERROR',
    )
    const strict = withTopic({}, { 'memkafka.validate.compressed.records': 'true' })
    expect(errorOf(send(strict, 9, broken()))).toBe('UNKNOWN_SERVER_ERROR')
  })

  test('tells the time of the append where the topic keeps it', () => {
    const rooms = withTopic({ configs: { 'message.timestamp.type': 'LogAppendTime' } })
    expect(answerOf(send(rooms, 2, buildMessageSet([record('a')], { magic: 0 }))).logAppendTimeMs).toBe(rooms.now)
    expect(answerOf(send(rooms, 9, batchOf(1))).logAppendTimeMs).toBe(rooms.now)
  })

  test('answers for a topic or partition that is not there', () => {
    const rooms = withTopic()
    for (const version of [0, 9, 12]) {
      expect(errorOf(send(rooms, version, batchOf(1), { topic: 'nobody' }))).toBe('UNKNOWN_TOPIC_OR_PARTITION')
      expect(errorOf(send(rooms, version, batchOf(1), { index: 7 }))).toBe('UNKNOWN_TOPIC_OR_PARTITION')
    }
    expect(errorOf(send(rooms, 13, batchOf(1), { topicId: NOBODYS_ID }))).toBe('UNKNOWN_TOPIC_ID')
    expect(errorOf(send(rooms, 13, batchOf(1), { index: 7 }))).toBe('UNKNOWN_TOPIC_OR_PARTITION')
    const topicId = rooms.image.topic('orders')?.id ?? ''
    rooms.deleteTopic('orders')
    expect(errorOf(send(rooms, 13, batchOf(1), { topicId }))).toBe('UNKNOWN_TOPIC_ID')
  })

  test.each([9, 10, 13])('v%i says that another broker leads, and from v10 on where that one is', (version) => {
    const asked = send(withTopic({ replicas: [OTHER] }), version, batchOf(1))
    const answer = answerOf(asked)
    expect(answer.error).toBe('NOT_LEADER_OR_FOLLOWER')
    expect(answer.currentLeader).toMatchObject(version >= 10 ? { leaderId: OTHER, leaderEpoch: 0 } : { leaderId: -1 })
    expect(asked.response.nodeEndpoints).toMatchObject(
      version >= 10 ? [{ nodeId: OTHER, host: 'localhost', port: 9093, rack: null }] : [],
    )
  })

  test('takes acks of -1, 0 and 1 only', () => {
    const rooms = withTopic()
    expect(errorOf(send(rooms, 9, batchOf(1), { acks: 2 }))).toBe('INVALID_REQUIRED_ACKS')
    expect(errorOf(send(rooms, 9, batchOf(1), { acks: 2, topic: 'nobody' }))).toBe('UNKNOWN_TOPIC_OR_PARTITION')
    expect(errorOf(send(rooms, 9, batchOf(1), { acks: 1 }))).toBe('NONE')
  })

  test('with acks=0 has no answer, and closes the connection on an error', () => {
    const rooms = withTopic()
    expect(send(rooms, 9, batchOf(1), { acks: 0 }).answer).toBe('no response')
    expect(rooms.partition('orders').logEndOffset).toBe(1)
    expect(send(rooms, 9, batchOf(1), { acks: 0, topic: 'nobody' }).answer).toBe('closed')
    expect(send(rooms, 9, Buffer.alloc(0), { acks: 0 }).answer).toBe('closed')
  })

  test('with acks=all is refused while too few replicas are in sync', () => {
    const rooms = withTopic({ replicas: [ME, OTHER], configs: { 'min.insync.replicas': '2' } })
    rooms.elect('orders', 0, ME, [ME])
    expect(answerOf(send(rooms, 9, batchOf(1)))).toMatchObject({ error: 'NOT_ENOUGH_REPLICAS', logStartOffset: 0 })
    expect(errorOf(send(rooms, 9, batchOf(1), { acks: 1 }))).toBe('NONE')
  })

  test('writes to internal topics for the admin client alone', () => {
    const rooms = new BrokerRooms()
    rooms.createTopic('__consumer_offsets')
    const topic = '__consumer_offsets'
    expect(errorOf(send(rooms, 9, batchOf(1), { topic }))).toBe('INVALID_TOPIC_EXCEPTION')
    expect(errorOf(send(rooms, 9, batchOf(1), { topic, clientId: '__admin_client' }))).toBe('NONE')
  })

  test('answers an idempotent producer for a batch that comes twice, with the time of its records', () => {
    const rooms = withTopic()
    const batch = () => batchOf(2, { producerId: 5, producerEpoch: 0, baseSequence: 0 })
    expect(answerOf(send(rooms, 9, batch()))).toMatchObject({ baseOffset: 0, logAppendTimeMs: -1 })
    for (const acks of [-1, 1]) {
      expect(answerOf(send(rooms, 9, batch(), { acks }))).toMatchObject({ baseOffset: 0, logAppendTimeMs: MADE + 1 })
    }
    const gap = batchOf(1, { producerId: 5, producerEpoch: 0, baseSequence: 7 })
    expect(answerOf(send(rooms, 9, gap))).toMatchObject({ error: 'OUT_OF_ORDER_SEQUENCE_NUMBER', logStartOffset: 0 })
    expect(kept(rooms)).toHaveLength(1)
  })

  test('takes transactional records with a transactional id alone, and others with one, too', () => {
    const rooms = withTopic()
    const batch = batchOf(1, { isTransactional: true, producerId: 5, producerEpoch: 0, baseSequence: 0 })
    expect(errorOf(send(rooms, 9, batch))).toBe('TRANSACTIONAL_ID_AUTHORIZATION_FAILED')
    expect(errorOf(send(rooms, 9, batchOf(1), { transactionalId: 't' }))).toBe('NONE')
  })

  test('never answers null records', () => {
    expect(send(withTopic(), 9, null).answer).toBe('closed')
  })

  test('says of null records for a topic that is not there that it is not there', () => {
    expect(errorOf(send(new BrokerRooms(), 9, null))).toBe('UNKNOWN_TOPIC_OR_PARTITION')
  })

  test('takes the last of what is sent to one partition, and puts the partitions of a topic together', () => {
    const rooms = withTopic({ partitions: 2 })
    const asked = rooms.ask(produce, 9, {
      acks: -1,
      timeoutMs: 1000,
      topicData: [
        {
          name: 'orders',
          partitionData: [
            { index: 0, records: [batchOf(1)] },
            { index: 0, records: [batchOf(2)] },
          ],
        },
        { name: 'orders', partitionData: [{ index: 1, records: [batchOf(3)] }] },
      ],
    })
    expect(
      asked.response.responses.map(({ partitionResponses }) => partitionResponses.map(({ index }) => index)),
    ).toEqual([[0, 1]])
    expect([rooms.partition('orders').logEndOffset, rooms.partition('orders', 1).logEndOffset]).toEqual([2, 3])
  })
})

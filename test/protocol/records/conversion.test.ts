import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readAnyBatches } from '../../../src/protocol/records/any-batch.ts'
import { buildBatch } from '../../../src/protocol/records/batch-builder.ts'
import type { CompressionType } from '../../../src/protocol/records/batch-layout.ts'
import { stampBatch } from '../../../src/protocol/records/batch-stamp.ts'
import { crc32 } from '../../../src/protocol/records/crc32.ts'
import { toMessageSet } from '../../../src/protocol/records/down-conversion.ts'
import {
  LEGACY_ATTRIBUTES,
  LEGACY_CRC,
  LEGACY_MAGIC,
  LEGACY_TIMESTAMP,
  legacyHeaderSize,
  readLegacyBatches,
} from '../../../src/protocol/records/legacy-batch.ts'
import { buildMessageSet, type MessageSetOptions } from '../../../src/protocol/records/message-set.ts'
import type { KafkaRecord, RecordInput } from '../../../src/protocol/records/record.ts'
import { RecordBatch, readBatches } from '../../../src/protocol/records/record-batch.ts'
import { RecordsError } from '../../../src/protocol/records/records-error.ts'
import { toV2 } from '../../../src/protocol/records/up-conversion.ts'
import { plainRecords, records } from './arbitraries.ts'

const magics = fc.constantFrom(0 as const, 1 as const)
const codecs = fc.constantFrom<CompressionType>('none', 'gzip', 'snappy', 'lz4')
const NOW = 1_700_000_000_000
const three: readonly RecordInput[] = [
  { key: 'k', value: 'a', timestamp: NOW },
  { key: 'k', value: 'b', timestamp: NOW + 5 },
  { key: 'k', value: 'c', timestamp: NOW + 2 },
]

const readSet = (bytes: Buffer): KafkaRecord[] => [...readLegacyBatches(bytes)].flatMap((batch) => [...batch.records()])
const batchOf = (inputs: readonly RecordInput[], options: Parameters<typeof buildBatch>[1]) =>
  new RecordBatch(buildBatch(inputs, options))

function refused(run: () => unknown): RecordsError {
  try {
    run()
  } catch (error) {
    if (error instanceof RecordsError) return error
    throw error
  }
  throw new Error('It was accepted')
}

describe('a message set that an old producer sends', () => {
  test('becomes one v2 batch, and is itself again for an old consumer', () => {
    fc.assert(
      fc.property(
        fc.array(plainRecords, { minLength: 1, maxLength: 10 }),
        magics,
        codecs,
        fc.nat(2 ** 40),
        (inputs, magic, compression, offset) => {
          const set = buildMessageSet(inputs, { magic, compression })
          const { batch, ...check } = toV2(set)
          const sent = readSet(set)
          expect([...batch.records()]).toEqual(sent)
          const maxTimestamp = Math.max(...sent.map(({ timestamp }) => timestamp))
          expect(check).toMatchObject({
            compression,
            maxTimestamp,
            recordCount: inputs.length,
            lastOffset: inputs.length - 1,
          })
          expect(batch).toMatchObject({ compression, maxTimestamp, producerId: -1, baseSequence: -1 })
          stampBatch(batch.bytes, offset, 0)
          const back = toMessageSet([batch], magic, offset)
          expect(readSet(back)).toEqual(sent.map((record) => ({ ...record, offset: record.offset + offset })))
          expect(back.equals(buildMessageSet(inputs, { magic, compression, baseOffset: offset }))).toBe(true)
        },
      ),
    )
  })

  test('gets the codec of the topic, and the time of the append where the topic wants it', () => {
    const check = toV2(buildMessageSet(three, { magic: 1 }), {
      compression: 'zstd',
      timestampType: 'LogAppendTime',
      now: NOW + 99,
    })
    expect(check).toMatchObject({ compression: 'zstd', maxTimestamp: NOW + 99 })
    expect(check.batch).toMatchObject({ compression: 'zstd', timestampType: 'LogAppendTime', maxTimestamp: NOW + 99 })
  })

  test('is taken without the part of a message at its end', () => {
    expect(toV2(buildMessageSet(three, { magic: 0 }).subarray(0, -1)).recordCount).toBe(2)
  })

  const set = (options: MessageSetOptions, inputs: readonly RecordInput[] = three) => buildMessageSet(inputs, options)
  const repaired = (bytes: Buffer, damage: (bytes: Buffer) => void) => {
    damage(bytes)
    bytes.writeUInt32BE(crc32(bytes, LEGACY_MAGIC), LEGACY_CRC)
    return bytes
  }
  const inner = set({ magic: 1 })
  inner[inner.length - 1] = 0
  const brokenInside = repaired(set({ magic: 1 }, [{ value: gzipSync(inner), timestamp: NOW, offset: 2 }]), (bytes) => {
    bytes[LEGACY_ATTRIBUTES] = 1
  })

  /** A wrapper of magic 1 around one message of other bytes. */
  function wrapping(alter: (bytes: Buffer) => void, inside: readonly RecordInput[] = three.slice(0, 1)): Buffer {
    const value = gzipSync(repaired(set({ magic: 1 }, inside), alter))
    const wrapper = set({ magic: 1 }, [{ value, timestamp: NOW }])
    return repaired(wrapper, (bytes) => bytes.writeUInt8(1, LEGACY_ATTRIBUTES))
  }

  test.each<[string, Buffer, string, RegExp]>([
    [
      'came with other bytes',
      Buffer.concat([set({ magic: 1 }).fill(1, 12, 13)]),
      'CORRUPT_MESSAGE',
      /^Record is corrupt \(stored crc = \d+\) in topic partition orders-0\.$/,
    ],
    ['came with other bytes inside a wrapper', brokenInside, 'CORRUPT_MESSAGE', /stored crc = \d+, computed crc = \d+/],
    [
      'has two wrappers',
      Buffer.concat([set({ magic: 0, compression: 'gzip' }), set({ magic: 0, compression: 'gzip' })]),
      'INVALID_RECORD',
      /more than one batch/,
    ],
    [
      'mixes magics',
      Buffer.concat([set({ magic: 0 }), set({ magic: 1 })]),
      'INVALID_RECORD',
      /^Batch magic 1 is not the same as the first batch's magic byte 0 in topic partition orders-0$/,
    ],
    [
      'holds a message larger than max.message.bytes',
      set({ magic: 1 }, [{ value: 'x'.repeat(3000), timestamp: NOW }]),
      'MESSAGE_TOO_LARGE',
      /exceeds the maximum configured value of 2000/,
    ],
    [
      'becomes larger than max.message.bytes',
      set(
        { magic: 1 },
        Array.from({ length: 5 }, () => ({ value: 'x'.repeat(1000), timestamp: NOW })),
      ),
      'MESSAGE_TOO_LARGE',
      /exceeds the maximum configured value of 2000/,
    ],
    ['is no message set', Buffer.alloc(50), 'CORRUPT_MESSAGE', /less than the minimum record overhead/],
    ['is empty', Buffer.alloc(0), 'INVALID_RECORD', /no batches at all/],
    [
      'is compressed by nothing known',
      repaired(set({ magic: 1 }, three.slice(0, 1)), (bytes) => bytes.writeUInt8(6, LEGACY_ATTRIBUTES)),
      'UNKNOWN_SERVER_ERROR',
      /type id: 6/,
    ],
    // What is wrong inside a wrapper is told otherwise, as Kafka 3.9.2 answers.
    [
      'wraps a message that is too small',
      wrapping((bytes) => bytes.writeInt32BE(5, 8)),
      'CORRUPT_MESSAGE',
      /less than the minimum record overhead/,
    ],
    [
      'wraps a message of no magic',
      wrapping((bytes) => bytes.writeInt8(5, LEGACY_MAGIC)),
      'INVALID_RECORD',
      /magic 5 does not match outer magic 1/,
    ],
    [
      'wraps a message of an unknown codec',
      wrapping((bytes) => bytes.writeInt8(6, LEGACY_ATTRIBUTES)),
      'UNKNOWN_SERVER_ERROR',
      /type id: 6/,
    ],
    [
      'has a negative timestamp',
      repaired(set({ magic: 1 }, three.slice(0, 1)), (bytes) => bytes.writeBigInt64BE(-9n, LEGACY_TIMESTAMP)),
      'UNKNOWN_SERVER_ERROR',
      /Invalid negative timestamp -9/,
    ],
  ])('is refused if it %s', (_, bytes, error, message) => {
    const refusal = refused(() => toV2(bytes, { topicPartition: 'orders-0', maxMessageBytes: 2000 }))
    expect([refusal.error, refusal.message]).toEqual([error, expect.stringMatching(message)])
  })

  test('is refused for want of a key before its value is looked at, but only in a wrapper', () => {
    const compacted = { compacted: true }
    const keyless = [{ value: 'v', timestamp: NOW }]
    const valueTooLong = (bytes: Buffer) => bytes.writeInt32BE(99, legacyHeaderSize(1) + 4)
    expect(refused(() => toV2(wrapping(valueTooLong, keyless), compacted)).error).toBe('INVALID_RECORD')
    const alone = repaired(set({ magic: 1 }, keyless), valueTooLong)
    expect(refused(() => toV2(alone, compacted)).error).toBe('UNKNOWN_SERVER_ERROR')
  })

  test('is refused for single records, as a v2 batch is', () => {
    const keyless = [...three, { value: 'd', timestamp: NOW }]
    const rules = {
      topicPartition: 'orders-0',
      compacted: true,
      now: NOW,
      timestampBeforeMaxMs: 10,
      timestampAfterMaxMs: 10,
    }
    const message = 'Compacted topic cannot accept message without key in topic partition orders-0'
    const compressed = refused(() => toV2(set({ magic: 1, compression: 'gzip' }, keyless), rules))
    expect([compressed.error, compressed.recordFaults]).toEqual(['INVALID_RECORD', [{ batchIndex: 3, message }]])
    // Without compression each message is a batch of its own, in which it is the first record.
    const plain = refused(() => toV2(set({ magic: 1 }, keyless), rules))
    expect(plain.recordFaults).toEqual([{ batchIndex: 0, message }])
    const old = refused(() => toV2(set({ magic: 1 }, [{ key: 'k', timestamp: 5 }]), rules))
    expect(old.error).toBe('INVALID_TIMESTAMP')
    const appended = set({ magic: 1, timestampType: 'LogAppendTime', logAppendTime: NOW })
    expect(refused(() => toV2(appended, { timestampType: 'LogAppendTime', now: NOW })).error).toBe('INVALID_TIMESTAMP')
  })

  test('ends in RecordsError or in a batch, whatever the bytes', () => {
    fc.assert(
      fc.property(
        fc.array(plainRecords, { minLength: 1, maxLength: 4 }),
        magics,
        codecs,
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 2 }),
        (inputs, magic, compression, changes) => {
          const bytes = buildMessageSet(inputs, { magic, compression })
          for (const [at, byte] of changes) bytes[at % bytes.length] = byte
          const [first] = readLegacyBatches(buildMessageSet(inputs, { magic, compression }))
          bytes.writeUInt32BE(crc32(bytes.subarray(LEGACY_MAGIC, first?.sizeInBytes)), LEGACY_CRC)
          try {
            expect(toV2(bytes, { maxDecompressedBytes: 100_000 }).recordCount).toBeGreaterThan(0)
          } catch (error) {
            expect(error).toBeInstanceOf(RecordsError)
          }
        },
      ),
      { numRuns: 1000 },
    )
  })
})

describe('what an old consumer gets of v2 batches', () => {
  test('begins inside an uncompressed batch, and with the whole of a compressed one', () => {
    fc.assert(
      fc.property(
        fc.array(records, { minLength: 1, maxLength: 8 }),
        codecs,
        magics,
        fc.nat(8),
        (inputs, compression, magic, skip) => {
          const batch = batchOf(inputs, { compression, baseOffset: 100 })
          const expected = [...batch.records()]
            .filter(({ offset }) => compression !== 'none' || offset >= 100 + skip)
            .map((record) => ({ ...record, headers: [], timestamp: magic === 0 ? -1 : record.timestamp }))
          const set = toMessageSet([batch], magic, 100 + skip)
          expect(readSet(set)).toEqual(expected)
          for (const wrapper of readLegacyBatches(set)) expect(wrapper).toMatchObject({ magic, compression })
        },
      ),
    )
  })

  test('is one set of all batches, without those of control records', () => {
    const bytes = Buffer.concat([
      buildBatch(three, { baseOffset: 0 }),
      buildBatch([{ key: 'marker', timestamp: NOW }], { baseOffset: 3, isControl: true, isTransactional: true }),
      buildBatch(three, { baseOffset: 4, compression: 'lz4' }),
    ])
    const offsets = readSet(toMessageSet(readBatches(bytes), 1, 1)).map(({ offset }) => offset)
    expect(offsets).toEqual([1, 2, 4, 5, 6])
    expect(toMessageSet(readBatches(bytes.subarray(0, 0)), 1, 0).length).toBe(0)
  })

  test('keeps the gaps that compaction left, and the time of the append', () => {
    for (const compression of ['none', 'gzip'] as const) {
      const inputs = three.map((record, i) => ({ ...record, offset: 10 + i * 3 }))
      const batch = batchOf(inputs, {
        baseOffset: 8,
        compression,
        timestampType: 'LogAppendTime',
        maxTimestamp: NOW + 77,
      })
      const set = toMessageSet([batch], 1, 0)
      expect(readSet(set).map(({ offset, timestamp }) => [offset, timestamp])).toEqual([
        [10, NOW + 77],
        [13, NOW + 77],
        [16, NOW + 77],
      ])
      for (const message of readLegacyBatches(set)) expect(message.timestampType).toBe('LogAppendTime')
    }
  })

  test('is an error for zstd, which it cannot read', () => {
    const refusal = refused(() => toMessageSet([batchOf(three, { compression: 'zstd' })], 1, 0))
    expect([refusal.error, refusal.message]).toEqual([
      'UNSUPPORTED_COMPRESSION_TYPE',
      'Down-conversion of zstandard-compressed batches is not supported',
    ])
  })
})

test('a log older than Kafka 0.11 may hold batches of every magic', () => {
  const log = Buffer.concat([
    buildMessageSet(three, { magic: 0 }),
    buildMessageSet(three, { magic: 1, compression: 'gzip', baseOffset: 3 }),
    buildBatch(three, { baseOffset: 6 }),
  ])
  const batches = [...readAnyBatches(log.subarray(0, -1), { allowPartial: true })]
  expect(batches.map(({ magic, lastOffset }) => [magic, lastOffset])).toEqual([
    [0, 0],
    [0, 1],
    [0, 2],
    [1, 5],
  ])
  const offsets = [...readAnyBatches(log)].flatMap((batch) => [...batch.records()].map(({ offset }) => offset))
  expect(offsets).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8])
  expect(() => [...readAnyBatches(log.subarray(0, -1))]).toThrow(RecordsError)
})

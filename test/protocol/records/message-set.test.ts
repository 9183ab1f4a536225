import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { CompressionType } from '../../../src/protocol/records/batch-layout.ts'
import { crc32 } from '../../../src/protocol/records/crc32.ts'
import {
  LEGACY_ATTRIBUTES,
  LEGACY_CRC,
  LEGACY_MAGIC,
  LegacyRecordBatch,
  legacyHeaderSize,
  readLegacyBatches,
} from '../../../src/protocol/records/legacy-batch.ts'
import { buildMessageSet } from '../../../src/protocol/records/message-set.ts'
import type { RecordInput } from '../../../src/protocol/records/record.ts'
import { RecordsError } from '../../../src/protocol/records/records-error.ts'
import { plainRecords } from './arbitraries.ts'

const magics = fc.constantFrom(0 as const, 1 as const)
const codecs = fc.constantFrom<CompressionType>('none', 'gzip', 'snappy', 'lz4')
const three: readonly RecordInput[] = ['a', 'b', 'c'].map((value, i) => ({ value, timestamp: 100 + i }))

function readAll(bytes: Buffer) {
  return [...readLegacyBatches(bytes)].flatMap((batch) => [...batch.records()])
}

/** Makes the CRC of the first message fit. */
function fitCrc(bytes: Buffer): Buffer {
  bytes.writeUInt32BE(crc32(bytes, LEGACY_MAGIC), LEGACY_CRC)
  return bytes
}

/** A wrapper around any bytes. */
function wrapper(magic: 0 | 1, value: Buffer | null, attributes = 1, offset = 0): Buffer {
  const bytes = buildMessageSet([{ value, timestamp: 500, offset }], { magic })
  bytes[LEGACY_ATTRIBUTES] = attributes
  return fitCrc(bytes)
}

describe('a message set', () => {
  test('is read as it was built, with every codec that it knows', () => {
    fc.assert(
      fc.property(
        fc.array(plainRecords, { minLength: 1, maxLength: 12 }),
        magics,
        codecs,
        fc.nat(2 ** 40),
        (inputs, magic, compression, baseOffset) => {
          const bytes = buildMessageSet(inputs, { magic, compression, baseOffset })
          expect(readAll(bytes)).toEqual(
            inputs.map(({ key, value, timestamp }, i) => ({
              offset: baseOffset + i,
              timestamp: magic === 0 ? -1 : timestamp,
              key,
              value,
              headers: [],
            })),
          )
          for (const batch of readLegacyBatches(bytes)) {
            expect(batch.crc).toBe(batch.computeCrc())
            expect(batch).toMatchObject({ magic, compression })
          }
        },
      ),
    )
  })

  test('has relative offsets inside wrappers of magic 1 (KIP-31), and absolute ones inside those of magic 0', () => {
    const inside = (magic: 0 | 1) => {
      const [batch] = readLegacyBatches(buildMessageSet(three, { magic, compression: 'gzip', baseOffset: 70 }))
      expect(batch?.lastOffset).toBe(72)
      return batch?.messages().map(({ message, offset }) => [message.lastOffset, offset])
    }
    expect(inside(0)).toEqual([
      [70, 70],
      [71, 71],
      [72, 72],
    ])
    expect(inside(1)).toEqual([
      [0, 70],
      [1, 71],
      [2, 72],
    ])
  })

  test('keeps the offsets inside a wrapper whose own is 0, as some releases of librdkafka send it', () => {
    const bytes = buildMessageSet(three, { magic: 1, compression: 'snappy', baseOffset: 0 })
    bytes.fill(0, 0, 8)
    expect(readAll(bytes).map(({ offset }) => offset)).toEqual([0, 1, 2])
  })

  test('gives all records of a wrapper the time of its append', () => {
    const bytes = buildMessageSet(three, { magic: 1, compression: 'lz4' })
    bytes.writeUInt8((bytes[LEGACY_ATTRIBUTES] as number) | 8, LEGACY_ATTRIBUTES)
    bytes.writeInt32BE(777, LEGACY_ATTRIBUTES + 5)
    expect(readAll(bytes).map(({ timestamp }) => timestamp)).toEqual([777, 777, 777])
  })

  test('has no zstd', () => {
    expect(() => buildMessageSet(three, { magic: 1, compression: 'zstd' })).toThrow(
      expect.objectContaining({ error: 'UNSUPPORTED_COMPRESSION_TYPE' }),
    )
  })

  test('may end in the part of a message, if the reader allows it', () => {
    const bytes = buildMessageSet(three, { magic: 1 })
    const size = bytes.length / 3
    for (let length = 0; length < bytes.length; length++) {
      const cut = bytes.subarray(0, length)
      expect([...readLegacyBatches(cut, { allowPartial: true })].length).toBe(Math.floor(length / size))
      if (length % size !== 0) expect(() => [...readLegacyBatches(cut)]).toThrow(RecordsError)
    }
  })

  test('may end in the part of a message inside a wrapper too', () => {
    const inner = buildMessageSet(three, { magic: 0 })
    const bytes = wrapper(0, gzipSync(inner.subarray(0, -1)))
    expect(readAll(bytes).map(({ value }) => value?.toString())).toEqual(['a', 'b'])
  })

  test.each<[string, Buffer, string, RegExp]>([
    ['has no value', wrapper(1, null), 'INVALID_RECORD', /compressed record set with null value \(magic = 1\)/],
    ['holds nothing', wrapper(1, gzipSync('')), 'INVALID_RECORD', /no inner records/],
    ['holds wrappers', wrapper(0, gzipSync(wrapper(0, gzipSync('x')))), 'INVALID_RECORD', /must not be compressed/],
    ['is compressed by zstd', wrapper(1, Buffer.from('x'), 4), 'INVALID_RECORD', /Invalid wrapper compressionType/],
    ['is compressed by nothing known', wrapper(1, Buffer.from('x'), 6), 'UNSUPPORTED_COMPRESSION_TYPE', /type id: 6/],
    ['is not compressed at all', wrapper(1, Buffer.from('x')), 'CORRUPT_MESSAGE', /Cannot decompress gzip/],
    [
      'has an offset before the last inside',
      wrapper(1, gzipSync(buildMessageSet(three, { magic: 1 })), 1, 1),
      'INVALID_RECORD',
      /wrapper offset '1' is less than the last inner message offset '2'/,
    ],
  ])('is refused where a wrapper %s', (_, bytes, error, message) => {
    expect(() => readAll(bytes)).toThrow(expect.objectContaining({ error, message: expect.stringMatching(message) }))
  })

  test('is refused where a key or a value is longer than the message', () => {
    for (const magic of [0, 1] as const) {
      const long = (position: number) => {
        const bytes = buildMessageSet([{ key: 'k', value: 'v', timestamp: 1 }], { magic })
        bytes.writeInt32BE(1000, position)
        return () => readAll(bytes)
      }
      expect(long(legacyHeaderSize(magic))).toThrow(RecordsError)
      expect(long(legacyHeaderSize(magic) + 5)).toThrow(RecordsError)
    }
    expect(() => new LegacyRecordBatch(Buffer.alloc(30))).toThrow(RecordsError)
  })

  test('throws nothing but RecordsError, whatever the bytes', () => {
    const attempt = (bytes: Buffer) => {
      try {
        for (const batch of readLegacyBatches(bytes, { allowPartial: true })) {
          for (const record of batch.records({ maxDecompressedBytes: 100_000 }))
            expect(record.offset).toBeTypeOf('number')
        }
      } catch (error) {
        expect(error).toBeInstanceOf(RecordsError)
      }
    }
    fc.assert(
      fc.property(
        fc.array(plainRecords, { minLength: 1, maxLength: 4 }),
        magics,
        codecs,
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 }),
        fc.nat(),
        (inputs, magic, compression, changes, cut) => {
          const bytes = buildMessageSet(inputs, { magic, compression })
          for (const [at, byte] of changes) bytes[at % bytes.length] = byte
          attempt(bytes)
          attempt(bytes.subarray(0, cut % bytes.length))
        },
      ),
      { numRuns: 1000 },
    )
  })
})

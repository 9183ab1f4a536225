import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type BatchOptions, buildBatch } from '../../../src/protocol/records/batch-builder.ts'
import { checkBatch } from '../../../src/protocol/records/batch-check.ts'
import * as layout from '../../../src/protocol/records/batch-layout.ts'
import { stampCrc } from '../../../src/protocol/records/batch-stamp.ts'
import { compress } from '../../../src/protocol/records/compression.ts'
import type { RecordInput } from '../../../src/protocol/records/record.ts'
import { RecordBatch } from '../../../src/protocol/records/record-batch.ts'
import { RecordsError } from '../../../src/protocol/records/records-error.ts'
import { validateForAppend, validateProduceRecords } from '../../../src/protocol/records/validate-append.ts'
import { records } from './arbitraries.ts'

const NOW = 1_700_000_000_000
const three: readonly RecordInput[] = [
  { key: 'a', value: '1', timestamp: NOW },
  { key: 'b', value: '2', timestamp: NOW + 3 },
  { key: 'c', value: '3', timestamp: NOW + 1 },
]
const where = { topicPartition: 'orders-0' }

function refused(run: () => unknown): RecordsError {
  try {
    run()
  } catch (error) {
    if (error instanceof RecordsError) return error
    throw error
  }
  throw new Error('It was accepted')
}

/** Three records, damaged; the CRC fits again. */
function damaged(damage: (bytes: Buffer) => void, options: BatchOptions = {}): Buffer {
  const bytes = buildBatch(three, options)
  damage(bytes)
  stampCrc(bytes)
  return bytes
}

describe('a broker checks a batch where it lies', () => {
  test('and finds what it needs to know of it', () => {
    fc.assert(
      fc.property(
        fc.array(records, { minLength: 1, maxLength: 10 }),
        fc.constantFrom(...layout.compressionTypes),
        (inputs, compression) => {
          const bytes = buildBatch(inputs, { compression })
          const maxTimestamp = Math.max(...inputs.map(({ timestamp }) => timestamp))
          expect(checkBatch(bytes)).toMatchObject({
            sizeInBytes: bytes.length,
            compression,
            recordCount: inputs.length,
            lastOffset: inputs.length - 1,
            maxTimestamp,
            offsetOfMaxTimestamp:
              maxTimestamp === -1 ? -1 : inputs.findIndex((input) => input.timestamp === maxTimestamp),
            offsetsConsecutive: true,
          })
        },
      ),
    )
  })

  // As a broker of Kafka 4.4.0 answers.
  test('and holds the size of a record against it where the records are read as a whole', () => {
    const batchOf = (compression: 'none' | 'gzip', ...size: number[]) => {
      const plain = buildBatch(three)
      const rest = plain.subarray(layout.RECORDS + 1)
      const records = Buffer.concat([Buffer.from(size), rest])
      const bytes = Buffer.concat([plain.subarray(0, layout.RECORDS), compress(compression, records)])
      bytes.writeInt32BE(bytes.length - layout.LOG_OVERHEAD, layout.BATCH_LENGTH)
      bytes.writeInt16BE(layout.compressionTypes.indexOf(compression), layout.ATTRIBUTES)
      stampCrc(bytes)
      return bytes
    }
    const noVarint = [0xff, 0xff, 0xff, 0xff, 0xff]
    expect(refused(() => checkBatch(batchOf('none', 2))).error).toBe('INVALID_RECORD')
    expect(refused(() => checkBatch(batchOf('none', ...noVarint))).error).toBe('UNKNOWN_SERVER_ERROR')
    expect(checkBatch(batchOf('gzip', 2)).recordCount).toBe(3)
    expect(refused(() => checkBatch(batchOf('gzip', 1))).error).toBe('INVALID_RECORD')
    expect(refused(() => checkBatch(batchOf('gzip', ...noVarint))).error).toBe('INVALID_RECORD')
    const anew = { compressesAnew: true }
    expect(refused(() => checkBatch(batchOf('gzip', 2), anew)).error).toBe('INVALID_RECORD')
    expect(refused(() => checkBatch(batchOf('gzip', ...noVarint), anew)).error).toBe('INVALID_RECORD')
  })

  test('and believes the header of a compressed one that it may not open', () => {
    const bytes = damaged((batch) => batch.fill(0, layout.RECORDS), { compression: 'gzip', maxTimestamp: 5 })
    expect(checkBatch(bytes, { openCompressed: false })).toMatchObject({ maxTimestamp: 5, offsetOfMaxTimestamp: 2 })
    expect(refused(() => checkBatch(bytes)).error).toBe('UNKNOWN_SERVER_ERROR')
  })

  // Names and messages as brokers of Kafka 3.9.2 and 4.4.0 answer and log them.
  test.each<[string, Buffer, string, string]>([
    [
      'that came with other bytes than were sent',
      (() => {
        const bytes = buildBatch(three)
        bytes.writeUInt32BE(1, layout.CRC)
        return bytes
      })(),
      'CORRUPT_MESSAGE',
      'Record is corrupt (stored crc = 1) in topic partition orders-0.',
    ],
    [
      'that does not begin at offset 0',
      buildBatch(three, { baseOffset: 5 }),
      'INVALID_RECORD',
      'The baseOffset of the record batch in the append to orders-0 should be 0, but it is 5',
    ],
    [
      'larger than max.message.bytes',
      buildBatch([{ value: 'x'.repeat(1000), timestamp: NOW }]),
      'MESSAGE_TOO_LARGE',
      'The record batch size in the append to orders-0 is 1070 bytes which exceeds the maximum configured value of 1000.',
    ],
    [
      'of a codec that does not exist',
      damaged((b) => b.writeInt16BE(5, layout.ATTRIBUTES)),
      'UNKNOWN_SERVER_ERROR',
      'Unknown compression type id: 5',
    ],
    [
      'that counts no records',
      damaged((b) => b.writeInt32BE(0, layout.RECORD_COUNT)),
      'INVALID_RECORD',
      'Invalid reported count for record batch: 0 in topic partition orders-0',
    ],
    [
      'that counts other records than offsets',
      damaged((b) => b.writeInt32BE(2, layout.RECORD_COUNT)),
      'INVALID_RECORD',
      'Inconsistent batch offset range [0, 2] and count of records 2 in topic partition orders-0',
    ],
    [
      'whose offsets end before they begin',
      damaged((b) => b.writeInt32BE(-1, layout.LAST_OFFSET_DELTA)),
      'INVALID_RECORD',
      'Batch has an invalid offset range: [0, -1] in topic partition orders-0',
    ],
    [
      'of control records',
      buildBatch(three, { isControl: true }),
      'INVALID_RECORD',
      'Clients are not allowed to write control records in topic partition orders-0',
    ],
    [
      'of an idempotent producer without sequence number',
      buildBatch(three, { producerId: 5, producerEpoch: 0 }),
      'INVALID_RECORD',
      'Invalid sequence number -1 in record batch with producerId 5 in topic partition orders-0',
    ],
    [
      'with more records than it counts',
      damaged((b) => {
        b.writeInt32BE(2, layout.RECORD_COUNT)
        b.writeInt32BE(1, layout.LAST_OFFSET_DELTA)
      }),
      'INVALID_RECORD',
      'Incorrect declared batch size, records still remaining in file',
    ],
    [
      'with fewer records than it counts',
      damaged((b) => {
        b.writeInt32BE(4, layout.RECORD_COUNT)
        b.writeInt32BE(3, layout.LAST_OFFSET_DELTA)
      }),
      'INVALID_RECORD',
      'Incorrect declared batch size, premature EOF reached',
    ],
    [
      'with a record that is longer than the batch',
      damaged((b) => b.writeUInt8(0x7e, layout.RECORDS)),
      'INVALID_RECORD',
      'Invalid record size: expected 63 bytes in record payload, but instead the buffer has only 26 remaining bytes.',
    ],
    [
      'with a record that is longer than it says',
      damaged((b) => b.writeUInt8(2, layout.RECORDS)),
      'INVALID_RECORD',
      'Invalid record size: expected to read 1 bytes in record payload, but instead read 8',
    ],
    [
      'with a key that is longer than the batch',
      damaged((b) => b.writeUInt8(0x7e, layout.RECORDS + 4)),
      'INVALID_RECORD',
      'Found invalid record structure',
    ],
    [
      'with more headers than there can be',
      damaged((b) => b.writeUInt8(0x7e, layout.RECORDS + 8)),
      'INVALID_RECORD',
      'Found invalid number of record headers. 63 is larger than the remaining size of the buffer',
    ],
    [
      'with fewer headers than none',
      damaged((b) => b.writeUInt8(1, layout.RECORDS + 8)),
      'INVALID_RECORD',
      'Found invalid number of record headers -1',
    ],
    [
      'that is two',
      Buffer.concat([buildBatch(three), buildBatch(three)]),
      'INVALID_RECORD',
      'Compressed outer record has more than one batch',
    ],
  ])('and refuses one %s', (_, bytes, error, message) => {
    const refusal = refused(() => checkBatch(bytes, { ...where, maxMessageBytes: 1000 }))
    expect([refusal.error, refusal.message, refusal.recordFaults]).toEqual([error, message, []])
  })

  test('and refuses records without a key in a compacted topic, one by one', () => {
    const inputs = [{ timestamp: NOW }, ...three, { timestamp: NOW }, { timestamp: NOW }, { timestamp: NOW }]
    for (const compression of ['none', 'lz4'] as const) {
      const refusal = refused(() => checkBatch(buildBatch(inputs, { compression }), { ...where, compacted: true }))
      const message = 'Compacted topic cannot accept message without key in topic partition orders-0'
      expect(refusal.error).toBe('INVALID_RECORD')
      expect(refusal.recordFaults).toEqual([0, 4, 5, 6].map((batchIndex) => ({ batchIndex, message })))
      const shown = [0, 4, 5].map((batchIndex) => `RecordError(batchIndex=${batchIndex}, message='${message}')`)
      expect(refusal.message).toBe(
        `One or more records have been rejected due to 4 record errors in total, and only showing the first three errors at most: [${shown.join(', ')}]`,
      )
    }
  })

  test('and refuses timestamps too far from its own time, one by one; -1 is none', () => {
    const rules = { ...where, now: NOW, timestampBeforeMaxMs: 1000, timestampAfterMaxMs: 10 }
    const at = (timestamp: number) => ({ timestamp })
    expect(checkBatch(buildBatch([NOW - 1000, NOW + 10, -1].map(at)), rules).maxTimestamp).toBe(NOW + 10)
    const refusal = refused(() => checkBatch(buildBatch([NOW, NOW - 1001, NOW + 11].map(at)), rules))
    expect([refusal.error, refusal.message]).toEqual([
      'INVALID_TIMESTAMP',
      'One or more records have been rejected due to invalid timestamp',
    ])
    expect(refusal.recordFaults).toEqual([
      {
        batchIndex: 1,
        message: `Timestamp ${NOW - 1001} of message with offset 1 is out of range. The timestamp should be within [${NOW - 1000}, ${NOW + 10}]`,
      },
      {
        batchIndex: 2,
        message: `Timestamp ${NOW + 11} of message with offset 2 is out of range. The timestamp should be within [${NOW - 1000}, ${NOW + 10}]`,
      },
    ])
    const open = refused(() => checkBatch(buildBatch([at(NOW + 11)]), { now: NOW, timestampAfterMaxMs: 10 }))
    expect(open.recordFaults[0]?.message).toContain(`within [${BigInt(NOW) - 0x7fff_ffff_ffff_ffffn}, ${NOW + 10}]`)
    expect(checkBatch(buildBatch([at(5)]), { ...rules, timestampType: 'LogAppendTime' }).maxTimestamp).toBe(5)
  })

  test('and refuses one that claims the time of an append', () => {
    const bytes = buildBatch(three.slice(0, 1), { timestampType: 'LogAppendTime', maxTimestamp: NOW })
    const refusal = refused(() => checkBatch(bytes, { timestampType: 'LogAppendTime' }))
    expect(refusal.error).toBe('INVALID_TIMESTAMP')
    expect(refusal.recordFaults).toEqual([
      {
        batchIndex: 0,
        message: `Invalid timestamp type in message DefaultRecord(offset=0, timestamp=${NOW}, key=1 bytes, value=1 bytes). Producer should not set timestamp type to LogAppendTime.`,
      },
    ])
  })

  test('and refuses one whose records are larger than max.decompressed.message.bytes once they are decompressed', () => {
    const rules = { maxDecompressedMessageBytes: 1000 }
    const bytes = (size: number, compression: layout.CompressionType) =>
      buildBatch([{ value: Buffer.alloc(size), timestamp: NOW }], { compression })
    const refusal = refused(() => checkBatch(bytes(994, 'zstd'), rules))
    expect([refusal.error, refusal.message]).toEqual([
      'INVALID_RECORD',
      'Invalid record size: 1001 exceeds the configured maximum record size of 1000.',
    ])
    expect(checkBatch(bytes(993, 'zstd'), rules).recordCount).toBe(1)
    expect(checkBatch(bytes(5000, 'none'), rules).recordCount).toBe(1)
  })

  test('and lets its own coordinators write control records at any offset', () => {
    const bytes = buildBatch([{ key: 'k', timestamp: NOW }], {
      isControl: true,
      producerId: 1,
      producerEpoch: 0,
      baseOffset: 3,
    })
    expect(checkBatch(bytes, { origin: 'coordinator' }).recordCount).toBe(1)
  })

  test('and throws nothing but RecordsError, whatever the bytes', () => {
    fc.assert(
      fc.property(
        fc.array(records, { minLength: 1, maxLength: 5 }),
        fc.constantFrom(...layout.compressionTypes),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 }),
        (inputs, compression, changes) => {
          const bytes = buildBatch(inputs, { compression })
          for (const [at, byte] of changes) bytes[at % bytes.length] = byte
          stampCrc(bytes)
          for (const cut of [bytes, bytes.subarray(0, (changes[0]?.[0] ?? 0) % bytes.length)]) {
            try {
              expect(checkBatch(cut, { maxDecompressedBytes: 100_000, compacted: true }).recordCount).toBeGreaterThan(0)
            } catch (error) {
              expect(error).toBeInstanceOf(RecordsError)
            }
          }
        },
      ),
      { numRuns: 1000 },
    )
  })
})

describe('a broker prepares a batch for its log', () => {
  test('by leaving it as it came', () => {
    for (const compression of layout.compressionTypes) {
      const bytes = buildBatch(three, { compression, producerId: 1, producerEpoch: 2, baseSequence: 3 })
      const before = Buffer.from(bytes)
      const check = validateForAppend(bytes, { now: NOW })
      expect(check?.batch.bytes).toBe(bytes)
      expect(bytes.equals(before)).toBe(true)
    }
  })

  test('by leaving out the part of another that follows it', () => {
    const bytes = buildBatch(three)
    const check = validateForAppend(Buffer.concat([bytes, bytes.subarray(0, 40)]))
    expect(check?.batch.bytes.equals(bytes)).toBe(true)
    expect(check?.sizeInBytes).toBe(bytes.length)
  })

  test('by finding nothing to append in a part of a batch', () => {
    expect(validateForAppend(buildBatch(three).subarray(0, -1))).toBeNull()
    expect(validateForAppend(Buffer.alloc(0))).toBeNull()
  })

  test('by setting the time of the append where the topic wants it', () => {
    const check = validateForAppend(buildBatch(three, { compression: 'snappy' }), {
      timestampType: 'LogAppendTime',
      now: NOW + 50,
    })
    expect(check).toMatchObject({ maxTimestamp: NOW + 50, offsetOfMaxTimestamp: 0 })
    expect(check?.batch).toMatchObject({
      timestampType: 'LogAppendTime',
      maxTimestamp: NOW + 50,
      compression: 'snappy',
    })
    expect(check?.batch.crc).toBe(check?.batch.computeCrc())
  })

  test('by correcting the greatest timestamp and the timestamp type', () => {
    for (const options of [{ maxTimestamp: 7 }, { timestampType: 'LogAppendTime', maxTimestamp: NOW + 3 }] as const) {
      const check = validateForAppend(buildBatch(three, options))
      expect(check?.batch).toMatchObject({ maxTimestamp: NOW + 3, timestampType: 'CreateTime' })
      expect(check?.batch.crc).toBe(check?.batch.computeCrc())
    }
  })

  test('by giving it the codec of the topic', () => {
    const bytes = buildBatch(three, { compression: 'lz4', producerId: 4, producerEpoch: 0, baseSequence: 1 })
    const check = validateForAppend(bytes, { compression: 'zstd' })
    expect(check).toMatchObject({ compression: 'zstd', recordCount: 3, sizeInBytes: check?.batch.sizeInBytes })
    expect(check?.batch).toMatchObject({ compression: 'zstd', producerId: 4, baseSequence: 1 })
    expect([...(check?.batch.records() ?? [])]).toEqual([...new RecordBatch(bytes).records()])
    const large = buildBatch([{ value: 'x'.repeat(5000), timestamp: NOW }], { compression: 'gzip' })
    expect(refused(() => validateForAppend(large, { compression: 'none', maxMessageBytes: 1000 })).error).toBe(
      'MESSAGE_TOO_LARGE',
    )
  })

  test('by opening what it compresses anew, even where it need not open batches', () => {
    const broken = damaged((batch) => batch.fill(0, layout.RECORDS), { compression: 'gzip' })
    expect(validateForAppend(broken, { openCompressed: false })?.compression).toBe('gzip')
    expect(validateForAppend(broken, { openCompressed: false, compression: 'gzip' })?.compression).toBe('gzip')
    const refusal = refused(() => validateForAppend(broken, { openCompressed: false, compression: 'lz4' }))
    expect(refusal.error).toBe('UNKNOWN_SERVER_ERROR')
  })

  test('by numbering its records anew only where it compresses them anew', () => {
    const gaps = (compression: layout.CompressionType) => {
      const bytes = buildBatch(
        three.map((record, i) => ({ ...record, offset: 2 * i })),
        { compression },
      )
      bytes.writeInt32BE(2, layout.LAST_OFFSET_DELTA)
      stampCrc(bytes)
      return bytes
    }
    const offsets = (check: ReturnType<typeof validateForAppend>) =>
      [...(check?.batch.records() ?? [])].map(({ offset }) => offset)
    expect(offsets(validateForAppend(gaps('none')))).toEqual([0, 2, 4])
    expect(offsets(validateForAppend(gaps('gzip'), { compression: 'none' }))).toEqual([0, 1, 2])
    expect(refused(() => validateForAppend(gaps('gzip'))).error).toBe('UNKNOWN_SERVER_ERROR')
  })

  test('is not built anew for a producer without an epoch', () => {
    const bytes = buildBatch(three, { producerId: 7, baseSequence: 0 })
    expect(validateForAppend(bytes)?.recordCount).toBe(3)
    expect(refused(() => validateForAppend(bytes, { compression: 'gzip' })).error).toBe('UNKNOWN_SERVER_ERROR')
  })
})

describe('Produce', () => {
  const batch = buildBatch(three)
  const zstd = buildBatch(three, { compression: 'zstd' })

  test.each<[string, number, Buffer | null, string, string]>([
    [
      'null',
      9,
      null,
      'INVALID_RECORD',
      'Produce requests with version 9 must have at least one record batch per partition',
    ],
    [
      'no batch',
      3,
      Buffer.alloc(0),
      'INVALID_RECORD',
      'Produce requests with version 3 must have at least one record batch per partition',
    ],
    [
      'a part of a batch',
      9,
      batch.subarray(0, -1),
      'INVALID_RECORD',
      'Produce requests with version 9 must have at least one record batch per partition',
    ],
    [
      'two batches',
      9,
      Buffer.concat([batch, batch]),
      'INVALID_RECORD',
      'Produce requests with version 9 are only allowed to contain exactly one record batch per partition',
    ],
    [
      'zstd',
      6,
      zstd,
      'UNSUPPORTED_COMPRESSION_TYPE',
      'Produce requests with version 6 are not allowed to use ZStandard compression',
    ],
    [
      'a length that no batch has',
      9,
      Buffer.alloc(80),
      'CORRUPT_MESSAGE',
      'Record size 0 is less than the minimum record overhead (14)',
    ],
  ])('refuses %s in version %i', (_, version, bytes, error, message) => {
    const refusal = refused(() => validateProduceRecords(version, bytes))
    expect([refusal.error, refusal.message]).toEqual([error, message])
  })

  test('takes one batch, zstd from version 7 on, and before version 3 whatever it gets', () => {
    validateProduceRecords(3, batch)
    validateProduceRecords(7, zstd)
    validateProduceRecords(13, Buffer.concat([batch, batch.subarray(0, 30)]))
    validateProduceRecords(2, Buffer.alloc(3))
  })
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { buildBatch } from '../../../src/protocol/records/batch-builder.ts'
import { compressionTypes } from '../../../src/protocol/records/batch-layout.ts'
import { recompressBatch } from '../../../src/protocol/records/batch-rewrite.ts'
import { stampBatch, stampCrc, stampTimestamp } from '../../../src/protocol/records/batch-stamp.ts'
import { RecordBatch, readBatches } from '../../../src/protocol/records/record-batch.ts'
import { RecordsError } from '../../../src/protocol/records/records-error.ts'
import { records } from './arbitraries.ts'

const codecs = fc.constantFrom(...compressionTypes)

describe('a record batch', () => {
  test('is read as it was built, with every codec', () => {
    fc.assert(
      fc.property(
        fc.array(records, { minLength: 1, maxLength: 20 }),
        codecs,
        fc.nat(2 ** 50),
        (inputs, compression, baseOffset) => {
          const batch = new RecordBatch(buildBatch(inputs, { compression, baseOffset }))
          expect([...batch.records()]).toEqual(inputs.map((input, i) => ({ ...input, offset: baseOffset + i })))
          expect(batch).toMatchObject({
            baseOffset,
            compression,
            recordCount: inputs.length,
            lastOffset: baseOffset + inputs.length - 1,
            nextOffset: baseOffset + inputs.length,
            maxTimestamp: Math.max(...inputs.map(({ timestamp }) => timestamp)),
            magic: 2,
            timestampType: 'CreateTime',
            producerId: -1,
            hasProducerId: false,
          })
          expect(batch.sizeInBytes).toBe(batch.batchLength + 12)
          expect(batch.crc).toBe(batch.computeCrc())
        },
      ),
    )
  })

  test('is stamped by a leader without a change to its CRC', () => {
    const bytes = buildBatch([
      { value: 'a', timestamp: 5 },
      { value: 'b', timestamp: 7 },
    ])
    stampBatch(bytes, 2 ** 40 + 1, 3)
    const batch = new RecordBatch(bytes)
    expect(batch).toMatchObject({ baseOffset: 2 ** 40 + 1, lastOffset: 2 ** 40 + 2, partitionLeaderEpoch: 3 })
    expect(batch.crc).toBe(batch.computeCrc())
  })

  test('gives all of its records the time of the append once it has one', () => {
    const batch = new RecordBatch(
      buildBatch([{ timestamp: 5 }, { timestamp: 9 }], { isTransactional: true, producerId: 1 }),
    )
    expect(stampTimestamp(batch.bytes, 'LogAppendTime', 1234)).toBe(true)
    expect(batch).toMatchObject({ timestampType: 'LogAppendTime', maxTimestamp: 1234, isTransactional: true })
    expect(batch.crc).toBe(batch.computeCrc())
    expect([...batch.records()].map(({ timestamp }) => timestamp)).toEqual([1234, 1234])
    expect(stampTimestamp(batch.bytes, 'LogAppendTime', 1234)).toBe(false)
    expect(stampTimestamp(batch.bytes, 'CreateTime', 9)).toBe(true)
    expect([...batch.records()].map(({ timestamp }) => timestamp)).toEqual([5, 9])
  })

  test('holds the same with another codec', () => {
    fc.assert(
      fc.property(fc.array(records, { minLength: 1, maxLength: 8 }), codecs, codecs, (inputs, from, to) => {
        const batch = new RecordBatch(
          buildBatch(inputs, { compression: from, producerId: 9, baseSequence: 3, baseOffset: 7 }),
        )
        const other = recompressBatch(batch, to)
        expect(other.compression).toBe(to)
        expect(other.crc).toBe(other.computeCrc())
        expect([...other.records()]).toEqual([...batch.records()])
        expect(other).toMatchObject({ producerId: 9, baseSequence: 3, baseOffset: 7, maxTimestamp: batch.maxTimestamp })
      }),
    )
  })

  test('may have been emptied by compaction, and stands for its offsets all the same', () => {
    const batch = new RecordBatch(buildBatch([], { baseOffset: 10, lastOffset: 14, maxTimestamp: 99 }))
    expect(batch).toMatchObject({ recordCount: 0, lastOffset: 14, baseTimestamp: -1, maxTimestamp: 99 })
    expect([...batch.records()]).toEqual([])
  })

  test('counts sequence numbers on from 0 after the greatest', () => {
    const three = [{ timestamp: 1 }, { timestamp: 1 }, { timestamp: 1 }]
    const last = (baseSequence: number) =>
      new RecordBatch(buildBatch(three, { producerId: 1, baseSequence })).lastSequence
    expect([last(5), last(2147483646), last(2147483647), last(-1)]).toEqual([7, 0, 1, -1])
  })

  test.each([
    ['a timestamp below -1', () => buildBatch([{ timestamp: -2 }])],
    [
      'offsets that go back',
      () =>
        buildBatch([
          { timestamp: 1, offset: 4 },
          { timestamp: 1, offset: 4 },
        ]),
    ],
    ['offsets too far apart', () => buildBatch([{ timestamp: 1, offset: 2 ** 31 }])],
    ['no records and no last offset', () => buildBatch([])],
    ['LogAppendTime without a time', () => buildBatch([{ timestamp: 1 }], { timestampType: 'LogAppendTime' })],
  ])('is not built from %s', (_, build) => {
    expect(build).toThrow(RangeError)
  })
})

describe('batches one after the other', () => {
  const one = buildBatch([{ value: 'one', timestamp: 1 }])
  const two = buildBatch([{ value: 'two', timestamp: 2 }], { baseOffset: 1, compression: 'zstd' })
  const both = Buffer.concat([one, two])

  test('are views into the bytes', () => {
    const batches = [...readBatches(both)]
    expect(batches.map(({ baseOffset }) => baseOffset)).toEqual([0, 1])
    expect(batches.every(({ bytes }) => bytes.buffer === both.buffer)).toBe(true)
  })

  test('may be cut off at the end, if the reader allows it, as answers to Fetch are', () => {
    for (let length = 0; length < both.length; length++) {
      const cut = both.subarray(0, length)
      expect([...readBatches(cut, { allowPartial: true })].length).toBe(length < one.length ? 0 : 1)
      if (length !== 0 && length !== one.length) expect(() => [...readBatches(cut)]).toThrow(RecordsError)
    }
  })

  test.each([
    ['a length that no batch has', (bytes: Buffer) => bytes.writeInt32BE(13, 8)],
    ['a length below 0', (bytes: Buffer) => bytes.writeInt32BE(-1, 8)],
    ['a length that ends before the records', (bytes: Buffer) => bytes.writeInt32BE(20, 8)],
    ['a magic that does not exist', (bytes: Buffer) => bytes.writeInt8(3, 16)],
    ['a magic of message sets', (bytes: Buffer) => bytes.writeInt8(1, 16)],
  ])('are CORRUPT_MESSAGE with %s', (_, damage) => {
    const bytes = Buffer.from(both)
    damage(bytes)
    expect(() => [...readBatches(bytes)]).toThrow(expect.objectContaining({ error: 'CORRUPT_MESSAGE' }))
  })
})

test('a stranger’s bytes end in RecordsError or in records, never in anything else', () => {
  const attempt = (bytes: Buffer) => {
    try {
      for (const batch of readBatches(bytes, { allowPartial: true })) {
        for (const record of batch.records({ maxDecompressedBytes: 100_000 }))
          expect(record.offset).toBeTypeOf('number')
      }
    } catch (error) {
      expect(error).toBeInstanceOf(RecordsError)
    }
  }
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      attempt(Buffer.from(bytes))
    }),
  )
  // Bytes that are nearly right go further: one is changed in a batch whose CRC is then made to fit.
  fc.assert(
    fc.property(
      fc.array(records, { minLength: 1, maxLength: 5 }),
      codecs,
      fc.nat(),
      fc.nat(255),
      (inputs, compression, at, byte) => {
        const bytes = buildBatch(inputs, { compression })
        bytes[at % bytes.length] = byte
        stampCrc(bytes)
        attempt(bytes)
      },
    ),
    { numRuns: 1000 },
  )
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { surveyBatches } from '../../../src/client/consumer/batch-survey.ts'
import { FetchedRecords } from '../../../src/client/consumer/fetched-records.ts'
import type { CompressionType } from '../../../src/protocol/records/batch-layout.ts'
import { buildMessageSet } from '../../../src/protocol/records/message-set.ts'
import { RecordsError } from '../../../src/protocol/records/records-error.ts'
import { batchOf, MADE, told } from './support.ts'

const orders = { topic: 'orders', partition: 0 }

function fetched(bytes: Buffer, from = 0): FetchedRecords {
  return new FetchedRecords(orders, bytes, surveyBatches(bytes), from)
}

function all(records: FetchedRecords): string[] {
  return told([...messagesOf(records)])
}

function* messagesOf(records: FetchedRecords) {
  for (let message = records.next(); message !== undefined; message = records.next()) yield message
}

function oldSet(records: readonly string[], magic: 0 | 1, baseOffset: number, compression: CompressionType): Buffer {
  const list = records.map((value, i) => ({ value, timestamp: MADE + i }))
  return buildMessageSet(list, { magic, baseOffset, compression })
}

describe('what was fetched', () => {
  test('is read from the offset on that was asked for', () => {
    const records = fetched(Buffer.concat([batchOf(['a', 'b', 'c']), batchOf(['d'], { baseOffset: 3 })]), 1)
    expect(all(records)).toEqual(['1:b', '2:c', '3:d'])
    expect(records.position).toBe(4)
  })

  test('tells where to go on before it is read, over gaps too', () => {
    const sparse = batchOf([{ value: 'a', offset: 5 }], { baseOffset: 2, lastOffset: 9, partitionLeaderEpoch: 3 })
    const whole = Buffer.concat([batchOf(['x'], { baseOffset: 0 }), sparse])
    expect(surveyBatches(whole)).toMatchObject({ nextOffset: 10, leaderEpoch: 3, end: whole.length, isBroken: false })
    const records = fetched(whole, 1)
    expect(all(records)).toEqual(['5:a'])
    expect(records.position).toBe(10)
  })

  test('may end in the middle of a batch, which is left out', () => {
    const first = batchOf(['a'])
    const second = batchOf(['b'.repeat(100)], { baseOffset: 1 })
    for (const kept of [1, 11, 12, 16, 17, 60, second.length - 1]) {
      const survey = surveyBatches(Buffer.concat([first, second.subarray(0, kept)]))
      expect(survey).toMatchObject({ nextOffset: 1, end: first.length, isBroken: false })
      expect(survey.cutOffSize).toBe(kept < 12 ? 0 : second.length)
    }
    expect(all(fetched(Buffer.concat([first, second.subarray(0, 60)])))).toEqual(['0:a'])
  })

  test('leaves control batches out', () => {
    const marker = { baseOffset: 1, producerId: 1, producerEpoch: 0, isTransactional: true, isControl: true }
    const records = fetched(Buffer.concat([batchOf(['a']), batchOf(['m'], marker), batchOf(['b'], { baseOffset: 2 })]))
    expect(records.waiting).toBe(2)
    expect(all(records)).toEqual(['0:a', '2:b'])
  })

  test('has the time of the append where the topic says so', () => {
    const batch = batchOf(['a', 'b'], { timestampType: 'LogAppendTime', maxTimestamp: MADE + 77 })
    expect([...messagesOf(fetched(batch))].map(({ timestamp }) => timestamp)).toEqual([MADE + 77, MADE + 77])
  })

  test.each([0, 1] as const)(
    'may be message sets of magic %i, compressed ones with offsets that count from 0 too',
    (magic) => {
      const sets = [
        oldSet(['a', 'b'], magic, 4, 'none'),
        oldSet(['c', 'd', 'e'], magic, 6, 'gzip'),
        oldSet(['f'], magic, 9, 'snappy'),
        oldSet(['g', 'h'], magic, 10, 'lz4'),
      ]
      const bytes = Buffer.concat([...sets, batchOf(['i'], { baseOffset: 12 })])
      expect(surveyBatches(bytes).nextOffset).toBe(13)
      const records = fetched(bytes, 5)
      const messages = [...messagesOf(records)]
      expect(told(messages)).toEqual(['5:b', '6:c', '7:d', '8:e', '9:f', '10:g', '11:h', '12:i'])
      expect(messages[2]?.timestamp).toBe(magic === 0 ? -1 : MADE + 1)
    },
  )

  test('counts what was not read by the headers', () => {
    const records = fetched(Buffer.concat([batchOf(['a', 'b', 'c']), batchOf(['d', 'e'], { baseOffset: 3 })]))
    expect(records.waiting).toBe(5)
    records.next()
    expect(records.waiting).toBe(4)
  })

  test('throws at the offset of the batch that was damaged, again and again, and after all before it', () => {
    const second = batchOf(['b'], { baseOffset: 1 })
    second[second.length - 3] = 0x7a
    const records = fetched(Buffer.concat([batchOf(['a']), second, batchOf(['c'], { baseOffset: 2 })]))
    expect(records.next()?.offset).toBe(0)
    for (let i = 0; i < 2; i++) {
      expect(() => records.next()).toThrow(
        /Record batch at offset 1 is corrupt \(stored crc = \d+, computed crc = \d+\)/,
      )
      expect(records.position).toBe(1)
    }
  })

  test.each([0, 1] as const)('throws at a message of magic %i that was damaged', (magic) => {
    for (const compression of ['none', 'gzip'] as const) {
      const bytes = oldSet(['aaaa'], magic, 3, compression)
      bytes[bytes.length - 2] = 0x21
      const records = fetched(bytes, 3)
      expect(() => records.next()).toThrow('Message at offset 3 is corrupt')
    }
  })

  test('throws at what is no batch', () => {
    for (const spoil of [
      (bytes: Buffer) => bytes.writeInt32BE(3, 8),
      (bytes: Buffer) => bytes.writeInt8(9, 16),
      (bytes: Buffer) => bytes.writeInt32BE(20, 8),
    ]) {
      const second = batchOf(['b'], { baseOffset: 1 })
      spoil(second)
      const bytes = Buffer.concat([batchOf(['a']), second])
      expect(surveyBatches(bytes)).toMatchObject({ nextOffset: 1, isBroken: true })
      const records = fetched(bytes)
      expect(records.waiting).toBe(1)
      records.next()
      expect(() => records.next()).toThrow(RecordsError)
      expect(records.position).toBe(1)
    }
  })

  test('is read once and in order, whatever the batches and wherever it begins', () => {
    const codecs: readonly CompressionType[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd']
    const batch = fc.record({
      gapBefore: fc.nat(3),
      gapAfter: fc.nat(3),
      gaps: fc.array(fc.nat(2), { minLength: 1, maxLength: 6 }),
      codec: fc.constantFrom(...codecs),
      magic: fc.constantFrom(2, 2, 1, 0),
    })
    fc.assert(
      fc.property(fc.array(batch, { maxLength: 6 }), fc.nat(50), fc.nat(80), (plan, from, cut) => {
        let offset = 0
        const batches: Buffer[] = []
        const written: { offset: number; last: number }[] = []
        for (const { gapBefore, gapAfter, gaps, codec, magic } of plan) {
          offset += gapBefore
          const baseOffset = offset
          const records = gaps.map((gap) => {
            offset += gap
            return { value: `v${offset}`, offset: offset++, timestamp: MADE }
          })
          const compression = magic < 2 && codec === 'zstd' ? 'none' : codec
          // A message set stands for no offsets that it does not have.
          if (magic === 2) {
            offset += gapAfter
            batches.push(batchOf(records, { baseOffset, compression, lastOffset: offset - 1 }))
          } else {
            const first = records[0]?.offset ?? 0
            batches.push(buildMessageSet(records, { magic: magic as 0 | 1, baseOffset: first, compression }))
          }
          for (const record of records) written.push({ offset: record.offset, last: batches.length - 1 })
        }
        const bytes = Buffer.concat(batches)
        const kept = bytes.subarray(0, Math.max(0, bytes.length - cut))
        const survey = surveyBatches(kept)
        const ends = batches.map((_, i) => batches.slice(0, i + 1).reduce((sum, { length }) => sum + length, 0))
        const expected = written.filter(({ offset: at, last }) => at >= from && (ends[last] ?? 0) <= survey.end)
        // A message set that is not compressed is as many batches as it has messages: some of its messages may be whole.
        const got = all(fetched(kept, from))
        const sure = expected.map(({ offset: at }) => `${at}:v${at}`)
        expect(got.slice(0, sure.length)).toEqual(sure)
        const rest = written.filter(({ offset: at }) => at >= from).map(({ offset: at }) => `${at}:v${at}`)
        expect(rest.slice(0, got.length)).toEqual(got)
      }),
    )
  })
})

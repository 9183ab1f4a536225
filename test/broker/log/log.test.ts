import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BrokerConfig } from '../../../src/broker/config/broker-config.ts'
import type { LogConfig } from '../../../src/broker/config/log-config.ts'
import { Log } from '../../../src/broker/log/log.ts'
import { deleteOldSegments, mayExpire } from '../../../src/broker/log/retention.ts'
import { stampBatch } from '../../../src/protocol/records/batch-stamp.ts'
import { RecordBatch, readBatches } from '../../../src/protocol/records/record-batch.ts'
import { batchOf, MADE, recordsIn } from '../batches.ts'

function configs(overrides: Record<string, string> = {}): LogConfig {
  return new BrokerConfig({}, 1).logConfig(new Map(Object.entries(overrides)))
}

/** Appends a batch of so many records as a leader does. */
function append(log: Log, count: number, config = configs(), nowMs = MADE, epoch = 0): Buffer {
  const bytes = batchOf(count, {}, log.logEndOffset)
  stampBatch(bytes, log.logEndOffset, epoch)
  const batch = new RecordBatch(bytes)
  log.append({ batch, maxTimestamp: batch.maxTimestamp }, epoch, config, nowMs)
  return bytes
}

function logOf(counts: readonly number[], config = configs()): Log {
  const log = new Log(MADE)
  for (const count of counts) append(log, count, config)
  return log
}

const size = (records: readonly Buffer[]): number => records.reduce((sum, slice) => sum + slice.length, 0)
const batchCounts = fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 20 })
const smallSegments = fc
  .constantFrom('100', '250', '600', '100000')
  .map((bytes) => configs({ 'internal.segment.bytes': bytes }))

describe('a log', () => {
  test('gives back what was appended, in order and without gaps, whatever its segments', () => {
    fc.assert(
      fc.property(batchCounts, smallSegments, (counts, config) => {
        const log = logOf(counts, config)
        const read: string[] = []
        for (let offset = 0; offset < log.logEndOffset; ) {
          const { records } = log.read(offset, log.logEndOffset, { maxBytes: 1_000_000, minOneMessage: true })
          read.push(...recordsIn(records))
          offset = read.length
        }
        expect(read).toEqual(Array.from({ length: log.logEndOffset }, (_, i) => `${i}:v${i}`))
      }),
    )
  })

  test('keeps the limit of a read, but for the first batch if that is wanted', () => {
    fc.assert(
      fc.property(batchCounts, smallSegments, fc.nat(), fc.nat(800), fc.boolean(), (counts, config, at, max, min) => {
        const log = logOf(counts, config)
        const offset = at % (log.logEndOffset + 1)
        const { records, sizeInBytes, firstBatchCut } = log.read(offset, log.logEndOffset, {
          maxBytes: max,
          minOneMessage: min,
        })
        expect(size(records)).toBe(sizeInBytes)
        if (offset === log.logEndOffset) {
          expect(sizeInBytes).toBe(0)
          return
        }
        const whole = [...readBatches(Buffer.concat(records), { allowPartial: true })]
        if (firstBatchCut) expect([min, whole.length, sizeInBytes]).toEqual([false, 0, max])
        else if (sizeInBytes > max) expect([min, whole.length]).toEqual([true, 1])
        if (whole[0] !== undefined) {
          expect(whole[0].baseOffset).toBeLessThanOrEqual(offset)
          expect(whole[0].lastOffset).toBeGreaterThanOrEqual(offset)
        }
      }),
    )
  })

  test('hands out the very bytes that it was given', () => {
    const log = new Log(MADE)
    const bytes = append(log, 3)
    const [read] = log.read(1, 3, { maxBytes: 1000, minOneMessage: true }).records
    expect(read?.buffer).toBe(bytes.buffer)
    expect(read?.byteOffset).toBe(bytes.byteOffset)
  })

  test('gives nothing at its end, nor beyond what a reader may see, and an error outside', () => {
    const log = logOf([2, 2])
    expect(log.read(4, 4, { maxBytes: 1000, minOneMessage: true }).records).toEqual([])
    expect(log.read(2, 2, { maxBytes: 1000, minOneMessage: true }).records).toEqual([])
    expect(recordsIn(log.read(0, 2, { maxBytes: 1000, minOneMessage: true }).records)).toEqual(['0:v0', '1:v1'])
    expect(() => log.read(5, 4, { maxBytes: 1000, minOneMessage: true })).toThrow(
      expect.objectContaining({ error: 'OFFSET_OUT_OF_RANGE' }),
    )
    expect(() => log.read(-1, 4, { maxBytes: 1000, minOneMessage: true })).toThrow(
      expect.objectContaining({ error: 'OFFSET_OUT_OF_RANGE' }),
    )
  })

  test('leaves out the batch that would be cut off where a reader wants whole ones', () => {
    const log = logOf([2, 2])
    const size = log.sizeInBytes / 2
    expect(log.read(0, 4, { maxBytes: size + 10, minOneMessage: true, wholeBatches: true }).sizeInBytes).toBe(size)
    expect(log.read(0, 4, { maxBytes: 10, minOneMessage: true, wholeBatches: true }).sizeInBytes).toBe(size)
    expect(log.read(0, 4, { maxBytes: 10, minOneMessage: false, wholeBatches: true }).sizeInBytes).toBe(0)
  })

  test('gives no batch of which a part lies beyond what a reader may see', () => {
    expect(recordsIn(logOf([2, 2]).read(0, 3, { maxBytes: 1000, minOneMessage: true }).records)).toEqual([
      '0:v0',
      '1:v1',
    ])
  })

  test('begins a new segment when a batch would make the last one too large', () => {
    const log = new Log(MADE)
    const { length } = append(log, 1)
    const config = configs({ 'internal.segment.bytes': String(3 * length) })
    append(log, 1, config)
    append(log, 1, config)
    expect(log.segments.map(({ baseOffset }) => baseOffset)).toEqual([0])
    append(log, 1, config)
    expect(log.segments.map(({ baseOffset }) => baseOffset)).toEqual([0, 3])
  })

  test('begins a new segment when its records are segment.ms apart, whatever the time is', () => {
    const config = configs({ 'segment.ms': '2' })
    const log = logOf([1, 1, 1, 1, 1], config)
    expect(log.segments.map(({ baseOffset }) => baseOffset)).toEqual([0, 3])
  })

  test('tells where an offset lies', () => {
    const config = configs({ 'internal.segment.bytes': '160' })
    const log = logOf([1, 1, 1, 1], config)
    const size = log.sizeInBytes / 4
    expect(log.position(0)).toEqual({ offset: 0, segmentBaseOffset: 0, position: 0 })
    expect(log.position(1)).toEqual({ offset: 1, segmentBaseOffset: 0, position: size })
    expect(log.position(2)).toEqual({ offset: 2, segmentBaseOffset: 2, position: 0 })
    expect(log.position(4)).toEqual({ offset: 4, segmentBaseOffset: 2, position: 2 * size })
  })

  test('counts the bytes between two of its places, as long as they are of one segment', () => {
    fc.assert(
      fc.property(batchCounts, smallSegments, fc.nat(60), fc.nat(60), (counts, config, one, other) => {
        const log = logOf(counts, config)
        const offset = Math.min(one, other, log.logEndOffset)
        const end = Math.min(Math.max(one, other), log.logEndOffset)
        const [from, to] = [log.position(offset), log.position(end)]
        const apart = from.segmentBaseOffset !== to.segmentBaseOffset
        expect(log.bytesSince(from, end)).toBe(apart ? Number.POSITIVE_INFINITY : to.position - from.position)
      }),
    )
  })

  test('remembers which leader wrote what', () => {
    const log = new Log(MADE)
    append(log, 2, configs(), MADE, 0)
    append(log, 2, configs(), MADE, 4)
    expect([log.epochs.at(1), log.epochs.at(2)]).toEqual([0, 4])
  })
})

describe('retention', () => {
  /** One batch of one record to a segment. */
  const oneEach = { 'internal.segment.bytes': '100' }

  test('by size takes the oldest segments as long as what is left is not less than it wants', () => {
    const log = logOf([1, 1, 1, 1], configs(oneEach))
    const one = log.sizeInBytes / 4
    expect(deleteOldSegments(log, configs({ ...oneEach, 'retention.bytes': String(2 * one + 1) }), 4, MADE)).toBe(1)
    expect([log.logStartOffset, log.logEndOffset, log.sizeInBytes]).toEqual([1, 4, 3 * one])
  })

  test('by time goes by the greatest timestamp of a segment', () => {
    const log = logOf([1, 1, 1], configs(oneEach))
    const config = configs({ ...oneEach, 'retention.ms': '1000' })
    expect(deleteOldSegments(log, config, 3, MADE + 1000)).toBe(0)
    expect(deleteOldSegments(log, config, 3, MADE + 1002)).toBe(2)
    expect(log.logStartOffset).toBe(2)
  })

  test('takes the last segment too, and the log goes on where it was', () => {
    const log = logOf([2], configs(oneEach))
    expect(deleteOldSegments(log, configs({ 'retention.ms': '1' }), 2, MADE + 1000)).toBe(1)
    expect([log.logStartOffset, log.logEndOffset, log.sizeInBytes]).toEqual([2, 2, 0])
    append(log, 1)
    expect(recordsIn(log.read(2, 3, { maxBytes: 1000, minOneMessage: true }).records)).toEqual(['2:v2'])
  })

  test('takes nothing above the high watermark', () => {
    const log = logOf([1, 1, 1], configs(oneEach))
    expect(deleteOldSegments(log, configs({ 'retention.ms': '1' }), 1, MADE + 1000)).toBe(1)
  })

  test('takes nothing from a compacted topic but what lies before its start', () => {
    const log = logOf([1, 1, 1], configs(oneEach))
    const config = configs({ 'cleanup.policy': 'compact', 'retention.ms': '1' })
    expect(deleteOldSegments(log, config, 3, MADE + 1000)).toBe(0)
    log.incrementStartOffset(2)
    expect(mayExpire(log, config)).toBe(true)
    expect(deleteOldSegments(log, config, 3, MADE + 1000)).toBe(2)
    expect(mayExpire(log, config)).toBe(false)
  })

  test('never leaves a log whose start is beyond its end or whose offsets have gaps', () => {
    fc.assert(
      fc.property(batchCounts, smallSegments, fc.nat(2000), (counts, config, bytes) => {
        const log = logOf(counts, config)
        deleteOldSegments(log, { ...config, retentionBytes: bytes }, log.logEndOffset, MADE)
        expect(log.logStartOffset).toBeLessThanOrEqual(log.logEndOffset)
        expect(log.sizeInBytes).toBe(log.segments.reduce((sum, segment) => sum + segment.sizeInBytes, 0))
        if (log.sizeInBytes === 0) expect(log.logStartOffset).toBe(log.logEndOffset)
        else expect(log.segments[0]?.batches[0]?.baseOffset).toBe(log.logStartOffset)
      }),
    )
  })
})

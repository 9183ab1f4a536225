import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BrokerConfig } from '../../../src/broker/config/broker-config.ts'
import { Log } from '../../../src/broker/log/log.ts'
import { findByTimestamp, findMaxTimestamp, segmentOffsetsBefore } from '../../../src/broker/log/lookup.ts'
import { buildBatch } from '../../../src/protocol/records/batch-builder.ts'
import { RecordBatch } from '../../../src/protocol/records/record-batch.ts'

const LATEST = -1
const EARLIEST = -2

/** A log with a batch for each list of timestamps, and segments of so many bytes. */
function logOf(batches: readonly (readonly number[])[], segmentBytes = 1_000_000, leaderEpoch = 3): Log {
  const config = new BrokerConfig({}, 1).logConfig(new Map([['internal.segment.bytes', String(segmentBytes)]]))
  const log = new Log(0)
  batches.forEach((timestamps, index) => {
    const bytes = buildBatch(
      timestamps.map((timestamp) => ({ timestamp, value: 'v' })),
      {
        baseOffset: log.logEndOffset,
        partitionLeaderEpoch: leaderEpoch,
        compression: index % 2 === 0 ? 'none' : 'gzip',
      },
    )
    const batch = new RecordBatch(bytes)
    log.append({ batch, maxTimestamp: batch.maxTimestamp }, leaderEpoch, config, 100 * (index + 1))
  })
  return log
}

describe('a lookup by timestamp', () => {
  test('finds the first record that is not older, inside a compressed batch too', () => {
    const log = logOf([[10, 30], [20, 50, 40], [60]])
    expect(findByTimestamp(log, 11)).toEqual({ timestamp: 30, offset: 1, leaderEpoch: 3 })
    expect(findByTimestamp(log, 31)).toEqual({ timestamp: 50, offset: 3, leaderEpoch: 3 })
    expect(findByTimestamp(log, 61)).toBeUndefined()
  })

  test('finds nothing before the start of the log', () => {
    const log = logOf([[10, 30, 40]])
    log.incrementStartOffset(2)
    expect(findByTimestamp(log, 5)).toMatchObject({ timestamp: 40, offset: 2 })
  })

  test('finds what reading all records would find, whatever the segments', () => {
    const timestamps = fc.array(fc.array(fc.nat(50), { minLength: 1, maxLength: 4 }), { maxLength: 8 })
    fc.assert(
      fc.property(timestamps, fc.constantFrom(80, 200, 10_000), fc.nat(50), (batches, segmentBytes, target) => {
        const log = logOf(batches, segmentBytes)
        const offset = batches.flat().findIndex((timestamp) => timestamp >= target)
        expect(findByTimestamp(log, target)?.offset ?? -1).toBe(offset)
      }),
    )
  })
})

describe('the greatest timestamp', () => {
  test('is that of the first record that has it', () => {
    expect(findMaxTimestamp(logOf([[10, 30], [50, 20, 50], [50]]))).toEqual({
      timestamp: 50,
      offset: 2,
      leaderEpoch: 3,
    })
  })

  test('is not there in an empty log', () => {
    expect(findMaxTimestamp(new Log(0))).toBeUndefined()
  })
})

describe('the offsets of segments', () => {
  // A segment a batch: they begin at 0, 2 and 5, and were written to at 100, 200 and 300.
  const log = logOf([[10, 30], [50, 20, 50], [50]], 80)
  const NOW = 1000

  test('come newest first, the end of the log before them', () => {
    expect(segmentOffsetsBefore(log, LATEST, 10, NOW)).toEqual([6, 5, 2, 0])
    expect(segmentOffsetsBefore(log, LATEST, 2, NOW)).toEqual([6, 5])
    expect(segmentOffsetsBefore(log, LATEST, 0, NOW)).toEqual([])
    expect(segmentOffsetsBefore(log, EARLIEST, 10, NOW)).toEqual([0])
  })

  test('leave out segments that were written to after the time asked for', () => {
    expect(segmentOffsetsBefore(log, 250, 10, NOW)).toEqual([2, 0])
    expect(segmentOffsetsBefore(log, 99, 10, NOW)).toEqual([])
    expect(segmentOffsetsBefore(log, NOW, 10, NOW)).toEqual([6, 5, 2, 0])
  })

  test('of an empty log are its end alone', () => {
    expect(segmentOffsetsBefore(new Log(50), LATEST, 10, NOW)).toEqual([0])
    expect(segmentOffsetsBefore(new Log(50), 49, 10, NOW)).toEqual([])
  })
})

import { RecordBatch } from '../../protocol/records/record-batch.ts'
import type { Log } from './log.ts'
import type { Segment } from './segment.ts'

/** A record found by its timestamp. */
export interface TimestampAndOffset {
  /** ms since 1970 */
  readonly timestamp: number
  readonly offset: number
  readonly leaderEpoch: number
}

/**
 * The first record at or after the log's start whose timestamp is at least `timestamp`. As Kafka does, looks only into the
 * first segment that has one so late.
 */
export function findByTimestamp(log: Log, timestamp: number): TimestampAndOffset | undefined {
  const segment = log.segments.find((candidate) => candidate.largestTimestamp >= timestamp)
  for (const stored of segment?.batches ?? []) {
    if (stored.maxTimestamp < timestamp || stored.lastOffset < log.logStartOffset) continue
    const batch = new RecordBatch(stored.bytes)
    for (const record of batch.records()) {
      if (record.timestamp >= timestamp && record.offset >= log.logStartOffset) {
        return { timestamp: record.timestamp, offset: record.offset, leaderEpoch: batch.partitionLeaderEpoch }
      }
    }
  }
  return undefined
}

/** The first of the records with the greatest timestamp (KIP-734). Undefined while no record has one. */
export function findMaxTimestamp(log: Log): TimestampAndOffset | undefined {
  let latest: Segment | undefined
  for (const segment of log.segments) {
    if (latest === undefined || segment.maxTimestamp > latest.maxTimestamp) latest = segment
  }
  if (latest === undefined) return undefined
  const { maxTimestamp } = latest
  const stored = latest.batches.find((candidate) => candidate.maxTimestamp === maxTimestamp)
  if (stored === undefined) return undefined
  const batch = new RecordBatch(stored.bytes)
  for (const record of batch.records()) {
    if (record.timestamp === maxTimestamp) {
      return { timestamp: maxTimestamp, offset: record.offset, leaderEpoch: batch.partitionLeaderEpoch }
    }
  }
  return undefined
}

/**
 * What ListOffsets version 0 answers: offsets at which segments begin, and the log's end, newest first: those that were
 * there at `timestamp`, in ms, where -1 is now and -2 the beginning; of them at most `maxOffsets`.
 */
export function segmentOffsetsBefore(log: Log, timestamp: number, maxOffsets: number, nowMs: number): number[] {
  const offsets: number[] = []
  const times: number[] = []
  for (const segment of log.segments) {
    offsets.push(Math.max(segment.baseOffset, log.logStartOffset))
    times.push(segment.lastModifiedMs)
  }
  // An empty log has one empty segment in Kafka, as old as the log; here there is none before it is needed.
  const last = log.segments[log.segments.length - 1]
  if (last === undefined || last.sizeInBytes > 0) {
    offsets.push(log.logEndOffset)
    times.push(last === undefined ? log.createdMs : nowMs)
  }

  let newest = offsets.length - 1
  if (timestamp === -2) newest = 0
  else if (timestamp !== -1) while (newest >= 0 && (times[newest] as number) > timestamp) newest--
  return offsets
    .slice(Math.max(0, newest + 1 - maxOffsets), newest + 1)
    .reverse()
    .sort((a, b) => b - a)
}

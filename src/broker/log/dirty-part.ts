import type { LogConfig } from '../config/log-config.ts'
import type { Log } from './log.ts'
import type { Segment } from './segment.ts'

/** What a cleaner may clean of a log (Kafka's `LogToClean`). */
export interface DirtyPart {
  /** Up to where it was clean. */
  readonly firstDirtyOffset: number
  /** Where the first segment begins that may not be cleaned. */
  readonly endOffset: number
  /** Bytes of the segments that are dirty and may be cleaned. */
  readonly cleanableBytes: number
  /** Those bytes, and the bytes of what is clean already. */
  readonly totalBytes: number
  /** Whether something in it has waited for longer than `max.compaction.lag.ms` (KIP-354). */
  readonly isOverdue: boolean
}

/**
 * What may be cleaned of a log: whole segments before the active one, before the last stable offset, and of which all is older than
 * `min.compaction.lag.ms`. Undefined when there is nothing at all.
 * @param cleanedUpTo where the last cleaning ended
 */
export function dirtyPart(
  log: Log,
  cleanedUpTo: number,
  lastStableOffset: number,
  config: LogConfig,
  nowMs: number,
): DirtyPart | undefined {
  const { segments } = log
  const active = segments[segments.length - 1]
  if (active === undefined) return undefined
  const firstDirtyOffset = Math.max(cleanedUpTo, log.logStartOffset)
  const dirty = segments.slice(floor(segments, firstDirtyOffset), -1)
  const tooYoung = dirty.find(({ largestTimestamp }) => largestTimestamp > nowMs - config.minCompactionLagMs)
  const youngFrom = config.minCompactionLagMs > 0 ? (tooYoung?.baseOffset ?? active.baseOffset) : active.baseOffset
  const uncleanable = Math.max(firstDirtyOffset, Math.min(lastStableOffset, active.baseOffset, youngFrom))
  const endOffset = (segments[floor(segments, uncleanable)] ?? active).baseOffset
  const from = floor(segments, Math.min(firstDirtyOffset, endOffset))
  const cleanableBytes = sum(segments.slice(from).filter(({ baseOffset }) => baseOffset < endOffset))
  const cleanBytes = sum(segments.filter(({ baseOffset }) => baseOffset < firstDirtyOffset))
  const earliest = dirty.map(firstTimestamp).filter((timestamp) => timestamp > 0)
  const isOverdue = earliest.some((timestamp) => timestamp < nowMs - config.maxCompactionLagMs)
  return { firstDirtyOffset, endOffset, cleanableBytes, totalBytes: cleanBytes + cleanableBytes, isOverdue }
}

/** Whether Kafka's cleaner would take the log on. */
export function isWorthCleaning({ cleanableBytes, totalBytes, isOverdue }: DirtyPart, config: LogConfig): boolean {
  if (cleanableBytes === 0) return false
  return isOverdue || cleanableBytes / totalBytes > config.minCleanableDirtyRatio
}

/** The place of the segment that an offset falls into. */
function floor(segments: readonly Segment[], offset: number): number {
  return Math.max(
    segments.findLastIndex(({ baseOffset }) => baseOffset <= offset),
    0,
  )
}

function firstTimestamp({ batches }: Segment): number {
  return batches[0]?.maxTimestamp ?? -1
}

function sum(segments: readonly Segment[]): number {
  return segments.reduce((bytes, { sizeInBytes }) => bytes + sizeInBytes, 0)
}

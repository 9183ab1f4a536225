import type { LogConfig } from '../config/log-config.ts'
import type { Log } from './log.ts'

/**
 * Lets go of the segments that a topic's retention no longer wants: those before the log's start, then by size
 * (`retention.bytes`), then by time (`retention.ms`). Returns how many went.
 */
export function deleteOldSegments(log: Log, config: LogConfig, highWatermark: number, nowMs: number): number {
  const start = log.logStartOffset
  let count = log.deleteSegments(highWatermark, (_segment, next) => next !== undefined && next.baseOffset <= start)
  if (!config.delete) return count

  const { retentionBytes, retentionMs } = config
  let excess = log.sizeInBytes - retentionBytes
  if (retentionBytes >= 0 && excess >= 0) {
    count += log.deleteSegments(highWatermark, (segment) => {
      if (excess - segment.sizeInBytes < 0) return false
      excess -= segment.sizeInBytes
      return true
    })
  }
  if (retentionMs >= 0) {
    count += log.deleteSegments(highWatermark, (segment) => nowMs - segment.largestTimestamp > retentionMs)
  }
  return count
}

/** Whether time alone can make {@link deleteOldSegments} find something: whether it is worth looking again later. */
export function mayExpire(log: Log, config: LogConfig): boolean {
  if (log.sizeInBytes === 0) return false
  if ((log.segments[1]?.baseOffset ?? Number.POSITIVE_INFINITY) <= log.logStartOffset) return true
  return config.delete && (config.retentionMs >= 0 || config.retentionBytes >= 0)
}

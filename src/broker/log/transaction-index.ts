import type { LogConfig } from '../config/log-config.ts'
import type { Log } from './log.ts'
import type { Segment } from './segment.ts'
import type { AbortedTransaction } from './transactions.ts'

/**
 * The aborted transactions that end at `fetchOffset` or later and begin before `endOffset`, by their markers' order: what a
 * reader of committed records must know in order to leave their records out.
 */
export function abortedTransactions(log: Log, fetchOffset: number, endOffset: number): AbortedTransaction[] {
  const found: AbortedTransaction[] = []
  const { segments } = log
  const first = segments.findLastIndex(({ baseOffset }) => baseOffset <= fetchOffset)
  for (const { aborted } of segments.slice(Math.max(first, 0))) {
    for (const transaction of aborted ?? []) {
      if (transaction.lastOffset >= fetchOffset && transaction.firstOffset < endOffset) found.push(transaction)
      if (transaction.lastStableOffset >= endOffset) return found
    }
  }
  return found
}

/**
 * Up to where Kafka looks for aborted transactions when it gives so many bytes from `fetchOffset` on. It takes it from the
 * sparse index of the segment, so that it is an offset at or after the end of what it gives.
 */
export function fetchUpperBound(log: Log, fetchOffset: number, sizeInBytes: number, config: LogConfig): number {
  const { segments } = log
  for (
    let s = Math.max(
      segments.findLastIndex(({ baseOffset }) => baseOffset <= fetchOffset),
      0,
    );
    s < segments.length;
    s++
  ) {
    const segment = segments[s] as Segment
    const start = segment.batches[segment.indexOf(fetchOffset)]
    if (start === undefined) continue
    const end = start.position + sizeInBytes
    return firstIndexedAt(segment, end, config) ?? segments[s + 1]?.baseOffset ?? log.logEndOffset
  }
  return log.logEndOffset
}

/**
 * The last offset of the first batch that the index of the segment has at `position` or after it. Kafka's binary search never looks
 * whether it is the very first entry of the index that is there: that one is found only after it.
 */
function firstIndexedAt({ batches }: Segment, position: number, config: LogConfig): number | undefined {
  let sinceLastEntry = 0
  let least = position + 1
  for (const batch of batches) {
    if (sinceLastEntry > config.indexIntervalBytes) {
      if (batch.position >= least) return batch.lastOffset
      least = position
      sinceLastEntry = 0
    }
    sinceLastEntry += batch.bytes.length
  }
  return undefined
}

import { RecordBatch } from '../../protocol/records/record-batch.ts'
import type { LogConfig } from '../config/log-config.ts'
import { type RetentionRules, retained } from './batch-retention.ts'
import { CleanedTransactions } from './cleaned-transactions.ts'
import type { DirtyPart } from './dirty-part.ts'
import type { Log } from './log.ts'
import { OffsetMap } from './offset-map.ts'
import { Segment } from './segment.ts'
import type { AbortedTransaction } from './transactions.ts'

/** Beyond this a batch's place in its segment has no room in an index: a segment spans no more offsets. */
const MAX_OFFSETS = 0x7fffffff

/** What a cleaner must know besides the log's bytes. */
export type CleaningContext = Pick<RetentionRules, 'producer' | 'highWatermark' | 'nowMs'>

/**
 * Compacts a log up to where it may be cleaned (Kafka's `Cleaner`): of the records with one key the last one stays, with its
 * offset; tombstones and markers stay for `delete.retention.ms`; what was aborted goes. Segments that have become small are joined.
 * @throws RecordsError when a batch cannot be read; then nothing has changed
 */
export function clean(
  log: Log,
  { firstDirtyOffset, endOffset }: DirtyPart,
  config: LogConfig,
  context: CleaningContext,
): void {
  const { segments } = log
  const toClean = segments.filter(({ baseOffset }) => baseOffset < endOffset)
  const aborted = segments.flatMap((segment) => segment.aborted ?? [])
  const latest = latestOffsets(toClean, firstDirtyOffset, endOffset, aborted)
  let stillAborted: AbortedTransaction[] = []
  const transactions = new CleanedTransactions(aborted, (transaction) => stillAborted.push(transaction))
  const rules: RetentionRules = { ...context, latest, transactions, deleteRetentionMs: config.deleteRetentionMs }
  const cleaned = groupsBySize(toClean, endOffset, config.segmentBytes).map((group) => {
    const segment = cleanInto(group, rules)
    if (stillAborted.length > 0) segment.aborted = stillAborted
    stillAborted = []
    return segment
  })
  log.replaceFirst(toClean.length, cleaned)
}

/** The last offset of each key in the dirty part; keys of aborted records do not count. */
function latestOffsets(
  segments: readonly Segment[],
  firstDirtyOffset: number,
  endOffset: number,
  aborted: readonly AbortedTransaction[],
): OffsetMap {
  const latest = new OffsetMap()
  const transactions = new CleanedTransactions(aborted.filter(({ lastOffset }) => lastOffset >= firstDirtyOffset))
  for (const { batches } of segments) {
    for (const { bytes, lastOffset } of batches) {
      if (lastOffset < firstDirtyOffset) continue
      const batch = new RecordBatch(bytes)
      if (transactions.discards(batch) || batch.isControl) continue
      for (const { key, offset } of batch.records()) {
        if (key !== null && offset >= firstDirtyOffset) latest.set(key, offset)
      }
    }
  }
  latest.lastOffset = endOffset - 1
  return latest
}

/** Neighbours that together are no larger than a segment may be become one. */
function groupsBySize(segments: readonly Segment[], endOffset: number, maxBytes: number): Segment[][] {
  const groups: Segment[][] = []
  let size = 0
  segments.forEach((segment, i) => {
    const group = groups[groups.length - 1]
    const lastOffset = (segments[i + 1]?.baseOffset ?? endOffset) - 1
    const fits = group !== undefined && size + segment.sizeInBytes <= maxBytes
    if (fits && (segment.sizeInBytes === 0 || lastOffset - (group[0] as Segment).baseOffset <= MAX_OFFSETS)) {
      group.push(segment)
      size += segment.sizeInBytes
    } else {
      groups.push([segment])
      size = segment.sizeInBytes
    }
  })
  return groups
}

function cleanInto(group: readonly Segment[], rules: RetentionRules): Segment {
  const first = group[0] as Segment
  const last = group[group.length - 1] as Segment
  const cleaned = new Segment(first.baseOffset, last.lastModifiedMs)
  cleaned.producers = first.producers
  for (const { batches } of group) {
    for (const { bytes, baseOffset, lastOffset, maxTimestamp } of batches) {
      const kept = retained(new RecordBatch(bytes), rules)
      if (kept === undefined) continue
      const timestamp = kept === bytes ? maxTimestamp : new RecordBatch(kept).maxTimestamp
      cleaned.append(kept, baseOffset, lastOffset, timestamp, last.lastModifiedMs)
    }
  }
  return cleaned
}

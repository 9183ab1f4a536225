import { buildBatch } from '../../protocol/records/batch-builder.ts'
import type { KafkaRecord } from '../../protocol/records/record.ts'
import type { RecordBatch } from '../../protocol/records/record-batch.ts'
import type { CleanedTransactions } from './cleaned-transactions.ts'
import type { OffsetMap } from './offset-map.ts'
import type { ProducerState } from './producer-state.ts'

/** What a cleaner goes by as it decides what is kept of a batch. */
export interface RetentionRules {
  readonly latest: OffsetMap
  readonly transactions: CleanedTransactions
  readonly producer: (producerId: number) => Readonly<ProducerState> | undefined
  readonly highWatermark: number
  readonly nowMs: number
  /** `delete.retention.ms` */
  readonly deleteRetentionMs: number
}

/**
 * What a cleaner leaves of a batch: the very same bytes where nothing goes and nothing has to be noted, another batch with the
 * same offsets, or nothing (Kafka's `Cleaner.cleanInto` and `MemoryRecords.filterTo`).
 */
export function retained(batch: RecordBatch, rules: RetentionRules): Buffer | undefined {
  const { transactions, nowMs } = rules
  const { isControl, deleteHorizonMs } = batch
  const discards = transactions.discards(batch)
  // A marker goes when the horizon has passed that was set when it was first found to be of no use (KIP-534).
  const discardsRecords = discards && (!isControl || (deleteHorizonMs !== null && deleteHorizonMs <= nowMs))
  const keepsEmpty = isLastOfProducer(batch, rules) || batch.nextOffset === rules.highWatermark
  if (discardsRecords && !keepsEmpty) return undefined
  const all = discardsRecords ? [] : [...batch.records()]
  const kept = isControl ? all : all.filter((record) => isKept(record, batch, rules))
  if (kept.length === 0) return keepsEmpty ? emptied(batch) : undefined
  const needsHorizon = deleteHorizonMs === null && ((isControl && discards) || kept.some(({ value }) => value === null))
  if (kept.length === all.length && !needsHorizon) return batch.bytes
  return rebuilt(batch, kept, needsHorizon ? nowMs + rules.deleteRetentionMs : deleteHorizonMs)
}

/** What was written last by a producer that is known stays as an empty batch, so that its sequence number does. */
function isLastOfProducer(batch: RecordBatch, { producer }: RetentionRules): boolean {
  if (!batch.hasProducerId) return false
  const state = producer(batch.producerId)
  if (state === undefined) return false
  if (state.lastOffset >= 0) return batch.lastOffset === state.lastOffset
  return batch.isControl && batch.producerEpoch === state.epoch
}

/** Whether the record is the latest of its key, and not a tombstone that has been there for long enough. */
function isKept({ key, value, offset }: KafkaRecord, batch: RecordBatch, { latest, nowMs }: RetentionRules): boolean {
  if (offset > latest.lastOffset) return true
  // Records without a key came before the topic was compacted.
  if (key === null || offset < latest.get(key)) return false
  const { deleteHorizonMs } = batch
  return value !== null || deleteHorizonMs === null || nowMs < deleteHorizonMs
}

function rebuilt(batch: RecordBatch, records: readonly KafkaRecord[], deleteHorizonMs: number | null): Buffer {
  return buildBatch(records, {
    ...headerOf(batch),
    compression: batch.compression,
    ...(batch.timestampType === 'LogAppendTime' ? { maxTimestamp: batch.maxTimestamp } : {}),
    ...(deleteHorizonMs === null ? {} : { deleteHorizonMs }),
  })
}

function emptied(batch: RecordBatch): Buffer {
  return batch.recordCount === 0
    ? batch.bytes
    : buildBatch([], { ...headerOf(batch), maxTimestamp: batch.maxTimestamp })
}

function headerOf({
  baseOffset,
  lastOffset,
  timestampType,
  producerId,
  producerEpoch,
  baseSequence,
  isTransactional,
  isControl,
  partitionLeaderEpoch,
}: RecordBatch) {
  return {
    baseOffset,
    lastOffset,
    timestampType,
    producerId,
    producerEpoch,
    baseSequence,
    isTransactional,
    isControl,
    partitionLeaderEpoch,
  }
}

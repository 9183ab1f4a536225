import { MAGIC } from './batch-layout.ts'
import { LegacyRecordBatch } from './legacy-batch.ts'
import { type ReadOptions, RecordBatch, splitBatches } from './record-batch.ts'

/** A v2 batch, or a message of magic 0 or 1: both tell their magic, CRC, codec and last offset, and read their records. */
export type AnyBatch = RecordBatch | LegacyRecordBatch

/**
 * The batches of whatever magic that lie one after the other in `bytes`, as views: a log that is older than Kafka 0.11 may hold all
 * three. A broken one is a `RecordsError` CORRUPT_MESSAGE when the walk comes to it.
 */
export function* readAnyBatches(bytes: Buffer, options: ReadOptions = {}): Generator<AnyBatch, void, undefined> {
  for (const batch of splitBatches(bytes, options)) {
    yield batch[MAGIC] === 2 ? new RecordBatch(batch) : new LegacyRecordBatch(batch)
  }
}

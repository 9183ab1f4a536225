import { buildMessageSet, type MessageSetOptions } from './message-set.ts'
import type { KafkaRecord } from './record.ts'
import type { RecordBatch } from './record-batch.ts'
import { RecordsError } from './records-error.ts'

/**
 * What clients of old Fetch versions get of v2 batches: a message set of magic 0 or 1, as Kafka's `RecordsUtil.downConvert`
 * makes it. One wrapper for each compressed batch, with the same codec; one message for each record of the others, beginning at
 * `fetchOffset` even inside a batch. Control batches are left out, headers too.
 *
 * `RecordsError` UNSUPPORTED_COMPRESSION_TYPE for a batch of zstd, which these clients cannot read.
 */
export function toMessageSet(batches: Iterable<RecordBatch>, magic: 0 | 1, fetchOffset: number): Buffer {
  const sets: Buffer[] = []
  for (const batch of batches) {
    if (batch.isControl) continue
    const { compression, timestampType } = batch
    if (compression === 'zstd') {
      throw new RecordsError(
        'UNSUPPORTED_COMPRESSION_TYPE',
        'Down-conversion of zstandard-compressed batches is not supported',
      )
    }
    const records: KafkaRecord[] = []
    for (const record of batch.records()) {
      if (compression !== 'none' || record.offset >= fetchOffset) records.push(record)
    }
    const [first] = records
    if (first === undefined) continue
    const options: MessageSetOptions = { magic, compression, timestampType, baseOffset: first.offset }
    sets.push(
      buildMessageSet(
        records,
        timestampType === 'CreateTime' ? options : { ...options, logAppendTime: batch.maxTimestamp },
      ),
    )
  }
  return sets.length === 1 ? (sets[0] as Buffer) : Buffer.concat(sets)
}

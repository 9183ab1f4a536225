import { type BatchCheck, checkBatch, tooLarge } from './batch-check.ts'
import * as layout from './batch-layout.ts'
import { recompressBatch, renumberBatch } from './batch-rewrite.ts'
import { stampTimestamp } from './batch-stamp.ts'
import { batchSize, type RecordBatch } from './record-batch.ts'
import { RecordsError } from './records-error.ts'
import { type AppendRules, toV2 } from './up-conversion.ts'

export type { AppendRules } from './up-conversion.ts'

/**
 * Checks what a producer sent for one partition and makes it what the log keeps, as Kafka's `UnifiedLog` and `LogValidator`
 * do before an append; then only `stampBatch` is left to do. `batch` of the result is
 *
 * - the bytes as they came, for a v2 batch that needs no more, and that is nearly always;
 * - those bytes with another timestamp type or greatest timestamp written into them, for LogAppendTime;
 * - a new batch, for a topic with a codec of its own, and for message sets of magic 0 and 1.
 *
 * Null where there is not one whole batch: nothing to append, and to the producers of old versions no error.
 *
 * Throws `RecordsError`, whose `recordFaults` name single records (KIP-467). Kafka sends its message along with those alone:
 * `error_message` is null for a batch that is refused as a whole.
 */
export function validateForAppend(bytes: Buffer, rules: AppendRules = {}): BatchCheck | null {
  const size = batchSize(bytes, 0)
  if (size === null || size > bytes.length) return null
  if (bytes.readInt8(layout.MAGIC) < 2) return toV2(bytes, rules)
  // What is to be compressed anew is opened anyway, and then looked at.
  const check = checkBatch(
    bytes,
    keepsCodec(bytes, rules) ? rules : { ...rules, openCompressed: true, compressesAnew: true },
  )
  const batch = rewritten(check, rules)
  if (rules.timestampType !== 'LogAppendTime') {
    stampTimestamp(batch.bytes, 'CreateTime', check.maxTimestamp)
    return { ...check, batch, sizeInBytes: batch.sizeInBytes, compression: batch.compression }
  }
  const maxTimestamp = rules.now ?? check.maxTimestamp
  stampTimestamp(batch.bytes, 'LogAppendTime', maxTimestamp)
  const offsetOfMaxTimestamp = check.batch.baseOffset
  return {
    ...check,
    batch,
    sizeInBytes: batch.sizeInBytes,
    compression: batch.compression,
    maxTimestamp,
    offsetOfMaxTimestamp,
  }
}

function keepsCodec(bytes: Buffer, { compression = 'producer' }: AppendRules): boolean {
  if (compression === 'producer') return true
  return (
    layout.compressionTypes.indexOf(compression) === (bytes.readInt16BE(layout.ATTRIBUTES) & layout.COMPRESSION_MASK)
  )
}

/** The batch itself, unless the topic wants another codec. */
function rewritten(check: BatchCheck, rules: AppendRules): RecordBatch {
  const { batch, compression } = check
  const { compression: wanted = 'producer', compressionLevel, maxDecompressedBytes } = rules
  const options = {
    ...(compressionLevel !== undefined && { level: compressionLevel }),
    ...(maxDecompressedBytes !== undefined && { maxDecompressedBytes }),
  }
  const target = wanted === 'producer' ? compression : wanted
  // As in Kafka: the offsets of an uncompressed batch are left as they are, and control records are not compressed.
  if (compression === 'none' && (target === 'none' || batch.isControl)) return batch
  if (target === compression) {
    if (check.offsetsConsecutive) return batch
    // Kafka wants to build the batch anew then, and has not read keys and values.
    throw new RecordsError('UNKNOWN_SERVER_ERROR', 'The offsets inside a compressed batch are not in order')
  }
  if (batch.hasProducerId && batch.producerEpoch < 0) {
    // Kafka's builder of batches takes no such producer.
    throw new RecordsError('UNKNOWN_SERVER_ERROR', 'Invalid negative producer epoch')
  }
  const result = recompressBatch(check.offsetsConsecutive ? batch : renumberBatch(batch, options), target, options)
  if (rules.maxMessageBytes !== undefined && result.sizeInBytes > rules.maxMessageBytes) {
    throw tooLarge(result.sizeInBytes, rules)
  }
  return result
}

/**
 * What Produce wants of the records of one partition before anything else (`ProduceRequest.validateRecords`): from version 3 on
 * exactly one v2 batch, and zstd only from version 7 on. Older versions may send anything.
 *
 * Throws `RecordsError` INVALID_RECORD or UNSUPPORTED_COMPRESSION_TYPE.
 */
export function validateProduceRecords(version: number, records: Buffer | null): void {
  if (version < 3) return
  const sent = `Produce requests with version ${version}`
  const size = records === null ? null : batchSize(records, 0)
  if (records === null || size === null || size > records.length) {
    throw invalid(`${sent} must have at least one record batch per partition`)
  }
  if (records.readInt8(layout.MAGIC) !== 2) {
    throw invalid(`${sent} are only allowed to contain record batches with magic version 2`)
  }
  if (
    version < 7 &&
    size >= layout.RECORDS &&
    (records.readInt16BE(layout.ATTRIBUTES) & layout.COMPRESSION_MASK) === 4
  ) {
    throw new RecordsError('UNSUPPORTED_COMPRESSION_TYPE', `${sent} are not allowed to use ZStandard compression`)
  }
  const next = batchSize(records, size)
  if (next !== null && next <= records.length - size) {
    throw invalid(`${sent} are only allowed to contain exactly one record batch per partition`)
  }
}

function invalid(message: string): RecordsError {
  return new RecordsError('INVALID_RECORD', message)
}

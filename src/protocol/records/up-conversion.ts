import { type BatchOptions, buildBatch } from './batch-builder.ts'
import { asServerError, type BatchCheck, type BatchRules, tooLarge } from './batch-check.ts'
import type { CompressionType } from './batch-layout.ts'
import * as layout from './batch-layout.ts'
import type { DecompressOptions } from './compression.ts'
import { type LegacyRecordBatch, readLegacyBatches } from './legacy-batch.ts'
import type { RecordInput } from './record.ts'
import { RecordBatch } from './record-batch.ts'
import { inTopicPartition, RecordFaults } from './record-faults.ts'
import { RecordsError } from './records-error.ts'

/** What a broker wants of a batch, and what it makes of it. */
export interface AppendRules extends BatchRules {
  /** `compression.type` of the topic; `producer`, the default, keeps the codec of the message set. */
  readonly compression?: CompressionType | 'producer'
  /** `compression.gzip.level` or `compression.zstd.level`, for what is compressed here. */
  readonly compressionLevel?: number
}

/**
 * Checks a message set of magic 0 or 1, as old producers send it, and makes one v2 batch of it, as Kafka's `LogValidator`
 * does on arrival. Offsets begin at 0; records of magic 0 get the timestamp -1. With `timestampType` LogAppendTime the batch
 * has it, at the time `now`.
 *
 * Throws `RecordsError`, as `checkBatch` does. What is cut off at the end is left out.
 */
export function toV2(bytes: Buffer, rules: AppendRules = {}): BatchCheck {
  const batches = [...readLegacyBatches(bytes, { allowPartial: true })]
  const source = checkBatches(batches, rules)
  const [first] = batches
  if (first === undefined) throw invalid('Record batch has no batches at all')
  if (source !== 'none' && batches.length > 1) throw invalid('Compressed outer record has more than one batch')
  const { compression: wanted = 'producer', maxDecompressedBytes } = rules
  const compression = wanted === 'producer' ? source : wanted

  const options: DecompressOptions = maxDecompressedBytes === undefined ? {} : { maxDecompressedBytes }
  // To know how large the batch can become, Kafka looks at every key and value before anything else.
  if (source === 'none') for (const batch of batches) asServerError(() => [batch.key, batch.value])
  const records: RecordInput[] = []
  let maxTimestamp = layout.NO_TIMESTAMP
  let offsetOfMaxTimestamp = -1
  for (const batch of batches) {
    if (batch.magic !== first.magic) {
      throw invalid(
        `Batch magic ${batch.magic} is not the same as the first batch's magic byte ${first.magic}${inTopicPartition(rules)}`,
      )
    }
    for (const record of checkMessages(batch, rules, options)) {
      if (record.timestamp > maxTimestamp) {
        maxTimestamp = record.timestamp
        offsetOfMaxTimestamp = records.length
      }
      records.push(record)
    }
  }
  return check(records, compression, rules, maxTimestamp, offsetOfMaxTimestamp)
}

/** What `UnifiedLog.analyzeAndValidateRecords` looks at; the codec of the last that has one. */
function checkBatches(batches: readonly LegacyRecordBatch[], rules: AppendRules): CompressionType {
  let source: CompressionType = 'none'
  for (const batch of batches) {
    const size = batch.sizeInBytes
    if (rules.maxMessageBytes !== undefined && size > rules.maxMessageBytes) throw tooLarge(size, rules)
    if (batch.crc !== batch.computeCrc()) {
      throw new RecordsError(
        'CORRUPT_MESSAGE',
        `Record is corrupt (stored crc = ${batch.crc})${inTopicPartition(rules)}.`,
      )
    }
    const compression = asServerError(() => batch.compression)
    if (compression !== 'none') source = compression
  }
  return source
}

/** What `LogValidator.validateRecord` looks at, for the records of one message or wrapper. */
function checkMessages(batch: LegacyRecordBatch, rules: AppendRules, options: DecompressOptions): RecordInput[] {
  const content = asServerError(() => batch.content(options))
  const messages = withoutUnknownCodecs(() => batch.messagesIn(content))
  const faults = new RecordFaults(rules)
  const appended = batch.timestampType === 'LogAppendTime'
  messages.forEach(({ message, offset, timestamp }, index) => {
    if (message.magic !== batch.magic) faults.wrongMagic(index, message.magic, batch.magic)
    const crc = message.crc
    const computed = message === batch ? crc : message.computeCrc()
    if (crc !== computed) {
      throw new RecordsError('CORRUPT_MESSAGE', `Record is corrupt (stored crc = ${crc}, computed crc = ${computed})`)
    }
    if (!faults.check(index, message.hasKey, timestamp, offset, appended)) {
      faults.wrongTimestampType(index, `LegacyRecordBatch(offset=${offset}, timestamp=${timestamp})`)
    }
  })
  faults.throwIfAny()
  // Keys and values are read last, to be written again.
  return asServerError(() =>
    messages.map(({ message, timestamp }) => {
      if (timestamp < layout.NO_TIMESTAMP) {
        throw new RecordsError('UNKNOWN_SERVER_ERROR', `Invalid negative timestamp ${timestamp}`)
      }
      return { key: message.key, value: message.value, timestamp }
    }),
  )
}

/** An unknown codec of a message inside is UNKNOWN_SERVER_ERROR; what else is wrong inside a wrapper has an error of its own. */
function withoutUnknownCodecs<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof RecordsError) || error.error !== 'UNSUPPORTED_COMPRESSION_TYPE') throw error
    throw new RecordsError('UNKNOWN_SERVER_ERROR', error.message)
  }
}

function check(
  records: readonly RecordInput[],
  compression: CompressionType,
  rules: AppendRules,
  maxTimestamp: number,
  offsetOfMaxTimestamp: number,
): BatchCheck {
  const appendTime = rules.timestampType === 'LogAppendTime' ? (rules.now ?? layout.NO_TIMESTAMP) : undefined
  const options: BatchOptions = {
    compression,
    ...(rules.compressionLevel !== undefined && { compressionLevel: rules.compressionLevel }),
    ...(appendTime !== undefined && { timestampType: 'LogAppendTime', maxTimestamp: appendTime }),
  }
  const batch = new RecordBatch(buildBatch(records, options))
  const size = batch.sizeInBytes
  if (rules.maxMessageBytes !== undefined && size > rules.maxMessageBytes) throw tooLarge(size, rules)
  return {
    batch,
    sizeInBytes: size,
    compression,
    recordCount: records.length,
    lastOffset: records.length - 1,
    maxTimestamp: appendTime ?? maxTimestamp,
    offsetOfMaxTimestamp: appendTime === undefined ? offsetOfMaxTimestamp : 0,
    offsetsConsecutive: true,
  }
}

function invalid(message: string): RecordsError {
  return new RecordsError('INVALID_RECORD', message)
}

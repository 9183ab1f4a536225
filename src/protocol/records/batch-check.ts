import type { CompressionType } from './batch-layout.ts'
import * as layout from './batch-layout.ts'
import { decompress } from './compression.ts'
import { batchSize, RecordBatch } from './record-batch.ts'
import { inTopicPartition, RecordFaults, type RecordRules } from './record-faults.ts'
import { recordsRemaining } from './record-reader.ts'
import { RecordWalker } from './record-walker.ts'
import { RecordsError } from './records-error.ts'

/** What a broker wants of a batch. Everything may be left out: then that is not checked. */
export interface BatchRules extends RecordRules {
  /**
   * `client` (the default): a producer's. `coordinator`: the broker's own, which may be control batches (Kafka's `AppendOrigin`).
   */
  readonly origin?: 'client' | 'coordinator'
  /** `max.message.bytes`: more is MESSAGE_TOO_LARGE. */
  readonly maxMessageBytes?: number
  /**
   * Whether the records of a compressed batch are looked at, as Kafka does; true when left out. Without that the header is believed:
   * `maxTimestamp` is the header's, and what is wrong with single records goes unseen.
   */
  readonly openCompressed?: boolean
  /**
   * Whether a compressed batch is to be built anew, so that its records have to be read as a whole. Where it is kept as it is, Kafka
   * goes from part to part of each record and does not hold the record's own size against them.
   */
  readonly compressesAnew?: boolean
  /** How much a whole batch may decompress to, against bombs. See `DecompressOptions`. */
  readonly maxDecompressedBytes?: number
  /** `max.decompressed.message.bytes`: how large a single record of a compressed batch may be. More is INVALID_RECORD. */
  readonly maxDecompressedMessageBytes?: number
}

/** A batch that stands the check. */
export interface BatchCheck {
  readonly batch: RecordBatch
  /** Bytes of the batch: what follows in the buffer is not part of it. */
  readonly sizeInBytes: number
  readonly compression: CompressionType
  readonly recordCount: number
  /** The offset of the last record, as the batch came: `recordCount - 1` from a client. */
  readonly lastOffset: number
  /** The greatest timestamp of the records, -1 for none; what the header says, where they were not looked at. See `stampTimestamp`. */
  readonly maxTimestamp: number
  /** The offset, as the batch came, of the first record that has it; the last record's where they were not looked at. */
  readonly offsetOfMaxTimestamp: number
  /**
   * Whether the records' own offsets go up by one from the batch's; true where they were not looked at. When they do not, Kafka
   * keeps an uncompressed batch as it is all the same, and answers UNKNOWN_SERVER_ERROR to a compressed one.
   */
  readonly offsetsConsecutive: boolean
}

/**
 * Checks the first v2 batch in `bytes` where it lies, as a broker does before it appends it: Kafka's
 * `UnifiedLog.analyzeAndValidateRecords` and `LogValidator`, in their order and their words. For an uncompressed batch it
 * allocates nothing for a record.
 *
 * Throws `RecordsError`; its `recordFaults` name the records when it is single records that are refused (KIP-467). A buffer
 * that holds no whole batch is CORRUPT_MESSAGE, and one that holds two INVALID_RECORD; a part of a second one does not count.
 */
export function checkBatch(bytes: Buffer, rules: BatchRules = {}): BatchCheck {
  const size = batchSize(bytes, 0)
  if (size === null || size > bytes.length) {
    throw new RecordsError('CORRUPT_MESSAGE', `A batch is cut off: there are ${bytes.length} bytes of it`)
  }
  const batch = new RecordBatch(size === bytes.length ? bytes : bytes.subarray(0, size))
  checkHeader(batch, rules)
  const next = batchSize(bytes, size)
  if (next !== null && next <= bytes.length - size) throw invalid('Compressed outer record has more than one batch')
  const compression = asServerError(() => batch.compression)
  checkCounts(batch, rules)
  if (compression !== 'none' && rules.openCompressed === false) {
    return {
      batch,
      sizeInBytes: size,
      compression,
      recordCount: batch.recordCount,
      lastOffset: batch.lastOffset,
      maxTimestamp: batch.maxTimestamp,
      offsetOfMaxTimestamp: batch.lastOffset,
      offsetsConsecutive: true,
    }
  }
  return checkRecords(batch, compression, rules)
}

/** What `analyzeAndValidateRecords` looks at. */
function checkHeader(batch: RecordBatch, rules: BatchRules): void {
  const baseOffset = batch.baseOffset
  if (rules.origin !== 'coordinator' && baseOffset !== 0) {
    throw invalid(
      `The baseOffset of the record batch in the append to ${rules.topicPartition ?? 'the log'} should be 0, but it is ${baseOffset}`,
    )
  }
  const size = batch.sizeInBytes
  if (rules.maxMessageBytes !== undefined && size > rules.maxMessageBytes) throw tooLarge(size, rules)
  const crc = batch.crc
  if (crc !== batch.computeCrc()) {
    throw new RecordsError('CORRUPT_MESSAGE', `Record is corrupt (stored crc = ${crc})${inTopicPartition(rules)}.`)
  }
}

/** What `LogValidator.validateBatch` looks at. */
function checkCounts(batch: RecordBatch, rules: BatchRules): void {
  if (rules.origin === 'coordinator') return
  const where = inTopicPartition(rules)
  const { recordCount, lastOffsetDelta, baseOffset, lastOffset } = batch
  if (lastOffsetDelta < 0) throw invalid(`Batch has an invalid offset range: [${baseOffset}, ${lastOffset}]${where}`)
  if (recordCount <= 0) throw invalid(`Invalid reported count for record batch: ${recordCount}${where}`)
  if (lastOffsetDelta + 1 !== recordCount) {
    throw invalid(
      `Inconsistent batch offset range [${baseOffset}, ${lastOffset}] and count of records ${recordCount}${where}`,
    )
  }
  if (batch.isControl) throw invalid(`Clients are not allowed to write control records${where}`)
  if (batch.hasProducerId && batch.baseSequence < 0) {
    throw invalid(
      `Invalid sequence number ${batch.baseSequence} in record batch with producerId ${batch.producerId}${where}`,
    )
  }
}

/** What `LogValidator.validateRecord` looks at, for one record after the other. */
function checkRecords(batch: RecordBatch, compression: CompressionType, rules: BatchRules): BatchCheck {
  const { recordCount, baseOffset, baseTimestamp } = batch
  const walker = walk(batch, compression, rules)
  // Numbers all the way: V8 gives up a loop with one that may be null, again and again, and allocates those it chooses from.
  const appended = batch.timestampType === 'LogAppendTime'
  const time = appended ? batch.maxTimestamp : baseTimestamp
  const faults = new RecordFaults(rules)
  // A first look at each record is taken here: handing its numbers to another function could allocate them.
  const { keyNeeded, oldest, newest } = faults
  let maxTimestamp = layout.NO_TIMESTAMP
  let indexOfMaxTimestamp = -1
  let offsetsConsecutive = true
  for (let index = 0; index < recordCount; index++) {
    walker.next()
    const timestamp = time + (appended ? 0 : walker.timestampDelta)
    if ((keyNeeded && walker.keySize < 0) || timestamp < oldest || timestamp > newest || appended) {
      checkRecord(index, walker, timestamp, batch, faults)
    }
    if (walker.offsetDelta !== index) offsetsConsecutive = false
    if (timestamp > maxTimestamp) {
      maxTimestamp = timestamp
      indexOfMaxTimestamp = index
    }
  }
  if (walker.position !== walker.end) throw recordsRemaining()
  faults.throwIfAny()
  return {
    batch,
    sizeInBytes: batch.sizeInBytes,
    compression,
    recordCount,
    lastOffset: batch.lastOffset,
    maxTimestamp: layout.clampInt64(maxTimestamp),
    offsetOfMaxTimestamp: indexOfMaxTimestamp < 0 ? -1 : baseOffset + indexOfMaxTimestamp,
    offsetsConsecutive,
  }
}

function checkRecord(
  index: number,
  walker: RecordWalker,
  timestamp: number,
  batch: RecordBatch,
  faults: RecordFaults,
): void {
  const { keySize, valueSize, offsetDelta } = walker
  const offset = batch.baseOffset + offsetDelta
  const appended = batch.timestampType === 'LogAppendTime'
  if (faults.check(index, keySize >= 0, timestamp, offset, appended)) return
  const sizes = `key=${Math.max(0, keySize)} bytes, value=${Math.max(0, valueSize)} bytes`
  faults.wrongTimestampType(index, `DefaultRecord(offset=${offset}, timestamp=${timestamp}, ${sizes})`)
}

function walk(batch: RecordBatch, compression: CompressionType, rules: BatchRules): RecordWalker {
  const { bytes } = batch
  if (compression === 'none') return new RecordWalker(bytes, layout.RECORDS, bytes.length)
  const { maxDecompressedBytes } = rules
  const options = maxDecompressedBytes === undefined ? {} : { maxDecompressedBytes }
  const plain = asServerError(() => decompress(compression, bytes.subarray(layout.RECORDS), options))
  const reading = rules.compressesAnew === true ? 'stream' : 'parts'
  return new RecordWalker(plain, 0, plain.length, rules.maxDecompressedMessageBytes, reading)
}

/**
 * Runs `read`. In a broker of Kafka's, an unknown codec and compressed bytes that are none end in exceptions that no
 * error code stands for: its producers get UNKNOWN_SERVER_ERROR, and unlike CORRUPT_MESSAGE that is not retried.
 */
export function asServerError<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof RecordsError)) throw error
    if (error.error !== 'CORRUPT_MESSAGE' && error.error !== 'UNSUPPORTED_COMPRESSION_TYPE') throw error
    throw new RecordsError('UNKNOWN_SERVER_ERROR', error.message)
  }
}

export function tooLarge(size: number, rules: BatchRules): RecordsError {
  return new RecordsError(
    'MESSAGE_TOO_LARGE',
    `The record batch size in the append to ${rules.topicPartition ?? 'the log'} is ${size} bytes which exceeds the maximum configured value of ${rules.maxMessageBytes}.`,
  )
}

function invalid(message: string): RecordsError {
  return new RecordsError('INVALID_RECORD', message)
}

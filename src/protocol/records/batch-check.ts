import type { CompressionType, TimestampType } from './batch-layout.ts'
import * as layout from './batch-layout.ts'
import { decompress } from './compression.ts'
import { batchSize, RecordBatch } from './record-batch.ts'
import { recordsRemaining } from './record-reader.ts'
import { RecordWalker } from './record-walker.ts'
import { type RecordFault, RecordsError } from './records-error.ts'

/** What a broker wants of a batch. Everything may be left out: then that is not checked. */
export interface BatchRules {
  /** `orders-0`: named in messages, as Kafka names it. */
  readonly topicPartition?: string
  /**
   * `client` (the default): a producer's. `coordinator`: the broker's own, which may be control batches (Kafka's `AppendOrigin`).
   */
  readonly origin?: 'client' | 'coordinator'
  /** `max.message.bytes`: more is MESSAGE_TOO_LARGE. */
  readonly maxMessageBytes?: number
  /** Whether the topic is compacted, so that each record needs a key. */
  readonly compacted?: boolean
  /** `message.timestamp.type` of the topic; CreateTime when left out. */
  readonly timestampType?: TimestampType
  /** The broker's time, milliseconds since 1970; timestamps are held against it. */
  readonly now?: number
  /** `message.timestamp.before.max.ms`. */
  readonly timestampBeforeMaxMs?: number
  /** `message.timestamp.after.max.ms`. */
  readonly timestampAfterMaxMs?: number
  /**
   * Whether the records of a compressed batch are looked at, as Kafka does; true when left out. Without that the header is believed:
   * `maxTimestamp` is the header's, and what is wrong with single records goes unseen.
   */
  readonly openCompressed?: boolean
  /** See `DecompressOptions`. */
  readonly maxDecompressedBytes?: number
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
   * Whether the records' own offsets go up by one from the batch's. Kafka keeps an uncompressed batch as it is when they do not,
   * and builds a compressed one anew (`rewriteBatch`); true where they were not looked at.
   */
  readonly offsetsConsecutive: boolean
}

/**
 * Checks the first v2 batch in `bytes` where it lies, as a broker does before it appends it: Kafka's
 * `UnifiedLog.analyzeAndValidateRecords` and `LogValidator`, in their order and their words. For an uncompressed batch it
 * allocates nothing for a record.
 *
 * Throws `RecordsError`; its `recordFaults` name the records when it is single records that are refused (KIP-467). A buffer
 * that holds no whole batch is CORRUPT_MESSAGE; see `validateProduceRecords` for what Produce says then.
 */
export function checkBatch(bytes: Buffer, rules: BatchRules = {}): BatchCheck {
  const size = batchSize(bytes, 0)
  if (size === null || size > bytes.length) {
    throw new RecordsError('CORRUPT_MESSAGE', `A batch is cut off: there are ${bytes.length} bytes of it`)
  }
  const batch = new RecordBatch(size === bytes.length ? bytes : bytes.subarray(0, size))
  const where = rules.topicPartition === undefined ? '' : ` in topic partition ${rules.topicPartition}`
  checkHeader(batch, rules, where)
  const compression = batch.compression
  checkCounts(batch, rules, where)
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
  return checkRecords(batch, compression, rules, where)
}

/** What `analyzeAndValidateRecords` looks at. */
function checkHeader(batch: RecordBatch, rules: BatchRules, where: string): void {
  const baseOffset = batch.baseOffset
  if (rules.origin !== 'coordinator' && baseOffset !== 0) {
    throw invalid(
      `The baseOffset of the record batch in the append to ${rules.topicPartition ?? 'the log'} should be 0, but it is ${baseOffset}`,
    )
  }
  const size = batch.sizeInBytes
  if (rules.maxMessageBytes !== undefined && size > rules.maxMessageBytes) {
    throw new RecordsError(
      'MESSAGE_TOO_LARGE',
      `The record batch size in the append to ${rules.topicPartition ?? 'the log'} is ${size} bytes which exceeds the maximum configured value of ${rules.maxMessageBytes}.`,
    )
  }
  const crc = batch.crc
  if (crc !== batch.computeCrc()) {
    throw new RecordsError('CORRUPT_MESSAGE', `Record is corrupt (stored crc = ${crc})${where}.`)
  }
}

/** What `LogValidator.validateBatch` looks at. */
function checkCounts(batch: RecordBatch, rules: BatchRules, where: string): void {
  if (rules.origin === 'coordinator') return
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
function checkRecords(batch: RecordBatch, compression: CompressionType, rules: BatchRules, where: string): BatchCheck {
  const { recordCount, baseOffset, baseTimestamp } = batch
  const plain =
    compression === 'none'
      ? batch.bytes
      : decompress(
          compression,
          batch.bytes.subarray(layout.RECORDS),
          rules.maxDecompressedBytes === undefined ? {} : { maxDecompressedBytes: rules.maxDecompressedBytes },
        )
  const walker = new RecordWalker(plain, compression === 'none' ? layout.RECORDS : 0, plain.length)
  const logAppendTime = batch.timestampType === 'LogAppendTime' ? batch.maxTimestamp : null
  const faults = new Faults(where)
  const { oldest, newest } = timestampRange(rules)
  const keyNeeded = rules.compacted === true
  const rangeKnown = rules.timestampType !== 'LogAppendTime'
  let maxTimestamp = layout.NO_TIMESTAMP
  let indexOfMaxTimestamp = -1
  let offsetsConsecutive = true
  for (let index = 0; index < recordCount; index++) {
    walker.next()
    const timestamp = logAppendTime ?? baseTimestamp + walker.timestampDelta
    if (keyNeeded && walker.keySize < 0) faults.keyMissing(index)
    else if (rangeKnown && timestamp !== layout.NO_TIMESTAMP) {
      if (timestamp < oldest || timestamp > newest) {
        faults.timestampOutOfRange(index, timestamp, baseOffset + walker.offsetDelta, oldest, newest)
      }
    } else if (logAppendTime !== null) faults.logAppendTime(index, walker, baseOffset, timestamp)
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

function timestampRange(rules: BatchRules): { oldest: number; newest: number } {
  const { now } = rules
  if (now === undefined) return { oldest: Number.NEGATIVE_INFINITY, newest: Number.POSITIVE_INFINITY }
  return {
    oldest: now - (rules.timestampBeforeMaxMs ?? Number.POSITIVE_INFINITY),
    newest: now + (rules.timestampAfterMaxMs ?? Number.POSITIVE_INFINITY),
  }
}

/** Collects what is wrong with single records, in the words of `LogValidator`. */
class Faults {
  private readonly where: string
  private readonly faults: RecordFault[] = []
  private timestampsInvalid = false

  constructor(where: string) {
    this.where = where
  }

  keyMissing(batchIndex: number): void {
    this.faults.push({ batchIndex, message: `Compacted topic cannot accept message without key${this.where}` })
  }

  timestampOutOfRange(batchIndex: number, timestamp: number, offset: number, oldest: number, newest: number): void {
    this.timestampsInvalid = true
    this.faults.push({
      batchIndex,
      message: `Timestamp ${timestamp} of message with offset ${offset} is out of range. The timestamp should be within [${oldest}, ${newest}]`,
    })
  }

  logAppendTime(batchIndex: number, walker: RecordWalker, baseOffset: number, timestamp: number): void {
    this.timestampsInvalid = true
    const { keySize, valueSize } = walker
    this.faults.push({
      batchIndex,
      message:
        `Invalid timestamp type in message DefaultRecord(offset=${baseOffset + walker.offsetDelta}, timestamp=${timestamp}, ` +
        `key=${Math.max(keySize, 0)} bytes, value=${Math.max(valueSize, 0)} bytes). Producer should not set timestamp type to LogAppendTime.`,
    })
  }

  throwIfAny(): void {
    const { faults } = this
    if (faults.length === 0) return
    if (this.timestampsInvalid) {
      throw new RecordsError(
        'INVALID_TIMESTAMP',
        'One or more records have been rejected due to invalid timestamp',
        faults,
      )
    }
    const first = faults
      .slice(0, 3)
      .map((fault) => `RecordError(batchIndex=${fault.batchIndex}, message='${fault.message}')`)
    throw new RecordsError(
      'INVALID_RECORD',
      `One or more records have been rejected due to ${faults.length} record errors in total, and only showing the first three errors at most: [${first.join(', ')}]`,
      faults,
    )
  }
}

function invalid(message: string): RecordsError {
  return new RecordsError('INVALID_RECORD', message)
}

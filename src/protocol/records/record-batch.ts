import type { CompressionType, TimestampType } from './batch-layout.ts'
import * as layout from './batch-layout.ts'
import { type DecompressOptions, decompress } from './compression.ts'
import { crc32c } from './crc32c.ts'
import type { KafkaRecord } from './record.ts'
import { RecordReader } from './record-reader.ts'
import { RecordsError } from './records-error.ts'

/**
 * A view of one v2 batch (KIP-98) where it lies. Every getter reads the header anew, so that it always tells what the bytes
 * say; nothing is decoded, copied or checked but the length and the magic. Offsets, timestamps and the producer id are
 * int64: outside the safe range they are clamped to it.
 */
export class RecordBatch {
  readonly bytes: Buffer

  /** `bytes` is exactly one batch, from its base offset to its last byte. `RecordsError` CORRUPT_MESSAGE if it is not. */
  constructor(bytes: Buffer) {
    if (bytes.length < layout.RECORDS) {
      throw corrupt(
        `Record batch is corrupt (the size ${bytes.length} is smaller than the minimum allowed overhead ${layout.RECORDS})`,
      )
    }
    const size = layout.LOG_OVERHEAD + bytes.readInt32BE(layout.BATCH_LENGTH)
    if (size !== bytes.length) throw corrupt(`Record batch of ${bytes.length} bytes declares a size of ${size}`)
    const magic = bytes.readInt8(layout.MAGIC)
    if (magic !== 2) throw corrupt(`Invalid magic found in record: ${magic}`)
    this.bytes = bytes
  }

  get baseOffset(): number {
    return layout.readInt64(this.bytes, layout.BASE_OFFSET)
  }

  /** Bytes after this field: {@link sizeInBytes} less 12. */
  get batchLength(): number {
    return this.bytes.readInt32BE(layout.BATCH_LENGTH)
  }

  get sizeInBytes(): number {
    return this.bytes.length
  }

  /** -1 until a leader has stamped one. */
  get partitionLeaderEpoch(): number {
    return this.bytes.readInt32BE(layout.LEADER_EPOCH)
  }

  get magic(): 2 {
    return 2
  }

  /** The CRC-32C that the header holds. */
  get crc(): number {
    return this.bytes.readUInt32BE(layout.CRC)
  }

  /** The CRC-32C of what the bytes are: everything from the attributes on. */
  computeCrc(): number {
    return crc32c(this.bytes, layout.ATTRIBUTES)
  }

  get attributes(): number {
    return this.bytes.readInt16BE(layout.ATTRIBUTES)
  }

  /** `RecordsError` UNSUPPORTED_COMPRESSION_TYPE for an id that no codec has. */
  get compression(): CompressionType {
    return layout.compressionOf(this.attributes)
  }

  get timestampType(): TimestampType {
    return (this.attributes & layout.LOG_APPEND_TIME_FLAG) === 0 ? 'CreateTime' : 'LogAppendTime'
  }

  get isTransactional(): boolean {
    return (this.attributes & layout.TRANSACTIONAL_FLAG) !== 0
  }

  /** Whether its records are control records, such as the markers that end transactions. */
  get isControl(): boolean {
    return (this.attributes & layout.CONTROL_FLAG) !== 0
  }

  /** When tombstones in this batch may go (KIP-534), in milliseconds since 1970; null while compaction has not said. */
  get deleteHorizonMs(): number | null {
    return (this.attributes & layout.DELETE_HORIZON_FLAG) === 0 ? null : this.baseTimestamp
  }

  get lastOffsetDelta(): number {
    return this.bytes.readInt32BE(layout.LAST_OFFSET_DELTA)
  }

  get lastOffset(): number {
    return layout.clampInt64(this.baseOffset + this.lastOffsetDelta)
  }

  get nextOffset(): number {
    return layout.clampInt64(this.lastOffset + 1)
  }

  get baseTimestamp(): number {
    return layout.readInt64(this.bytes, layout.BASE_TIMESTAMP)
  }

  get maxTimestamp(): number {
    return layout.readInt64(this.bytes, layout.MAX_TIMESTAMP)
  }

  /** -1 when the producer is not idempotent. */
  get producerId(): number {
    return layout.readInt64(this.bytes, layout.PRODUCER_ID)
  }

  get producerEpoch(): number {
    return this.bytes.readInt16BE(layout.PRODUCER_EPOCH)
  }

  get hasProducerId(): boolean {
    return this.producerId > layout.NO_PRODUCER_ID
  }

  get baseSequence(): number {
    return this.bytes.readInt32BE(layout.BASE_SEQUENCE)
  }

  /** The sequence number of the last record; numbers go on with 0 after 2147483647. */
  get lastSequence(): number {
    const baseSequence = this.baseSequence
    if (baseSequence === layout.NO_SEQUENCE) return layout.NO_SEQUENCE
    return layout.incrementSequence(baseSequence, this.lastOffsetDelta)
  }

  get recordCount(): number {
    return this.bytes.readInt32BE(layout.RECORD_COUNT)
  }

  /**
   * Its records, one by one, as they are asked for; a compressed batch is decompressed by this call.
   * `RecordsError` here or on the way when the bytes do not hold what the header says. The CRC is not looked at.
   */
  records(options?: DecompressOptions): IterableIterator<KafkaRecord> {
    const recordCount = this.recordCount
    const frame = {
      baseOffset: this.baseOffset,
      baseTimestamp: this.baseTimestamp,
      logAppendTime: this.timestampType === 'LogAppendTime' ? this.maxTimestamp : null,
      recordCount,
    }
    const compression = this.compression
    if (compression === 'none' || recordCount === 0) return new RecordReader(this.bytes, layout.RECORDS, frame)
    return new RecordReader(decompress(compression, this.bytes.subarray(layout.RECORDS), options), 0, frame)
  }
}

export interface ReadOptions {
  /**
   * Whether the last batch may be cut off, as in an answer to Fetch, which ends where the byte limit fell: it is left out.
   * Otherwise it is a `RecordsError` CORRUPT_MESSAGE.
   */
  readonly allowPartial?: boolean
}

/**
 * The v2 batches that lie one after the other in `bytes`, as views. A broken one is a `RecordsError` CORRUPT_MESSAGE when the
 * walk comes to it; one of an older magic is that too: see `readMessageSet`.
 */
export function* readBatches(bytes: Buffer, options: ReadOptions = {}): Generator<RecordBatch, void, undefined> {
  for (const batch of splitBatches(bytes, options)) yield new RecordBatch(batch)
}

/** The bytes of each batch or message that lies in `bytes`, whatever its magic, by the lengths that they declare. */
export function* splitBatches(bytes: Buffer, options: ReadOptions): Generator<Buffer, void, undefined> {
  let position = 0
  while (position < bytes.length) {
    const size = batchSize(bytes, position)
    if (size === null || size > bytes.length - position) {
      if (options.allowPartial === true) return
      throw corrupt(`A batch is cut off: ${bytes.length - position} bytes are left at ${position}`)
    }
    yield bytes.subarray(position, position + size)
    position += size
  }
}

/**
 * The size in bytes that the batch or message at `position` declares, whatever its magic; null when not even its size and magic are there.
 * `RecordsError` CORRUPT_MESSAGE for a size that nothing can have and for a magic that does not exist.
 */
export function batchSize(bytes: Buffer, position: number): number | null {
  if (bytes.length - position < layout.LOG_OVERHEAD) return null
  const length = bytes.readInt32BE(position + layout.BATCH_LENGTH)
  if (length < layout.MINIMUM_MESSAGE_SIZE) {
    throw corrupt(`Record size ${length} is less than the minimum record overhead (${layout.MINIMUM_MESSAGE_SIZE})`)
  }
  if (bytes.length - position <= layout.MAGIC) return null
  const magic = bytes.readInt8(position + layout.MAGIC)
  if (magic < 0 || magic > 2) throw corrupt(`Invalid magic found in record: ${magic}`)
  return layout.LOG_OVERHEAD + length
}

function corrupt(message: string): RecordsError {
  return new RecordsError('CORRUPT_MESSAGE', message)
}

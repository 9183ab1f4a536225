import type { CompressionType, TimestampType } from './batch-layout.ts'
import * as layout from './batch-layout.ts'
import { type DecompressOptions, decompress } from './compression.ts'
import { crc32 } from './crc32.ts'
import type { KafkaRecord } from './record.ts'
import { batchSize, type ReadOptions, splitBatches } from './record-batch.ts'
import { RecordsError } from './records-error.ts'

// A message of magic 0 or 1, in bytes from its offset: the CRC is over everything after it.
export const LEGACY_CRC = 12
export const LEGACY_MAGIC = 16
export const LEGACY_ATTRIBUTES = 17
/** Magic 1 alone. */
export const LEGACY_TIMESTAMP = 18

/** Bytes of a message before its key's length. */
export function legacyHeaderSize(magic: 0 | 1): number {
  return magic === 0 ? LEGACY_TIMESTAMP : LEGACY_TIMESTAMP + 8
}

/**
 * A view of one message of magic 0 or 1 where it lies in its message set, as a batch: either it is its one record, or it is a wrapper,
 * whose value is a compressed message set of the records. Nothing is decoded but when asked for.
 */
export class LegacyRecordBatch {
  readonly bytes: Buffer

  /** `bytes` is exactly one message, from its offset to its last byte. `RecordsError` CORRUPT_MESSAGE if it is not. */
  constructor(bytes: Buffer) {
    const size = batchSize(bytes, 0)
    if (size !== bytes.length) throw corrupt(`Message of ${bytes.length} bytes declares a size of ${size}`)
    const magic = bytes.readInt8(LEGACY_MAGIC)
    if (magic > 1) throw corrupt(`Invalid magic found in record: ${magic}`)
    if (magic === 1 && bytes.length < legacyHeaderSize(1) + 8) {
      throw corrupt(
        `Record is corrupt (crc could not be retrieved as the record is too small, size = ${bytes.length - layout.LOG_OVERHEAD})`,
      )
    }
    this.bytes = bytes
  }

  /** The record's offset; of a wrapper the last record's, and in magic 0 that only if its producer or broker said so. */
  get lastOffset(): number {
    return layout.readInt64(this.bytes, layout.BASE_OFFSET)
  }

  get sizeInBytes(): number {
    return this.bytes.length
  }

  get magic(): 0 | 1 {
    return this.bytes[LEGACY_MAGIC] === 0 ? 0 : 1
  }

  /** The CRC-32 that the header holds. */
  get crc(): number {
    return this.bytes.readUInt32BE(LEGACY_CRC)
  }

  /** The CRC-32 of what the bytes are: everything from the magic on. */
  computeCrc(): number {
    return crc32(this.bytes, LEGACY_MAGIC)
  }

  get attributes(): number {
    return this.bytes.readInt8(LEGACY_ATTRIBUTES)
  }

  /** `none` for a message that is no wrapper. `RecordsError` UNSUPPORTED_COMPRESSION_TYPE for an id that no codec has. */
  get compression(): CompressionType {
    return layout.compressionOf(this.attributes)
  }

  /** Magic 0 has no timestamps: CreateTime. */
  get timestampType(): TimestampType {
    return this.magic === 1 && (this.attributes & layout.LOG_APPEND_TIME_FLAG) !== 0 ? 'LogAppendTime' : 'CreateTime'
  }

  /** -1 in magic 0; of a wrapper the greatest of its records'. */
  get timestamp(): number {
    return this.magic === 0 ? layout.NO_TIMESTAMP : layout.readInt64(this.bytes, LEGACY_TIMESTAMP)
  }

  get hasKey(): boolean {
    return this.bytes.readInt32BE(legacyHeaderSize(this.magic)) >= 0
  }

  get key(): Buffer | null {
    return this.sized(legacyHeaderSize(this.magic))
  }

  /** Of a wrapper: its records, compressed. */
  get value(): Buffer | null {
    const keySize = legacyHeaderSize(this.magic)
    return this.sized(keySize + 4 + Math.max(0, this.bytes.readInt32BE(keySize)))
  }

  /**
   * Its records, those of a wrapper with their absolute offsets (KIP-31): offsets inside magic 1 count from the first record, and the
   * wrapper has the last one's. `RecordsError` when the bytes do not hold what they should. No CRC is looked at.
   */
  *records(options: DecompressOptions = {}): Generator<KafkaRecord, void, undefined> {
    for (const message of this.messages(options)) yield message.toRecord()
  }

  /** Itself, or the messages inside: what {@link records} are read from. */
  messages(options: DecompressOptions = {}): LegacyMessage[] {
    return this.messagesIn(this.content(options))
  }

  /** What a wrapper has inside, decompressed; null for a message that is no wrapper. */
  content(options: DecompressOptions = {}): Buffer | null {
    const { magic, compression } = this
    if (compression === 'none') return null
    if (compression === 'zstd') {
      throw invalid(`Invalid wrapper compressionType found in legacy deep record iterator ${magic}`)
    }
    const { value } = this
    if (value === null) throw invalid(`Found invalid compressed record set with null value (magic = ${magic})`)
    return decompress(compression, value, { ...options, magic })
  }

  /** {@link messages}, of what {@link content} gave. */
  messagesIn(content: Buffer | null): LegacyMessage[] {
    if (content === null) return [new LegacyMessage(this, this.lastOffset, this.timestamp)]
    const { magic } = this
    const inner = [...innerMessages(content, magic)]
    const last = inner.at(-1)
    if (last === undefined) throw invalid('Found invalid compressed record set with no inner records')
    let base = 0
    // Some releases of librdkafka leave the wrapper's offset 0; then the offsets inside are what there is.
    if (magic === 1 && this.lastOffset !== 0) {
      base = this.lastOffset - last.lastOffset
      if (base < 0) {
        throw invalid(
          `Found invalid wrapper offset in compressed v1 message set, wrapper offset '${this.lastOffset}' is less than the last inner message offset '${last.lastOffset}' and it is not zero.`,
        )
      }
    }
    const appended = this.timestampType === 'LogAppendTime'
    return inner.map((message) => {
      if (message.compression !== 'none') throw invalid('Inner messages must not be compressed')
      const timestamp = appended && message.magic === 1 ? this.timestamp : message.timestamp
      return new LegacyMessage(message, layout.clampInt64(base + message.lastOffset), timestamp)
    })
  }

  /** The bytes whose length stands at `position`; null for a length below 0. */
  private sized(position: number): Buffer | null {
    const { bytes } = this
    if (position + 4 > bytes.length) throw corrupt('Found invalid record structure')
    const size = bytes.readInt32BE(position)
    if (size < 0) return null
    if (size > bytes.length - position - 4) throw corrupt('Found invalid record structure')
    return bytes.subarray(position + 4, position + 4 + size)
  }
}

/** A message that is one record, with the offset and the timestamp that it has by its wrapper. */
export class LegacyMessage {
  readonly message: LegacyRecordBatch
  readonly offset: number
  readonly timestamp: number

  constructor(message: LegacyRecordBatch, offset: number, timestamp: number) {
    this.message = message
    this.offset = offset
    this.timestamp = timestamp
  }

  toRecord(): KafkaRecord {
    const { offset, timestamp, message } = this
    return { offset, timestamp, key: message.key, value: message.value, headers: [] }
  }
}

/**
 * The messages of magic 0 and 1 that lie one after the other in `bytes`, as views. A broken one is a `RecordsError`
 * CORRUPT_MESSAGE when the walk comes to it, and so is one of magic 2: see `readBatches`.
 */
export function* readLegacyBatches(
  bytes: Buffer,
  options: ReadOptions = {},
): Generator<LegacyRecordBatch, void, undefined> {
  for (const batch of splitBatches(bytes, options)) yield new LegacyRecordBatch(batch)
}

/**
 * The messages in a wrapper of this magic. As in Kafka, one that is cut off ends the set: old producers left some. One of no magic
 * that message sets have is INVALID_RECORD, if it is whole otherwise.
 */
function* innerMessages(bytes: Buffer, wrapperMagic: number): Generator<LegacyRecordBatch, void, undefined> {
  let position = 0
  while (bytes.length - position >= layout.LOG_OVERHEAD) {
    const length = bytes.readInt32BE(position + layout.BATCH_LENGTH)
    if (length < layout.MINIMUM_MESSAGE_SIZE) {
      throw corrupt(`Record size is less than the minimum record overhead (${layout.MINIMUM_MESSAGE_SIZE})`)
    }
    const end = position + layout.LOG_OVERHEAD + length
    if (end > bytes.length) return
    const message = bytes.subarray(position, end)
    const magic = message.readInt8(LEGACY_MAGIC)
    if ((magic < 0 || magic > 1) && message.readUInt32BE(LEGACY_CRC) === crc32(message, LEGACY_MAGIC)) {
      throw invalid(`Record's magic ${magic} does not match outer magic ${wrapperMagic}`)
    }
    yield new LegacyRecordBatch(message)
    position = end
  }
}

function corrupt(message: string): RecordsError {
  return new RecordsError('CORRUPT_MESSAGE', message)
}

function invalid(message: string): RecordsError {
  return new RecordsError('INVALID_RECORD', message)
}

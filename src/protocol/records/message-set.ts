import * as layout from './batch-layout.ts'
import { type CompressionType, compressionTypes, type TimestampType } from './batch-layout.ts'
import { byteLength, writeInput } from './bytes-input.ts'
import { compress } from './compression.ts'
import { crc32 } from './crc32.ts'
import { LEGACY_ATTRIBUTES, LEGACY_CRC, LEGACY_MAGIC, LEGACY_TIMESTAMP, legacyHeaderSize } from './legacy-batch.ts'
import type { BytesInput, RecordInput } from './record.ts'
import { RecordsError } from './records-error.ts'

export interface MessageSetOptions {
  readonly magic: 0 | 1
  /** The first record's offset; 0, as a producer sends it. */
  readonly baseOffset?: number
  /** Not zstd, which message sets never knew. */
  readonly compression?: CompressionType
  /** CreateTime. Magic 0 has none. */
  readonly timestampType?: TimestampType
  /** The time of the append, which LogAppendTime gives every record. Milliseconds since 1970. */
  readonly logAppendTime?: number
}

/**
 * Builds a message set, byte for byte as Kafka's `MemoryRecordsBuilder` does: one message a record, or, compressed, one
 * wrapper for all of them. Headers of records are left out: message sets have none.
 *
 * `RecordsError` UNSUPPORTED_COMPRESSION_TYPE for zstd.
 */
export function buildMessageSet(records: readonly RecordInput[], options: MessageSetOptions): Buffer {
  const { magic, compression = 'none', baseOffset = 0, logAppendTime } = options
  if (compression === 'zstd') {
    throw new RecordsError('UNSUPPORTED_COMPRESSION_TYPE', `ZStandard compression is not supported for magic ${magic}`)
  }
  if (options.timestampType === 'LogAppendTime' && logAppendTime === undefined) {
    throw new RangeError('LogAppendTime needs the time of the append as logAppendTime')
  }
  const appended = magic === 1 && options.timestampType === 'LogAppendTime' ? logAppendTime : undefined
  const timestampFlag = appended === undefined ? 0 : layout.LOG_APPEND_TIME_FLAG
  const relative = magic === 1 && compression !== 'none'
  const set = Buffer.allocUnsafe(sizeOfMessages(records, magic))
  let position = 0
  let offset = baseOffset - 1
  let maxTimestamp = layout.NO_TIMESTAMP
  for (const record of records) {
    offset = record.offset ?? offset + 1
    const timestamp = appended ?? record.timestamp
    if (timestamp > maxTimestamp) maxTimestamp = timestamp
    position = writeMessage(
      set,
      position,
      magic,
      relative ? offset - baseOffset : offset,
      timestampFlag,
      timestamp,
      record,
    )
  }
  if (compression === 'none' || records.length === 0) return set

  const value = compress(compression, set, { magic })
  const wrapper = Buffer.allocUnsafe(sizeOfMessages([{ value, timestamp: 0 }], magic))
  const attributes = compressionTypes.indexOf(compression) | timestampFlag
  writeMessage(wrapper, 0, magic, offset, attributes, maxTimestamp, { value })
  return wrapper
}

function sizeOfMessages(records: readonly RecordInput[], magic: 0 | 1): number {
  const overhead = legacyHeaderSize(magic) + 8
  return records.reduce((size, { key, value }) => size + overhead + byteLength(key ?? '') + byteLength(value ?? ''), 0)
}

interface KeyAndValue {
  readonly key?: BytesInput | null
  readonly value?: BytesInput | null
}

function writeMessage(
  target: Buffer,
  position: number,
  magic: 0 | 1,
  offset: number,
  attributes: number,
  timestamp: number,
  { key, value }: KeyAndValue,
): number {
  layout.writeInt64(target, offset, position)
  target[position + LEGACY_MAGIC] = magic
  target[position + LEGACY_ATTRIBUTES] = attributes
  if (magic === 1) layout.writeInt64(target, timestamp, position + LEGACY_TIMESTAMP)
  const end = writeBytes(target, writeBytes(target, position + legacyHeaderSize(magic), key), value)
  target.writeInt32BE(end - position - layout.LOG_OVERHEAD, position + layout.BATCH_LENGTH)
  target.writeUInt32BE(crc32(target.subarray(position + LEGACY_MAGIC, end)), position + LEGACY_CRC)
  return end
}

function writeBytes(target: Buffer, position: number, bytes: BytesInput | null | undefined): number {
  if (bytes === null || bytes === undefined) return target.writeInt32BE(-1, position)
  return writeInput(target, target.writeInt32BE(byteLength(bytes), position), bytes)
}

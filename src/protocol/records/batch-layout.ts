import { RecordsError } from './records-error.ts'

/** Where the fields of a v2 batch's header lie (KIP-98): bytes from the start of the batch. */
export const BASE_OFFSET = 0
export const BATCH_LENGTH = 8
export const LEADER_EPOCH = 12
export const MAGIC = 16
export const CRC = 17
export const ATTRIBUTES = 21
export const LAST_OFFSET_DELTA = 23
export const BASE_TIMESTAMP = 27
export const MAX_TIMESTAMP = 35
export const PRODUCER_ID = 43
export const PRODUCER_EPOCH = 51
export const BASE_SEQUENCE = 53
export const RECORD_COUNT = 57
export const RECORDS = 61

/** Offset and length stand before every batch of every magic; the length does not count them. */
export const LOG_OVERHEAD = 12
/** The smallest message there is: a v0 message without key and value, after its offset and length. */
export const MINIMUM_MESSAGE_SIZE = 14
/** The greatest int32. */
export const MAX_INT32 = 0x7fffffff

export const NO_TIMESTAMP = -1
export const NO_PRODUCER_ID = -1
export const NO_PRODUCER_EPOCH = -1
export const NO_SEQUENCE = -1
export const NO_PARTITION_LEADER_EPOCH = -1

/** A codec, by the name that `compression.type` has for it. Its place in {@link compressionTypes} is its id on the wire. */
export type CompressionType = 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'

export const compressionTypes: readonly CompressionType[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd']

/** Whose clock a timestamp is of, in the words of `message.timestamp.type`: the producer's, or the broker's. */
export type TimestampType = 'CreateTime' | 'LogAppendTime'

/** The format of a batch: 0 and 1 are message sets (before Kafka 0.10 and 0.11), 2 is the record batch of KIP-98. */
export type Magic = 0 | 1 | 2

export const COMPRESSION_MASK = 0x07
export const LOG_APPEND_TIME_FLAG = 0x08
export const TRANSACTIONAL_FLAG = 0x10
export const CONTROL_FLAG = 0x20
export const DELETE_HORIZON_FLAG = 0x40

/** The codec that attributes name; a `RecordsError` UNSUPPORTED_COMPRESSION_TYPE for the ids 5, 6 and 7. */
export function compressionOf(attributes: number): CompressionType {
  const type = compressionTypes[attributes & COMPRESSION_MASK]
  if (type === undefined) {
    throw new RecordsError(
      'UNSUPPORTED_COMPRESSION_TYPE',
      `Unknown compression type id: ${attributes & COMPRESSION_MASK}`,
    )
  }
  return type
}

/** Reads an int64; one outside the safe range is clamped to it. */
export function readInt64(bytes: Buffer, position: number): number {
  const value = bytes.readInt32BE(position) * 0x1_0000_0000 + bytes.readUInt32BE(position + 4)
  return clampInt64(value)
}

export function writeInt64(bytes: Buffer, value: number, position: number): void {
  const low = value >>> 0
  bytes.writeInt32BE((value - low) / 0x1_0000_0000, position)
  bytes.writeUInt32BE(low, position + 4)
}

export function clampInt64(value: number): number {
  if (value > Number.MAX_SAFE_INTEGER) return Number.MAX_SAFE_INTEGER
  if (value < Number.MIN_SAFE_INTEGER) return Number.MIN_SAFE_INTEGER
  return value
}

/** A sequence number some records on: after 2147483647 comes 0 (`DefaultRecordBatch.incrementSequence`). */
export function incrementSequence(sequence: number, increment: number): number {
  return sequence > MAX_INT32 - increment ? increment - (MAX_INT32 - sequence) - 1 : sequence + increment
}

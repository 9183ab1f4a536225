import { sizeOfVarint, sizeOfVarlong, writeVarint, writeVarlong } from '../varint.ts'
import * as layout from './batch-layout.ts'
import { type CompressionType, compressionTypes } from './batch-layout.ts'
import { compress } from './compression.ts'
import { crc32c } from './crc32c.ts'
import type { BytesInput, RecordHeaderInput } from './record.ts'

/** What stands in the header of a producer's batch. */
export interface SealOptions {
  readonly compression: CompressionType
  /** gzip 1 to 9, zstd -131072 to 22; undefined: the codec's own. */
  readonly compressionLevel: number | undefined
  /** -1: not idempotent. */
  readonly producerId: number
  readonly producerEpoch: number
  readonly baseSequence: number
  readonly isTransactional: boolean
}

/** The longest that a record can be beside its key, its value and its headers: five varints, a varlong and the attributes. */
const RECORD_OVERHEAD = 5 * 5 + 10 + 1
const SMALLEST = 256
/** Shorter ones are quicker copied byte by byte than by a call. */
const SHORT = 24

/**
 * A v2 batch that grows record by record: each is encoded once, where it will lie. What comes out is byte for byte what `buildBatch` makes of the
 * same records.
 */
export class BatchWriter {
  private bytes: Buffer
  private position = layout.RECORDS
  private records = 0
  private baseTimestamp: number = layout.NO_TIMESTAMP
  private maxTimestamp: number = layout.NO_TIMESTAMP
  private packed: Buffer | undefined

  /** @param capacity how many bytes the batch is expected to have; it may become larger */
  constructor(capacity: number = SMALLEST) {
    this.bytes = Buffer.allocUnsafe(Math.max(SMALLEST, capacity))
  }

  get count(): number {
    return this.records
  }

  /** Bytes so far, uncompressed, the batch's header included. */
  get size(): number {
    return this.position
  }

  /** Adds a record. Nothing was added when it throws: RangeError for a timestamp that is none, TypeError for a value that has no bytes. */
  append(
    timestamp: number,
    key: BytesInput | null | undefined,
    value: BytesInput | null | undefined,
    headers: readonly RecordHeaderInput[] | undefined,
  ): void {
    if (!Number.isSafeInteger(timestamp) || timestamp < layout.NO_TIMESTAMP) {
      throw new RangeError(`Invalid timestamp ${timestamp}`)
    }
    const delta = this.records === 0 ? 0 : timestamp - this.baseTimestamp
    // Most texts are ASCII: their length is taken for their size, and when it was not, the record is written again.
    const keySize = key === null || key === undefined ? -1 : key.length
    const valueSize = value === null || value === undefined ? -1 : value.length
    const headerSize = sizeOfHeaders(headers)
    const end =
      this.write(delta, key, keySize, value, valueSize, headers, headerSize) ??
      this.write(delta, key, exactSize(key), value, exactSize(value), headers, headerSize)
    if (end === undefined) throw new RangeError('A text changed its size')
    this.position = end
    if (this.records++ === 0) this.baseTimestamp = timestamp
    if (timestamp > this.maxTimestamp) this.maxTimestamp = timestamp
    this.packed = undefined
  }

  /** The batch with this header. Called again, it has the same records, and may be the same buffer with another header. */
  seal(options: SealOptions): Buffer {
    const { compression } = options
    let batch: Buffer
    if (compression === 'none') {
      batch = this.bytes.subarray(0, this.position)
    } else {
      this.packed ??= this.pack(compression, options.compressionLevel)
      batch = this.packed
    }
    let attributes = compressionTypes.indexOf(compression)
    if (options.isTransactional) attributes |= layout.TRANSACTIONAL_FLAG
    layout.writeInt64(batch, 0, layout.BASE_OFFSET)
    batch.writeInt32BE(batch.length - layout.LOG_OVERHEAD, layout.BATCH_LENGTH)
    batch.writeInt32BE(layout.NO_PARTITION_LEADER_EPOCH, layout.LEADER_EPOCH)
    batch.writeInt8(2, layout.MAGIC)
    batch.writeInt16BE(attributes, layout.ATTRIBUTES)
    batch.writeInt32BE(this.records - 1, layout.LAST_OFFSET_DELTA)
    layout.writeInt64(batch, this.baseTimestamp, layout.BASE_TIMESTAMP)
    layout.writeInt64(batch, this.maxTimestamp, layout.MAX_TIMESTAMP)
    layout.writeInt64(batch, options.producerId, layout.PRODUCER_ID)
    batch.writeInt16BE(options.producerEpoch, layout.PRODUCER_EPOCH)
    batch.writeInt32BE(options.baseSequence, layout.BASE_SEQUENCE)
    batch.writeInt32BE(this.records, layout.RECORD_COUNT)
    batch.writeUInt32BE(crc32c(batch, layout.ATTRIBUTES), layout.CRC)
    return batch
  }

  private pack(compression: CompressionType, level: number | undefined): Buffer {
    const plain = this.bytes.subarray(layout.RECORDS, this.position)
    const packed = compress(compression, plain, level === undefined ? {} : { level })
    const batch = Buffer.allocUnsafe(layout.RECORDS + packed.length)
    packed.copy(batch, layout.RECORDS)
    return batch
  }

  /** Writes a record at the end; where it ended, or undefined when a text was not of that size. */
  private write(
    timestampDelta: number,
    key: BytesInput | null | undefined,
    keySize: number,
    value: BytesInput | null | undefined,
    valueSize: number,
    headers: readonly RecordHeaderInput[] | undefined,
    headerSize: number,
  ): number | undefined {
    const offsetDelta = this.records
    const payload = Math.max(keySize, 0) + Math.max(valueSize, 0)
    const body =
      1 +
      (timestampDelta === 0 ? 1 : sizeOfVarlong(timestampDelta)) +
      sizeOfVarint(offsetDelta) +
      sizeOfVarint(keySize) +
      sizeOfVarint(valueSize) +
      payload +
      headerSize
    // A text may take thrice its length, which shows only when it is written.
    const slack = (typeof key === 'string' ? 2 * key.length : 0) + (typeof value === 'string' ? 2 * value.length : 0)
    this.reserve(RECORD_OVERHEAD + payload + slack + headerSize)
    const { bytes } = this
    let position = writeVarint(bytes, this.position, body)
    bytes[position++] = 0 // attributes: none is defined
    if (timestampDelta === 0) bytes[position++] = 0
    else position = writeVarlong(bytes, position, timestampDelta)
    position = writeVarint(bytes, position, offsetDelta)
    position = writeVarint(bytes, position, keySize)
    if (keySize > 0) {
      const start = position
      position = writeBytes(bytes, position, key as BytesInput)
      if (position - start !== keySize) return undefined
    }
    position = writeVarint(bytes, position, valueSize)
    if (valueSize > 0) {
      const start = position
      position = writeBytes(bytes, position, value as BytesInput)
      if (position - start !== valueSize) return undefined
    }
    if (headers === undefined || headers.length === 0) {
      bytes[position++] = 0
      return position
    }
    position = writeVarint(bytes, position, headers.length)
    for (const header of headers) {
      position = writeVarint(bytes, position, exactSize(header.key))
      position = writeBytes(bytes, position, header.key)
      position = writeVarint(bytes, position, exactSize(header.value))
      if (header.value !== null && header.value !== undefined) position = writeBytes(bytes, position, header.value)
    }
    return position
  }

  private reserve(more: number): void {
    const needed = this.position + more
    if (needed <= this.bytes.length) return
    const larger = Buffer.allocUnsafe(Math.max(needed, 2 * this.bytes.length))
    this.bytes.copy(larger, 0, 0, this.position)
    this.bytes = larger
  }
}

function writeBytes(target: Buffer, position: number, bytes: BytesInput): number {
  const { length } = bytes
  if (typeof bytes === 'string') {
    if (length > SHORT) return position + target.write(bytes, position)
    for (let i = 0; i < length; i++) {
      const code = bytes.charCodeAt(i)
      if (code >= 0x80) return position + target.write(bytes, position)
      target[position + i] = code
    }
    return position + length
  }
  if (length > SHORT) target.set(bytes, position)
  else for (let i = 0; i < length; i++) target[position + i] = bytes[i] as number
  return position + length
}

function exactSize(bytes: BytesInput | null | undefined): number {
  if (bytes === null || bytes === undefined) return -1
  return typeof bytes === 'string' ? Buffer.byteLength(bytes) : bytes.length
}

function sizeOfHeaders(headers: readonly RecordHeaderInput[] | undefined): number {
  if (headers === undefined || headers.length === 0) return 1
  let size = sizeOfVarint(headers.length)
  for (const { key, value } of headers) {
    const keySize = exactSize(key)
    const valueSize = exactSize(value)
    size += sizeOfVarint(keySize) + keySize + sizeOfVarint(valueSize) + Math.max(0, valueSize)
  }
  return size
}

import { sizeOfVarint, sizeOfVarlong, writeVarint, writeVarlong } from '../varint.ts'
import * as layout from './batch-layout.ts'
import { type CompressionType, compressionTypes, type TimestampType } from './batch-layout.ts'
import { byteLength, writeInput } from './bytes-input.ts'
import { compress } from './compression.ts'
import { crc32c } from './crc32c.ts'
import type { BytesInput, RecordInput } from './record.ts'

/** What stands in the header of a batch; Kafka's defaults where left out. */
export interface BatchOptions {
  /** The first record's offset; 0, as a producer sends it. */
  readonly baseOffset?: number
  /** The last offset that the batch stands for, when that is not its last record's: compaction keeps it. */
  readonly lastOffset?: number
  readonly compression?: CompressionType
  /** gzip 1 to 9, zstd -131072 to 22. */
  readonly compressionLevel?: number
  /** CreateTime. */
  readonly timestampType?: TimestampType
  /** The greatest timestamp of the records; the time of the append for LogAppendTime, which must give it. Milliseconds since 1970. */
  readonly maxTimestamp?: number
  /** -1: not idempotent. */
  readonly producerId?: number
  readonly producerEpoch?: number
  readonly baseSequence?: number
  readonly isTransactional?: boolean
  readonly isControl?: boolean
  readonly partitionLeaderEpoch?: number
  /** When tombstones in this batch may go (KIP-534), in milliseconds since 1970. It takes the place of the base timestamp. */
  readonly deleteHorizonMs?: number
}

/**
 * Builds one v2 batch, byte for byte as Kafka's `MemoryRecordsBuilder` does.
 *
 * No records are allowed where `lastOffset` says which offset the empty batch stands for, as compaction leaves it.
 * A `RangeError` tells of arguments that make no batch.
 */
export function buildBatch(records: readonly RecordInput[], options: BatchOptions = {}): Buffer {
  const compression = options.compression ?? 'none'
  const baseOffset = options.baseOffset ?? 0
  const plan = planRecords(records, baseOffset, options.deleteHorizonMs)
  const lastOffset = options.lastOffset ?? plan.lastOffset
  if (lastOffset === undefined) throw new RangeError('A batch without records needs a last offset')
  if (lastOffset - baseOffset < 0 || lastOffset - baseOffset > layout.MAX_INT32) {
    throw new RangeError(`Maximum offset delta exceeded, base offset: ${baseOffset}, last offset: ${lastOffset}`)
  }
  const timestampType = options.timestampType ?? 'CreateTime'
  if (timestampType === 'LogAppendTime' && options.maxTimestamp === undefined) {
    throw new RangeError('LogAppendTime needs the time of the append as maxTimestamp')
  }

  let batch: Buffer
  if (compression === 'none' || records.length === 0) {
    batch = Buffer.allocUnsafe(layout.RECORDS + plan.size)
    writeRecords(batch, layout.RECORDS, records, plan)
  } else {
    const plain = Buffer.allocUnsafe(plan.size)
    writeRecords(plain, 0, records, plan)
    const level = options.compressionLevel
    const packed = compress(compression, plain, level === undefined ? {} : { level })
    batch = Buffer.allocUnsafe(layout.RECORDS + packed.length)
    packed.copy(batch, layout.RECORDS)
  }

  let attributes = compressionTypes.indexOf(compression)
  if (timestampType === 'LogAppendTime') attributes |= layout.LOG_APPEND_TIME_FLAG
  if (options.isTransactional === true) attributes |= layout.TRANSACTIONAL_FLAG
  if (options.isControl === true) attributes |= layout.CONTROL_FLAG
  if (options.deleteHorizonMs !== undefined) attributes |= layout.DELETE_HORIZON_FLAG

  layout.writeInt64(batch, baseOffset, layout.BASE_OFFSET)
  batch.writeInt32BE(batch.length - layout.LOG_OVERHEAD, layout.BATCH_LENGTH)
  batch.writeInt32BE(options.partitionLeaderEpoch ?? layout.NO_PARTITION_LEADER_EPOCH, layout.LEADER_EPOCH)
  batch.writeInt8(2, layout.MAGIC)
  batch.writeInt16BE(attributes, layout.ATTRIBUTES)
  batch.writeInt32BE(lastOffset - baseOffset, layout.LAST_OFFSET_DELTA)
  layout.writeInt64(batch, plan.baseTimestamp, layout.BASE_TIMESTAMP)
  layout.writeInt64(batch, options.maxTimestamp ?? plan.maxTimestamp, layout.MAX_TIMESTAMP)
  layout.writeInt64(batch, options.producerId ?? layout.NO_PRODUCER_ID, layout.PRODUCER_ID)
  batch.writeInt16BE(options.producerEpoch ?? layout.NO_PRODUCER_EPOCH, layout.PRODUCER_EPOCH)
  batch.writeInt32BE(options.baseSequence ?? layout.NO_SEQUENCE, layout.BASE_SEQUENCE)
  batch.writeInt32BE(records.length, layout.RECORD_COUNT)
  batch.writeUInt32BE(crc32c(batch, layout.ATTRIBUTES), layout.CRC)
  return batch
}

/** What must be known of the records before the first byte is written. */
interface Plan {
  /** Bytes of all records. */
  readonly size: number
  /** Bytes of each record's body, after its length. */
  readonly bodySizes: Int32Array
  readonly offsetDeltas: Int32Array
  readonly baseTimestamp: number
  readonly maxTimestamp: number
  readonly lastOffset: number | undefined
}

function planRecords(records: readonly RecordInput[], baseOffset: number, deleteHorizonMs: number | undefined): Plan {
  const bodySizes = new Int32Array(records.length)
  const offsetDeltas = new Int32Array(records.length)
  const baseTimestamp = deleteHorizonMs ?? records[0]?.timestamp ?? layout.NO_TIMESTAMP
  let maxTimestamp = layout.NO_TIMESTAMP
  let size = 0
  let previous = baseOffset - 1
  for (let i = 0; i < records.length; i++) {
    const record = records[i] as RecordInput
    const { timestamp, offset = previous + 1 } = record
    if (timestamp < 0 && timestamp !== layout.NO_TIMESTAMP)
      throw new RangeError(`Invalid negative timestamp ${timestamp}`)
    if (offset <= previous) {
      throw new RangeError(
        `Illegal offset ${offset} following previous offset ${previous} (Offsets must increase monotonically).`,
      )
    }
    if (offset - baseOffset > layout.MAX_INT32) {
      throw new RangeError(`Maximum offset delta exceeded, base offset: ${baseOffset}, last offset: ${offset}`)
    }
    previous = offset
    offsetDeltas[i] = offset - baseOffset
    if (timestamp > maxTimestamp) maxTimestamp = timestamp
    let body = 1 + sizeOfVarlong(timestamp - baseTimestamp) + sizeOfVarint(offset - baseOffset)
    body += sizeOfBytes(record.key) + sizeOfBytes(record.value)
    const headers = record.headers ?? []
    body += sizeOfVarint(headers.length)
    for (const header of headers) body += sizeOfBytes(header.key) + sizeOfBytes(header.value)
    bodySizes[i] = body
    size += sizeOfVarint(body) + body
  }
  const lastOffset = records.length === 0 ? undefined : previous
  return { size, bodySizes, offsetDeltas, baseTimestamp, maxTimestamp, lastOffset }
}

function writeRecords(target: Buffer, start: number, records: readonly RecordInput[], plan: Plan): void {
  let position = start
  for (let i = 0; i < records.length; i++) {
    const record = records[i] as RecordInput
    position = writeVarint(target, position, plan.bodySizes[i] as number)
    target[position++] = 0 // attributes: none is defined
    position = writeVarlong(target, position, record.timestamp - plan.baseTimestamp)
    position = writeVarint(target, position, plan.offsetDeltas[i] as number)
    position = writeBytes(target, position, record.key)
    position = writeBytes(target, position, record.value)
    const headers = record.headers ?? []
    position = writeVarint(target, position, headers.length)
    for (const header of headers) {
      position = writeBytes(target, position, header.key)
      position = writeBytes(target, position, header.value)
    }
  }
}

/** A varint of the length, -1 for null, and the bytes. */
function sizeOfBytes(bytes: BytesInput | null | undefined): number {
  if (bytes === null || bytes === undefined) return 1
  const size = byteLength(bytes)
  return sizeOfVarint(size) + size
}

function writeBytes(target: Buffer, position: number, bytes: BytesInput | null | undefined): number {
  if (bytes === null || bytes === undefined) return writeVarint(target, position, -1)
  return writeInput(target, writeVarint(target, position, byteLength(bytes)), bytes)
}

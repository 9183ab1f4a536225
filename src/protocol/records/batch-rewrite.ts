import { type BatchOptions, buildBatch } from './batch-builder.ts'
import * as layout from './batch-layout.ts'
import { type CompressionType, compressionTypes } from './batch-layout.ts'
import { stampCrc } from './batch-stamp.ts'
import { compress, type DecompressOptions, decompress } from './compression.ts'
import { RecordBatch } from './record-batch.ts'

export interface RecompressOptions extends DecompressOptions {
  /** gzip 1 to 9, zstd -131072 to 22; the codec's own default when left out. */
  readonly level?: number
}

/** The same batch with another codec: only its records' bytes, its attributes, its length and its CRC differ. */
export function recompressBatch(
  batch: RecordBatch,
  compression: CompressionType,
  options: RecompressOptions = {},
): RecordBatch {
  const { bytes } = batch
  const plain = decompress(batch.compression, bytes.subarray(layout.RECORDS), options)
  const { level } = options
  const packed = compress(compression, plain, level === undefined ? {} : { level })
  const target = Buffer.allocUnsafe(layout.RECORDS + packed.length)
  bytes.copy(target, 0, 0, layout.RECORDS)
  packed.copy(target, layout.RECORDS)
  const attributes = (batch.attributes & ~layout.COMPRESSION_MASK) | compressionTypes.indexOf(compression)
  target.writeInt16BE(attributes, layout.ATTRIBUTES)
  target.writeInt32BE(target.length - layout.LOG_OVERHEAD, layout.BATCH_LENGTH)
  stampCrc(target)
  return new RecordBatch(target)
}

/** The same batch with the offsets of its records going up by one, whatever they were. */
export function renumberBatch(batch: RecordBatch, options: DecompressOptions = {}): RecordBatch {
  const records = [...batch.records(options)].map(({ key, value, headers, timestamp }) => ({
    key,
    value,
    headers,
    timestamp,
  }))
  const header: BatchOptions = {
    baseOffset: batch.baseOffset,
    compression: batch.compression,
    timestampType: batch.timestampType,
    maxTimestamp: batch.maxTimestamp,
    producerId: batch.producerId,
    producerEpoch: batch.producerEpoch,
    baseSequence: batch.baseSequence,
    isTransactional: batch.isTransactional,
    isControl: batch.isControl,
    partitionLeaderEpoch: batch.partitionLeaderEpoch,
  }
  return new RecordBatch(buildBatch(records, header))
}

import type { TimestampType } from './batch-layout.ts'
import * as layout from './batch-layout.ts'
import { crc32c } from './crc32c.ts'

/**
 * What a leader writes into a v2 batch as it appends it: the offset of its first record and the leader's epoch. Neither is
 * under the CRC.
 */
export function stampBatch(bytes: Buffer, baseOffset: number, leaderEpoch: number): void {
  layout.writeInt64(bytes, baseOffset, layout.BASE_OFFSET)
  bytes.writeInt32BE(leaderEpoch, layout.LEADER_EPOCH)
}

/**
 * Sets the timestamp type and the greatest timestamp of a v2 batch, and its CRC, if they are not what they should be: for
 * LogAppendTime the time of the append, for CreateTime the greatest of the records' (`DefaultRecordBatch.setMaxTimestamp`).
 * Whether anything was written.
 */
export function stampTimestamp(bytes: Buffer, type: TimestampType, maxTimestamp: number): boolean {
  const attributes = bytes.readInt16BE(layout.ATTRIBUTES)
  const wanted =
    type === 'LogAppendTime' ? attributes | layout.LOG_APPEND_TIME_FLAG : attributes & ~layout.LOG_APPEND_TIME_FLAG
  if (wanted === attributes && layout.readInt64(bytes, layout.MAX_TIMESTAMP) === maxTimestamp) return false
  bytes.writeInt16BE(wanted, layout.ATTRIBUTES)
  layout.writeInt64(bytes, maxTimestamp, layout.MAX_TIMESTAMP)
  stampCrc(bytes)
  return true
}

/** Writes the CRC-32C of what a v2 batch holds. */
export function stampCrc(bytes: Buffer): void {
  bytes.writeUInt32BE(crc32c(bytes, layout.ATTRIBUTES), layout.CRC)
}

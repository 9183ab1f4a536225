/** Message sets, magic 0 and 1, that are right, odd or broken: what producers sent before Kafka 0.11. */
import { gzipSync } from 'node:zlib'
import { buildBatch } from '../../../src/protocol/records/batch-builder.ts'
import { crc32 } from '../../../src/protocol/records/crc32.ts'
import {
  LEGACY_ATTRIBUTES,
  LEGACY_CRC,
  LEGACY_MAGIC,
  LEGACY_TIMESTAMP,
  legacyHeaderSize,
} from '../../../src/protocol/records/legacy-batch.ts'
import { buildMessageSet, type MessageSetOptions } from '../../../src/protocol/records/message-set.ts'
import type { RecordInput } from '../../../src/protocol/records/record.ts'
import { keyed, keyless, MADE, type OddRecords, sized } from './odd-batches.ts'

const set = (options: MessageSetOptions, records: readonly RecordInput[] = keyed) => buildMessageSet(records, options)

/** A message of other bytes, under a CRC that fits. */
function message(bytes: Buffer, alter: (bytes: Buffer) => void): Buffer {
  alter(bytes)
  bytes.writeUInt32BE(crc32(bytes, LEGACY_MAGIC), LEGACY_CRC)
  return bytes
}

function attributes(value: number): (bytes: Buffer) => void {
  return (bytes) => {
    bytes[LEGACY_ATTRIBUTES] = value
  }
}

function ofMagic(magic: 0 | 1): OddRecords[] {
  const packed = () => set({ magic, compression: 'gzip' })
  const tooLong = (bytes: Buffer) => bytes.writeInt32BE(99, legacyHeaderSize(magic))
  const valueTooLong = (bytes: Buffer) => bytes.writeInt32BE(99, legacyHeaderSize(magic) + 4)
  const wrapped = (inside: Buffer, alter: (bytes: Buffer) => void) =>
    message(one({ value: gzipSync(message(inside, alter)), timestamp: MADE }), attributes(1))
  const one = (record: RecordInput) => set({ magic }, [record])
  const many = Array.from({ length: 10 }, () => sized(1000))
  const cases: OddRecords[] = [
    ['right', 'plain', set({ magic })],
    ['right, gzip', 'plain', packed()],
    ['right, snappy', 'plain', set({ magic, compression: 'snappy' })],
    ['right, lz4', 'plain', set({ magic, compression: 'lz4' })],
    ['two wrappers', 'plain', Buffer.concat([packed(), packed()])],
    ['a wrapper, then messages', 'plain', Buffer.concat([packed(), set({ magic })])],
    ['messages, then a wrapper', 'plain', Buffer.concat([set({ magic }), packed()])],
    ['another CRC', 'plain', set({ magic }).fill(1, LEGACY_CRC, LEGACY_CRC + 2)],
    ['cut off', 'plain', set({ magic }).subarray(0, -3)],
    ['cut off before the first ends', 'plain', one(sized(5)).subarray(0, -3)],
    ['less than a header', 'plain', Buffer.from([1, 2, 3, 4, 5])],
    ['nothing', 'plain', Buffer.alloc(0)],
    ['null keys', 'compacted', set({ magic }, keyless)],
    ['null keys, gzip', 'compacted', set({ magic, compression: 'gzip' }, keyless)],
    ['to gzip', 'gzip', set({ magic })],
    ['snappy to gzip', 'gzip', set({ magic, compression: 'snappy' })],
    ['lz4 to uncompressed', 'uncompressed', set({ magic, compression: 'lz4' })],
    ['time of the append', 'appendTime', set({ magic })],
    ['a wrapper in a wrapper', 'plain', message(one({ value: gzipSync(packed()), timestamp: MADE }), attributes(1))],
    ['not gzip at all', 'plain', message(one(sized(9)), attributes(1))],
    ['a wrapper of nothing', 'plain', message(one({ value: null, timestamp: MADE }), attributes(1))],
    ['zstd', 'plain', message(one(sized(9)), attributes(4))],
    ['codec 6', 'plain', message(one(sized(9)), attributes(6))],
    ['a wrapper of a message that is too small', 'plain', wrapped(set({ magic }), (bytes) => bytes.writeInt32BE(5, 8))],
    ['a wrapper of a message of no codec', 'plain', wrapped(one(sized(9)), attributes(6))],
    ['a wrapper of a key too long', 'plain', wrapped(one(sized(9)), tooLong)],
    [
      'a wrapper of a value too long, without a key',
      'compacted',
      wrapped(one({ value: 'v', timestamp: MADE }), valueTooLong),
    ],
    ['a value too long, without a key', 'compacted', message(one({ value: 'v', timestamp: MADE }), valueTooLong)],
    ['a key too long', 'plain', message(one(sized(9)), tooLong)],
    ['too large', 'plain', one(sized(6000))],
    ['too large together', 'plain', set({ magic }, many)],
  ]
  return cases.map(([name, topic, bytes]) => [`magic ${magic}: ${name}`, topic, bytes])
}

/** A message of a time that there is not. */
function early(bytes: Buffer): Buffer {
  return message(bytes, (altered) => altered.writeBigInt64BE(-9n, LEGACY_TIMESTAMP))
}

const appended = { magic: 1, timestampType: 'LogAppendTime', logAppendTime: MADE } as const
const gaps = keyed.map((record, i) => ({ ...record, offset: i * 3 }))

const noMagic = message(set({ magic: 1 }, [sized(9)]), (bytes) => bytes.writeInt8(5, LEGACY_MAGIC))
const wrappedOfNoMagic = message(set({ magic: 1 }, [{ value: gzipSync(noMagic), timestamp: MADE }]), attributes(1))

/** What Produce 0 to 2 may bring. */
export const messageSets: readonly OddRecords[] = [
  ...ofMagic(0),
  ...ofMagic(1),
  ['two magics', 'plain', Buffer.concat([set({ magic: 0 }), set({ magic: 1 })])],
  ['magic 2', 'plain', buildBatch(keyed)],
  ['magic 2, zstd', 'plain', buildBatch(keyed, { compression: 'zstd' })],
  ['magic 2 twice', 'plain', Buffer.concat([buildBatch(keyed), buildBatch(keyed)])],
  ['magic 2, idempotent', 'plain', buildBatch(keyed, { producerId: 9, producerEpoch: 0, baseSequence: 0 })],
  ['magic 1: LogAppendTime', 'plain', set(appended)],
  ['magic 1: LogAppendTime to its own, gzip', 'appendTime', set({ ...appended, compression: 'gzip' })],
  ['magic 1: a wrapper at offset 0', 'plain', set({ magic: 1, compression: 'gzip' }).fill(0, 0, 8)],
  ['magic 1: a negative timestamp', 'plain', early(set({ magic: 1 }, [sized(9)]))],
  ['magic 1: a negative timestamp, gzip', 'plain', early(set({ magic: 1, compression: 'gzip' }))],
  ['magic 1: a wrapper of a message of no magic', 'plain', wrappedOfNoMagic],
  ['magic 1: gaps inside', 'plain', set({ magic: 1, compression: 'gzip' }, gaps)],
]

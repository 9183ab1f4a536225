/** Batches of magic 2 that are right, odd or broken, for every rule that a broker has about them. */
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { type BatchOptions, buildBatch } from '../../../src/protocol/records/batch-builder.ts'
import * as layout from '../../../src/protocol/records/batch-layout.ts'
import { stampCrc } from '../../../src/protocol/records/batch-stamp.ts'
import { compress } from '../../../src/protocol/records/compression.ts'
import { buildMessageSet } from '../../../src/protocol/records/message-set.ts'
import type { RecordInput } from '../../../src/protocol/records/record.ts'
import { altered } from './logs.ts'

/** The configs of the topics that these go to: each with a rule or a form of its own. Their records are old, and are to stay. */
export const oddTopics = {
  plain: { configs: { 'retention.ms': '-1', 'max.message.bytes': '5000' } },
  compacted: { configs: { 'retention.ms': '-1', 'cleanup.policy': 'compact' } },
  appendTime: { configs: { 'retention.ms': '-1', 'message.timestamp.type': 'LogAppendTime' } },
  gzip: { configs: { 'retention.ms': '-1', 'compression.type': 'gzip' } },
  zstd: { configs: { 'retention.ms': '-1', 'compression.type': 'zstd', 'max.message.bytes': '5000' } },
  uncompressed: { configs: { 'retention.ms': '-1', 'compression.type': 'uncompressed', 'max.message.bytes': '5000' } },
} satisfies Record<string, { configs: Record<string, string> }>

export type OddTopic = keyof typeof oddTopics

/** What is sent, under its name, and where to. */
export type OddRecords = readonly [name: string, topic: OddTopic, bytes: Buffer]

/** When the records were made, ms since the epoch: long ago, so that it stays the same number in every run. */
export const MADE = 1_700_000_000_000

export const keyed: readonly RecordInput[] = [
  { key: 'a', value: '1', timestamp: MADE },
  { key: 'b', value: '2', timestamp: MADE + 3, headers: [{ key: 'h', value: 'v' }] },
  { key: 'c', value: '3', timestamp: MADE + 1 },
]
export const keyless: readonly RecordInput[] = keyed.map((record, i) => (i === 2 ? { ...record, key: null } : record))

/** A record with a value of this size. */
export const sized = (size: number): RecordInput => ({ key: 'k', value: 'x'.repeat(size), timestamp: MADE })

const good = buildBatch(keyed)
const payload = good.subarray(layout.RECORDS)
const { ATTRIBUTES, BASE_TIMESTAMP, BATCH_LENGTH, LAST_OFFSET_DELTA, MAGIC, RECORD_COUNT, RECORDS } = layout

function withCount(count: number, bytes: Buffer = good): Buffer {
  return altered(bytes, (copy) => {
    copy.writeInt32BE(count, RECORD_COUNT)
    copy.writeInt32BE(count - 1, LAST_OFFSET_DELTA)
  })
}

function withAttributes(attributes: number): Buffer {
  return altered(good, (bytes) => bytes.writeInt16BE(attributes, ATTRIBUTES))
}

/** The records with another byte: their first length is at 0, the first key's at 4, the number of its headers at 8. */
function withByte(at: number, byte: number): Buffer {
  return altered(good, (bytes) => bytes.writeUInt8(byte, RECORDS + at))
}

/** The header of the batch before these bytes. */
function around(codec: layout.CompressionType, packed: Buffer, count = 3): Buffer {
  const bytes = Buffer.concat([good.subarray(0, RECORDS), packed])
  bytes.writeInt32BE(bytes.length - layout.LOG_OVERHEAD, BATCH_LENGTH)
  bytes.writeInt16BE(layout.compressionTypes.indexOf(codec), ATTRIBUTES)
  return withCount(count, bytes)
}

function withGaps(compression: layout.CompressionType): Buffer {
  const bytes = buildBatch(
    keyed.map((record, i) => ({ ...record, offset: i * 2 })),
    { compression },
  )
  bytes.writeInt32BE(2, LAST_OFFSET_DELTA)
  stampCrc(bytes)
  return bytes
}

const negativeTimestamp = altered(good, (bytes) =>
  bytes.fill(0xff, BASE_TIMESTAMP, BASE_TIMESTAMP + 8).writeInt8(-9, BASE_TIMESTAMP + 7),
)
const appended: BatchOptions = { timestampType: 'LogAppendTime', maxTimestamp: MADE }
const packed = (compression: layout.CompressionType, records = keyed) => buildBatch(records, { compression })

const noVarint = Buffer.concat([Buffer.alloc(5, 0xff), payload])

/** Records that do not have the size they say: in compressed batches that stay as they are nobody looks. */
export const wrongSizes: readonly OddRecords[] = [
  ['a size that is no varint', 'plain', around('none', noVarint)],
  ['a size that is no varint, to be compressed', 'gzip', around('none', noVarint)],
  ['a size that is no varint, gzip', 'plain', around('gzip', gzipSync(noVarint))],
  ['a size that is no varint, lz4 to gzip', 'gzip', around('lz4', compress('lz4', noVarint))],
  ['a size that is cut off', 'plain', around('none', Buffer.concat([payload, Buffer.from([0x80])]), 4)],
  ['a size that is cut off, gzip', 'plain', around('gzip', gzipSync(Buffer.concat([payload, Buffer.from([0x80])])), 4)],
  ...[0x7e, 0x02].flatMap((size): OddRecords[] => {
    const wrong = withByte(0, size).subarray(RECORDS)
    return [
      [`a size of ${size / 2}, gzip`, 'plain', around('gzip', gzipSync(wrong))],
      [`a size of ${size / 2}, lz4 to gzip`, 'gzip', around('lz4', compress('lz4', wrong))],
      [`a size of ${size / 2}, gzip to compacted`, 'compacted', around('gzip', gzipSync(wrong))],
    ]
  }),
  ['too many headers, gzip', 'plain', around('gzip', gzipSync(withByte(8, 0x7e).subarray(RECORDS)))],
]

/** A compressed batch whose first record has a size below 0. */
export const negativeSize: Buffer = around('gzip', gzipSync(withByte(0, 0x01).subarray(RECORDS)))

/** One of each kind, for every version. */
export const everyRule: readonly OddRecords[] = [
  ['right', 'plain', good],
  ['zstd', 'plain', packed('zstd')],
  ['nothing', 'plain', Buffer.alloc(0)],
  ['cut off', 'plain', good.subarray(0, -1)],
  ['two batches', 'plain', Buffer.concat([good, good])],
  ['length 5', 'plain', altered(good, (bytes) => bytes.writeInt32BE(5, BATCH_LENGTH))],
  ['magic 1', 'plain', buildMessageSet(keyed, { magic: 1 })],
  ['another CRC', 'plain', Buffer.from(good).fill(1, layout.CRC, layout.CRC + 4)],
  ['base offset 5', 'plain', buildBatch(keyed, { baseOffset: 5 })],
  ['too large', 'plain', buildBatch([sized(6000)])],
  ['not gzip at all', 'plain', around('gzip', Buffer.from('this is not gzip at all'))],
  ['one record too few', 'plain', withCount(4)],
  ['null keys', 'compacted', buildBatch(keyless)],
  ['no key at all', 'compacted', buildBatch(Array.from({ length: 5 }, () => ({ value: 'v', timestamp: MADE })))],
  ['time of the append', 'appendTime', good],
  ['to be compressed', 'gzip', good],
]

/** The rest, for which one version will do. */
export const everyBatch: readonly OddRecords[] = [
  ['one and a part', 'plain', Buffer.concat([good, good.subarray(0, 30)])],
  ['bytes after the batch', 'plain', Buffer.concat([good, Buffer.from([1, 2, 3])])],
  ['length below 0', 'plain', altered(good, (bytes) => bytes.writeInt32BE(-5, BATCH_LENGTH))],
  ['length of less than a header', 'plain', altered(good, (bytes) => bytes.writeInt32BE(30, BATCH_LENGTH))],
  ['a header alone', 'plain', around('none', Buffer.alloc(0))],
  ['magic 3', 'plain', altered(good, (bytes) => bytes.writeInt8(3, MAGIC))],
  ['magic -1', 'plain', altered(good, (bytes) => bytes.writeInt8(-1, MAGIC))],
  ['codec 5', 'plain', withAttributes(5)],
  ['codec 7', 'plain', withAttributes(7)],
  ['count 0', 'plain', altered(good, (bytes) => bytes.writeInt32BE(0, RECORD_COUNT))],
  ['count -1', 'plain', altered(good, (bytes) => bytes.writeInt32BE(-1, RECORD_COUNT))],
  ['count 0, and no offsets', 'plain', withCount(0)],
  ['count 2 of 3 offsets', 'plain', altered(good, (bytes) => bytes.writeInt32BE(2, RECORD_COUNT))],
  ['one record too many', 'plain', withCount(2)],
  ['last offset -1', 'plain', altered(good, (bytes) => bytes.writeInt32BE(-1, LAST_OFFSET_DELTA))],
  ['last offset 7', 'plain', altered(good, (bytes) => bytes.writeInt32BE(7, LAST_OFFSET_DELTA))],
  ['control records', 'plain', buildBatch(keyed, { isControl: true })],
  ['a producer without a sequence', 'plain', buildBatch(keyed, { producerId: 5, producerEpoch: 0 })],
  ['a producer without an epoch', 'plain', buildBatch(keyed, { producerId: 6, baseSequence: 0 })],
  ['a sequence without a producer', 'plain', buildBatch(keyed, { baseSequence: 4 })],
  ['unknown attributes', 'plain', withAttributes(0x780)],
  ['a delete horizon', 'plain', withAttributes(layout.DELETE_HORIZON_FLAG)],
  ['a leader epoch', 'plain', buildBatch(keyed, { partitionLeaderEpoch: 9 })],
  ['LogAppendTime', 'plain', buildBatch(keyed, appended)],
  ['LogAppendTime, gzip', 'plain', buildBatch(keyed, { ...appended, compression: 'gzip' })],
  ['LogAppendTime of -1', 'plain', buildBatch(keyed, { timestampType: 'LogAppendTime', maxTimestamp: -1 })],
  ['another greatest timestamp', 'plain', buildBatch(keyed, { maxTimestamp: MADE + 1234 })],
  ['another greatest timestamp, gzip', 'plain', buildBatch(keyed, { maxTimestamp: MADE + 1234, compression: 'gzip' })],
  ['no timestamp', 'plain', buildBatch([{ value: 'v', timestamp: -1 }])],
  ['negative timestamps', 'plain', negativeTimestamp],
  ['gaps', 'plain', withGaps('none')],
  ['gaps, gzip', 'plain', withGaps('gzip')],
  ['gaps, to be compressed', 'gzip', withGaps('none')],
  ['a record too long', 'plain', withByte(0, 0x7e)],
  ['a record too short', 'plain', withByte(0, 2)],
  ['a record of length -1', 'plain', withByte(0, 1)],
  ['a key too long', 'plain', withByte(4, 0x7e)],
  ['too many headers', 'plain', withByte(8, 0x7e)],
  ['-1 headers', 'plain', withByte(8, 1)],
  ...(['gzip', 'snappy', 'lz4', 'zstd'] as const).flatMap((codec): OddRecords[] => [
    [`right, ${codec}`, 'plain', packed(codec)],
    [`not ${codec} at all`, 'plain', around(codec, Buffer.from(`this is not ${codec} at all`))],
    [`nothing in ${codec}`, 'plain', around(codec, Buffer.alloc(0))],
    [`${codec} to gzip`, 'gzip', packed(codec)],
    [`${codec} to zstd`, 'zstd', packed(codec)],
    [`${codec} to uncompressed`, 'uncompressed', packed(codec)],
  ]),
  ...(['gzip', 'snappy', 'lz4', 'zstd'] as const).flatMap((codec): OddRecords[] => {
    const [whole, front, back] = [payload, payload.subarray(0, 9), payload.subarray(9)].map((one) =>
      compress(codec, one),
    )
    return [
      [`${codec} cut off`, 'plain', around(codec, whole?.subarray(0, -9) as Buffer)],
      [`${codec} in two parts`, 'plain', around(codec, Buffer.concat([front as Buffer, back as Buffer]))],
      [`bytes after ${codec}`, 'plain', around(codec, Buffer.concat([whole as Buffer, Buffer.alloc(4)]))],
    ]
  }),
  ['gzip, one record too many', 'plain', around('gzip', gzipSync(payload), 2)],
  ['gzip, one record too few', 'plain', around('gzip', gzipSync(payload), 4)],
  ['gzip, a key too long', 'plain', around('gzip', gzipSync(withByte(4, 0x7e).subarray(RECORDS)))],
  ['zstd in one frame', 'plain', around('zstd', zstdCompressSync(payload))],
  ['large inside', 'plain', packed('gzip', [sized(5200)])],
  ['large once it is uncompressed', 'uncompressed', packed('gzip', [sized(5200)])],
  ['large, and small once it is compressed', 'zstd', buildBatch([sized(6000)])],
  ['null keys, gzip', 'compacted', packed('gzip', keyless)],
  ['keys', 'compacted', good],
  ['right, gzip', 'appendTime', packed('gzip')],
  ['LogAppendTime to its own', 'appendTime', buildBatch(keyed, appended)],
  ['null keys, idempotent', 'compacted', buildBatch(keyless, { producerId: 7, producerEpoch: 0, baseSequence: 0 })],
  ['idempotent, to gzip', 'gzip', buildBatch(keyed, { producerId: 8, producerEpoch: 0, baseSequence: 3 })],
  ['uncompressed to uncompressed', 'uncompressed', good],
]

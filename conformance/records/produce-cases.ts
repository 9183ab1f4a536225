/** Batches and message sets that are right, odd or broken, for every rule that a broker has about them. */
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { type BatchOptions, buildBatch } from '../../src/protocol/records/batch-builder.ts'
import * as layout from '../../src/protocol/records/batch-layout.ts'
import { stampCrc } from '../../src/protocol/records/batch-stamp.ts'
import { crc32 } from '../../src/protocol/records/crc32.ts'
import {
  LEGACY_ATTRIBUTES,
  LEGACY_CRC,
  LEGACY_MAGIC,
  legacyHeaderSize,
} from '../../src/protocol/records/legacy-batch.ts'
import { buildMessageSet, type MessageSetOptions } from '../../src/protocol/records/message-set.ts'
import type { RecordInput } from '../../src/protocol/records/record.ts'
import type { AppendRules } from '../../src/protocol/records/validate-append.ts'

/** The topics that the cases need: their configs, and the same as rules. */
export const topics = {
  plain: { configs: { 'max.message.bytes': '5000' }, rules: { maxMessageBytes: 5000 } },
  compacted: { configs: { 'cleanup.policy': 'compact' }, rules: { compacted: true } },
  append: { configs: { 'message.timestamp.type': 'LogAppendTime' }, rules: { timestampType: 'LogAppendTime' } },
  gzip: { configs: { 'compression.type': 'gzip' }, rules: { compression: 'gzip' } },
  none: { configs: { 'compression.type': 'uncompressed' }, rules: { compression: 'none' } },
  range: {
    configs: { 'message.timestamp.before.max.ms': '1000000', 'message.timestamp.after.max.ms': '1000000' },
    rules: { timestampBeforeMaxMs: 1_000_000, timestampAfterMaxMs: 1_000_000 },
  },
} satisfies Record<string, { configs: Record<string, string>; rules: AppendRules }>

export type TopicName = keyof typeof topics
/** What is sent, where to, and in which version of Produce. */
export type ProduceCase = readonly [name: string, topic: TopicName, version: number, bytes: Buffer]

const now = Date.now()
const keyed: readonly RecordInput[] = [
  { key: 'a', value: '1', timestamp: now },
  { key: 'b', value: '2', timestamp: now + 3 },
  { key: 'c', value: '3', timestamp: now + 1 },
]
const keyless = keyed.map((record, i) => (i === 2 ? { ...record, key: null } : record))
const value = (size: number): RecordInput => ({ key: 'k', value: 'x'.repeat(size), timestamp: now })
const good = buildBatch(keyed)
const { ATTRIBUTES, BASE_TIMESTAMP, BATCH_LENGTH, LAST_OFFSET_DELTA, MAGIC, RECORD_COUNT, RECORDS } = layout

/** A batch of three records with other bytes, under a CRC that fits. */
function altered(alter: (bytes: Buffer) => void, options?: BatchOptions): Buffer {
  const bytes = buildBatch(keyed, options)
  alter(bytes)
  stampCrc(bytes)
  return bytes
}

function counting(bytes: Buffer, count: number): void {
  bytes.writeInt32BE(count, RECORD_COUNT)
  bytes.writeInt32BE(count - 1, LAST_OFFSET_DELTA)
}

/** The header of a batch of `count` records before any bytes. */
function around(codec: layout.CompressionType, payload: Buffer, count = 3): Buffer {
  const bytes = Buffer.concat([good.subarray(0, RECORDS), payload])
  bytes.writeInt32BE(bytes.length - layout.LOG_OVERHEAD, BATCH_LENGTH)
  bytes.writeInt16BE(layout.compressionTypes.indexOf(codec), ATTRIBUTES)
  counting(bytes, count)
  stampCrc(bytes)
  return bytes
}

const payload = good.subarray(RECORDS)
const withByte = (at: number, byte: number) => altered((bytes) => bytes.writeUInt8(byte, RECORDS + at))
const gzipWithByte = (at: number, byte: number) => around('gzip', gzipSync(withByte(at, byte).subarray(RECORDS)))

function withGaps(compression: layout.CompressionType): Buffer {
  const bytes = buildBatch(
    keyed.map((record, i) => ({ ...record, offset: i * 2 })),
    { compression },
  )
  bytes.writeInt32BE(2, LAST_OFFSET_DELTA)
  stampCrc(bytes)
  return bytes
}

const negativeTimestamp = altered((bytes) =>
  bytes.fill(0xff, BASE_TIMESTAMP, BASE_TIMESTAMP + 8).writeInt8(-9, BASE_TIMESTAMP + 7),
)
const idempotent = { producerId: 1000, producerEpoch: 0, baseSequence: 0 }

/** For every broker. */
export const batchCases: readonly ProduceCase[] = [
  ['right', 'plain', 9, good],
  ['idempotent', 'plain', 9, buildBatch(keyed, idempotent)],
  ['nothing', 'plain', 9, Buffer.alloc(0)],
  ['cut off', 'plain', 9, good.subarray(0, -1)],
  ['two', 'plain', 9, Buffer.concat([good, good])],
  ['one and a part', 'plain', 9, Buffer.concat([good, good.subarray(0, 30)])],
  ['length 5', 'plain', 9, altered((bytes) => bytes.writeInt32BE(5, BATCH_LENGTH))],
  ['length below 0', 'plain', 9, altered((bytes) => bytes.writeInt32BE(-5, BATCH_LENGTH))],
  ['a header alone', 'plain', 9, around('none', Buffer.alloc(0))],
  ['magic 3', 'plain', 9, altered((bytes) => bytes.writeInt8(3, MAGIC))],
  ['magic -1', 'plain', 9, altered((bytes) => bytes.writeInt8(-1, MAGIC))],
  ['magic 1 where it may not be', 'plain', 9, buildMessageSet(keyed, { magic: 1 })],
  ['another CRC', 'plain', 9, Buffer.from(good).fill(1, layout.CRC, layout.CRC + 4)],
  ['base offset 5', 'plain', 9, buildBatch(keyed, { baseOffset: 5 })],
  ['too large', 'plain', 9, buildBatch([value(6000)])],
  ['codec 5', 'plain', 9, altered((bytes) => bytes.writeInt16BE(5, ATTRIBUTES))],
  ['codec 7', 'plain', 9, altered((bytes) => bytes.writeInt16BE(7, ATTRIBUTES))],
  ['zstd in version 6', 'plain', 6, buildBatch(keyed, { compression: 'zstd' })],
  ['zstd in version 7', 'plain', 7, buildBatch(keyed, { compression: 'zstd' })],
  ['count 0', 'plain', 9, altered((bytes) => bytes.writeInt32BE(0, RECORD_COUNT))],
  ['count -1', 'plain', 9, altered((bytes) => bytes.writeInt32BE(-1, RECORD_COUNT))],
  ['count 2 of 3 offsets', 'plain', 9, altered((bytes) => bytes.writeInt32BE(2, RECORD_COUNT))],
  ['one record too many', 'plain', 9, altered((bytes) => counting(bytes, 2))],
  ['one record too few', 'plain', 9, altered((bytes) => counting(bytes, 4))],
  ['last offset -1', 'plain', 9, altered((bytes) => bytes.writeInt32BE(-1, LAST_OFFSET_DELTA))],
  ['last offset 7', 'plain', 9, altered((bytes) => bytes.writeInt32BE(7, LAST_OFFSET_DELTA))],
  ['control', 'plain', 9, buildBatch(keyed, { isControl: true })],
  ['producer without sequence', 'plain', 9, buildBatch(keyed, { producerId: 5, producerEpoch: 0 })],
  ['producer without epoch', 'plain', 9, buildBatch(keyed, { producerId: 6, baseSequence: 0 })],
  ['unknown attributes', 'plain', 9, altered((bytes) => bytes.writeInt16BE(0x780, ATTRIBUTES))],
  ['delete horizon', 'plain', 9, altered((bytes) => bytes.writeInt16BE(layout.DELETE_HORIZON_FLAG, ATTRIBUTES))],
  ['LogAppendTime', 'plain', 9, buildBatch(keyed, { timestampType: 'LogAppendTime', maxTimestamp: now })],
  ['LogAppendTime -1', 'plain', 9, buildBatch(keyed, { timestampType: 'LogAppendTime', maxTimestamp: -1 })],
  ['another greatest timestamp', 'plain', 9, buildBatch(keyed, { maxTimestamp: now + 1234 })],
  [
    'another greatest timestamp, gzip',
    'plain',
    9,
    buildBatch(keyed, { maxTimestamp: now + 1234, compression: 'gzip' }),
  ],
  ['gaps', 'plain', 9, withGaps('none')],
  ['gaps, gzip', 'plain', 9, withGaps('gzip')],
  ['gaps, to be compressed', 'gzip', 9, withGaps('none')],
  ['record too long', 'plain', 9, withByte(0, 0x7e)],
  ['record too short', 'plain', 9, withByte(0, 2)],
  ['record of length -1', 'plain', 9, withByte(0, 1)],
  ['key too long', 'plain', 9, withByte(4, 0x7e)],
  ['too many headers', 'plain', 9, withByte(8, 0x7e)],
  ['-1 headers', 'plain', 9, withByte(8, 1)],
  ...(['gzip', 'snappy', 'lz4', 'zstd'] as const).flatMap((codec): ProduceCase[] => [
    [`right, ${codec}`, 'plain', 9, buildBatch(keyed, { compression: codec })],
    [`not ${codec} at all`, 'plain', 9, around(codec, Buffer.from(`this is not ${codec} at all`))],
  ]),
  ['gzip cut off', 'plain', 9, around('gzip', gzipSync(payload).subarray(0, 20))],
  ['gzip, one record too many', 'plain', 9, around('gzip', gzipSync(payload), 2)],
  ['gzip, one record too few', 'plain', 9, around('gzip', gzipSync(payload), 4)],
  ['gzip, key too long', 'plain', 9, gzipWithByte(4, 0x7e)],
  [
    'gzip in two members',
    'plain',
    9,
    around('gzip', Buffer.concat([gzipSync(payload.subarray(0, 9)), gzipSync(payload.subarray(9))])),
  ],
  ['zstd in one frame', 'plain', 9, around('zstd', zstdCompressSync(payload))],
  ['gzip, large inside', 'plain', 9, buildBatch([value(60_000)], { compression: 'gzip' })],
  ['null keys', 'compacted', 9, buildBatch(keyless)],
  ['null keys, gzip', 'compacted', 9, buildBatch(keyless, { compression: 'gzip' })],
  ['five null keys', 'compacted', 9, buildBatch(Array.from({ length: 5 }, () => ({ value: 'v', timestamp: now })))],
  ['keys', 'compacted', 9, good],
  ['right', 'append', 9, good],
  ['right, gzip', 'append', 9, buildBatch(keyed, { compression: 'gzip' })],
  ['LogAppendTime', 'append', 9, buildBatch(keyed, { timestampType: 'LogAppendTime', maxTimestamp: now })],
  ['old', 'append', 9, buildBatch([{ value: 'v', timestamp: 5 }])],
  ['uncompressed', 'gzip', 9, good],
  ['lz4', 'gzip', 9, buildBatch(keyed, { ...idempotent, producerId: 2000, compression: 'lz4' })],
  ['gzip', 'gzip', 9, buildBatch(keyed, { compression: 'gzip' })],
  ['snappy', 'none', 9, buildBatch(keyed, { compression: 'snappy' })],
  [
    'old and early',
    'range',
    9,
    buildBatch([5, now, now + 100_000_000].map((timestamp) => ({ value: 'v', timestamp }))),
  ],
  ['no timestamp', 'range', 9, buildBatch([{ value: 'v', timestamp: -1 }])],
  ['negative timestamp', 'range', 9, negativeTimestamp],
  ['negative timestamp', 'plain', 9, negativeTimestamp],
]

const set = (options: MessageSetOptions, records: readonly RecordInput[] = keyed) => buildMessageSet(records, options)

/** A message of other bytes, under a CRC that fits. */
function message(bytes: Buffer, alter: (bytes: Buffer) => void): Buffer {
  alter(bytes)
  bytes.writeUInt32BE(crc32(bytes, LEGACY_MAGIC), LEGACY_CRC)
  return bytes
}

function messageSetCases(magic: 0 | 1): ProduceCase[] {
  const version = magic === 0 ? 0 : 2
  const packed = () => set({ magic, compression: 'gzip' })
  const one = (record: RecordInput) => set({ magic }, [record])
  const attributes = (value: number) => (bytes: Buffer) => {
    bytes[LEGACY_ATTRIBUTES] = value
  }
  const cases: [string, TopicName, Buffer][] = [
    ['right', 'plain', set({ magic })],
    ['right, gzip', 'plain', packed()],
    ['two wrappers', 'plain', Buffer.concat([packed(), packed()])],
    ['wrapper and messages', 'plain', Buffer.concat([packed(), set({ magic })])],
    ['another CRC', 'plain', set({ magic }).fill(1, LEGACY_CRC, LEGACY_CRC + 2)],
    ['cut off', 'plain', set({ magic }).subarray(0, -3)],
    ['cut off before the first ends', 'plain', one(value(5)).subarray(0, -3)],
    ['nothing', 'plain', Buffer.alloc(0)],
    ['null keys', 'compacted', set({ magic }, keyless)],
    ['null keys, gzip', 'compacted', set({ magic, compression: 'gzip' }, keyless)],
    ['uncompressed', 'gzip', set({ magic })],
    ['snappy', 'gzip', set({ magic, compression: 'snappy' })],
    ['lz4', 'none', set({ magic, compression: 'lz4' })],
    ['right', 'append', set({ magic })],
    ['wrapper in a wrapper', 'plain', message(one({ value: gzipSync(packed()), timestamp: now }), attributes(1))],
    ['not gzip at all', 'plain', message(one(value(9)), attributes(1))],
    ['wrapper of nothing', 'plain', message(one({ value: null, timestamp: now }), attributes(1))],
    ['zstd', 'plain', message(one(value(9)), attributes(4))],
    ['codec 6', 'plain', message(one(value(9)), attributes(6))],
    ['key too long', 'plain', message(one(value(9)), (bytes) => bytes.writeInt32BE(99, legacyHeaderSize(magic)))],
    ['too large', 'plain', one(value(6000))],
    [
      'too large together',
      'plain',
      set(
        { magic },
        Array.from({ length: 10 }, () => value(1000)),
      ),
    ],
  ]
  return cases.map(([name, topic, bytes]) => [`magic ${magic}: ${name}`, topic, version, bytes])
}

const appended = { magic: 1, timestampType: 'LogAppendTime', logAppendTime: now } as const

/** For brokers that still know Produce 0 to 2: Kafka up to 3.9, and memkafka. */
export const oldCases: readonly ProduceCase[] = [
  ...messageSetCases(0),
  ...messageSetCases(1),
  ['two magics', 'plain', 2, Buffer.concat([set({ magic: 0 }), set({ magic: 1 })])],
  ['magic 2 in version 2', 'plain', 2, good],
  ['magic 2 twice in version 2', 'plain', 2, Buffer.concat([good, good])],
  ['magic 1: LogAppendTime', 'plain', 2, set(appended)],
  ['magic 1: LogAppendTime, gzip', 'append', 2, set({ ...appended, compression: 'gzip' })],
  ['magic 1: offset 0 of a wrapper', 'plain', 2, set({ magic: 1, compression: 'gzip' }).fill(0, 0, 8)],
  [
    'magic 1: gaps inside',
    'plain',
    2,
    set(
      { magic: 1, compression: 'gzip' },
      keyed.map((record, i) => ({ ...record, offset: i * 3 })),
    ),
  ],
]

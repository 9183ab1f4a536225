/**
 * What conformance/codec/java/GoldenRecords.java has Kafka write, said again: the file kafka.json beside this one holds the bytes, which Kafka
 * 3.9.2 and 4.4.0 write alike.
 */
import { type BatchOptions, buildBatch } from '../../../../src/protocol/records/batch-builder.ts'
import { type CompressionType, compressionTypes } from '../../../../src/protocol/records/batch-layout.ts'
import { endTransactionRecord } from '../../../../src/protocol/records/control-record.ts'
import { buildMessageSet } from '../../../../src/protocol/records/message-set.ts'
import type { KafkaRecord, RecordInput } from '../../../../src/protocol/records/record.ts'

export interface GoldenCase {
  readonly name: string
  readonly magic: 0 | 1 | 2
  readonly compression: CompressionType
  readonly appendTime: number | null
  readonly records: readonly RecordInput[]
  /** What we write. */
  readonly ours: Buffer
  /** What must be read, from Kafka's bytes and from ours. */
  readonly expected: readonly KafkaRecord[]
}

const APPEND_TIME = 1_700_000_123_456
const TIME = 1_700_000_000_000

const few: readonly RecordInput[] = [
  { key: 'key-0', value: 'value-0', timestamp: TIME },
  {
    key: null,
    value: 'naïve ☃',
    headers: [
      { key: 'trace', value: 'abc' },
      { key: '', value: '' },
      { key: 'né', value: null },
    ],
    timestamp: TIME + 5,
  },
  { key: 'key-2', value: null, timestamp: TIME - 70_000 },
  { key: '', value: '', timestamp: TIME + 3_000_000_000 },
  { key: 'k'.repeat(70), value: 'ab'.repeat(100), timestamp: -1 },
]
const gaps: readonly RecordInput[] = [
  { key: 'a', value: '1', offset: 1000, timestamp: 50 },
  { key: 'b', value: '2', offset: 1003, timestamp: 60 },
  { key: 'c', value: '3', offset: 1200, timestamp: 55 },
]
const many: readonly RecordInput[] = Array.from({ length: 80 }, (_, i) => ({
  key: `key-${i % 10}`,
  value: 'x'.repeat(1000),
  timestamp: TIME + (i % 7),
}))

function goldenCase(
  name: string,
  magic: 0 | 1 | 2,
  compression: CompressionType,
  records: readonly RecordInput[],
  options: BatchOptions & { readonly appendTime?: number } = {},
): GoldenCase {
  const { appendTime, ...header } = options
  const baseOffset = header.baseOffset ?? 0
  const appended = appendTime === undefined ? {} : ({ timestampType: 'LogAppendTime' } as const)
  const ours =
    magic === 2
      ? buildBatch(records, {
          compression,
          ...header,
          ...appended,
          ...(appendTime !== undefined && { maxTimestamp: appendTime }),
        })
      : buildMessageSet(records, {
          magic,
          compression,
          baseOffset,
          ...appended,
          ...(appendTime !== undefined && { logAppendTime: appendTime }),
        })
  const expected = records.map((record, i): KafkaRecord => {
    const bytes = (input: RecordInput['key']) =>
      input === null || input === undefined ? null : Buffer.from(input as string)
    return {
      offset: record.offset ?? baseOffset + i,
      timestamp: appendTime ?? (magic === 0 ? -1 : record.timestamp),
      key: bytes(record.key),
      value: bytes(record.value),
      headers: magic < 2 ? [] : (record.headers ?? []).map(({ key, value }) => ({ key, value: bytes(value) })),
    }
  })
  return { name, magic, compression, appendTime: appendTime ?? null, records, ours, expected }
}

const matrix = ([0, 1, 2] as const).flatMap((magic) =>
  compressionTypes
    .filter((compression) => compression !== 'zstd' || magic === 2)
    .flatMap((compression) => {
      const name = `v${magic} ${compression}`
      const cases = [
        goldenCase(name, magic, compression, few),
        goldenCase(`${name} from 1000`, magic, compression, gaps, { baseOffset: 1000 }),
      ]
      if (magic > 0) {
        cases.push(goldenCase(`${name} LogAppendTime`, magic, compression, few, { appendTime: APPEND_TIME }))
      }
      if (compression !== 'none') cases.push(goldenCase(`${name} many`, magic, compression, many))
      return cases
    }),
)

const marker = { producerId: 7, producerEpoch: 3, isTransactional: true, isControl: true, partitionLeaderEpoch: 1 }

export const goldenCases: readonly GoldenCase[] = [
  ...matrix,
  goldenCase('v2 idempotent', 2, 'none', few, { producerId: 7, producerEpoch: 3, baseSequence: 2147483646 }),
  goldenCase('v2 transactional', 2, 'none', few, {
    producerId: Number.MAX_SAFE_INTEGER,
    producerEpoch: 32767,
    baseSequence: 5,
    isTransactional: true,
    partitionLeaderEpoch: 12,
  }),
  goldenCase('v2 delete horizon', 2, 'none', few, { partitionLeaderEpoch: 4, deleteHorizonMs: TIME + 500 }),
  ...(['COMMIT', 'ABORT'] as const).map((type) => {
    const record = endTransactionRecord({ type, coordinatorEpoch: 11 }, TIME)
    return goldenCase(`v2 ${type.toLowerCase()}`, 2, 'none', [record], marker)
  }),
]

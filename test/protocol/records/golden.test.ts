import { describe, expect, test } from 'vitest'
import { BASE_OFFSET, CRC, LAST_OFFSET_DELTA, RECORDS } from '../../../src/protocol/records/batch-layout.ts'
import { readEndTransactionMarker } from '../../../src/protocol/records/control-record.ts'
import { LegacyRecordBatch, readLegacyBatches } from '../../../src/protocol/records/legacy-batch.ts'
import type { KafkaRecord } from '../../../src/protocol/records/record.ts'
import { RecordBatch, readBatches } from '../../../src/protocol/records/record-batch.ts'
import { type GoldenCase, goldenCases } from './golden/cases.ts'
import golden from './golden/kafka.json' with { type: 'json' }

const kafka = (name: string): Buffer => Buffer.from((golden as Record<string, string>)[name] as string, 'base64')

function batches(bytes: Buffer, { magic }: GoldenCase): Iterable<RecordBatch | LegacyRecordBatch> {
  return magic === 2 ? readBatches(bytes) : readLegacyBatches(bytes)
}

function read(bytes: Buffer, goldenCase: GoldenCase): KafkaRecord[] {
  const records: KafkaRecord[] = []
  for (const batch of batches(bytes, goldenCase)) {
    expect(batch.crc).toBe(batch.computeCrc())
    expect(batch.compression).toBe(goldenCase.compression)
    expect(batch.timestampType).toBe(goldenCase.appendTime === null ? 'CreateTime' : 'LogAppendTime')
    records.push(...batch.records())
  }
  return records
}

describe('the bytes that Kafka writes', () => {
  test('are all told of here', () => {
    expect(goldenCases.map(({ name }) => name).sort()).toEqual(Object.keys(golden).sort())
  })

  test.each(goldenCases)('are read as Kafka wrote them: $name', (goldenCase) => {
    expect(read(kafka(goldenCase.name), goldenCase)).toEqual(goldenCase.expected)
  })

  test.each(goldenCases)('are what we write, or hold the same: $name', (goldenCase) => {
    const theirs = kafka(goldenCase.name)
    const { ours, compression, magic } = goldenCase
    if (compression === 'none') expect(ours.toString('hex')).toBe(theirs.toString('hex'))
    expect(read(ours, goldenCase)).toEqual(goldenCase.expected)
    // Codecs may find other matches than Java's, but all that stands around them is the same.
    if (magic === 2) {
      expect(ours.subarray(BASE_OFFSET, 8)).toEqual(theirs.subarray(BASE_OFFSET, 8))
      expect(ours.subarray(12, CRC)).toEqual(theirs.subarray(12, CRC))
      expect(ours.subarray(LAST_OFFSET_DELTA, RECORDS)).toEqual(theirs.subarray(LAST_OFFSET_DELTA, RECORDS))
    }
    const packed = (bytes: Buffer) => (magic === 2 ? bytes.subarray(RECORDS) : new LegacyRecordBatch(bytes).value)
    if (compression === 'lz4') expect(packed(ours)?.subarray(0, 7)).toEqual(packed(theirs)?.subarray(0, 7))
    if (compression === 'snappy') expect(packed(ours)?.subarray(0, 16)).toEqual(packed(theirs)?.subarray(0, 16))
  })

  test('tell of a producer and its transaction', () => {
    expect(new RecordBatch(kafka('v2 idempotent'))).toMatchObject({
      producerId: 7,
      producerEpoch: 3,
      baseSequence: 2147483646,
      lastSequence: 2,
      isTransactional: false,
      isControl: false,
      deleteHorizonMs: null,
    })
    expect(new RecordBatch(kafka('v2 transactional'))).toMatchObject({
      producerId: Number.MAX_SAFE_INTEGER,
      producerEpoch: 32767,
      isTransactional: true,
      partitionLeaderEpoch: 12,
    })
    expect(new RecordBatch(kafka('v2 delete horizon')).deleteHorizonMs).toBe(1_700_000_000_500)
  })

  test('end transactions with markers', () => {
    for (const type of ['COMMIT', 'ABORT']) {
      const batch = new RecordBatch(kafka(`v2 ${type.toLowerCase()}`))
      expect(batch).toMatchObject({ isControl: true, isTransactional: true, recordCount: 1 })
      expect([...batch.records()].map(readEndTransactionMarker)).toEqual([{ type, coordinatorEpoch: 11 }])
    }
  })
})

import { describe, expect, test } from 'vitest'
import { buildBatch } from '../../../src/protocol/records/batch-builder.ts'
import { checkBatch } from '../../../src/protocol/records/batch-check.ts'
import { stampBatch } from '../../../src/protocol/records/batch-stamp.ts'
import { RecordBatch, readBatches } from '../../../src/protocol/records/record-batch.ts'

describe('a record batch', () => {
  test('is read as it was built', () => {
    const bytes = buildBatch([
      { key: 'k', value: 'v', headers: [{ key: 'h', value: null }], timestamp: 1000 },
      { key: null, value: null, timestamp: 998 },
    ])
    const batch = new RecordBatch(bytes)
    expect([...batch.records()]).toEqual([
      {
        offset: 0,
        timestamp: 1000,
        key: Buffer.from('k'),
        value: Buffer.from('v'),
        headers: [{ key: 'h', value: null }],
      },
      { offset: 1, timestamp: 998, key: null, value: null, headers: [] },
    ])
    expect(batch.maxTimestamp).toBe(1000)
    expect(batch.recordCount).toBe(2)
    expect(batch.crc).toBe(batch.computeCrc())
  })

  test('stands the check of a broker, and keeps its CRC when the leader stamps it', () => {
    const bytes = buildBatch([
      { value: 'a', timestamp: 5 },
      { value: 'b', timestamp: 7 },
    ])
    expect(checkBatch(bytes)).toMatchObject({
      recordCount: 2,
      lastOffset: 1,
      maxTimestamp: 7,
      offsetOfMaxTimestamp: 1,
      offsetsConsecutive: true,
    })
    stampBatch(bytes, 40, 3)
    const [batch] = readBatches(bytes)
    expect(batch).toMatchObject({ baseOffset: 40, lastOffset: 41, nextOffset: 42, partitionLeaderEpoch: 3 })
    expect(batch?.crc).toBe(batch?.computeCrc())
  })
})

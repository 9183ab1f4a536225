import { describe, expect, test } from 'vitest'
import { AbortedTransactions } from '../../../src/client/consumer/aborted-transactions.ts'
import { buildBatch } from '../../../src/protocol/records/batch-builder.ts'
import { endTransactionRecord } from '../../../src/protocol/records/control-record.ts'
import { RecordBatch } from '../../../src/protocol/records/record-batch.ts'
import { batchOf } from './support.ts'

function written(baseOffset: number, producerId: number, isTransactional = true): RecordBatch {
  const producer = producerId < 0 ? {} : { producerId, producerEpoch: 0, baseSequence: 0 }
  return new RecordBatch(batchOf(['a', 'b'], { baseOffset, isTransactional, ...producer }))
}

function marker(baseOffset: number, producerId: number, type: 'ABORT' | 'COMMIT'): RecordBatch {
  const record = endTransactionRecord({ type, coordinatorEpoch: 0 }, 0)
  const options = { baseOffset, producerId, producerEpoch: 0, isTransactional: true, isControl: true }
  return new RecordBatch(buildBatch([record], options))
}

describe('aborted transactions', () => {
  test('hide what their producers wrote from their first offset to their marker', () => {
    const aborted = new AbortedTransactions([
      { producerId: 7, firstOffset: 10 },
      { producerId: 7, firstOffset: 2 },
    ])
    const log = [
      written(0, 7),
      written(2, 7),
      written(4, 8),
      marker(6, 7, 'ABORT'),
      written(7, 7),
      marker(9, 7, 'COMMIT'),
      written(10, 7),
      marker(12, 7, 'ABORT'),
      written(13, 7),
    ]
    expect(log.map((batch) => aborted.hides(batch))).toEqual([
      false,
      true,
      false,
      false,
      false,
      false,
      true,
      false,
      false,
    ])
  })

  test('hide nothing that is in no transaction', () => {
    const aborted = new AbortedTransactions([{ producerId: 7, firstOffset: 0 }])
    expect(aborted.hides(written(0, 7, false))).toBe(false)
    expect(aborted.hides(written(2, -1, false))).toBe(false)
    expect(aborted.hides(written(4, 7))).toBe(true)
  })

  test('begin with a batch that ends at or after their first offset', () => {
    const aborted = new AbortedTransactions([{ producerId: 7, firstOffset: 1 }])
    expect(aborted.hides(written(0, 7))).toBe(true)
  })

  test('go on where compaction has left nothing of a control batch', () => {
    const aborted = new AbortedTransactions([{ producerId: 7, firstOffset: 0 }])
    expect(aborted.hides(written(0, 7))).toBe(true)
    const empty = { baseOffset: 2, lastOffset: 2, producerId: 7, producerEpoch: 0, isTransactional: true }
    expect(aborted.hides(new RecordBatch(buildBatch([], { ...empty, isControl: true })))).toBe(true)
    expect(aborted.hides(written(3, 7))).toBe(true)
  })
})

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { buildBatch } from '../../../src/protocol/records/batch-builder.ts'
import { compressionTypes } from '../../../src/protocol/records/batch-layout.ts'
import { BatchWriter } from '../../../src/protocol/records/batch-writer.ts'
import type { RecordInput } from '../../../src/protocol/records/record.ts'
import { records } from './arbitraries.ts'

const plain = {
  compression: 'none',
  compressionLevel: undefined,
  producerId: -1,
  producerEpoch: -1,
  baseSequence: -1,
  isTransactional: false,
} as const

function written(inputs: readonly RecordInput[], capacity?: number): BatchWriter {
  const writer = new BatchWriter(capacity)
  for (const { timestamp, key, value, headers } of inputs) writer.append(timestamp, key, value, headers)
  return writer
}

const texts = fc.record({
  key: fc.option(fc.string({ unit: 'binary', maxLength: 60 }), { nil: null }),
  value: fc.option(fc.string({ unit: 'binary', maxLength: 400 }), { nil: null }),
  timestamp: fc.nat(),
})

test('a batch that grows record by record is the batch that is built of all of them', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(records, texts), { minLength: 1, maxLength: 20 }),
      fc.constantFrom(...compressionTypes),
      fc.boolean(),
      fc.nat({ max: 2000 }),
      (inputs, compression, isTransactional, capacity) => {
        const header = { ...plain, compression, isTransactional, producerId: 7, producerEpoch: 3, baseSequence: 12 }
        const { compressionLevel, ...options } = header
        expect(written(inputs, capacity).seal(header)).toEqual(buildBatch(inputs, options))
        expect(compressionLevel).toBeUndefined()
      },
    ),
  )
})

test('a batch that was sealed can have another header, and more records', () => {
  const record = { timestamp: 5, key: 'k', value: Buffer.alloc(3000, 'v') }
  for (const compression of ['none', 'lz4'] as const) {
    const writer = written([record])
    writer.seal({ ...plain, compression })
    const header = { producerId: 9, producerEpoch: 1, baseSequence: 0 }
    expect(writer.seal({ ...plain, ...header, compression })).toEqual(buildBatch([record], { ...header, compression }))
    writer.append(6, null, null, undefined)
    const both = [record, { timestamp: 6 }]
    expect(writer.seal({ ...plain, compression })).toEqual(buildBatch(both, { compression }))
    expect(writer.count).toBe(2)
  }
})

test('a timestamp that is none leaves the batch as it was', () => {
  const writer = written([{ timestamp: 5, value: 'one' }])
  for (const timestamp of [-2, 0.5, Number.NaN]) {
    expect(() => writer.append(timestamp, null, 'two', undefined)).toThrow(RangeError)
  }
  expect(writer.seal(plain)).toEqual(buildBatch([{ timestamp: 5, value: 'one' }]))
})

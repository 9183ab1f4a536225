import fc from 'fast-check'
import { expect, test } from 'vitest'
import { PartitionBatches } from '../../../src/client/producer/partition-batches.ts'
import type { ProducerBatch } from '../../../src/client/producer/producer-batch.ts'

const format = { compression: 'none', compressionLevel: undefined, isTransactional: false } as const

function valuesOf(batches: readonly ProducerBatch[]): unknown[] {
  return batches.flatMap(({ messages }) => messages.map(({ value }) => value))
}

type Step = 'append' | 'take' | 'settle' | 'repeat' | 'split'

const steps = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.constant<Step>('append') },
    { weight: 3, arbitrary: fc.constantFrom<Step>('take', 'settle', 'repeat', 'split') },
  ),
  { maxLength: 200, size: 'max' },
)

test('messages stay in their order, whatever is sent, settled, split or sent again', () => {
  fc.assert(
    fc.property(steps, fc.integer({ min: 80, max: 300 }), fc.nat({ max: 4 }), (script, maxBytes, maxMessages) => {
      const batches = new PartitionBatches(format, { maxBytes, maxMessages })
      let appended = 0
      for (const step of script) {
        const { first, sent } = batches
        if (step === 'append') {
          const value = `${appended++}`
          const batch = batches.append({ topic: 'orders', value }, null, value, 0, 40)
          expect(maxMessages === 0 || batch.count <= maxMessages).toBe(true)
          expect(batch.size <= maxBytes || batch.count === 1).toBe(true)
        } else if (step === 'take' && first !== undefined) {
          const isNew = !sent.includes(first)
          expect(batches.take(first)).toBe(isNew)
        } else if (step === 'settle' && sent[0] !== undefined && !batches.waiting.includes(sent[0])) {
          batches.replace(sent[0])
        } else if (step === 'repeat') {
          batches.repeat()
        } else if (step === 'split' && sent[0] !== undefined && sent[0].count > 1) {
          batches.replace(sent[0], sent[0].split([1], 0))
          batches.repeat()
        }
        const all = valuesOf([...new Set([...batches.sent, ...batches.waiting])]).map(Number)
        const oldest = all[0] ?? appended
        expect(all).toEqual(Array.from({ length: appended - oldest }, (_, i) => oldest + i))
      }
      const rest = valuesOf(batches.clear())
      expect(new Set(rest).size).toBe(rest.length)
      expect(batches.first).toBeUndefined()
    }),
  )
})

test('what is dropped is gone from wherever it was', () => {
  const batches = new PartitionBatches(format, { maxBytes: 10_000, maxMessages: 1 })
  const [a, b, c] = ['a', 'b', 'c'].map((value) => batches.append({ topic: 'orders', value }, null, value, 0, 40))
  batches.take(a as ProducerBatch)
  batches.repeat()
  expect(batches.drop((batch) => batch !== b)).toEqual([a, c])
  expect(batches.sent).toEqual([])
  expect(batches.waiting).toEqual([b])
})

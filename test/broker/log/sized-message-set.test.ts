import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { sizedMessageSet, wholeMessageSet } from '../../../src/broker/log/sized-message-set.ts'
import { readLegacyBatches } from '../../../src/protocol/records/legacy-batch.ts'
import { batchOf } from '../batches.ts'

const size = (slices: readonly Buffer[]): number => Buffer.concat(slices).length

/** The offsets and values of a message set; what is cut off is left out. */
function messagesIn(slices: readonly Buffer[]): string[] {
  return [...readLegacyBatches(Buffer.concat(slices), { allowPartial: true })].flatMap((batch) =>
    batch.messages().map(({ offset, message }) => `${offset}:${message.value}`),
  )
}

describe('what a client without batches of magic 2 gets', () => {
  test('is messages, beginning with the one it asked for', () => {
    const records = [batchOf(3), batchOf(2, { baseOffset: 3 }, 3)]
    expect(messagesIn(sizedMessageSet(records, 1, 1))).toEqual(['1:v1', '2:v2', '3:v3', '4:v4'])
    expect(messagesIn(sizedMessageSet(records, 0, 4))).toEqual(['4:v4'])
  })

  test('has the size of the records, or of the first batch where that grows', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 6 }), (counts) => {
        let offset = 0
        const records = counts.map((count) => {
          const batch = batchOf(count, { baseOffset: offset }, offset)
          offset += count
          return batch
        })
        const converted = sizedMessageSet(records, 1, 0)
        const first = size(sizedMessageSet(records.slice(0, 1), 1, 0))
        expect(size(converted)).toBe(Math.max(size(records), first))
        const expected = Array.from({ length: offset }, (_, i) => `${i}:v${i}`)
        const messages = messagesIn(converted)
        expect(messages).toEqual(expected.slice(0, messages.length))
        expect(messages.length).toBeGreaterThanOrEqual(counts[0] ?? 0)
      }),
    )
  })

  test('is all messages and nothing else before KIP-283', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 6 }),
        fc.nat(),
        (counts, any) => {
          let offset = 0
          const records = counts.map((count) => {
            const batch = batchOf(count, { baseOffset: offset }, offset)
            offset += count
            return batch
          })
          const from = any % (counts[0] ?? 1)
          const bytes = Buffer.concat(wholeMessageSet(records, 1, from))
          const batches = [...readLegacyBatches(bytes)]
          expect(batches.reduce((sum, { sizeInBytes }) => sum + sizeInBytes, 0)).toBe(bytes.length)
          const expected = Array.from({ length: offset }, (_, i) => `${i}:v${i}`).slice(from)
          expect(messagesIn([bytes])).toEqual(expected)
        },
      ),
    )
  })

  test.each([sizedMessageSet, wholeMessageSet])('is nothing where there is no whole batch', (convert) => {
    expect(convert([], 1, 0)).toEqual([])
    expect(convert([batchOf(3).subarray(0, 70)], 1, 0)).toEqual([])
  })

  test.each([sizedMessageSet, wholeMessageSet])(
    'has no control batches, and where there is nothing else a message that claims to be longer than the answer',
    (convert) => {
      const control = batchOf(1, { isControl: true })
      expect(messagesIn(convert([control, batchOf(1, { baseOffset: 1 }, 1)], 1, 0))).toEqual(['1:v1'])
      expect(Buffer.concat(convert([control], 1, 0)).toString('hex')).toBe('ffffffffffffffff0000003d')
    },
  )

  test.each([sizedMessageSet, wholeMessageSet])(
    'ends before a batch of zstd, and is an error when it begins with one',
    (convert) => {
      const zstd = batchOf(2, { baseOffset: 2, compression: 'zstd' }, 2)
      expect(messagesIn(convert([batchOf(2), zstd], 1, 0))).toEqual(['0:v0', '1:v1'])
      expect(() => convert([zstd], 1, 2)).toThrow(expect.objectContaining({ error: 'UNSUPPORTED_COMPRESSION_TYPE' }))
    },
  )
})

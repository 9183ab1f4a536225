import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ProducerStates } from '../../../src/broker/log/producer-states.ts'
import { stampBatch } from '../../../src/protocol/records/batch-stamp.ts'
import { RecordBatch } from '../../../src/protocol/records/record-batch.ts'
import { batchOf, MADE } from '../batches.ts'

const DAY = 86_400_000
const TEN_MINUTES = 600_000
const LAST_SEQUENCE = 0x7fffffff

const RULES = { expirationMs: DAY, checkIntervalMs: TEN_MINUTES, verifiesTransactions: true }

function states(nowMs = MADE): ProducerStates {
  return new ProducerStates(nowMs)
}

function batch(baseSequence: number, count = 1, producerEpoch = 0, producerId = 7): RecordBatch {
  return new RecordBatch(batchOf(count, { producerId, producerEpoch, baseSequence }))
}

/** Appends a batch as a log does: what became of it, the offset or the error. */
function appendTo(producers: ProducerStates, wanted: RecordBatch, offset: number): number | string {
  const duplicate = producers.duplicateOf(wanted)
  if (duplicate !== undefined) return duplicate.firstOffset
  try {
    producers.check(wanted, offset, { origin: 'client' }, RULES, 'orders-0')
  } catch (error) {
    return (error as { error: string }).error
  }
  stampBatch(wanted.bytes, offset, 0)
  producers.update(wanted)
  return offset
}

describe('an idempotent producer', () => {
  test('of which nothing is known may begin at any sequence', () => {
    expect(appendTo(states(), batch(77), 3)).toBe(3)
  })

  test('must go on with the next sequence', () => {
    const producers = states()
    appendTo(producers, batch(0, 3), 0)
    expect(appendTo(producers, batch(4), 3)).toBe('OUT_OF_ORDER_SEQUENCE_NUMBER')
    expect(appendTo(producers, batch(2), 3)).toBe('OUT_OF_ORDER_SEQUENCE_NUMBER')
    expect(appendTo(producers, batch(3), 3)).toBe(3)
  })

  test('goes on with 0 after 2147483647, also within a batch', () => {
    const producers = states()
    appendTo(producers, batch(LAST_SEQUENCE), 0)
    expect(appendTo(producers, batch(0), 1)).toBe(1)
    const across = states()
    appendTo(across, batch(LAST_SEQUENCE - 1, 5), 0)
    expect(appendTo(across, batch(3), 5)).toBe(5)
  })

  test('begins at 0 in a new epoch', () => {
    const producers = states()
    appendTo(producers, batch(0), 0)
    expect(appendTo(producers, batch(1, 1, 1), 1)).toBe('OUT_OF_ORDER_SEQUENCE_NUMBER')
    expect(appendTo(producers, batch(0, 1, 1), 1)).toBe(1)
  })

  test('that gave no epoch has none to go on in, and may begin one at any sequence', () => {
    const producers = states()
    appendTo(producers, batch(0, 1, -1), 0)
    expect(appendTo(producers, batch(9, 1, -1), 1)).toBe(1)
    expect(appendTo(producers, batch(5, 1, 0), 2)).toBe(2)
    expect(appendTo(producers, batch(9, 1, 0), 3)).toBe('OUT_OF_ORDER_SEQUENCE_NUMBER')
  })

  test('of an older epoch is fenced, even with a batch that was there', () => {
    const producers = states()
    appendTo(producers, batch(0), 0)
    appendTo(producers, batch(0, 1, 1), 1)
    expect(appendTo(producers, batch(0), 2)).toBe('INVALID_PRODUCER_EPOCH')
  })

  test('hears of its last five batches where they went, and of no other', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: LAST_SEQUENCE }),
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 12 }),
        (first, counts) => {
          const producers = states()
          const sent: { sequence: number; count: number; offset: number }[] = []
          let sequence = first
          let offset = 0
          for (const count of counts) {
            expect(appendTo(producers, batch(sequence, count), offset)).toBe(offset)
            sent.push({ sequence, count, offset })
            sequence = (sequence + count) % (LAST_SEQUENCE + 1)
            offset += count
          }
          sent.reverse().forEach((kept, age) => {
            const again = appendTo(producers, batch(kept.sequence, kept.count), offset)
            expect(again).toBe(age < 5 ? kept.offset : 'OUT_OF_ORDER_SEQUENCE_NUMBER')
          })
        },
      ),
    )
  })

  test('is forgotten at the first check after its last record has become too old', () => {
    const producers = states()
    appendTo(producers, batch(0), 0)
    producers.expire(MADE + DAY - 1, RULES)
    expect(producers.size).toBe(1)
    // Kafka looks every ten minutes: what grew too old in between is still known.
    producers.expire(MADE + DAY + TEN_MINUTES - 1, RULES)
    expect(producers.size).toBe(0)
    expect(appendTo(producers, batch(9), 1)).toBe(1)
  })

  test('that gives its records old timestamps is known until the next check', () => {
    const producers = states(MADE + 2 * DAY)
    appendTo(producers, batch(0), 0)
    producers.expire(MADE + 2 * DAY + TEN_MINUTES - 1, RULES)
    expect(producers.size).toBe(1)
    producers.expire(MADE + 2 * DAY + TEN_MINUTES, RULES)
    expect(producers.size).toBe(0)
  })

  test('whose batches come from a coordinator has no sequence numbers to check', () => {
    const producers = states()
    appendTo(producers, batch(0), 0)
    expect(() => producers.check(batch(-1), 1, { origin: 'coordinator' }, RULES, 'orders-0')).not.toThrow()
  })
})

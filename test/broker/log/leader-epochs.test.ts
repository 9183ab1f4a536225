import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { LeaderEpochs } from '../../../src/broker/log/leader-epochs.ts'

function epochs(...entries: readonly (readonly [epoch: number, startOffset: number])[]): LeaderEpochs {
  const made = new LeaderEpochs()
  for (const [epoch, startOffset] of entries) made.assign(epoch, startOffset)
  return made
}

describe('the leader epochs of a log', () => {
  test('end where the next one begins, and the last one at the end of the log', () => {
    const known = epochs([0, 0], [2, 10], [5, 30])
    expect(known.endOf(0, 40)).toEqual({ epoch: 0, endOffset: 10 })
    expect(known.endOf(2, 40)).toEqual({ epoch: 2, endOffset: 30 })
    expect(known.endOf(5, 40)).toEqual({ epoch: 5, endOffset: 40 })
  })

  test('that wrote nothing end where the epoch before them ends', () => {
    expect(epochs([0, 0], [2, 10], [5, 30]).endOf(4, 40)).toEqual({ epoch: 2, endOffset: 30 })
  })

  test('older than all that are known end where the first known one begins', () => {
    expect(epochs([3, 7]).endOf(1, 40)).toEqual({ epoch: 1, endOffset: 7 })
  })

  test('newer than all that are known, or none at all, have no end', () => {
    expect(epochs([3, 7]).endOf(4, 40)).toBeUndefined()
    expect(epochs([3, 7]).endOf(-1, 40)).toBeUndefined()
    expect(epochs().endOf(0, 40)).toBeUndefined()
  })

  test('that wrote nothing give way to the next one', () => {
    const known = epochs([0, 0], [1, 10], [2, 10])
    expect(known.at(10)).toBe(2)
    expect(known.endOf(1, 40)).toEqual({ epoch: 0, endOffset: 10 })
  })

  test('begin at the start of the log once what they wrote first is gone', () => {
    const known = epochs([0, 0], [1, 10], [2, 20])
    known.truncateFromStart(15)
    expect(known.earliest).toEqual({ epoch: 1, startOffset: 15 })
    expect(known.at(14)).toBeUndefined()
    known.truncateFromStart(99)
    expect(known.earliest).toEqual({ epoch: 2, startOffset: 99 })
  })

  test('rise with their offsets, whatever is assigned', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(5), fc.nat(20))), (assigned) => {
        const known = epochs(...assigned)
        const last = assigned[assigned.length - 1]
        const seen = Array.from({ length: 30 }, (_, offset) => known.at(offset) ?? -1)
        expect(seen).toEqual([...seen].sort((a, b) => a - b))
        if (last !== undefined) expect(known.latest?.epoch).toBe(last[0])
      }),
    )
  })
})

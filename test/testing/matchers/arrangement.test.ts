import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isInOrder, paired } from '../../../src/testing/matchers/arrangement.ts'

const values = fc.array(fc.integer({ min: 0, max: 2 }), { maxLength: 8 })

/** Every way in which lists can lie between each other, by the values that come of it. */
function interleavings(lists: readonly (readonly number[])[]): Set<string> {
  const all = new Set<string>()
  const go = (rest: readonly (readonly number[])[], sofar: readonly number[]): void => {
    if (rest.every((list) => list.length === 0)) all.add(sofar.join())
    for (const [i, [first, ...others]] of rest.entries()) {
      if (first !== undefined) go(rest.with(i, others), [...sofar, first])
    }
  }
  go(lists, [])
  return all
}

describe('the order of records', () => {
  test('is kept within a partition, and between partitions is any', () => {
    const partitions = fc.array(fc.array(fc.integer({ min: 0, max: 2 }), { maxLength: 3 }), { maxLength: 3 })
    fc.assert(
      fc.property(partitions, fc.infiniteStream(fc.nat()), (lists, dice) => {
        const expected = lists.flat().toSorted(() => (dice.next().value % 3) - 1)
        const fits = (one: number, list: number, place: number): boolean => expected[one] === lists[list]?.[place]
        const lengths = lists.map(({ length }) => length)
        expect(isInOrder(expected.length, lengths, fits)).toBe(interleavings(lists).has(expected.join()))
      }),
    )
  })

  test('is found for long lists of records that are all alike', () => {
    const lengths = [300, 300, 300]
    expect(isInOrder(900, lengths, () => true)).toBe(true)
    // The last one fits nowhere, and no way there is gone twice.
    expect(isInOrder(90, [30, 30, 30], (expected) => expected < 89)).toBe(false)
  })
})

describe('pairs', () => {
  test('are as many as can be, and nobody is in two of them', () => {
    fc.assert(
      fc.property(values, values, (expected, actual) => {
        const pairs = paired(expected.length, actual.length, (one, other) => expected[one] === actual[other])
        const found = pairs.filter((pair) => pair !== undefined)
        expect(new Set(found).size).toBe(found.length)
        for (const [one, pair] of pairs.entries()) if (pair !== undefined) expect(actual[pair]).toBe(expected[one])
        const most = [0, 1, 2].map((value) => {
          const count = (list: number[]): number => list.filter((one) => one === value).length
          return Math.min(count(expected), count(actual))
        })
        expect(found.length).toBe(most.reduce((sum, one) => sum + one))
      }),
    )
  })

  test('are made anew where one that can do with another stands in the way of one that cannot', () => {
    const suits = [[0, 1], [0], [1, 2]]
    expect(paired(3, 3, (one, other) => suits[one]?.includes(other) === true)).toEqual([1, 0, 2])
  })
})

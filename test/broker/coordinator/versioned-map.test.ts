import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { VersionedMap } from '../../../src/broker/coordinator/versioned-map.ts'

const step = fc.record({
  key: fc.constantFrom('a', 'b', 'c'),
  value: fc.option(fc.nat(9), { nil: undefined }),
  /** How many records are committed after this one. */
  commit: fc.nat(3),
})

describe('a map that is changed by records', () => {
  test('is read as of the last record, and as of any that may still be asked for', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        let committed = 0
        const map = new VersionedMap<string, number>(() => committed)
        const history: Map<string, number>[] = [new Map()]
        steps.forEach(({ key, value, commit }, offset) => {
          map.set(key, value, offset)
          const next = new Map(history[offset])
          if (value === undefined) next.delete(key)
          else next.set(key, value)
          history.push(next)
          committed = Math.min(committed + commit, offset + 1)

          const now = history[offset + 1] as Map<string, number>
          for (const name of ['a', 'b', 'c']) expect(map.get(name)).toBe(now.get(name))
          expect(new Map(map.entries())).toEqual(now)
          expect(map.isEmpty()).toBe(now.size === 0)
          for (let asOf = committed; asOf <= offset + 1; asOf++) {
            const then = history[asOf] as Map<string, number>
            expect(new Map(map.entriesAsOf(asOf))).toEqual(then)
            for (const name of ['a', 'b', 'c']) expect(map.getAsOf(name, asOf)).toBe(then.get(name))
          }
        })
      }),
    )
  })

  test('keeps nothing of what is removed for good', () => {
    let committed = 0
    const map = new VersionedMap<string, number>(() => committed)
    map.set('a', 1, 0)
    map.set('a', undefined, 1)
    expect(map.size).toBe(1)
    committed = 3
    map.set('a', undefined, 2)
    expect(map.size).toBe(0)
  })
})

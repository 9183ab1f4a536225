import fc from 'fast-check'
import { expect, test } from 'vitest'
import { newExponentialBackoff } from '../../src/client/exponential-backoff.ts'

test('doubles with each retry, up to a fifth more or less, and stays below its limit', () => {
  const chance = fc.nat({ max: (1 << 20) - 1 })
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 500 }),
      fc.integer({ min: 500, max: 10_000 }),
      fc.nat(40),
      chance,
      (first, longest, retries, drawn) => {
        const backoff = newExponentialBackoff(first, longest, {
          below: () => drawn,
          bytes: (length) => new Uint8Array(length),
        })
        const expected = first * 2 ** Math.max(0, retries - 1)
        const ms = backoff(retries, 50)
        expect(ms).toBeLessThanOrEqual(Math.min(longest, Math.ceil(expected * 1.2)))
        expect(ms).toBeGreaterThanOrEqual(Math.min(longest, Math.floor(expected * 0.8)))
      },
    ),
  )
})

test('begins with 100 ms and ends with 1000 where nothing else is said', () => {
  const backoff = newExponentialBackoff(0, 0)
  expect(backoff(0, 3)).toBe(100)
  expect(backoff(30, 50)).toBe(1000)
})

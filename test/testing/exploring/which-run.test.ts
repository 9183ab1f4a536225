import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Runs, type WhichRun } from '../../../src/testing/exploring/which-run.ts'

const lists = fc.array(fc.nat(100))

interface Seen {
  readonly which: WhichRun | undefined
  readonly list: number[]
}

/** A property of lists whose sum is not too high, and which runs there were of it. */
function watched(): { readonly property: fc.IAsyncProperty<[number[]]>; readonly seen: Seen[] } {
  const seen: Seen[] = []
  const runs = new Runs()
  const inner = fc.asyncProperty(lists, async (list) => list.reduce((sum, one) => sum + one, 0) < 200)
  const property: fc.IAsyncProperty<[number[]]> = {
    isAsync: () => true,
    generate: (random, runId) => runs.generated(random, runId, () => inner.generate(random, runId)),
    shrink: (value) => runs.shrunk(value, inner.shrink(value)),
    run: (value) => {
      seen.push({ which: runs.begins(value), list: value[0] })
      return inner.run(value)
    },
    runBeforeEach: () => inner.runBeforeEach(),
    runAfterEach: () => inner.runAfterEach(),
  }
  return { property, seen }
}

/** Of no example: they have neither seed nor path. */
const known = (seen: readonly Seen[]) =>
  seen.flatMap(({ which, list }) => (which === undefined ? [] : [{ which, list }]))

test('whatever the seed, fast-check has every run again by the seed and the path that it is told to have', async () => {
  const law = fc.asyncProperty(fc.integer(), fc.array(lists, { maxLength: 2 }), async (seed, examples) => {
    const { property, seen } = watched()
    await fc.check(property, { seed, numRuns: 50, examples: examples.map((one): [number[]] => [one]) })
    for (const { which, list } of known(seen)) {
      expect(which.seed).toBe(seed)
      expect(fc.sample(lists, { ...which, numRuns: 1, examples })).toEqual([list])
    }
    const failed = examples.some((list) => list.reduce((sum, one) => sum + one, 0) >= 200)
    if (!failed) expect(known(seen).length).toBe(seen.length - examples.length)
  })
  await fc.assert(law, { numRuns: 50 })
})

test('a run that is had again by its path has that path, and so has what is made smaller of it', async () => {
  const first = watched()
  const { seed, counterexamplePath } = await fc.check(first.property, { seed: 3, numRuns: 1000 })
  expect(counterexamplePath).toMatch(/^\d+(?::\d+)+$/)
  const last = (seen: readonly Seen[]) => known(seen).findLast(({ which }) => which.path === counterexamplePath)
  expect(last(first.seen)).toBeDefined()
  const [start = ''] = counterexamplePath?.split(':') ?? []
  for (const path of [counterexamplePath ?? '', start]) {
    const again = watched()
    await fc.check(again.property, { seed, path })
    expect(again.seen[0]?.which).toEqual({ seed, path })
    expect(last(again.seen)).toEqual(last(first.seen))
    for (const { which, list } of known(again.seen)) {
      expect(fc.sample(lists, { ...which, numRuns: 1 })).toEqual([list])
    }
  }
})

test('one property is explored by one seed after the other', async () => {
  const { property, seen } = watched()
  for (const seed of [1, 2, -1]) await fc.check(property, { seed, numRuns: 1, endOnFailure: true })
  expect(seen.map(({ which }) => which)).toEqual([1, 2, -1].map((seed) => ({ seed, path: '0' })))
})

test.each<[string, fc.Parameters<[number[]]>]>([
  ['of another generator', { randomType: 'xoroshiro128plus' }],
  ['of one that is not linear', { randomType: 'congruential32' }],
  ['that fast-check does not count', { unbiased: true }],
])('nothing is said of runs %s', async (_, parameters) => {
  const { property, seen } = watched()
  await fc.check(property, { seed: 1, numRuns: 3, ...parameters })
  expect(new Set(seen.map(({ which }) => which))).toEqual(new Set([undefined]))
})

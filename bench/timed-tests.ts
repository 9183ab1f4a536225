/** What tests cost that use the fixture of `memkafka/vitest`: a run of vitest on its own, over the sources. */
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type * as RunVitest from '../test/testing/vitest/run-vitest.ts'
import type { Build } from './build.ts'

/** In ms, as vitest tells it: a test with a record after the first ones, the first, and one with three rebalances. */
export async function timedTests({ folder }: Build): Promise<readonly number[]> {
  // Of the checkout that is measured.
  const module = pathToFileURL(join(folder, 'test/testing/vitest/run-vitest.ts')).href
  const { runVitest }: typeof RunVitest = await import(module)
  const { tests, printed, code } = await runVitest('timed')
  if (code !== 0) throw new Error(printed)
  const times = (name: string): number[] =>
    [...tests].filter(([title]) => title.startsWith(name)).map(([, { tookMs }]) => tookMs)
  const [first = Number.NaN, ...records] = times('record ')
  return [median(records), first, median(times('rebalances ').slice(1))]
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN
}

/** Code of a user's, explored: `exploring.ts <entry>`. How many runs a second of processor time, and a second by the clock. */
import { registerHooks } from 'node:module'
import fc from 'fast-check'
import type * as Exploring from '../../src/testing/exploring/index.ts'
import { answer } from '../worker.ts'

const SEEDS = [1, 2, 3, 4]
const RUNS = 25

const [entry] = process.argv.slice(2) as [string]
const here = new URL('../../src/', import.meta.url).href
const extension = entry.split('.').at(-1) as string

/** A module of memkafka, of the build that is measured. */
const ofBuild = (module: string): string => new URL(`${module}.${extension}`, entry).href

// The service is the one of the tests: what it imports of memkafka is the build's, too.
registerHooks({
  resolve: (specifier, context, next) => {
    const found = next(specifier, context)
    const isOurs = context.parentURL?.endsWith('/services.ts') && found.url.startsWith(here)
    return isOurs ? next(ofBuild(found.url.slice(here.length).replace(/\.ts$/, '')), context) : found
  },
})

const { exploreFaults, nothingAcknowledgedIsLost, processedAtLeastOnce }: typeof Exploring = await import(
  ofBuild('testing/exploring/index')
)
const { sendAndRead, threeBrokers } = await import('../../test/testing/exploring/services.ts')

async function round(): Promise<{ values: number[] }> {
  const laws = [nothingAcknowledgedIsLost({ topic: 'orders' }), processedAtLeastOnce()]
  const property = exploreFaults({ cluster: threeBrokers, run: sendAndRead, laws })
  const before = process.cpuUsage()
  const begun = performance.now()
  for (const seed of SEEDS) await fc.assert(property, { seed, numRuns: RUNS })
  const { user, system } = process.cpuUsage(before)
  const runs = SEEDS.length * RUNS
  return { values: [(runs / (user + system)) * 1e6, (runs / (performance.now() - begun)) * 1e3] }
}

answer({ round })

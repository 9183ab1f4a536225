import { inspect } from 'node:util'
import fc from 'fast-check'
import { SEED_VARIABLE, wantedSeed } from './seed-variable.ts'

/**
 * Parameters of `fc.assert` with the seed and path of the environment variable `MEMKAFKA_SEED=<seed>[:<path>]`, where it is set; and with a report that
 * ends with it.
 *
 * ```ts
 * await fc.assert(exploreFaults({ … }), explorationParameters({ numRuns: 200 }))
 * ```
 * @throws RangeError for a seed that is no number, and a path that is none
 */
export function explorationParameters<T>(
  parameters: fc.Parameters<T> = {},
  environment: Readonly<Record<string, string | undefined>> = process.env,
): fc.Parameters<T> {
  const { reporter, asyncReporter, seed } = parameters
  // fast-check takes whatever is no number for 0, and makes a whole number of any other.
  if (seed !== undefined && !Number.isFinite(seed)) {
    throw new RangeError(`explorationParameters: seed: a number is wanted, not ${inspect(seed, { depth: 0 })}`)
  }
  const told = reporter === undefined && asyncReporter === undefined ? { reporter: report<T> } : {}
  const wanted = wantedSeed(environment)
  if (wanted === undefined) return { ...parameters, ...told }
  // A path belongs to its seed.
  const { path: _, ...others } = parameters
  return { ...others, ...told, ...wanted }
}

/** As fast-check reports, and how to have it again. */
function report<T>(details: fc.RunDetails<T>): void {
  if (!details.failed) return
  const { seed, counterexamplePath, errorInstance } = details
  const again = `Again: ${SEED_VARIABLE}=${seed}${counterexamplePath === null ? '' : `:${counterexamplePath}`}`
  throw new Error(`${fc.defaultReportMessage(details)}\n\n${again}`, { cause: errorInstance })
}

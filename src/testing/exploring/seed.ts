import fc from 'fast-check'

/** The environment variable that has one exploration again. */
const VARIABLE = 'MEMKAFKA_SEED'

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
  const text = environment[VARIABLE]
  const { reporter, asyncReporter } = parameters
  const told = reporter === undefined && asyncReporter === undefined ? { reporter: report<T> } : {}
  return { ...parameters, ...told, ...(text === undefined || text === '' ? {} : seedOf(text)) }
}

/** As fast-check reports, and how to have it again. */
function report<T>(details: fc.RunDetails<T>): void {
  if (!details.failed) return
  const { seed, counterexamplePath, errorInstance } = details
  const again = `Again: ${VARIABLE}=${seed}${counterexamplePath === null ? '' : `:${counterexamplePath}`}`
  throw new Error(`${fc.defaultReportMessage(details)}\n\n${again}`, { cause: errorInstance })
}

function seedOf(text: string): { seed: number; path?: string } {
  const [seedText = '', ...rest] = text.split(':')
  const seed = Number(seedText)
  if (seedText.trim() === '' || !Number.isSafeInteger(seed)) {
    throw new RangeError(
      `${VARIABLE}: a seed is a whole number, as in ${VARIABLE}=42 or ${VARIABLE}=42:0:1, not '${text}'`,
    )
  }
  if (rest.length === 0) return { seed }
  if (!rest.every((part) => /^\d+$/.test(part))) {
    throw new RangeError(
      `${VARIABLE}: a path is whole numbers with colons between them, as in ${VARIABLE}=42:0:1, not '${text}'`,
    )
  }
  return { seed, path: rest.join(':') }
}

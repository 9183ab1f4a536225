/** The environment variable that has something of chance again: a run of an exploration, the clusters of tests. */
export const SEED_VARIABLE = 'MEMKAFKA_SEED'

/** A seed, and where under it the run is that is wanted, in fast-check's words. */
export interface WantedSeed {
  readonly seed: number
  readonly path?: string
}

/**
 * What the environment variable `MEMKAFKA_SEED=<seed>[:<path>]` says; undefined where it is not set.
 * @throws RangeError for a seed that is no number, and a path that is none
 */
export function wantedSeed(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): WantedSeed | undefined {
  const text = environment[SEED_VARIABLE]
  if (text === undefined || text === '') return undefined
  const [seedText = '', ...rest] = text.split(':')
  const seed = Number(seedText)
  if (seedText.trim() === '' || !Number.isSafeInteger(seed)) {
    throw new RangeError(
      `${SEED_VARIABLE}: a seed is a whole number, as in ${SEED_VARIABLE}=42 or ${SEED_VARIABLE}=42:0:1, not '${text}'`,
    )
  }
  if (rest.length === 0) return { seed }
  if (!rest.every((part) => /^\d+$/.test(part))) {
    throw new RangeError(
      `${SEED_VARIABLE}: a path is whole numbers with colons between them, as in ${SEED_VARIABLE}=42:0:1, not '${text}'`,
    )
  }
  return { seed, path: rest.join(':') }
}

/** Something wrong with the command line. */
export class UsageError extends Error {}

/** @throws UsageError when a word begins none of the names */
export function checkBeginnings(words: readonly string[], names: readonly string[]): void {
  const unknown = words.find((start) => !names.some((name) => name.startsWith(start)))
  if (unknown !== undefined) throw new UsageError(`no row begins with ${unknown}; --list shows what there is`)
}

/**
 * The names in a list with commas.
 * @param what they are the names of
 * @throws UsageError when one of them is none that there is
 */
export function namesIn(list: string, what: string, there: readonly string[]): string[] {
  const names = list.split(',')
  const unknown = names.find((name) => !there.includes(name))
  if (unknown !== undefined) {
    throw new UsageError(`there is no ${what} ${unknown || 'without a name'}; there are ${there.join(', ')}`)
  }
  return names
}

/** @throws UsageError unless it is a whole number from 1 to `most`, or not given */
export function wholeNumber(option: string, value: string | undefined, most: number): number | undefined {
  if (value === undefined) return undefined
  const number = Number(value)
  if (!/^\d+$/.test(value) || number < 1 || number > most) {
    throw new UsageError(`${option} is a whole number from 1 to ${most}, and not ${value}`)
  }
  return number
}

/** Ends a command that has failed: one line, and 2 for what is wrong with how it was called, 1 for anything else. */
export function fail(command: string, error: unknown): void {
  const usage = error instanceof UsageError || String((error as { code?: string }).code).startsWith('ERR_PARSE_ARGS')
  console.error(`${command}: ${(error as Error).message}`)
  process.exitCode = usage ? 2 : 1
}

import { inspect } from 'node:util'
import { nearest } from '../../intercept/nearest.ts'
import type { WaitOptions } from './waits.ts'

/** The options that every wait has. */
export const WAIT_OPTIONS: readonly string[] = ['timeout', 'signal'] satisfies (keyof WaitOptions)[]

/**
 * @param where they were given to, as a test writes it
 * @throws TypeError for what is no object of options, and for an option that there is not
 */
export function checkOptionNames(where: string, options: unknown, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(`${where} takes options (${known.join(', ')}), not ${inspect(options, { depth: 0 })}`)
  }
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue
    throw new TypeError(`${where} has no option ${name}${didYouMean(name, known)}: there are ${known.join(', ')}`)
  }
}

/** ` (did you mean …?)`, or nothing where no name is near. */
export function didYouMean(name: string, known: readonly string[]): string {
  const guess = nearest(name, known)
  return guess === undefined ? '' : ` (did you mean ${guess}?)`
}

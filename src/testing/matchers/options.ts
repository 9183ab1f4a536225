import { inspect } from 'node:util'
import { checkNames } from '../../intercept/nearest.ts'

/** @throws TypeError where a count is none */
export function checkCount(matcher: string, name: string, value: unknown, least: number): void {
  if (value === undefined || (Number.isSafeInteger(value) && (value as number) >= least)) return
  throw new TypeError(`${matcher}: ${name} is a whole number from ${least} on, not ${inspect(value, { depth: 0 })}`)
}

/**
 * The first of what a matcher was given; undefined when it was given nothing.
 * @throws TypeError when it was given undefined: a typo in a test would otherwise expect anything
 */
export function firstOf(matcher: string, given: readonly unknown[]): unknown {
  const [first] = given
  if (given.length > 0 && first === undefined) {
    throw new TypeError(`${matcher} was given undefined: leave it out if anything will do`)
  }
  return first
}

/** The options among what a matcher was given; none when they were left out. */
export function optionsOf(matcher: string, options: unknown = {}, known: readonly string[]): Record<string, unknown> {
  checkNames(matcher, options, known)
  return options as Record<string, unknown>
}

import type { MatcherContext } from './context.ts'

/*
 * What the messages of all matchers are made of.
 */

/** How many things are told of one by one. */
const SHOWN = 10

/** How the runner begins what a matcher says. */
export function hintOf(context: MatcherContext, matcher: string, received: string): string {
  return context.utils.matcherHint(matcher, received, 'expected', { isNot: context.isNot === true })
}

/** `not `, where `.not` was said. */
export function notOf({ isNot }: MatcherContext): string {
  return isNot === true ? 'not ' : ''
}

/** What there is to say, with empty lines between. */
export function sections(...parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== '').join('\n\n')
}

/** `1 record`, `2 records` */
export function counted(count: number, one: string): string {
  return `${count} ${one}${count === 1 ? '' : 's'}`
}

/** A line for each, cut off where there are too many. */
export function linesOf<T>(all: readonly T[], line: (one: T) => string): string {
  const lines = all.slice(0, SHOWN).map((one) => `  ${line(one)}`)
  if (all.length > SHOWN) lines.push(`  and ${all.length - SHOWN} more`)
  return lines.join('\n')
}

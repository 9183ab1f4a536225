/** What a matcher finds in `this`: what vitest and jest have in common. */
export interface MatcherContext {
  /** Whether `.not` was said. */
  readonly isNot?: boolean | undefined
  readonly customTesters?: readonly unknown[] | undefined
  equals(a: unknown, b: unknown, customTesters?: unknown[]): boolean
  readonly utils: MatcherUtils
}

/** How the runner prints. */
interface MatcherUtils {
  matcherHint(name: string, received?: string, expected?: string, options?: { isNot?: boolean }): string
  printExpected(value: unknown): string
  printReceived(value: unknown): string
  diff(expected: unknown, received: unknown): string | null | undefined
  /** What the runner compares maps, sets and whatever else can be walked through by; without it any two of them are equal. */
  readonly iterableEquality?: unknown
}

/** What a matcher gives to the runner. */
export interface MatcherResult {
  readonly pass: boolean
  message(): string
}

/** A matcher, as `expect.extend` takes it. */
export type Matcher = (this: MatcherContext, received: unknown, ...given: unknown[]) => Promise<MatcherResult>

/** A matcher of the runner's own inside of what is expected: `expect.objectContaining(…)`, … */
export interface AsymmetricMatcher {
  asymmetricMatch(actual: unknown): boolean
}

/** Whether it is one; by its looks, as it may come from any runner. */
export function isAsymmetric(value: unknown): value is AsymmetricMatcher & { readonly inverse?: boolean } {
  return (
    typeof value === 'object' && value !== null && typeof (value as AsymmetricMatcher).asymmetricMatch === 'function'
  )
}

/** Whether two are deeply equal, as the runner sees it. */
export function areEqual(
  { equals, customTesters = [], utils: { iterableEquality } }: MatcherContext,
  actual: unknown,
  expected: unknown,
): boolean {
  return equals(actual, expected, [...customTesters, ...(iterableEquality === undefined ? [] : [iterableEquality])])
}

/** Whether something is what is expected: a function is asked, all else is compared. */
export function holds(context: MatcherContext, expected: unknown, actual: unknown): boolean {
  return typeof expected === 'function' ? Boolean(expected(actual)) : areEqual(context, actual, expected)
}

/** Whether this can be expected of a number: one, a function that is asked about it, or a matcher of the runner's. */
export function isExpectedNumber(value: unknown): boolean {
  return (typeof value === 'number' && !Number.isNaN(value)) || typeof value === 'function' || isAsymmetric(value)
}

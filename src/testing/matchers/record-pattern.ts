import { inspect } from 'node:util'
import { checkNames } from '../../intercept/nearest.ts'
import {
  type AnyRecord,
  bytePattern,
  bytesShown,
  isDecodingError,
  type PartPattern,
  structureOf,
  told,
} from './byte-pattern.ts'
import { holds, isAsymmetric, type MatcherContext } from './context.ts'
import { type AnyOptions, checkPart, type ExpectedRecord, RECORD_PARTS } from './expected-record.ts'

/** What is expected of a record, ready to be compared. */
export interface RecordPattern {
  /** As the runner is to print it. */
  readonly expected: unknown
  matches(record: AnyRecord): boolean
  /** How many of the parts that are expected a record has. */
  closeness(record: AnyRecord): number
  /** What is expected, and what a record is, so that they differ in nothing but what is not as expected. */
  compared(record: AnyRecord): { readonly expected: unknown; readonly actual: unknown }
}

/** @throws TypeError that says what to write instead */
export function recordPattern(
  context: MatcherContext,
  matcher: string,
  expected: unknown,
  options: AnyOptions,
): RecordPattern {
  if (typeof expected === 'function' || isAsymmetric(expected)) return ofWhole(context, expected)
  if (typeof expected !== 'object' || expected === null || Array.isArray(expected) || ArrayBuffer.isView(expected)) {
    throw new TypeError(
      `${matcher} wants to know what of a record is expected, as in { value: 'paid' }, not ${inspect(expected, { depth: 0 })}`,
    )
  }
  checkNames(matcher, expected, RECORD_PARTS)
  const parts = new Map<string, PartPattern>()
  for (const [name, wanted] of Object.entries(expected)) {
    const part = name as keyof ExpectedRecord
    checkPart(matcher, part, wanted, options)
    parts.set(part, partPattern(context, part, wanted, options))
  }
  return ofParts(parts)
}

/** Whether there is a record where one is expected, and it is that one. */
export function fits(pattern: RecordPattern | undefined, record: AnyRecord | undefined): boolean {
  return pattern !== undefined && record !== undefined && pattern.matches(record)
}

/** A record as the runner is to print it. */
export function recordShown(record: AnyRecord, options: AnyOptions): Record<string, unknown> {
  const { headers, partition, offset } = record
  return {
    key: options.key === undefined ? structureOf(record.raw.key) : told(() => record.key),
    value: options.value === undefined ? structureOf(record.raw.value) : told(() => record.value),
    ...(Object.keys(headers).length > 0 ? { headers } : {}),
    partition,
    offset,
  }
}

function partPattern(
  context: MatcherContext,
  part: keyof ExpectedRecord,
  expected: unknown,
  options: AnyOptions,
): PartPattern {
  if (part === 'key' || part === 'value') return bytePattern(context, part, expected, options[part] !== undefined)
  const isWhole = part !== 'headers' || typeof expected === 'function' || isAsymmetric(expected)
  if (!isWhole) return headersPattern(context, expected as Readonly<Record<string, unknown>>)
  return {
    expected,
    matches: (record) => holds(context, expected, record[part]),
    shown: (record) => record[part],
  }
}

function headersPattern(context: MatcherContext, expected: Readonly<Record<string, unknown>>): PartPattern {
  const shown = ({ headers, raw }: AnyRecord, name: string): unknown => {
    const value = expected[name]
    if (!ArrayBuffer.isView(value)) {
      const actual = Object.hasOwn(headers, name) ? headers[name] : undefined
      return Array.isArray(value) && typeof actual === 'string' ? [actual] : actual
    }
    const found = raw.headers.filter(({ key }) => key === name).map(({ value }) => bytesShown(value))
    return found.length === 1 ? found[0] : found
  }
  const wanted = Object.fromEntries(
    Object.entries(expected).map(([name, value]) => [name, ArrayBuffer.isView(value) ? bytesShown(value) : value]),
  )
  return {
    expected: wanted,
    matches: (record) =>
      Object.keys(wanted).every((name) => {
        const actual = shown(record, name)
        return actual !== undefined && holds(context, wanted[name], actual)
      }),
    shown: (record) => {
      const named = Object.keys(wanted).filter((name) => Object.hasOwn(record.headers, name))
      // When none of them is there, what there is may be misspelt.
      if (named.length === 0) return record.headers
      return Object.fromEntries(named.map((name) => [name, shown(record, name)]))
    },
  }
}

function ofParts(parts: ReadonlyMap<string, PartPattern>): RecordPattern {
  const has = (part: PartPattern, record: AnyRecord): boolean => unlessUndecodable(() => part.matches(record))
  const entries = [...parts]
  return {
    expected: Object.fromEntries(entries.map(([name, { expected }]) => [name, expected])),
    matches: (record) => entries.every(([, part]) => has(part, record)),
    closeness: (record) => entries.filter(([, part]) => has(part, record)).length,
    compared: (record) => {
      const actual = Object.fromEntries(entries.map(([name, part]) => [name, part.shown(record)]))
      const expected = entries.map(([name, part]) => [name, has(part, record) ? actual[name] : part.expected])
      return { expected: Object.fromEntries(expected), actual }
    },
  }
}

function ofWhole(context: MatcherContext, expected: unknown): RecordPattern {
  const matches = (record: AnyRecord): boolean => unlessUndecodable(() => holds(context, expected, record))
  return {
    expected,
    matches,
    closeness: (record) => (matches(record) ? 1 : 0),
    compared: (record) => {
      const actual = recordShown(record, {})
      return { expected: matches(record) ? actual : expected, actual }
    },
  }
}

/** A record that is not what its deserializer takes is not the one that is expected. */
function unlessUndecodable(matches: () => boolean): boolean {
  try {
    return matches()
  } catch (error) {
    if (isDecodingError(error)) return false
    throw error
  }
}

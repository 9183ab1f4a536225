import type { WaitOptions } from '../../broker/handles/waits/limited-waits.ts'
import { paired } from './arrangement.ts'
import { type AnyRecord, isDecodingError } from './byte-pattern.ts'
import type { MatcherContext } from './context.ts'
import type { AnyOptions } from './expected-record.ts'
import { counted, hintOf, linesOf, notOf, sections } from './messages.ts'
import { nameOf, type RecordsReceiver } from './receivers.ts'
import { fits, type RecordPattern, recordShown } from './record-pattern.ts'

/** What a matcher of records is asked. */
export interface RecordsAsked {
  readonly context: MatcherContext
  /** Its own name. */
  readonly matcher: string
  readonly receiver: RecordsReceiver
  /** How records are read. */
  readonly reading: AnyOptions
  readonly limits: WaitOptions
}

/** The record did not come, or not so often. */
export function missing(
  asked: RecordsAsked,
  pattern: RecordPattern,
  records: readonly AnyRecord[],
  { times, unmet }: { readonly times: number | undefined; readonly unmet: string },
): string {
  const { context, matcher, receiver } = asked
  const { printExpected } = context.utils
  const often = times === undefined ? '' : ` ${counted(times, 'time')}`
  const found = records.filter((record) => pattern.matches(record))
  return sections(
    hintOf(context, matcher, 'topic'),
    `Expected a record in ${nameOf(receiver)}${often}: ${printExpected(pattern.expected)}`,
    times === undefined || found.length === 0
      ? closest(asked, pattern, records)
      : `It is there ${counted(found.length, 'time')}: ${found.join(', ')}`,
    undecodable(asked, records),
    unmet,
  )
}

/** Records are there that are not to be, or not so many. */
export function unwanted(
  asked: RecordsAsked,
  pattern: RecordPattern,
  found: readonly AnyRecord[],
  times: number | undefined,
): string {
  const { context, matcher, receiver, reading } = asked
  const { printExpected, printReceived } = context.utils
  const often = times === undefined ? '' : ` ${counted(times, 'time')}`
  const wanted = `${context.isNot === true ? 'Expected no record' : 'Expected a record'} in ${nameOf(receiver)}${often}`
  return sections(
    hintOf(context, matcher, 'topic'),
    `${wanted}: ${printExpected(pattern.expected)}`,
    found.length === 0
      ? 'There is none.'
      : `${context.isNot === true && times === undefined ? 'There is' : `It is there ${counted(found.length, 'time')}:`}\n${listed(found, (record) => printReceived(recordShown(record, reading)))}`,
  )
}

/** More or fewer records are there, or (`.not`) as many. */
export function otherCount(
  asked: RecordsAsked,
  count: number | undefined,
  records: readonly AnyRecord[],
  unmet?: string,
): string {
  const { context, matcher, receiver, reading } = asked
  const wanted = count === undefined ? 'any records' : counted(count, 'record')
  return sections(
    hintOf(context, matcher, 'topic'),
    `Expected ${nameOf(receiver)} ${notOf(context)}to have ${wanted}; there ${records.length === 1 ? 'is' : 'are'} ${counted(records.length, 'record')}.`,
    records.length === 0 || unmet !== undefined
      ? undefined
      : listed(records, (record) => context.utils.printReceived(recordShown(record, reading))),
    unmet,
  )
}

/** Other records are there, or (`.not`) these. */
export function otherRecords(
  asked: RecordsAsked,
  patterns: readonly RecordPattern[],
  records: readonly AnyRecord[],
  { ordered, unmet }: { readonly ordered: boolean; readonly unmet?: string },
): string {
  const { context, matcher, receiver } = asked
  const order = ordered ? ', in this order' : ''
  const expected = patterns.map((pattern) => pattern.expected)
  if (context.isNot === true) {
    return sections(
      hintOf(context, matcher, 'topic'),
      `Expected the records of ${nameOf(receiver)} not to be these${order}: ${context.utils.printExpected(expected)}`,
    )
  }
  const pairs = paired(patterns.length, records.length, (one, other) => fits(patterns[one], records[other]))
  const isAllThere = patterns.length === records.length && pairs.every((found) => found !== undefined)
  return sections(
    hintOf(context, matcher, 'topic'),
    `Expected ${nameOf(receiver)} to have exactly ${counted(patterns.length, 'record')}${order}; there ${records.length === 1 ? 'is' : 'are'} ${counted(records.length, 'record')}.`,
    isAllThere ? 'All of them are there, in another order:' : undefined,
    isAllThere ? byPlace(asked, patterns, records) : byPairs(asked, patterns, records, pairs),
    unmet,
  )
}

/** Each record beside what is expected in its place. */
function byPlace({ context }: RecordsAsked, patterns: readonly RecordPattern[], records: readonly AnyRecord[]): string {
  const compared = records.map((record, place) => (patterns[place] as RecordPattern).compared(record))
  return difference(
    context,
    compared.map(({ expected }) => expected),
    compared.map(({ actual }) => actual),
  )
}

/** Each record beside what it was expected to be, and those that nothing was expected of, or nothing came of, beside each other. */
function byPairs(
  { context, reading }: RecordsAsked,
  patterns: readonly RecordPattern[],
  records: readonly AnyRecord[],
  pairs: readonly (number | undefined)[],
): string {
  const taken = new Set(pairs)
  const rest = records.filter((_, place) => !taken.has(place))
  const expected: unknown[] = []
  const actual: unknown[] = []
  for (const [place, pattern] of patterns.entries()) {
    const pair = pairs[place]
    const record = pair === undefined ? rest.shift() : records[pair]
    if (record === undefined) {
      expected.push(pattern.expected)
      continue
    }
    const compared = pattern.compared(record)
    expected.push(compared.expected)
    actual.push(compared.actual)
  }
  actual.push(...rest.map((record) => recordShown(record, reading)))
  return difference(context, expected, actual)
}

/** The record that has most of what is expected, the latest of those, beside what is expected. */
function closest({ context }: RecordsAsked, pattern: RecordPattern, records: readonly AnyRecord[]): string | undefined {
  if (records.length === 0) return undefined
  const best = records.reduce((one, other) => (pattern.closeness(other) >= pattern.closeness(one) ? other : one))
  const { expected, actual } = pattern.compared(best)
  const among = records.length === 1 ? `The one that is there, ${best}` : `The closest of ${records.length}, ${best}`
  if (typeof expected === 'function') return `${among}: ${context.utils.printReceived(actual)}`
  return `${among}:\n${difference(context, expected, actual)}`
}

/** Records that are not what their deserializer takes may be the ones that were meant. */
function undecodable({ reading }: RecordsAsked, records: readonly AnyRecord[]): string | undefined {
  const parts = (['key', 'value'] as const).filter((part) => reading[part] !== undefined)
  const reasons = records.flatMap((record) => {
    try {
      for (const part of parts) void record[part]
      return []
    } catch (error) {
      if (!isDecodingError(error)) throw error
      return [error.message]
    }
  })
  if (reasons.length === 0) return undefined
  return `${counted(reasons.length, 'record')} cannot be decoded${reasons.length === 1 ? '' : ', the first'}: ${reasons[0]}`
}

function difference({ utils }: MatcherContext, expected: unknown, actual: unknown): string {
  return utils.diff(expected, actual) ?? utils.printReceived(actual)
}

function listed(records: readonly AnyRecord[], print: (record: AnyRecord) => string): string {
  return linesOf(records, (record) => `${record} ${print(record).replaceAll('\n', '\n  ')}`)
}

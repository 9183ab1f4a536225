import { WAIT_OPTIONS } from '../../broker/handles/waits/limited-waits.ts'
import { isInOrder, paired } from './arrangement.ts'
import type { AnyRecord } from './byte-pattern.ts'
import type { MatcherContext, MatcherResult } from './context.ts'
import type { AnyOptions } from './expected-record.ts'
import { checkCount, firstOf, optionsOf } from './options.ts'
import { recordsReceiver } from './receivers.ts'
import { missing, otherCount, otherRecords, type RecordsAsked, unwanted } from './record-messages.ts'
import { fits, type RecordPattern, recordPattern } from './record-pattern.ts'
import { isUnmet, limitsOf, told, untilQuiet } from './waiting.ts'

const READING: readonly string[] = ['key', 'value', 'isolation', 'partition']

/** A record that is as expected is there, or so many of them are. */
export async function toHaveRecord(
  this: MatcherContext,
  received: unknown,
  ...given: unknown[]
): Promise<MatcherResult> {
  const { asked, options } = askedFor(this, 'toHaveRecord', received, given, ['times'])
  const pattern = recordPattern(this, asked.matcher, firstOf(asked.matcher, given) ?? {}, asked.reading)
  const times = options.times as number | undefined
  checkCount(asked.matcher, 'times', times, 1)
  if (this.isNot !== true) {
    const unmet = await unmetOf(comesOften(asked, pattern, times ?? 1))
    if (unmet !== undefined) {
      const records = await recordsLeft(asked)
      return told(false, () => missing(asked, pattern, records, { times, unmet }))
    }
    if (times === undefined) return told(true)
  }
  await untilQuiet(asked.receiver, asked.limits)
  const found = (await recordsOf(asked)).filter((record) => pattern.matches(record))
  const pass = times === undefined ? found.length > 0 : found.length === times
  return told(pass, () => unwanted(asked, pattern, found, times))
}

/** Records are there; or exactly so many; or exactly these, in their order. */
export async function toHaveRecords(
  this: MatcherContext,
  received: unknown,
  ...given: unknown[]
): Promise<MatcherResult> {
  const { asked, options } = askedFor(this, 'toHaveRecords', received, given, ['ordered'])
  const expected = firstOf(asked.matcher, given)
  const ordered = options.ordered ?? true
  if (typeof ordered !== 'boolean') throw new TypeError(`${asked.matcher}: ordered is true or false`)
  const patterns = patternsOf(asked, expected)
  const count = patterns?.length ?? (expected as number | undefined)
  const least = count ?? 1
  if (this.isNot !== true && least > 0) {
    const unmet = await unmetOf(asked.receiver.waitFor(least, { ...asked.reading, ...asked.limits }))
    if (unmet !== undefined) {
      const records = await recordsLeft(asked)
      return told(false, () =>
        patterns === undefined
          ? otherCount(asked, count, records, unmet)
          : otherRecords(asked, patterns, records, { ordered, unmet }),
      )
    }
    if (count === undefined) return told(true)
  }
  await untilQuiet(asked.receiver, asked.limits)
  const records = await recordsOf(asked)
  if (patterns === undefined) {
    const pass = count === undefined ? records.length > 0 : records.length === count
    return told(pass, () => otherCount(asked, count, records))
  }
  const pass = records.length === patterns.length && areThese(patterns, records, ordered)
  return told(pass, () => otherRecords(asked, patterns, records, { ordered }))
}

/** What both are asked: of what, how it is read, and for how long it is waited for. */
function askedFor(
  context: MatcherContext,
  matcher: string,
  received: unknown,
  given: readonly unknown[],
  ownOptions: readonly string[],
): { readonly asked: RecordsAsked; readonly options: Readonly<Record<string, unknown>> } {
  const receiver = recordsReceiver(matcher, received)
  const options = optionsOf(matcher, given[1], [...READING, ...ownOptions, ...WAIT_OPTIONS])
  const reading = Object.fromEntries(
    READING.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]])),
  )
  return { asked: { context, matcher, receiver, reading: reading as AnyOptions, limits: limitsOf(options) }, options }
}

function patternsOf({ context, matcher, reading }: RecordsAsked, expected: unknown): RecordPattern[] | undefined {
  if (Array.isArray(expected)) return expected.map((one) => recordPattern(context, matcher, one, reading))
  if (expected !== undefined && typeof expected !== 'number') {
    throw new TypeError(`${matcher} wants how many records, or a list of them, as in ${matcher}([{ value: 'paid' }])`)
  }
  checkCount(matcher, 'how many', expected, 0)
  return undefined
}

function recordsOf({ receiver, reading }: RecordsAsked): Promise<readonly AnyRecord[]> {
  return receiver.records(reading)
}

/** What can be shown beside what a wait says, which tells of partitions that nobody leads: their records nobody can read. */
async function recordsLeft(asked: RecordsAsked): Promise<readonly AnyRecord[]> {
  try {
    return await recordsOf(asked)
  } catch {
    return []
  }
}

function comesOften(
  { receiver, reading, limits }: RecordsAsked,
  pattern: RecordPattern,
  times: number,
): Promise<AnyRecord> {
  // By its name: the same record may be asked about again after each change.
  const found = new Set<string>()
  const isLast = (record: AnyRecord): boolean => {
    if (pattern.matches(record)) found.add(`${record.topic}-${record.partition}@${record.offset}`)
    return found.size >= times
  }
  // An error of the wait quotes it.
  Object.defineProperty(isLast, 'toString', { value: () => 'all is as expected' })
  return receiver.waitFor(isLast, { ...reading, ...limits })
}

/** What a wait says that was in vain; undefined where what it waited for came. */
async function unmetOf(wait: Promise<unknown>): Promise<string | undefined> {
  try {
    await wait
    return undefined
  } catch (error) {
    if (!isUnmet(error)) throw error
    return error.message
  }
}

/** Whether the records, as many as are expected, are these. */
function areThese(patterns: readonly RecordPattern[], records: readonly AnyRecord[], ordered: boolean): boolean {
  if (!ordered) {
    const pairs = paired(patterns.length, records.length, (one, other) => fits(patterns[one], records[other]))
    return pairs.every((found) => found !== undefined)
  }
  const partitions = [...Map.groupBy(records, ({ partition }) => partition).values()]
  return isInOrder(
    patterns.length,
    partitions.map(({ length }) => length),
    (one, partition, place) => fits(patterns[one], partitions[partition]?.[place]),
  )
}

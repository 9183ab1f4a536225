import { inspect, types } from 'node:util'
import type { TestRecord } from './test-record.ts'

type AnyRecord = TestRecord<unknown, unknown>

/** What was found of records so far. */
export interface RecordsFound {
  readonly count: number
  /** By partition and then by offset. */
  readonly found: readonly AnyRecord[]
  /** What the last look has found. */
  fresh(): Iterable<AnyRecord>
}

/** Which records a test waits for: so many, or one. */
export interface RecordsWait {
  /** In words that go on after 'waited 2000 ms for'. */
  readonly what: string
  /** What is waited for, once it is there. @throws whatever the test's function throws; TypeError where that gives a promise */
  foundIn(records: RecordsFound): AnyRecord | readonly AnyRecord[] | undefined
}

/**
 * @param name of the topic or partition
 * @throws TypeError for what cannot be waited for
 */
export function recordsWait(name: string, wanted: unknown): RecordsWait {
  if (typeof wanted === 'function') {
    const predicate = wanted as (record: AnyRecord) => unknown
    return {
      what: `a record in ${name} for which ${told(predicate)}`,
      foundIn: (records) => findIn(records, predicate),
    }
  }
  if (typeof wanted !== 'number' || !Number.isSafeInteger(wanted) || wanted < 0) {
    throw new TypeError(
      `waitFor wants how many records there are to be, a number from 0 on, or a function that says which one is waited for, not ${inspect(wanted)}`,
    )
  }
  return {
    what: `${wanted === 1 ? '1 record' : `${wanted} records`} in ${name}`,
    foundIn: (records) => (records.count >= wanted ? records.found : undefined),
  }
}

function findIn(records: RecordsFound, predicate: (record: AnyRecord) => unknown): AnyRecord | undefined {
  for (const record of records.fresh()) {
    const holds = predicate(record)
    if (types.isPromise(holds)) {
      holds.catch(() => {})
      throw new TypeError('waitFor: the function has to say at once which record is waited for, and not by a promise')
    }
    if (holds) return record
  }
  return undefined
}

const TOLD_OF_SOURCE = 80

/** A function as its author wrote it, if that is short. */
function told(predicate: (...args: never[]) => unknown): string {
  const source = String(predicate).replace(/\s+/g, ' ')
  return source.length > TOLD_OF_SOURCE ? `${source.slice(0, TOLD_OF_SOURCE)}…` : source
}

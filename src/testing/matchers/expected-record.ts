import { inspect } from 'node:util'
import type { KeyOf, RecordsOptions, ValueOf } from '../../broker/handles/records/records-options.ts'
import type { TestRecord } from '../../broker/handles/records/test-record.ts'
import { type AsymmetricMatcher, isAsymmetric } from './context.ts'
import { unsayable } from './unsayable.ts'

/** What a key or a value is expected to be; `Decoded` is what a function is asked about. */
export type ExpectedPart<Decoded> =
  | string
  | number
  | boolean
  | null
  | AsymmetricMatcher
  | ((decoded: Decoded | null) => boolean)
  // Whatever JSON can say, or bytes; functions are of the kind above.
  | Readonly<Record<string, unknown>>
  | (object & { readonly call?: never })
  | (bigint extends Decoded ? bigint : never)

/** What a header is expected to be. */
export type ExpectedHeader =
  | string
  | null
  | Uint8Array
  | readonly (string | null)[]
  | AsymmetricMatcher
  | ((header: string | null | readonly (string | null)[]) => boolean)

/** What a number is expected to be. */
export type ExpectedNumber = number | AsymmetricMatcher | ((actual: number) => boolean)

/** What a record is expected to be; what is left out may be anything. */
export interface ExpectedRecord<Key = string, Value = string> {
  /**
   * A string is the text, an object, a list, a number or a boolean the JSON, a Buffer or Uint8Array the bytes, and null: it has none. A matcher such as
   * `expect.objectContaining(…)` may suit the text or its JSON. A function is asked about the text. With `{ key: 'json' }`, or a deserializer, among the
   * options it is what that makes of it that is compared, whatever is expected.
   */
  readonly key?: ExpectedPart<Key>
  /** As of `key`; null is a tombstone. */
  readonly value?: ExpectedPart<Value>
  /** These, and there may be others: text, null for a header without a value, bytes, or a list where a key comes more than once. */
  readonly headers?: Readonly<Record<string, ExpectedHeader>> | AsymmetricMatcher
  readonly partition?: ExpectedNumber
  readonly offset?: ExpectedNumber
  /** ms since 1970. */
  readonly timestamp?: ExpectedNumber
}

/** A record as it is expected, or a function that knows it, asked about each record as it is read with these options. */
export type RecordExpectation<Options> =
  | ExpectedRecord<KeyOf<Options>, ValueOf<Options>>
  | AsymmetricMatcher
  | ((record: TestRecord<KeyOf<Options>, ValueOf<Options>>) => boolean)

/** Without types: what a matcher is given at run time. */
export type AnyOptions = RecordsOptions<unknown, unknown>

/** The parts that can be told of. */
export const RECORD_PARTS: readonly (keyof ExpectedRecord)[] = [
  'key',
  'value',
  'headers',
  'partition',
  'offset',
  'timestamp',
]

/**
 * @param reading what is read by a deserializer may be anything
 * @throws TypeError for what no record can be: a number as a header, an offset that is a string, …
 */
export function checkPart(
  matcher: string,
  part: keyof ExpectedRecord,
  expected: unknown,
  reading: AnyOptions = {},
): void {
  if (expected === undefined) {
    throw new TypeError(`${matcher}: ${part} is undefined: leave it out if anything will do`)
  }
  if (typeof expected === 'function' || isAsymmetric(expected)) return
  if (part === 'key' || part === 'value') {
    if (reading[part] !== undefined || ArrayBuffer.isView(expected)) return
    const found = unsayable(expected)
    if (found === undefined) return
    throw new TypeError(
      `${matcher}: ${part} is text, bytes, null or what JSON can say, or a matcher, not ${found}. ` +
        `What a deserializer makes may be anything: name it among the options, as { ${part}: decode }`,
    )
  }
  if (part === 'headers') {
    if (typeof expected !== 'object' || expected === null || Array.isArray(expected)) {
      throw new TypeError(
        `${matcher}: headers are told by their keys, as in { trace: 'abc' }, not by ${inspect(expected)}`,
      )
    }
    for (const [key, value] of Object.entries(expected)) checkHeader(matcher, key, value)
    return
  }
  if (typeof expected !== 'number' || Number.isNaN(expected)) {
    throw new TypeError(`${matcher}: ${part} is a number, a matcher or a function, not ${inspect(expected)}`)
  }
}

function checkHeader(matcher: string, key: string, value: unknown): void {
  const isText = (one: unknown): boolean => one === null || typeof one === 'string'
  if (isText(value) || typeof value === 'function' || isAsymmetric(value) || ArrayBuffer.isView(value)) return
  if (Array.isArray(value) && value.every(isText)) return
  const hint = typeof value === 'number' || typeof value === 'boolean' ? ` such as '${value}'` : ''
  throw new TypeError(
    `${matcher}: the header ${key} is text${hint}, bytes, null, a list of these, or a matcher, not ${inspect(value)}`,
  )
}

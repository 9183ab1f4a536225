import type { TestRecord } from '../../broker/handles/records/test-record.ts'
import { type AsymmetricMatcher, areEqual, holds, isAsymmetric, type MatcherContext } from './context.ts'

/** A record of whatever key and value. */
export type AnyRecord = TestRecord<unknown, unknown>

/** What is expected of one part of a record. */
export interface PartPattern {
  readonly expected: unknown
  matches(record: AnyRecord): boolean
  /** What there is, in the form that is expected. */
  shown(record: AnyRecord): unknown
}

/** Text that is JSON of an object or a list is more than text. */
const STRUCTURE = /^\s*[[{]/

/** What is expected of a key or a value: of what a deserializer makes of it where there is one, and else of its text, its JSON or its bytes. */
export function bytePattern(
  context: MatcherContext,
  part: 'key' | 'value',
  expected: unknown,
  isDeserialized: boolean,
): PartPattern {
  if (isDeserialized) {
    return {
      expected,
      matches: (record) => holds(context, expected, record[part]),
      shown: (record) => told(() => record[part]),
    }
  }
  if (ArrayBuffer.isView(expected)) return ofBytes(part, expected)
  const bytesOf = (record: AnyRecord): Buffer | null => record.raw[part]
  if (typeof expected === 'string' || expected === null) {
    return {
      expected,
      matches: (record) => textOf(bytesOf(record)) === expected,
      shown: (record) => textOf(bytesOf(record)),
    }
  }
  if (typeof expected === 'function') {
    return {
      expected,
      matches: (record) => Boolean(expected(textOf(bytesOf(record)))),
      shown: (record) => textOf(bytesOf(record)),
    }
  }
  if (isAsymmetric(expected)) {
    return {
      expected,
      matches: (record) => suits(expected, bytesOf(record)),
      shown: (record) => structureOf(bytesOf(record)),
    }
  }
  return {
    expected,
    matches: (record) => {
      const json = jsonOf(bytesOf(record))
      return json !== undefined && areEqual(context, json.value, expected)
    },
    shown: (record) => structureOf(bytesOf(record)),
  }
}

/** What a key or a value shows of itself where nothing is known of it: JSON of objects and lists, and text otherwise. */
export function structureOf(bytes: Buffer | null): unknown {
  const text = textOf(bytes)
  return text !== null && STRUCTURE.test(text) ? (jsonOf(bytes)?.value ?? text) : text
}

/** Bytes as text in which every one is seen. */
export function bytesShown(bytes: ArrayBufferView | null): string | null {
  if (bytes === null) return null
  return `<${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')}>`
}

/** A part of a record that cannot be decoded says so, where it is shown. */
export function told(look: () => unknown): unknown {
  try {
    return look()
  } catch (error) {
    if (!isDecodingError(error)) throw error
    return `(${error.message})`
  }
}

/** Whether a record was not what its deserializer takes. */
export function isDecodingError(error: unknown): error is Error {
  return (error as Error | undefined)?.name === 'RecordDecodingError'
}

function ofBytes(part: 'key' | 'value', expected: ArrayBufferView): PartPattern {
  const wanted = bytesShown(expected)
  return {
    expected: wanted,
    matches: (record) => bytesShown(record.raw[part]) === wanted,
    shown: (record) => bytesShown(record.raw[part]),
  }
}

/** A matcher of the runner's may mean the text or its JSON: one of the two has to suit it, or both, where it says what is not to be. */
function suits(expected: AsymmetricMatcher & { readonly inverse?: boolean }, bytes: Buffer | null): boolean {
  const json = jsonOf(bytes)
  const forms = json === undefined ? [textOf(bytes)] : [textOf(bytes), json.value]
  const matches = (form: unknown): boolean => expected.asymmetricMatch(form)
  return expected.inverse === true ? forms.every(matches) : forms.some(matches)
}

function textOf(bytes: Buffer | null): string | null {
  return bytes === null ? null : bytes.toString()
}

function jsonOf(bytes: Buffer | null): { readonly value: unknown } | undefined {
  if (bytes === null) return undefined
  try {
    return { value: JSON.parse(bytes.toString()) }
  } catch {
    return undefined
  }
}

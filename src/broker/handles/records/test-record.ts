import { inspect } from 'node:util'
import type { KafkaRecord } from '../../../protocol/records/record.ts'
import type { Deserializer, RecordsOptions } from './records-options.ts'

/** What a record's headers are, by their keys: as text, null for one without a value, a list where a key comes more than once. */
export type TestHeaders = Readonly<Record<string, string | null | readonly (string | null)[]>>

/** A part of a record that cannot be decoded as asked. Its message names the record, as `orders-0@42`; its `cause` is why. */
export class RecordDecodingError extends Error {
  override readonly name = 'RecordDecodingError'
}

/**
 * A record as a test sees it: key, value and headers are decoded when they are first looked at, and not before. They are properties of the record itself,
 * so that comparisons as a whole and test runners' diffs see them.
 */
export class TestRecord<K = string, V = string> {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  /** ms since 1970; -1 when there is none. */
  readonly timestamp: number
  /** @throws RecordDecodingError */
  declare readonly key: K | null
  /** Null for a tombstone. @throws RecordDecodingError */
  declare readonly value: V | null
  declare readonly headers: TestHeaders
  readonly #raw: KafkaRecord
  readonly #options: RecordsOptions<K, V>
  #key: { readonly decoded: K | null } | undefined
  #value: { readonly decoded: V | null } | undefined
  #headers: TestHeaders | undefined

  /** @internal */
  constructor(topic: string, partition: number, raw: KafkaRecord, options: RecordsOptions<K, V>) {
    this.topic = topic
    this.partition = partition
    this.offset = raw.offset
    this.timestamp = raw.timestamp
    this.#raw = raw
    this.#options = options
    Object.defineProperties(this, TestRecord.#decoded)
  }

  /** Its bytes where they lie in the log: never change them. */
  get raw(): KafkaRecord {
    return this.#raw
  }

  /** `orders-0@42` */
  toString(): string {
    return `${this.topic}-${this.partition}@${this.offset}`
  }

  #decode<T>(part: 'key' | 'value', deserializer: Deserializer<T> | undefined): T | null {
    const bytes = this.#raw[part]
    if (bytes === null) return null
    try {
      if (typeof deserializer === 'function') return deserializer(bytes, this)
      return builtIn(deserializer ?? 'string', bytes) as T
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause)
      throw new RecordDecodingError(
        `the ${part} of ${this} cannot be decoded ${asWhat(deserializer)}: ${why}. It is ${shortened(bytes)}`,
        { cause },
      )
    }
  }

  /** Shared by all records. */
  static readonly #decoded: PropertyDescriptorMap = {
    key: {
      enumerable: true,
      get(this: TestRecord<unknown, unknown>): unknown {
        this.#key ??= { decoded: this.#decode('key', this.#options.key) }
        return this.#key.decoded
      },
    },
    value: {
      enumerable: true,
      get(this: TestRecord<unknown, unknown>): unknown {
        this.#value ??= { decoded: this.#decode('value', this.#options.value) }
        return this.#value.decoded
      },
    },
    headers: {
      enumerable: true,
      get(this: TestRecord<unknown, unknown>): TestHeaders {
        this.#headers ??= headersOf(this.#raw)
        return this.#headers
      },
    },
  }
}

function headersOf({ headers }: KafkaRecord): TestHeaders {
  const byKey = new Map<string, (string | null)[]>()
  for (const { key, value } of headers) {
    const text = value === null ? null : value.toString()
    const values = byKey.get(key)
    if (values === undefined) byKey.set(key, [text])
    else values.push(text)
  }
  // Not by assignment: a header may be called __proto__.
  return Object.fromEntries(
    [...byKey].map(([key, values]) => [key, values.length === 1 ? (values[0] ?? null) : values]),
  )
}

function builtIn(name: 'string' | 'json' | 'bytes', bytes: Buffer): unknown {
  if (name === 'string') return bytes.toString()
  return name === 'json' ? JSON.parse(bytes.toString()) : Buffer.from(bytes)
}

function asWhat(deserializer: Deserializer<unknown> | undefined): string {
  if (typeof deserializer !== 'function') return `as ${deserializer ?? 'string'}`
  return deserializer.name === '' ? 'by the function given' : `by ${deserializer.name}`
}

const SHOWN_BYTES = 40

/** Bytes as an error shows them: as text where they are, else in hex, cut off after so many. */
export function shortened(bytes: Buffer): string {
  const head = bytes.subarray(0, SHOWN_BYTES)
  const text = head.toString()
  const isText = !/[\p{Cc}\uFFFD]/u.test(text.slice(0, -1))
  const more = bytes.length > SHOWN_BYTES ? `… (${bytes.length} bytes)` : ''
  return `${isText ? inspect(text) : `<${head.toString('hex')}>`}${more}`
}

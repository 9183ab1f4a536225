import { inspect } from 'node:util'
import { checkNames, meant } from '../../../intercept/nearest.ts'
import type { TestRecord } from './test-record.ts'

/**
 * How a key or a value is read: `string` (UTF-8), `json`, `bytes` (a copy of them), or a function of one's own, for Avro, Protobuf and the like. Null is null, and
 * nobody is asked.
 */
export type Deserializer<T> = 'string' | 'json' | 'bytes' | ((bytes: Buffer, record: TestRecord<unknown, unknown>) => T)

/** Which records to look at, and how. */
export interface RecordsOptions<K = string, V = string> {
  /** Default: `string`. */
  readonly key?: Deserializer<K>
  /** Default: `string`. */
  readonly value?: Deserializer<V>
  /**
   * Kafka's `isolation.level`: `read_committed` leaves out what aborted transactions wrote, and ends where one is still open. Default: `read_uncommitted`, as for
   * Kafka's consumers.
   */
  readonly isolation?: 'read_committed' | 'read_uncommitted'
  /** Only this one. */
  readonly partition?: number
}

/** The options of whoever says nothing of keys and values. */
export type RecordsAsText = Omit<RecordsOptions, 'key' | 'value'>

/** What a deserializer makes: of `json` it is not known what. */
export type Decoded<D> = D extends 'string' | undefined
  ? string
  : D extends 'bytes'
    ? Buffer
    : D extends 'json'
      ? unknown
      : D extends (...args: never[]) => infer T
        ? T
        : never

/** What the keys of records are that are read with these options. */
export type KeyOf<O> = O extends { readonly key: infer D } ? Decoded<D> : string
/** What their values are. */
export type ValueOf<O> = O extends { readonly value: infer D } ? Decoded<D> : string

const NAMES: Readonly<Record<keyof RecordsOptions, true>> = { key: true, value: true, isolation: true, partition: true }
const DESERIALIZERS = ['string', 'json', 'bytes']
const ISOLATIONS = ['read_committed', 'read_uncommitted']

/**
 * @internal
 * @throws TypeError that says what to write instead
 */
export function checkRecordsOptions(
  where: string,
  options: RecordsOptions<unknown, unknown>,
  alsoAllowed: readonly string[] = [],
): void {
  checkNames(where, options, [...Object.keys(NAMES), ...alsoAllowed])
  for (const part of ['key', 'value'] as const) {
    const wanted: unknown = options[part]
    if (wanted === undefined || typeof wanted === 'function') continue
    if (typeof wanted === 'string' && DESERIALIZERS.includes(wanted)) continue
    const guess = typeof wanted === 'string' ? meant(wanted, DESERIALIZERS) : ''
    throw new TypeError(
      `${where}: ${part} is read by 'string', 'json', 'bytes' or a function of the bytes, not ${inspect(wanted)}${guess}`,
    )
  }
  const { isolation, partition } = options
  if (isolation !== undefined && !ISOLATIONS.includes(isolation)) {
    throw new TypeError(`${where}: isolation is 'read_committed' or 'read_uncommitted', not ${inspect(isolation)}`)
  }
  if (partition !== undefined && (!Number.isSafeInteger(partition) || partition < 0)) {
    throw new TypeError(`${where}: partition is a number from 0 on, not ${inspect(partition)}`)
  }
}

/**
 * @internal The options for a topic, or for a partition of it, which is the only one that can be meant there.
 * @param name of the topic or partition
 * @throws TypeError, RangeError that say what to write instead
 */
export function ownRecordsOptions(
  where: string,
  options: RecordsOptions<unknown, unknown>,
  own: number | undefined,
  name: string,
  alsoAllowed?: readonly string[],
): RecordsOptions<unknown, unknown> {
  checkRecordsOptions(where, options, alsoAllowed)
  if (own === undefined) return options
  const { partition = own } = options
  if (partition !== own) throw new RangeError(`${where}: ${name} has no partition ${partition}: it is one itself`)
  return { ...options, partition }
}

import { inspect, types } from 'node:util'
import { checkNames } from '../../../intercept/nearest.ts'
import type { RecordHeaderInput, RecordInput } from '../../../protocol/records/record.ts'
import type { HeaderToAppend, RecordToAppend } from './record-to-append.ts'

/** A record as its batch wants it, and where it is to go. */
export interface PlacedRecord {
  readonly input: RecordInput
  readonly key: Uint8Array | null
  /** Undefined: nobody has said. */
  readonly partition: number | undefined
}

const NAMES: Readonly<Record<keyof RecordToAppend, true>> = {
  key: true,
  value: true,
  headers: true,
  timestamp: true,
  partition: true,
}
const WANTED = "a record such as { key: 'a', value: { id: 1 } }, or a list of them"

/**
 * What a test wants to append, as bytes.
 * @throws TypeError that says what to write instead
 */
export function recordsToAppend(records: unknown, nowMs: number): readonly PlacedRecord[] {
  const list: readonly unknown[] = Array.isArray(records) ? records : [records]
  if (list.length === 0) throw new TypeError(`append: there is nothing to append; ${WANTED} is wanted`)
  return list.map((record, i) => toBytes(record, list.length === 1 ? 'append' : `append: record ${i}`, nowMs))
}

function toBytes(record: unknown, where: string, nowMs: number): PlacedRecord {
  if (typeof record !== 'object' || record === null || types.isUint8Array(record) || Array.isArray(record)) {
    throw new TypeError(`${where}: ${WANTED} is wanted, not ${inspect(record, { depth: 0 })}`)
  }
  checkNames(where, record, Object.keys(NAMES))
  const { key, value, headers = {}, timestamp, partition }: RecordToAppend = record
  const keyBytes = bytesOf(key, `${where}: key`)
  const input: RecordInput = {
    key: keyBytes,
    value: bytesOf(value, `${where}: value`),
    headers: headersOf(headers, where),
    timestamp: timestampOf(timestamp, where) ?? nowMs,
  }
  if (partition !== undefined && (!Number.isSafeInteger(partition) || partition < 0)) {
    throw new TypeError(`${where}: partition is a number from 0 on, not ${inspect(partition)}`)
  }
  return { input, key: keyBytes, partition }
}

function bytesOf(data: unknown, where: string): Uint8Array | null {
  if (data === null || data === undefined) return null
  if (typeof data === 'string') return Buffer.from(data)
  // Not by its class: a test may run in a realm of its own.
  if (types.isUint8Array(data)) return Buffer.from(data.buffer, data.byteOffset, data.byteLength)
  if (types.isPromise(data)) throw new TypeError(`${where} is a promise: await it`)
  let text: string | undefined
  try {
    text = JSON.stringify(data, sayable)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new TypeError(`${where} is neither text, bytes, nor anything that JSON can say: ${why}`, { cause })
  }
  if (text !== undefined) return Buffer.from(text)
  throw new TypeError(`${where} is neither text, bytes, nor anything that JSON can say: ${inspect(data, { depth: 0 })}`)
}

/** JSON itself makes of these something else, without a word: `{}` of a map, null of NaN. */
function sayable(name: string, part: unknown): unknown {
  const isLost =
    typeof part === 'number' ? !Number.isFinite(part) : types.isMap(part) || types.isSet(part) || isBinary(part)
  if (!isLost) return part
  throw new TypeError(
    `${inspect(part, { depth: 0, breakLength: Number.POSITIVE_INFINITY })}${name === '' ? '' : `, at ${name},`} would be lost`,
  )
}

function isBinary(part: unknown): boolean {
  return types.isAnyArrayBuffer(part) || ArrayBuffer.isView(part)
}

function headersOf(headers: unknown, where: string): RecordHeaderInput[] {
  if (typeof headers !== 'object' || headers === null || Array.isArray(headers)) {
    throw new TypeError(`${where}: headers such as { source: 'web' } are wanted, not ${inspect(headers, { depth: 0 })}`)
  }
  return Object.entries(headers as Readonly<Record<string, unknown>>).flatMap(([key, value]) =>
    (Array.isArray(value) ? (value as readonly unknown[]) : [value]).map((one) => {
      if (isHeader(one)) return { key, value: bytesOf(one, key) }
      throw new TypeError(
        `${where}: header ${key} is text, bytes, null or a list of them, not ${inspect(one, { depth: 0 })}`,
      )
    }),
  )
}

function isHeader(value: unknown): value is HeaderToAppend {
  return value === null || typeof value === 'string' || types.isUint8Array(value)
}

function timestampOf(timestamp: unknown, where: string): number | undefined {
  if (timestamp === undefined) return undefined
  const ms = types.isDate(timestamp) ? timestamp.getTime() : timestamp
  if (typeof ms === 'number' && Number.isSafeInteger(ms) && ms >= 0) return ms
  throw new TypeError(`${where}: timestamp is a Date, or ms since 1970, not ${inspect(timestamp)}`)
}

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { defaultMaker } from '../../src/protocol/defaults.ts'
import type { Field, Fields } from '../../src/protocol/message.ts'

/** Which headers go with a version of an API, by a release of Kafka. */
export interface GoldenHeaders {
  readonly api: string
  readonly version: number
  readonly request: number
  readonly response: number
}

/** A value of a message as a release of Kafka itself wrote it. */
export interface GoldenCase {
  readonly name: string
  readonly version: number
  readonly kind: string
  readonly bytes: Buffer
  readonly json: unknown
}

type Line = readonly [name: string, version: number, kind: string, hex: string, json: unknown]

/** What conformance/codec/GoldenMessages.java wrote with a release: values of messages, and the versions of their headers. */
export function golden(release: string): {
  readonly cases: readonly GoldenCase[]
  readonly headers: readonly GoldenHeaders[]
} {
  const text = gunzipSync(readFileSync(join(import.meta.dirname, `golden/kafka-${release}.tsv.gz`))).toString()
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line): Line => {
      const [name = '', version, kind = '', hex = '', json = ''] = line.split('\t')
      return [name, Number(version), kind, hex, JSON.parse(json)]
    })
  const cases = lines.filter(([, , kind]) => kind !== 'HEADERS')
  const headers = lines.filter(([, , kind]) => kind === 'HEADERS')
  return {
    cases: cases.map(([name, version, kind, hex, json]) => ({
      name,
      version,
      kind,
      bytes: Buffer.from(hex, 'hex'),
      json,
    })),
    headers: headers.map(([api, version, , , json]) => ({
      api,
      version,
      ...(json as { request: number; response: number }),
    })),
  }
}

type Json = { readonly [name: string]: unknown }

/**
 * What our decoder must make of the bytes, by Kafka's JSON of them. The JSON leaves out what the version lacks and tagged fields
 * that have their default, and tells of record sets only how long they are.
 */
export function valueOfJson(fields: Fields, json: unknown): object {
  const source = json as Json
  const value: { [name: string]: unknown } = {}
  for (const [name, field] of Object.entries(fields)) {
    if (field.type === 'records') value[name] = recordsOf(name, field, source)
    else value[name] = name in source ? fieldOfJson(field, source[name]) : defaultMaker(field)()
  }
  return value
}

function fieldOfJson(field: Field, json: unknown): unknown {
  if (json === null) return null
  if (field.type === 'array') return (json as unknown[]).map((element) => fieldOfJson(field.element as Field, element))
  if (field.type === 'struct') return valueOfJson(field.fields as Fields, json)
  if (field.type === 'bytes') return Buffer.from(json as string, 'base64')
  return json
}

function recordsOf(name: string, field: Field, source: Json): unknown {
  const size = source[`${name}SizeInBytes`]
  if (size !== undefined) return { size }
  return name in source ? source[name] : defaultMaker(field)()
}

/** A decoded value as `valueOfJson` would have it: without unknown tags, and records by their size. */
export function comparable(fields: Fields, value: object): object {
  const result: { [name: string]: unknown } = {}
  for (const [name, field] of Object.entries(fields)) result[name] = comparableField(field, (value as Json)[name])
  return result
}

function comparableField(field: Field, value: unknown): unknown {
  if (value === null) return null
  if (field.type === 'array')
    return (value as unknown[]).map((element) => comparableField(field.element as Field, element))
  if (field.type === 'struct') return comparable(field.fields as Fields, value as object)
  if (field.type === 'records') return { size: (value as Buffer[]).reduce((size, slice) => size + slice.length, 0) }
  return value
}

import { defaultTest } from '../../src/protocol/defaults.ts'
import type { Field, Fields, Message } from '../../src/protocol/message.ts'
import { hasVersion } from '../../src/protocol/schema.ts'

type Json = { [name: string]: unknown }

/** Other names that fields have in a release, by our names; null for a field that came with a later one. */
export type Renamed = { readonly [ours: string]: string | null }

/**
 * A value as Kafka's own JSON tells of it: without what the version lacks, without tagged fields that have their default or
 * that the schema does not know; bytes in base64, and of record sets only their sizes.
 */
export function kafkaJson<T>(message: Message<T>, value: T, version: number, renamed: Renamed = {}): unknown {
  return structJson(message.fields, value as Json, version, renamed)
}

function structJson(fields: Fields, value: Json, version: number, renamed: Renamed): Json {
  const json: Json = {}
  for (const [ours, field] of Object.entries(fields)) {
    if (!hasVersion(field.versions, version)) continue
    if (hasVersion(field.tagged, version) && defaultTest(field)(value[ours])) continue
    const name = renamed[ours] === undefined ? ours : renamed[ours]
    if (name === null) continue
    const found = value[ours]
    if (field.type === 'records' && found !== null) json[`${name}SizeInBytes`] = sizeOf(found as readonly Buffer[])
    else json[name] = fieldJson(field, found, version, renamed)
  }
  return json
}

function fieldJson(field: Field, value: unknown, version: number, renamed: Renamed): unknown {
  if (value === null) return null
  switch (field.type) {
    case 'array': {
      const element = field.element as Field
      return (value as readonly unknown[]).map((found) => fieldJson(element, found, version, renamed))
    }
    case 'struct':
      return structJson(field.fields as Fields, value as Json, version, renamed)
    case 'bytes':
      return (value as Buffer).toString('base64')
    case 'float64':
      return Number.isFinite(value) ? value : String(value)
    default:
      return value
  }
}

function sizeOf(records: readonly Buffer[]): number {
  return records.reduce((size, slice) => size + slice.length, 0)
}

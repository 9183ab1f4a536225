import type { Field, Fields } from '../../src/protocol/message.ts'
import { hasVersion } from '../../src/protocol/schema.ts'

/** A value without the fields that a version does not have. */
export function fitted(
  fields: Fields,
  value: Readonly<Record<string, unknown>>,
  version: number,
): Record<string, unknown> {
  const entries = Object.entries(value).flatMap(([name, item]): [string, unknown][] => {
    const field = fields[name]
    if (field === undefined) throw new Error(`there is no field ${name}`)
    return hasVersion(field.versions, version) ? [[name, fittedValue(field, item, version)]] : []
  })
  return Object.fromEntries(entries)
}

function fittedValue(field: Field, value: unknown, version: number): unknown {
  if (value === null || value === undefined) return value
  if (field.type === 'struct') return fitted(field.fields as Fields, value as Record<string, unknown>, version)
  const inner = field.element
  return inner === null || !Array.isArray(value) ? value : value.map((item) => fittedValue(inner, item, version))
}

import type { Enum, Field, MapField, Type } from 'protobufjs'
import { camelCase } from '../../../schema-registry/types/proto-file.ts'

/** How a field is called in JSON. */
export function jsonNameOf({ name, options }: Field): string {
  const own: unknown = options?.json_name
  return typeof own === 'string' ? own : camelCase(name)
}

export function fieldsOf(type: Type): readonly Field[] {
  return [...type.fieldsArray].sort((one, other) => one.id - other.id)
}

export function isMap(field: Field): field is Field & Pick<MapField, 'keyType'> {
  return field.map
}

export function isEnum(type: Type | Enum | null): type is Enum {
  return type !== null && 'values' in type
}

export function isMessage(type: Type | Enum | null): type is Type {
  return type !== null && 'fields' in type
}

/** The name of a type, with no dot before it. */
export function fullNameOf({ fullName }: Type | Enum): string {
  return fullName.replace(/^\./, '')
}

/** Those of 64 bits are strings in JSON. */
export const WIDE: ReadonlySet<string> = new Set(['int64', 'uint64', 'sint64', 'fixed64', 'sfixed64'])

export const WRAPPERS: ReadonlySet<string> = new Set(
  ['Double', 'Float', 'Int64', 'UInt64', 'Int32', 'UInt32', 'Bool', 'String', 'Bytes'].map(
    (name) => `google.protobuf.${name}Value`,
  ),
)

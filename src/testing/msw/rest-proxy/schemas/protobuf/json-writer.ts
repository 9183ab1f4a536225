import type { Enum, Field, Message, Type } from 'protobufjs'
import { shortest } from '../float.ts'
import { fieldsOf, fullNameOf, isEnum, isMap, isMessage, jsonNameOf, WIDE, WRAPPERS } from './fields.ts'
import { durationText, fieldMaskText, timestampText } from './own-types.ts'

type Protobuf = typeof import('protobufjs')
type Properties = Readonly<Record<string, unknown>>

/** Writes Protobuf's JSON, as Protobuf's own printer does that tells fields without presence, too: names in camel case, numbers of 64 bits and bytes as strings. */
export class JsonWriter {
  readonly #library: Protobuf

  constructor(library: Protobuf) {
    this.#library = library
  }

  message(type: Type, message: Message<object>): unknown {
    const properties = message as unknown as Properties
    const own = OWN_TYPES[fullNameOf(type)]
    if (own !== undefined) return own(properties)
    if (WRAPPERS.has(fullNameOf(type))) {
      const { value } = type.fields
      return value === undefined ? null : this.#value(value, properties.value ?? value.typeDefault)
    }
    const entries = fieldsOf(type).flatMap((field): [string, unknown][] => {
      const isSet = Object.hasOwn(properties, field.name) && properties[field.name] !== null
      if (!isSet && hasPresence(field)) return []
      return [[jsonNameOf(field), this.#field(field, isSet ? properties[field.name] : defaultOf(field))]]
    })
    return Object.fromEntries(entries)
  }

  #field(field: Field, value: unknown): unknown {
    if (isMap(field)) {
      const entries = Object.entries(value as Properties)
      return Object.fromEntries(entries.map(([key, one]) => [this.#key(field.keyType, key), this.#value(field, one)]))
    }
    return field.repeated ? (value as unknown[]).map((one) => this.#value(field, one)) : this.#value(field, value)
  }

  /** protobufjs has keys of 64 bits as eight characters, where it has the package long. */
  #key(type: string, key: string): string {
    const { util } = this.#library
    if (!WIDE.has(type) || !util.Long) return key
    return String(util.longFromHash(key, type.startsWith('u') || type === 'fixed64'))
  }

  #value({ type, resolvedType }: Field, value: unknown): unknown {
    if (isMessage(resolvedType)) return this.message(resolvedType, value as Message<object>)
    if (isEnum(resolvedType)) return enumOf(resolvedType, value)
    if (WIDE.has(type)) return String(value)
    if (type === 'bytes') return Buffer.from(value as Uint8Array).toString('base64')
    if (typeof value !== 'number') return value
    if (!Number.isFinite(value)) return String(value)
    return type === 'float' ? shortest(value) : value
  }
}

/** Messages, and what is one of several, are left out where they are not set; so is `optional` of proto3, which is one of one. */
function hasPresence(field: Field): boolean {
  if (field.repeated || isMap(field)) return false
  return isMessage(field.resolvedType) || field.partOf !== null
}

function defaultOf(field: Field): unknown {
  if (isMap(field)) return {}
  return field.repeated ? [] : field.typeDefault
}

function enumOf(type: Enum, value: unknown): unknown {
  if (fullNameOf(type) === 'google.protobuf.NullValue') return null
  return type.valuesById[Number(value)] ?? value
}

interface OwnInstant {
  readonly seconds?: unknown
  readonly nanos?: number
}

const instant = ({ seconds = 0, nanos = 0 }: OwnInstant): { seconds: bigint; nanos: number } => ({
  seconds: BigInt(String(seconds)),
  nanos,
})

/** What Protobuf brings along and writes in its own way. */
const OWN_TYPES: Readonly<Record<string, (message: Properties) => unknown>> = {
  'google.protobuf.Timestamp': (message) => timestampText(instant(message)),
  'google.protobuf.Duration': (message) => durationText(instant(message)),
  'google.protobuf.FieldMask': ({ paths }) => fieldMaskText((paths ?? []) as readonly string[]),
  'google.protobuf.Struct': struct,
  'google.protobuf.ListValue': list,
  'google.protobuf.Value': anyValue,
  'google.protobuf.Any': () => {
    throw new Error('Cannot find type for url: no message is known to be in google.protobuf.Any')
  },
}

function struct({ fields }: Properties): unknown {
  return Object.fromEntries(Object.entries((fields ?? {}) as object).map(([name, value]) => [name, anyValue(value)]))
}

function list({ values }: Properties): unknown {
  return ((values ?? []) as Properties[]).map(anyValue)
}

function anyValue(message: Properties): unknown {
  const [kind, value] = Object.entries(message)[0] ?? []
  if (kind === 'structValue') return struct(value as Properties)
  if (kind === 'listValue') return list(value as Properties)
  return kind === 'nullValue' ? null : value
}

import type { Enum, Field, Type } from 'protobufjs'
import { isObject, type Json } from '../../../http/json.ts'
import { internalError } from '../../errors.ts'
import { fieldsOf, fullNameOf, isEnum, isMap, isMessage, jsonNameOf, WIDE, WRAPPERS } from './fields.ts'
import { duration, fieldMask, timestamp } from './own-types.ts'

type Protobuf = typeof import('protobufjs')
type Properties = Record<string, unknown>

interface LongMaker {
  fromString(text: string, isUnsigned: boolean): unknown
}

const RANGES: Readonly<Record<string, readonly [bigint, bigint]>> = {
  int32: [-(2n ** 31n), 2n ** 31n - 1n],
  sint32: [-(2n ** 31n), 2n ** 31n - 1n],
  sfixed32: [-(2n ** 31n), 2n ** 31n - 1n],
  uint32: [0n, 2n ** 32n - 1n],
  fixed32: [0n, 2n ** 32n - 1n],
  int64: [-(2n ** 63n), 2n ** 63n - 1n],
  sint64: [-(2n ** 63n), 2n ** 63n - 1n],
  sfixed64: [-(2n ** 63n), 2n ** 63n - 1n],
  uint64: [0n, 2n ** 64n - 1n],
  fixed64: [0n, 2n ** 64n - 1n],
}

/** Reads Protobuf's JSON, as strictly as Protobuf's own parser does: a field that is not known is an error, null is as good as left out. */
export class JsonReader {
  readonly #library: Protobuf

  constructor(library: Protobuf) {
    this.#library = library
  }

  /** The properties of a message. @throws Error that says what is wrong */
  message(type: Type, data: unknown): Properties {
    const own = this.#ownType(type, data)
    if (own !== undefined) return own
    if (!isObject(data)) throw new Error(`Expect message object but got: ${JSON.stringify(data)}`)
    const properties: Properties = {}
    for (const [name, value] of Object.entries(data)) {
      const field = fieldsOf(type).find((one) => one.name === name || jsonNameOf(one) === name)
      if (field === undefined) throw new Error(`Cannot find field: ${name} in message ${fullNameOf(type)}`)
      if (Object.hasOwn(properties, field.name)) throw new Error(`Field ${fullName(field)} has already been set.`)
      if (value === null && !takesNull(field)) continue
      this.#checkOneof(field, properties)
      properties[field.name] = this.#field(field, value)
    }
    const missing = type.fieldsArray.find(({ name, required }) => required && !Object.hasOwn(properties, name))
    // The real one notices when it makes the message, and has no answer to that.
    if (missing !== undefined) throw internalError(`Message missing required fields: ${missing.name}`)
    return properties
  }

  #checkOneof({ name, partOf }: Field, properties: Properties): void {
    const other = partOf?.oneof.find((one) => one !== name && Object.hasOwn(properties, one))
    if (other === undefined) return
    throw new Error(
      `Cannot set field ${name} because another field ${other} belonging to the same oneof has already been set`,
    )
  }

  #field(field: Field, value: unknown): unknown {
    if (isMap(field)) {
      if (!isObject(value)) throw new Error(`Expect a map object but found: ${JSON.stringify(value)}`)
      const entries = Object.entries(value).map(([key, one]) => {
        if (one === null) throw new Error('Map value cannot be null.')
        this.#scalar(field.keyType, key)
        // To protobufjs any text is true, but for none.
        const written = field.keyType === 'bool' && key === 'false' ? '' : key
        return [written, this.#value(field, one)]
      })
      return Object.fromEntries(entries)
    }
    if (!field.repeated) return this.#value(field, value)
    if (!Array.isArray(value)) throw new Error(`Expected an array for ${field.name} but found ${JSON.stringify(value)}`)
    return value.map((one) => {
      if (one === null && !takesNull(field)) {
        throw new Error(`Repeated field elements cannot be null in field: ${fullName(field)}`)
      }
      return this.#value(field, one)
    })
  }

  #value({ type, resolvedType }: Field, value: unknown): unknown {
    if (isMessage(resolvedType)) return resolvedType.create(this.message(resolvedType, value))
    if (isEnum(resolvedType)) return this.#enum(resolvedType, value)
    return this.#scalar(type, value)
  }

  #enum(type: Enum, value: unknown): number {
    if (fullNameOf(type) === 'google.protobuf.NullValue' && value === null) return 0
    if (typeof value === 'number' && Number.isInteger(value)) return value
    const number = typeof value === 'string' ? type.values[value] : undefined
    if (number !== undefined) return number
    throw new Error(`Invalid enum value: ${String(value)} for enum type: ${fullNameOf(type)}`)
  }

  #scalar(type: string, value: unknown): unknown {
    switch (type) {
      case 'bool':
        if (value === true || value === 'true') return true
        if (value === false || value === 'false') return false
        throw new Error(`Invalid bool value: ${JSON.stringify(value)}`)
      case 'string':
        if (typeof value === 'object') throw new Error(`Not a string value: ${JSON.stringify(value)}`)
        return String(value)
      case 'bytes':
        if (typeof value !== 'string' || !/^[\w+/-]*={0,2}$/.test(value)) {
          throw new Error(`Invalid bytes value: ${JSON.stringify(value)}`)
        }
        return Buffer.from(value, 'base64')
      case 'float':
      case 'double':
        return real(type, value)
      default:
        return this.#whole(type, value)
    }
  }

  /** Numbers of 64 bits keep all their digits only where they come as strings: JSON's own numbers are those of JavaScript. */
  #whole(type: string, value: unknown): unknown {
    const text = typeof value === 'number' ? value : typeof value === 'string' ? value : undefined
    const number = text === undefined || text === '' ? undefined : integer(text)
    const [lowest, highest] = RANGES[type] ?? [0n, -1n]
    if (number === undefined) throw new Error(`Not an ${type} value: ${JSON.stringify(value)}`)
    if (number < lowest || number > highest) throw new Error(`Out of range ${type} value: ${JSON.stringify(value)}`)
    if (!WIDE.has(type)) return Number(number)
    // Without the package long, which protobufjs brings along as a rule, it is a number.
    const Long = this.#library.util.Long as unknown as LongMaker | undefined
    return Long?.fromString(String(number), lowest === 0n) ?? Number(number)
  }

  /** What Protobuf brings along and writes in its own way; undefined for what is none of these. */
  #ownType(type: Type, data: unknown): Properties | undefined {
    const name = fullNameOf(type)
    if (WRAPPERS.has(name)) return { value: this.#scalar(type.fields.value?.type ?? '', data) }
    const long = (seconds: bigint): unknown => this.#whole('int64', String(seconds))
    switch (name) {
      case 'google.protobuf.Timestamp': {
        const { seconds, nanos } = timestamp(data)
        return { seconds: long(seconds), nanos }
      }
      case 'google.protobuf.Duration': {
        const { seconds, nanos } = duration(data)
        return { seconds: long(seconds), nanos }
      }
      case 'google.protobuf.FieldMask':
        return { paths: fieldMask(data) }
      case 'google.protobuf.Struct':
        if (!isObject(data)) throw new Error(`Expect a map object but found: ${JSON.stringify(data)}`)
        return { fields: struct(data) }
      case 'google.protobuf.ListValue':
        if (!Array.isArray(data)) throw new Error(`Expected an array for values but found ${JSON.stringify(data)}`)
        return { values: data.map(anyValue) }
      case 'google.protobuf.Value':
        return anyValue(data)
      case 'google.protobuf.Any':
        throw new Error('Cannot resolve type: no message is known to be in google.protobuf.Any')
      default:
        return undefined
    }
  }
}

/** JSON as it is, in a `google.protobuf.Value`. */
function anyValue(data: unknown): Properties {
  if (data === null) return { nullValue: 0 }
  if (typeof data === 'boolean') return { boolValue: data }
  if (typeof data === 'number') return { numberValue: data }
  if (typeof data === 'string') return { stringValue: data }
  if (Array.isArray(data)) return { listValue: { values: data.map(anyValue) } }
  return { structValue: { fields: struct(data as Json) } }
}

function struct(data: Json): Properties {
  return Object.fromEntries(Object.entries(data).map(([name, value]) => [name, anyValue(value)]))
}

function takesNull({ resolvedType }: Field): boolean {
  if (resolvedType === null) return false
  const name = fullNameOf(resolvedType)
  return name === 'google.protobuf.Value' || name === 'google.protobuf.NullValue'
}

function integer(value: string | number): bigint | undefined {
  if (typeof value === 'string' && /^-?\d+$/.test(value)) return BigInt(value)
  const number = Number(value)
  return Number.isInteger(number) ? BigInt(number) : undefined
}

function real(type: string, value: unknown): number {
  const number =
    typeof value === 'number' || (typeof value === 'string' && value.trim() !== '') ? Number(value) : undefined
  const isNumber = number !== undefined && (!Number.isNaN(number) || value === 'NaN')
  if (!isNumber) throw new Error(`Not a ${type} value: ${JSON.stringify(value)}`)
  const isNamed = value === 'Infinity' || value === '-Infinity' || value === 'NaN'
  const isOutOfRange = type === 'float' && Math.abs(number) > 3.4028234663852886e38 * (1 + 1e-6)
  if (!isNamed && (isOutOfRange || !Number.isFinite(number)))
    throw new Error(`Out of range ${type} value: ${String(value)}`)
  return number
}

function fullName({ fullName: name }: Field): string {
  return name.replace(/^\./, '')
}

import type { Type, types } from 'avsc'
import { isObject } from '../../http/json.ts'
import { branchesOf, fieldsOf, kindOf, part } from '../../schema-registry/types/avro-resolution.ts'
import { shortest } from './float.ts'

/**
 * Reads data in Avro's JSON encoding, as strictly as Avro's own decoder: a field's default stands in for nothing, and a branch of a union says its name, `{"string": "a"}`.
 * @returns the value as avsc wants it, with unions wrapped
 * @throws Error in the words of Avro's decoder
 */
export function toAvro(type: Type, data: unknown): unknown {
  const kind = kindOf(type)
  switch (kind) {
    case 'null':
      return data === null ? null : fail('null', data)
    case 'boolean':
      return typeof data === 'boolean' ? data : fail(kind, data)
    case 'int':
    case 'long':
      return whole(kind, data)
    case 'float':
    case 'double':
      return real(kind, data)
    case 'string':
      return typeof data === 'string' ? data : fail(kind, data)
    case 'bytes':
      return typeof data === 'string' ? latin1(data) : fail(kind, data)
    case 'fixed':
      return fixed(type as types.FixedType, data)
    case 'enum':
      return symbol(type as types.EnumType, data)
    case 'array':
      if (!Array.isArray(data)) return fail('array-start', data)
      return data.map((item) => toAvro(part(type, 'itemsType'), item))
    case 'map':
      if (!isObject(data)) return fail('map-start', data)
      return mapped(data, (value) => toAvro(part(type, 'valuesType'), value))
    case 'union':
      return branch(type, data)
    default:
      return record(type, data)
  }
}

/** Writes what avsc has read in Avro's JSON encoding. */
export function fromAvro(type: Type, value: unknown): unknown {
  const kind = kindOf(type)
  if (value === null) return null
  if (kind === 'bytes' || kind === 'fixed') return Buffer.from(value as Uint8Array).toString('latin1')
  // As Jackson writes what JSON has no number for.
  if (kind === 'float' || kind === 'double') {
    if (!Number.isFinite(value)) return String(value)
    return kind === 'float' ? shortest(value as number) : value
  }
  if (kind === 'array') return (value as unknown[]).map((item) => fromAvro(part(type, 'itemsType'), item))
  if (kind === 'map') return mapped(value as object, (item) => fromAvro(part(type, 'valuesType'), item))
  if (kind === 'record') {
    const fields = value as Readonly<Record<string, unknown>>
    return Object.fromEntries(fieldsOf(type).map((field) => [field.name, fromAvro(field.type, fields[field.name])]))
  }
  if (kind !== 'union') return value
  const [label = '', inside] = Object.entries(value as object)[0] ?? []
  const found = branchesOf(type).find(({ branchName }) => branchName === label)
  return found === undefined ? null : { [label]: fromAvro(found, inside) }
}

function whole(kind: 'int' | 'long', data: unknown): number {
  if (typeof data !== 'number' || !Number.isInteger(data)) return fail(kind, data)
  const isInRange = kind === 'int' ? data >= -(2 ** 31) && data < 2 ** 31 : Number.isSafeInteger(data)
  if (!isInRange) throw new Error(`Numeric value (${data}) out of range of ${kind}`)
  return data
}

const NUMBERS: ReadonlyMap<unknown, number> = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['INF', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
  ['-INF', Number.NEGATIVE_INFINITY],
])

function real(kind: string, data: unknown): number {
  return typeof data === 'number' ? data : (NUMBERS.get(data) ?? fail(kind, data))
}

/** Each character is a byte; those beyond are a question mark, as Java writes them. */
function latin1(text: string): Buffer {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: all that one byte can say
  return Buffer.from(text.replace(/[^\u0000-\u00ff]/gu, '?'), 'latin1')
}

function fixed({ size }: types.FixedType, data: unknown): Buffer {
  const bytes = typeof data === 'string' ? latin1(data) : fail('fixed', data)
  if (bytes.length === size) return bytes
  throw new Error(`Expected fixed length ${size}, but got ${bytes.length}`)
}

function symbol({ symbols }: types.EnumType, data: unknown): string {
  if (typeof data !== 'string') return fail('fixed', data)
  if (symbols.includes(data)) return data
  throw new Error(`Unknown symbol in enum ${data}`)
}

function branch(type: Type, data: unknown): unknown {
  const names = isObject(data) ? Object.keys(data) : []
  const label = data === null ? 'null' : (names[0] ?? fail('start-union', data))
  const found = branchesOf(type).find(({ branchName }) => branchName === label)
  if (found === undefined) throw new Error(`Unknown union branch ${label}`)
  return data === null ? null : { [label]: toAvro(found, (data as Record<string, unknown>)[label]) }
}

function record(type: Type, data: unknown): unknown {
  if (!isObject(data)) return fail('record-start', data)
  const fields = fieldsOf(type)
  const written = Object.keys(data)
  const known = (name: string): boolean => fields.some((field) => field.name === name || field.aliases.includes(name))
  // AVRO-2034: what comes after the last field is passed over, what comes before it is not.
  const unknown = written.slice(0, written.findLastIndex(known) + 1).filter((name) => !known(name))
  const value = fields.map((field): [string, unknown] => {
    const name = [field.name, ...field.aliases].find((one) => Object.hasOwn(data, one))
    if (name === undefined) throw new Error(`Expected field name not found: ${field.name}`)
    return [field.name, toAvro(field.type, data[name])]
  })
  if (unknown.length > 0) throw new Error(`Expected Unknown fields: [${unknown.join(', ')}]. Got END_OBJECT`)
  return Object.fromEntries(value)
}

function mapped(object: object, act: (value: unknown) => unknown): object {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, act(value)]))
}

function fail(wanted: string, data: unknown): never {
  throw new Error(`Expected ${wanted}. Got ${tokenOf(data)}`)
}

/** As Jackson calls it. */
function tokenOf(data: unknown): string {
  if (data === null) return 'VALUE_NULL'
  if (Array.isArray(data)) return 'START_ARRAY'
  if (typeof data === 'object') return 'START_OBJECT'
  if (typeof data === 'string') return 'VALUE_STRING'
  if (typeof data === 'boolean') return data ? 'VALUE_TRUE' : 'VALUE_FALSE'
  return Number.isInteger(data) ? 'VALUE_NUMBER_INT' : 'VALUE_NUMBER_FLOAT'
}

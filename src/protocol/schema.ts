/**
 * The language in which a message's layout is told: one schema for all its versions, and each field says in which of
 * them it lives. `string('0-3')` is a string of versions 0 to 3; without versions it lives as long as what holds it.
 */

/** From version `min` to version `max`, both included; `max` may be Infinity. Empty when `min > max`. */
export interface VersionRange {
  readonly min: number
  readonly max: number
}

export const ALL_VERSIONS: VersionRange = { min: 0, max: Number.POSITIVE_INFINITY }
export const NO_VERSIONS: VersionRange = { min: 0, max: -1 }

/** Reads '3', '0-6', '3+' or 'none'. */
export function parseVersions(text: string): VersionRange {
  const match = /^(?:(\d+)(?:(\+)|-(\d+))?|none)$/.exec(text)
  if (match === null) throw new RangeError(`not a range of versions: ${text}`)
  if (match[1] === undefined) return NO_VERSIONS
  const min = Number(match[1])
  if (match[2] !== undefined) return { min, max: Number.POSITIVE_INFINITY }
  return { min, max: match[3] === undefined ? min : Number(match[3]) }
}

/** Whether a version lies in a range. */
export function hasVersion(range: VersionRange, version: number): boolean {
  return version >= range.min && version <= range.max
}

/** What a field names, in Kafka's words: whoever matches or rewrites messages finds topics and groups by it. */
export type EntityType = 'topicName' | 'groupId' | 'transactionalId' | 'brokerId' | 'producerId'

export type PrimitiveType =
  | 'bool'
  | 'int8'
  | 'int16'
  | 'uint16'
  | 'int32'
  | 'uint32'
  | 'int64'
  | 'float64'
  | 'string'
  | 'uuid'
  | 'bytes'
  | 'records'

export type FieldType = PrimitiveType | 'array' | 'struct'

/** What may be said about a field besides its type and versions. Ranges are written as in `parseVersions`. */
export interface FieldOptions {
  /** The versions in which it may be null. */
  readonly nullable?: string
  /** Its value in versions that lack it, and when a caller leaves it out; without, zero, empty or false. */
  readonly default?: null | boolean | number | string
  /** A tagged field (KIP-482): its tag, and since when it is one. */
  readonly tag?: number
  readonly tagged?: string
  /** A value may be dropped silently in versions that lack the field. */
  readonly ignorable?: boolean
  readonly entity?: EntityType
  /** One of the fields that tell the elements of an array apart. */
  readonly mapKey?: boolean
  /** false: it keeps the old encoding in flexible versions too (the client id of a request header). */
  readonly flexible?: false
}

/** One field of a schema, as the constructors below make it. */
export interface Field {
  readonly type: FieldType
  readonly versions: VersionRange
  readonly nullable: VersionRange
  /** undefined stands for the type's own default. */
  readonly default: null | boolean | number | string | undefined
  /** -1 when it is never tagged. */
  readonly tag: number
  readonly tagged: VersionRange
  readonly ignorable: boolean
  readonly entity: EntityType | null
  readonly mapKey: boolean
  /** An int16 that holds an error code. */
  readonly errorCode: boolean
  readonly flexible: boolean
  /** What an array holds. */
  readonly element: Field | null
  /** The fields of a struct, in the order in which they are written. */
  readonly fields: Fields | null
}

export type Fields = { readonly [name: string]: Field }

interface Shape {
  readonly errorCode?: boolean
  readonly element?: Field
  readonly fields?: Fields
}

function field(
  type: FieldType,
  versions: string | FieldOptions | undefined,
  more: FieldOptions | undefined,
  shape?: Shape,
): Field {
  const options = typeof versions === 'object' ? versions : more
  return {
    type,
    versions: typeof versions === 'string' ? parseVersions(versions) : ALL_VERSIONS,
    nullable: options?.nullable === undefined ? NO_VERSIONS : parseVersions(options.nullable),
    default: options?.default,
    tag: options?.tag ?? -1,
    tagged: options?.tagged === undefined ? NO_VERSIONS : parseVersions(options.tagged),
    ignorable: options?.ignorable ?? false,
    entity: options?.entity ?? null,
    mapKey: options?.mapKey ?? false,
    errorCode: shape?.errorCode ?? false,
    flexible: options?.flexible ?? true,
    element: shape?.element ?? null,
    fields: shape?.fields ?? null,
  }
}

/** A constructor of fields: `(versions)`, `(options)`, `(versions, options)` or nothing at all. */
export type FieldConstructor = (versions?: string | FieldOptions, options?: FieldOptions) => Field

export const bool: FieldConstructor = (versions, options) => field('bool', versions, options)
export const int8: FieldConstructor = (versions, options) => field('int8', versions, options)
export const int16: FieldConstructor = (versions, options) => field('int16', versions, options)
export const uint16: FieldConstructor = (versions, options) => field('uint16', versions, options)
export const int32: FieldConstructor = (versions, options) => field('int32', versions, options)
export const uint32: FieldConstructor = (versions, options) => field('uint32', versions, options)
export const int64: FieldConstructor = (versions, options) => field('int64', versions, options)
export const float64: FieldConstructor = (versions, options) => field('float64', versions, options)
export const string: FieldConstructor = (versions, options) => field('string', versions, options)
export const uuid: FieldConstructor = (versions, options) => field('uuid', versions, options)
export const bytes: FieldConstructor = (versions, options) => field('bytes', versions, options)
export const records: FieldConstructor = (versions, options) => field('records', versions, options)

/** An int16 that holds an error code. */
export const errorCode: FieldConstructor = (versions, options) => field('int16', versions, options, { errorCode: true })

/** An array of values or, given fields, of structs. */
export function array(element: Field | Fields, versions?: string | FieldOptions, options?: FieldOptions): Field {
  return field('array', versions, options, { element: isField(element) ? element : struct(element) })
}

/** A struct inside another one. */
export function struct(fields: Fields, versions?: string | FieldOptions, options?: FieldOptions): Field {
  return field('struct', versions, options, { fields })
}

function isField(value: Field | Fields): value is Field {
  // A struct may have a field called type: that one is a Field, not the name of a type.
  return typeof value.type === 'string'
}

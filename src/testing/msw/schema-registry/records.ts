import type { Json } from '../http/json.ts'
import type { SchemaReference } from './types/schema-type.ts'

/** The kinds of records in the topic of schemas, by the `keytype` of their keys. */
export type RegistryKey =
  | { readonly keytype: 'SCHEMA'; readonly subject: string; readonly version: number; readonly magic: 1 }
  | { readonly keytype: 'CONFIG'; readonly subject?: string; readonly magic: 0 }
  | { readonly keytype: 'MODE'; readonly subject?: string; readonly magic: 0 }
  | { readonly keytype: 'DELETE_SUBJECT'; readonly subject: string; readonly magic: 0 }
  | { readonly keytype: 'CLEAR_SUBJECT'; readonly subject: string; readonly magic: 0 }
  | { readonly keytype: 'NOOP'; readonly magic: 0 }

/** A version of a subject. */
export interface SchemaValue {
  readonly subject: string
  readonly version: number
  readonly id: number
  /** Left out for Avro. */
  readonly schemaType?: string
  readonly references?: readonly SchemaReference[]
  readonly metadata?: Json
  readonly ruleSet?: Json
  readonly schema: string
  readonly deleted: boolean
}

/** What `/config` sets, of a subject or of all. */
export interface ConfigValue {
  readonly subject?: string
  readonly compatibilityLevel?: string
  readonly [name: string]: unknown
}

export interface ModeValue {
  readonly subject?: string
  readonly mode: string
}

export interface DeleteSubjectValue {
  readonly subject: string
  /** Up to it all versions are deleted. */
  readonly version: number
}

/** A key with its value; null is a tombstone. */
export interface RegistryRecord {
  readonly key: RegistryKey
  readonly value: SchemaValue | ConfigValue | ModeValue | DeleteSubjectValue | null
}

/** Everything else has magic 0. */
export function schemaKey({ subject, version }: { readonly subject: string; readonly version: number }): RegistryKey {
  return { keytype: 'SCHEMA', subject, version, magic: 1 }
}

/** @param subject left out: of all */
export function scopedKey(keytype: 'CONFIG' | 'MODE', subject: string | undefined): RegistryKey {
  return subject === undefined ? { keytype, magic: 0 } : { keytype, subject, magic: 0 }
}

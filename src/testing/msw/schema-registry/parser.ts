import { invalidSchema, storeError } from './errors.ts'
import type { SchemaValue } from './records.ts'
import type { RegistryState } from './registry-state.ts'
import { besides } from './subject-name.ts'
import { avro } from './types/avro.ts'
import { jsonSchema } from './types/json-schema.ts'
import { protobuf } from './types/protobuf.ts'
import {
  MissingPeerError,
  type ParsedSchema,
  type ResolvedReference,
  type SchemaReference,
  type SchemaType,
} from './types/schema-type.ts'

const TYPES: readonly SchemaType[] = [jsonSchema, protobuf, avro]

/** In the registry's order. */
export const SCHEMA_TYPES: readonly string[] = TYPES.map(({ name }) => name)

/** What is to be understood. */
export interface SchemaText {
  readonly schema: string
  readonly schemaType?: string
  readonly references?: readonly SchemaReference[]
}

/**
 * Understands a schema with all that it refers to.
 * @param subject whose it is: references without a context are to its own
 * @throws RestError 42201 for what is none; 50001 where the library is not installed that could tell
 */
export async function parseSchema(
  state: RegistryState,
  subject: string,
  { schema, schemaType = 'AVRO', references = [] }: SchemaText,
): Promise<ParsedSchema> {
  const type = TYPES.find(({ name }) => name === schemaType)
  if (type === undefined) throw invalidSchema(`Invalid schema type ${schemaType}`)
  try {
    return await type.parse(schema, resolved(state, subject, references))
  } catch (error) {
    if (error instanceof MissingPeerError) throw storeError(error.message)
    const details = error instanceof Error ? error.message : String(error)
    throw invalidSchema(`Invalid schema of type ${schemaType}, details: ${details}`)
  }
}

/** What is referred to, and what that refers to: each once, and before who needs it. */
function resolved(
  state: RegistryState,
  subject: string,
  references: readonly SchemaReference[],
): readonly ResolvedReference[] {
  const found = new Map<string, ResolvedReference>()
  const add = (from: string, list: readonly SchemaReference[]): void => {
    for (const { name, subject: other, version } of list) {
      if (found.has(name)) continue
      const full = besides(from, other)
      const value = referred(state, full, version)
      if (value === undefined) {
        throw new Error(`No schema reference found for subject "${other}" and version ${version}`)
      }
      add(full, value.references ?? [])
      found.set(name, { name, schema: value.schema })
    }
  }
  add(subject, references)
  return [...found.values()]
}

const LATEST = -1

function referred(state: RegistryState, subject: string, version: number): SchemaValue | undefined {
  if (version !== LATEST) return state.version(subject, version)
  return state.versions(subject).findLast(({ deleted }) => !deleted)
}

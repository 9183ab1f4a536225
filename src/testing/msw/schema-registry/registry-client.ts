import type { HttpHandler } from 'msw'
import { schemaNotFound } from './errors.ts'
import { parseSchema, type SchemaText } from './parser.ts'
import type { SchemaValue } from './records.ts'
import { LATEST, type Registry } from './registry.ts'
import type { RegistryState } from './registry-state.ts'
import type { SchemaRequest } from './schema-request.ts'
import type { SchemaStore } from './store.ts'
import { contextOf, DEFAULT_CONTEXT } from './subject-name.ts'
import type { ParsedSchema } from './types/schema-type.ts'

/** What serializers ask of a registry, without HTTP: what it refuses is refused with the same codes. */
export class RegistryClient {
  readonly #store: SchemaStore
  readonly #registry: Registry

  constructor(store: SchemaStore, registry: Registry) {
    this.#store = store
    this.#registry = registry
  }

  /** @throws RestError 40403 */
  async byId(id: number): Promise<SchemaValue> {
    const { schemas } = await this.#store.read()
    const found = schemas.find((one) => one.id === id && contextOf(one.subject) === DEFAULT_CONTEXT)
    if (found === undefined) throw schemaNotFound(id)
    return found
  }

  /** @throws RestError 40401, 40402 */
  version(subject: string, version: number): Promise<SchemaValue> {
    return this.#registry.find(subject, version, false)
  }

  /** @throws RestError 40401 */
  latest(subject: string): Promise<SchemaValue> {
    return this.version(subject, LATEST)
  }

  /** The version of a subject that this schema is. @throws RestError 40401, 40403 */
  lookUp(subject: string, schema: SchemaText): Promise<SchemaValue> {
    return this.#registry.lookUp(subject, requestOf(schema), false, false)
  }

  /** @throws RestError 409, 42201, 42205 */
  register(subject: string, schema: SchemaText): Promise<SchemaValue> {
    return this.#registry.register(subject, requestOf(schema), false)
  }

  /** Understands a schema of the registry. */
  async parsed(value: SchemaValue): Promise<ParsedSchema> {
    return parseSchema(await this.#store.read(), value.subject, value)
  }

  /** Understands one that is not registered. @throws RestError 42201; 50001 where the library is not installed */
  async parse(schema: SchemaText): Promise<ParsedSchema> {
    const state: RegistryState = await this.#store.read()
    return parseSchema(state, '', schema)
  }
}

/** Where handlers keep the registry that they serve. */
const REGISTRY = Symbol.for('memkafka.schemaRegistry')

/** Handlers that tell which registry they serve. */
export function serving(handlers: HttpHandler[], client: RegistryClient): HttpHandler[] {
  return Object.defineProperty(handlers, REGISTRY, { value: client })
}

/** The registry that handlers serve; undefined for those of something else. */
export function registryOf(handlers: readonly HttpHandler[]): RegistryClient | undefined {
  const client: unknown = Reflect.get(handlers, REGISTRY)
  return client instanceof RegistryClient ? client : undefined
}

function requestOf(schema: SchemaText & Partial<Pick<SchemaRequest, 'metadata' | 'ruleSet'>>): SchemaRequest {
  const { schema: text, schemaType = 'AVRO', references = [], metadata, ruleSet } = schema
  return { schema: text, schemaType, references, metadata, ruleSet, version: 0, id: -1 }
}

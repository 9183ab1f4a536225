import type { Json } from '../http/json.ts'
import { incompatibilities, type PreviousSchema } from './compatibility.ts'
import {
  idDoesNotMatch,
  incompatibleSchema,
  invalidSchema,
  invalidSubject,
  operationNotPermitted,
  schemaNotFound,
  subjectNotFound,
  versionNotFound,
} from './errors.ts'
import { parseSchema } from './parser.ts'
import { type SchemaValue, schemaKey } from './records.ts'
import type { RegistryState } from './registry-state.ts'
import type { SchemaRequest } from './schema-request.ts'
import type { Settings } from './settings.ts'
import type { SchemaStore } from './store.ts'
import { besides, contextOf, isValidSubject } from './subject-name.ts'
import type { ParsedSchema } from './types/schema-type.ts'

/** -1 is the latest one. */
export const LATEST = -1

/** Schemas are written and looked up. What the real one does at the same place is done in the same order. */
export class Registry {
  readonly #store: SchemaStore
  readonly #settings: Settings

  constructor(store: SchemaStore, settings: Settings) {
    this.#store = store
    this.#settings = settings
  }

  /** @throws RestError 40401, 40402 */
  async find(subject: string, version: number, withDeleted: boolean): Promise<SchemaValue> {
    return this.findIn(await this.#store.read(), subject, version, withDeleted)
  }

  findIn(state: RegistryState, subject: string, version: number, withDeleted: boolean): SchemaValue {
    const versions = state.versions(subject)
    const found =
      version === LATEST
        ? versions.findLast(({ deleted }) => !deleted)
        : versions.find((one) => one.version === version && (withDeleted || !one.deleted))
    if (found !== undefined) return found
    const isThere = versions.some(({ deleted }) => withDeleted || !deleted)
    throw isThere ? versionNotFound(version) : subjectNotFound(subject)
  }

  /**
   * Registers a schema. One that is there already, or in another subject of the context, keeps its id.
   * @throws RestError 409 where it is not compatible, 42201, 42205, 42207, 42208
   */
  async register(subject: string, request: SchemaRequest, normalize: boolean): Promise<SchemaValue> {
    if (!isValidSubject(subject, false)) throw invalidSubject(subject)
    return this.#store.change(async (state, write) => {
      const isImport = this.#checkMode(state, subject, request)
      const parsed = await this.#parse(state, subject, request, normalize)
      const versions = state.versions(subject)
      const there = versions.filter(({ deleted }) => !deleted)
      const same = (one: SchemaValue): Promise<boolean> => this.#isSame(state, one, parsed, request)
      if (request.version <= 0) {
        for (const one of [...there].reverse()) {
          if ((request.id < 0 || request.id === one.id) && (await same(one))) return one
        }
      }
      if (!isImport) {
        const found = await this.#incompatibilities(state, subject, parsed, request, there)
        if (found.length > 0) throw incompatibleSchema(subject, found)
      }
      const next = Math.max(0, ...versions.map(({ version }) => version)) + 1
      if (request.version > 0 && request.version !== next && !isImport) {
        throw invalidSchema('Version is not one more than previous version')
      }
      const value = schemaValue(subject, request, parsed, {
        version: request.version > 0 ? request.version : next,
        id: await this.#idFor(state, subject, request, parsed),
      })
      // The same schema, registered anew: its deleted version is forgotten.
      for (const one of versions.filter(({ deleted, id }) => deleted && id === value.id)) {
        if (referrersOf(state, one, true).length === 0) write({ key: schemaKey(one), value: null })
      }
      write({ key: schemaKey(value), value })
      return value
    })
  }

  /** @throws RestError 40401, 40403, 42201 */
  async lookUp(
    subject: string,
    request: SchemaRequest,
    normalize: boolean,
    withDeleted: boolean,
  ): Promise<SchemaValue> {
    const state = await this.#store.read()
    const versions = state.versions(subject).filter(({ deleted }) => withDeleted || !deleted)
    if (versions.length === 0) throw subjectNotFound(subject)
    const parsed = await this.#parse(state, subject, request, normalize)
    for (const one of [...versions].reverse()) {
      if (await this.#isSame(state, one, parsed, request)) return one
    }
    throw schemaNotFound()
  }

  /**
   * Why a schema is not compatible with a version, or with those of a subject as its level wants.
   * @throws RestError 42201, and 40401 and 40402 for a version that is not there
   */
  async incompatibilities(
    subject: string,
    version: number | undefined,
    request: SchemaRequest,
    normalize: boolean,
  ): Promise<readonly string[]> {
    const state = await this.#store.read()
    const previous =
      version === undefined
        ? state.versions(subject).filter(({ deleted }) => !deleted)
        : [this.findIn(state, subject, version, false)]
    if (request.schema.trim() === '') throw invalidSchema('Empty schema')
    const parsed = await this.#parse(state, subject, request, normalize)
    return this.#incompatibilities(state, subject, parsed, request, previous)
  }

  /** Written in another way. @throws RestError 42201 for what is not understood any more */
  async formatted(value: SchemaValue, format: string | undefined): Promise<string> {
    if (format === undefined || format === '') return value.schema
    const parsed = await parseSchema(await this.#store.read(), value.subject, value)
    return parsed.formatted?.(format) ?? value.schema
  }

  /** Whether only schemas with ids of their own are let in. */
  #checkMode(state: RegistryState, subject: string, request: SchemaRequest): boolean {
    this.#settings.checkWritable(state, subject)
    const mode = this.#settings.modeInScope(state, subject)
    const isImport = mode === 'IMPORT' || mode === 'FORWARD'
    const where = `Subject ${subject} in context ${contextOf(subject)}`
    if (request.id >= 0 && !isImport) throw operationNotPermitted(`${where} is not in import mode`)
    if (request.id < 0 && mode !== 'READWRITE') throw operationNotPermitted(`${where} is not in read-write mode`)
    return isImport
  }

  async #parse(
    state: RegistryState,
    subject: string,
    request: SchemaRequest,
    normalize: boolean,
  ): Promise<ParsedSchema> {
    if (request.schema.trim() === '') throw invalidSchema('Empty schema')
    const parsed = await parseSchema(state, subject, request)
    const isWanted = normalize || this.#settings.configInScope(state, subject).normalize === true
    return isWanted ? parseSchema(state, subject, { ...request, schema: parsed.normalized }) : parsed
  }

  async #isSame(
    state: RegistryState,
    one: SchemaValue,
    parsed: ParsedSchema,
    { schemaType, references, metadata, ruleSet }: SchemaRequest,
  ): Promise<boolean> {
    if ((one.schemaType ?? 'AVRO') !== schemaType || !isSame(one.references ?? [], references)) return false
    if (!isSame(one.metadata ?? null, metadata ?? null) || !isSame(one.ruleSet ?? null, ruleSet ?? null)) return false
    if (one.schema === parsed.text) return true
    return (await parseSchema(state, one.subject, one)).canonical === parsed.canonical
  }

  /** That of the same schema in the context, or the next one. */
  async #idFor(state: RegistryState, subject: string, request: SchemaRequest, parsed: ParsedSchema): Promise<number> {
    const context = contextOf(subject)
    const all = state.schemas.filter((one) => contextOf(one.subject) === context)
    if (request.id >= 0) {
      const holder = all.find(({ id }) => id === request.id)
      if (holder !== undefined && !(await this.#isSame(state, holder, parsed, request))) {
        throw idDoesNotMatch(`Overwrite new schema with id ${request.id} is not permitted.`)
      }
      return request.id
    }
    for (const one of all) if (await this.#isSame(state, one, parsed, request)) return one.id
    return Math.max(0, ...all.map(({ id }) => id)) + 1
  }

  #incompatibilities(
    state: RegistryState,
    subject: string,
    parsed: ParsedSchema,
    { schemaType }: SchemaRequest,
    previous: readonly SchemaValue[],
  ): Promise<readonly string[]> {
    const config = this.#settings.configInScope(state, subject)
    const level = config.compatibilityLevel ?? this.#settings.configInScope(state, undefined).compatibilityLevel
    const holders = previous.map(
      (one): PreviousSchema => ({
        version: one.version,
        schemaType: one.schemaType ?? 'AVRO',
        text: one.schema,
        parsed: () => parseSchema(state, one.subject, one),
      }),
    )
    return incompatibilities(level ?? 'BACKWARD', parsed, schemaType, holders)
  }
}

/** The versions that refer to one. */
export function referrersOf(
  state: RegistryState,
  { subject, version }: { readonly subject: string; readonly version: number },
  withDeleted: boolean,
): readonly SchemaValue[] {
  return state.schemas.filter(
    (one) =>
      (withDeleted || !one.deleted) &&
      (one.references ?? []).some(
        (other) => besides(one.subject, other.subject) === subject && other.version === version,
      ),
  )
}

function schemaValue(
  subject: string,
  { schemaType, references, metadata, ruleSet }: SchemaRequest,
  parsed: ParsedSchema,
  { version, id }: { readonly version: number; readonly id: number },
): SchemaValue {
  return {
    subject,
    version,
    id,
    ...(schemaType === 'AVRO' ? {} : { schemaType }),
    ...(references.length === 0 ? {} : { references }),
    ...(metadata === undefined ? {} : { metadata }),
    ...(ruleSet === undefined ? {} : { ruleSet }),
    schema: parsed.text,
    deleted: false,
  }
}

function isSame(one: Json | readonly unknown[] | null, other: Json | readonly unknown[] | null): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}

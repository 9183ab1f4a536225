import type { Json } from '../http/json.ts'
import { incompatibilities, type PreviousSchema } from './compatibility.ts'
import {
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
import { referrersOf } from './referrers.ts'
import type { RegistryState } from './registry-state.ts'
import type { SchemaRequest } from './schema-request.ts'
import type { Settings } from './settings.ts'
import type { SchemaStore } from './store.ts'
import { contextOf, inOtherContexts, isValidSubject, scopeOf } from './subject-name.ts'
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

  /** In the subject, or in that of another context where it names none. @throws RestError 40401, 40402 */
  async find(subject: string, version: number, withDeleted: boolean): Promise<SchemaValue> {
    const state = await this.#store.read()
    for (const name of [subject, ...inOtherContexts(subject, state.subjects)]) {
      const found = foundIn(state, name, version, withDeleted)
      if (found !== undefined) return found
    }
    return this.findIn(state, subject, version, withDeleted)
  }

  findIn(state: RegistryState, subject: string, version: number, withDeleted: boolean): SchemaValue {
    const found = foundIn(state, subject, version, withDeleted)
    if (found !== undefined) return found
    const isThere = state.versions(subject).some(({ deleted }) => withDeleted || !deleted)
    throw isThere ? versionNotFound(version) : subjectNotFound(subject)
  }

  /**
   * Registers a schema. One that is there already, or in another subject of the context, keeps its id. What is left out is taken from the latest version:
   * its metadata, its rules, the schema itself.
   * @param force whether it need not be compatible
   * @throws RestError 409 where it is not compatible, 42201, 42205, 42208
   */
  async register(subject: string, request: SchemaRequest, normalize: boolean, force = false): Promise<SchemaValue> {
    if (!isValidSubject(subject, false)) throw invalidSubject(subject)
    return this.#store.change(async (state, write) => {
      const versions = state.versions(subject)
      const there = versions.filter(({ deleted }) => !deleted)
      const whole = completed(request, there.at(-1))
      // What is there is given back, whatever the mode.
      if (request.version <= 0) {
        const known = there.filter(({ id }) => request.id < 0 || request.id === id)
        const found = await this.#same(state, subject, known, [request, whole], normalize)
        if (found !== undefined) return found
      }
      const isImport = this.#checkMode(state, subject, request)
      const wanted = isImport ? request : whole
      const parsed = await this.#parse(state, subject, wanted, normalize)
      if (!isImport && !force) {
        const found = await this.#incompatibilities(state, subject, parsed, wanted, there)
        if (found.length > 0) throw incompatibleSchema(subject, found)
      }
      const next = Math.max(0, ...versions.map(({ version }) => version)) + 1
      if (request.version > 0 && request.version !== next && !isImport) {
        throw invalidSchema('Version is not one more than previous version')
      }
      const value = schemaValue(subject, wanted, parsed, {
        version: request.version > 0 ? request.version : next,
        id: await this.#idFor(state, subject, wanted, parsed),
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
    if (request.schema.trim() === '') throw invalidSchema('Empty schema')
    const isThere = ({ deleted }: SchemaValue): boolean => withDeleted || !deleted
    for (const name of [subject, ...inOtherContexts(subject, state.subjects)]) {
      const versions = state.versions(name)
      const latest = versions.findLast(({ deleted }) => !deleted)
      const requests = [request, completed(request, latest)]
      const found = await this.#same(state, name, versions.filter(isThere), requests, normalize)
      if (found !== undefined) return found
    }
    await this.#parse(state, subject, request, normalize)
    throw state.versions(subject).some(isThere) ? schemaNotFound() : subjectNotFound(subject)
  }

  /**
   * Why a schema is not compatible with a version, or with those of a subject as its level wants.
   * @param version -1: the latest, if there is one
   * @throws RestError 42201, and 40402 for a version that is not there
   */
  async incompatibilities(
    subject: string,
    version: number | undefined,
    request: SchemaRequest,
    normalize: boolean,
  ): Promise<readonly string[]> {
    const state = await this.#store.read()
    const there = state.versions(subject).filter(({ deleted }) => !deleted)
    const previous =
      version === undefined
        ? there
        : there.filter((one, i) => (version === LATEST ? i === there.length - 1 : one.version === version))
    if (previous.length === 0 && version !== undefined && version !== LATEST) throw versionNotFound(version)
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
    const where = `Subject ${subject} in context ${scopeOf(subject)}`
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

  /** The latest of these versions that is what is asked for, in one way or the next. */
  async #same(
    state: RegistryState,
    subject: string,
    versions: readonly SchemaValue[],
    requests: readonly SchemaRequest[],
    normalize: boolean,
  ): Promise<SchemaValue | undefined> {
    if (versions.length === 0) return undefined
    for (const request of new Set(requests)) {
      if (request.schema.trim() === '') continue
      const parsed = await this.#parse(state, subject, request, normalize)
      for (const one of [...versions].reverse()) if (await this.#isSame(state, one, parsed, request)) return one
    }
    return undefined
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
        throw operationNotPermitted(
          `Overwrite new schema with id ${request.id} in context ${scopeOf(subject)} is not permitted.`,
        )
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
    const level = this.#settings.configInScope(state, subject).compatibilityLevel
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

function foundIn(
  state: RegistryState,
  subject: string,
  version: number,
  withDeleted: boolean,
): SchemaValue | undefined {
  const versions = state.versions(subject)
  if (version === LATEST) return versions.findLast(({ deleted }) => !deleted)
  return versions.find((one) => one.version === version && (withDeleted || !one.deleted))
}

/** With what it leaves out, as the latest version has it. */
function completed(request: SchemaRequest, latest: SchemaValue | undefined): SchemaRequest {
  if (latest === undefined) return request
  const { metadata, ruleSet } = { ...latest, ...present(request) }
  const isEmpty = request.schema.trim() === ''
  if (!isEmpty && metadata === request.metadata && ruleSet === request.ruleSet) return request
  const { schema, schemaType = 'AVRO', references = [] } = isEmpty ? latest : request
  return { ...request, schema, schemaType, references, metadata, ruleSet }
}

function present({ metadata, ruleSet }: SchemaRequest): Partial<Pick<SchemaValue, 'metadata' | 'ruleSet'>> {
  return { ...(metadata === undefined ? {} : { metadata }), ...(ruleSet === undefined ? {} : { ruleSet }) }
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

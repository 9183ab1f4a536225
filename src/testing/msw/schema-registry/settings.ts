import { type Json, optionalBoolean, optionalText } from '../http/json.ts'
import { levelOf } from './compatibility.ts'
import {
  invalidCompatibility,
  invalidMode,
  invalidSubject,
  operationNotPermitted,
  referenceExists,
  subjectCompatibilityNotConfigured,
  subjectModeNotConfigured,
  subjectNotFound,
} from './errors.ts'
import { type ConfigValue, schemaKey, scopedKey } from './records.ts'
import { referrersOf } from './referrers.ts'
import type { RegistryState } from './registry-state.ts'
import type { SchemaStore } from './store.ts'
import { GLOBAL_CONTEXT, isAmong, isValidSubject, scopeOf } from './subject-name.ts'

const MODES = ['READWRITE', 'READONLY', 'READONLY_OVERRIDE', 'IMPORT', 'FORWARD']
const DEFAULT_MODE = 'READWRITE'
/** Where what is set holds for all contexts that set nothing. */
const GLOBAL = `:${GLOBAL_CONTEXT}:`

/** `/config` and `/mode`: of a subject, of a context (`:.context:`), or of all where none is named. */
export class Settings {
  readonly #store: SchemaStore
  readonly #defaultLevel: string

  constructor(store: SchemaStore, defaultLevel: string) {
    this.#store = store
    this.#defaultLevel = defaultLevel
  }

  /** What holds for a subject: its own, else its context's, else what is set for all, else the default. */
  configInScope(state: RegistryState, subject: string | undefined): ConfigValue {
    const set = scopes(subject).map((scope) => state.config(scope))
    return this.#withLevel(set.find((config) => config !== undefined) ?? {})
  }

  /** One that does not say its level has that which the registry was started with. */
  #withLevel(config: ConfigValue): ConfigValue {
    return { ...config, compatibilityLevel: config.compatibilityLevel ?? this.#defaultLevel }
  }

  modeInScope(state: RegistryState, subject: string | undefined): string {
    const set = scopes(subject).map((scope) => state.mode(scope))
    return set.find((mode) => mode !== undefined) ?? DEFAULT_MODE
  }

  /** @throws RestError 42205 where nothing may be written */
  checkWritable(state: RegistryState, subject: string | undefined): void {
    const mode = this.modeInScope(state, subject)
    if (!mode.startsWith('READONLY')) return
    throw operationNotPermitted(`Subject ${subject ?? null} in context ${scopeOf(subject ?? '')} is in read-only mode`)
  }

  /** @throws RestError 40408 */
  async config(subject: string | undefined, defaultToGlobal: boolean): Promise<Json> {
    const state = await this.#store.read()
    const isAsked = subject === undefined || defaultToGlobal
    const config = isAsked ? this.configInScope(state, subject) : state.config(subject)
    if (config === undefined) throw subjectCompatibilityNotConfigured(subject ?? '')
    return withoutSubject(this.#withLevel(config))
  }

  /** @throws RestError 42203, 42208, 42205 */
  setConfig(subject: string | undefined, body: Json): Promise<Json> {
    const name = optionalText(body, 'compatibility') ?? optionalText(body, 'compatibilityLevel')
    const level = name === undefined ? undefined : levelOf(name)
    if (name !== undefined && level === undefined) throw invalidCompatibility()
    optionalBoolean(body, 'normalize')
    checkSubject(subject)
    return this.#store.change(async (state, write) => {
      this.checkWritable(state, subject)
      const { compatibility: _, compatibilityLevel: __, subject: ___, ...others } = body
      const value: ConfigValue = {
        ...(subject === undefined ? {} : { subject }),
        ...withoutSubject(state.config(subject) ?? {}),
        ...others,
        ...(level === undefined ? {} : { compatibilityLevel: level }),
      }
      write({ key: scopedKey('CONFIG', subject), value })
      const { compatibilityLevel: now, ...rest } = withoutSubject(value)
      return { ...rest, ...(now === undefined ? {} : { compatibility: now }) }
    })
  }

  /** @throws RestError 40401 where nothing is set */
  deleteConfig(subject: string | undefined): Promise<Json> {
    return this.#store.change(async (state, write) => {
      this.checkWritable(state, subject)
      const config = state.config(subject)
      if (config === undefined && subject !== undefined) throw subjectNotFound(subject)
      write({ key: scopedKey('CONFIG', subject), value: null })
      return withoutSubject(this.#withLevel(config ?? {}))
    })
  }

  /** @throws RestError 40409 */
  async mode(subject: string | undefined, defaultToGlobal: boolean): Promise<Json> {
    const state = await this.#store.read()
    const isAsked = subject === undefined || defaultToGlobal
    const mode = isAsked ? this.modeInScope(state, subject) : state.mode(subject)
    if (mode === undefined) throw subjectModeNotConfigured(subject ?? '')
    return { mode }
  }

  /**
   * Schemas are imported, with ids of their own, only where there are none.
   * @throws RestError 42204, 42205, 42206, 42208
   */
  setMode(subject: string | undefined, body: Json, force: boolean): Promise<Json> {
    const mode = optionalText(body, 'mode')?.toUpperCase()
    if (mode === undefined || !MODES.includes(mode)) throw invalidMode()
    if (mode === 'FORWARD' && !isGlobal(subject)) throw invalidMode('Forward mode only supported on global level')
    checkSubject(subject)
    return this.#store.change(async (state, write) => {
      if (mode === 'IMPORT' && this.modeInScope(state, subject) !== 'IMPORT' && !force) {
        const there = state.schemas.filter((schema) => isAmong(schema.subject, subject))
        if (there.some(({ deleted }) => !deleted)) {
          throw operationNotPermitted('Cannot import since found existing subjects')
        }
        for (const one of there) {
          if (referrersOf(state, one, true).length > 0) throw referenceExists(one.subject, one.version)
        }
        write(...there.map((one) => ({ key: schemaKey(one), value: null })))
      }
      write({ key: scopedKey('MODE', subject), value: { ...(subject === undefined ? {} : { subject }), mode } })
      return { mode }
    })
  }

  /** @throws RestError 40401 where nothing is set */
  deleteMode(subject: string | undefined): Promise<Json> {
    return this.#store.change(async (state, write) => {
      const mode = state.mode(subject)
      if (mode === undefined && subject !== undefined) throw subjectNotFound(subject)
      write({ key: scopedKey('MODE', subject), value: null })
      return { mode: mode ?? DEFAULT_MODE }
    })
  }
}

/** Where what holds for a subject may have been set, the nearest first. */
function scopes(subject: string | undefined): readonly (string | undefined)[] {
  if (subject === undefined) return [undefined, GLOBAL]
  return [subject, scopeOf(subject) || undefined, GLOBAL]
}

function isGlobal(subject: string | undefined): boolean {
  return subject === GLOBAL
}

function checkSubject(subject: string | undefined): void {
  if (subject !== undefined && !isValidSubject(subject, true)) throw invalidSubject(subject)
}

function withoutSubject({ subject: _, ...config }: ConfigValue): Json {
  return config
}

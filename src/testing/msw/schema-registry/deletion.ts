import {
  referenceExists,
  subjectNotFound,
  subjectNotSoftDeleted,
  subjectSoftDeleted,
  versionNotSoftDeleted,
  versionSoftDeleted,
} from './errors.ts'
import { type RegistryRecord, schemaKey, scopedKey } from './records.ts'
import { referrersOf } from './referrers.ts'
import type { Registry } from './registry.ts'
import type { RegistryState } from './registry-state.ts'
import type { Settings } from './settings.ts'
import type { SchemaStore } from './store.ts'

/** Deleting: softly, so that ids still lead to schemas, and then for good. */
export class Deletion {
  readonly #store: SchemaStore
  readonly #registry: Registry
  readonly #settings: Settings

  constructor(store: SchemaStore, registry: Registry, settings: Settings) {
    this.#store = store
    this.#registry = registry
    this.#settings = settings
  }

  /** @returns the versions that were deleted. @throws RestError 40401, 40404, 40405, 42205, 42206 */
  subject(subject: string, permanent: boolean): Promise<readonly number[]> {
    return this.#store.change(async (state, write) => {
      const all = state.versions(subject)
      if (all.length === 0) throw subjectNotFound(subject)
      const versions = permanent ? all : all.filter(({ deleted }) => !deleted)
      if (versions.length === 0) throw subjectSoftDeleted(subject)
      this.#settings.checkWritable(state, subject)
      for (const one of versions) {
        const others = referrersOf(state, one, permanent).filter((referrer) => referrer.subject !== subject)
        if (others.length > 0) throw referenceExists(subject, one.version)
        if (permanent && !one.deleted) throw subjectNotSoftDeleted(subject)
      }
      const numbers = versions.map(({ version }) => version)
      if (permanent) {
        write(...[...versions].reverse().map((one) => ({ key: schemaKey(one), value: null })))
        write(...settingsOf(state, subject))
      } else {
        const value = { subject, version: numbers.at(-1) ?? 0 }
        write({ key: { keytype: 'DELETE_SUBJECT', subject, magic: 0 }, value })
      }
      return numbers
    })
  }

  /** @throws RestError 40401, 40402, 40406, 40407, 42205, 42206 */
  version(subject: string, version: number, permanent: boolean): Promise<number> {
    return this.#store.change(async (state, write) => {
      const found = this.#registry.findIn(state, subject, version, true)
      if (!permanent && found.deleted) throw versionSoftDeleted(subject, found.version)
      this.#settings.checkWritable(state, subject)
      if (referrersOf(state, found, permanent).length > 0) throw referenceExists(subject, found.version)
      if (permanent && !found.deleted) throw versionNotSoftDeleted(subject, found.version)
      write({ key: schemaKey(found), value: permanent ? null : { ...found, deleted: true } })
      if (permanent && state.versions(subject).length === 1) write(...settingsOf(state, subject))
      return found.version
    })
  }
}

/** What was set for a subject goes with it. */
function settingsOf(state: RegistryState, subject: string): readonly RegistryRecord[] {
  return [
    ...(state.mode(subject) === undefined ? [] : [{ key: scopedKey('MODE', subject), value: null }]),
    ...(state.config(subject) === undefined ? [] : [{ key: scopedKey('CONFIG', subject), value: null }]),
  ]
}

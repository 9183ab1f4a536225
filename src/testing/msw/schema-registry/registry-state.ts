import type { ConfigValue, DeleteSubjectValue, ModeValue, RegistryKey, RegistryRecord, SchemaValue } from './records.ts'

/** What the records of the topic of schemas say, once they are replayed in their order. */
export class RegistryState {
  /** By subject, by version; the deleted ones too. */
  readonly #subjects = new Map<string, Map<number, SchemaValue>>()
  readonly #configs = new Map<string, ConfigValue>()
  readonly #modes = new Map<string, ModeValue>()

  /** The only way to change it. */
  replay({ key, value }: RegistryRecord): void {
    switch (key.keytype) {
      case 'SCHEMA':
        this.#replaySchema(key, value as SchemaValue | null)
        break
      case 'CONFIG':
        put(this.#configs, key.subject ?? '', value as ConfigValue | null)
        break
      case 'MODE':
        put(this.#modes, key.subject ?? '', value as ModeValue | null)
        break
      case 'DELETE_SUBJECT':
        this.#deleteSubject(value as DeleteSubjectValue | null)
        break
      case 'CLEAR_SUBJECT':
        this.#subjects.delete(key.subject)
        break
      default:
    }
  }

  /** In their order. */
  get subjects(): readonly string[] {
    return [...this.#subjects.keys()].sort()
  }

  /** The versions of a subject, in their order. */
  versions(subject: string): readonly SchemaValue[] {
    return [...(this.#subjects.get(subject)?.values() ?? [])].sort((one, other) => one.version - other.version)
  }

  version(subject: string, version: number): SchemaValue | undefined {
    return this.#subjects.get(subject)?.get(version)
  }

  /** All versions of all subjects. */
  get schemas(): readonly SchemaValue[] {
    return this.subjects.flatMap((subject) => this.versions(subject))
  }

  /** What was set for a subject, or for all where none is named. */
  config(subject: string | undefined): ConfigValue | undefined {
    return this.#configs.get(subject ?? '')
  }

  mode(subject: string | undefined): string | undefined {
    return this.#modes.get(subject ?? '')?.mode
  }

  #replaySchema(key: Extract<RegistryKey, { keytype: 'SCHEMA' }>, value: SchemaValue | null): void {
    const versions = this.#subjects.get(key.subject) ?? new Map<number, SchemaValue>()
    if (value === null) versions.delete(key.version)
    else versions.set(key.version, value)
    if (versions.size === 0) this.#subjects.delete(key.subject)
    else this.#subjects.set(key.subject, versions)
  }

  #deleteSubject(value: DeleteSubjectValue | null): void {
    if (value === null) return
    const versions = this.#subjects.get(value.subject)
    for (const schema of versions?.values() ?? []) {
      if (schema.version <= value.version) versions?.set(schema.version, { ...schema, deleted: true })
    }
  }
}

function put<T>(map: Map<string, T>, key: string, value: T | null): void {
  if (value === null) map.delete(key)
  else map.set(key, value)
}

/**
 * Makes one schema of those of several releases. The newest tells the layout of every version it has; an older one only adds
 * the versions that were dropped since, with the fields that lived in those alone. Afterwards each release's own versions
 * are laid out again from the result, and must come out as that release has them.
 */
import { hasVersion, type VersionRange } from '../../src/protocol/schema.ts'
import type { MessageSchema, SchemaField, SchemaStruct } from './kafka-schema.ts'

/** Merges `older` into `newer`; whatever cannot be reconciled is told to `conflict`. */
export function mergeMessage(
  older: MessageSchema,
  newer: MessageSchema,
  conflict: (what: string) => void,
): MessageSchema {
  const old = withoutUnstable(older)
  // Until 4.0 the type of a coordinator's record was the version of its key; since then it has a place of its own.
  if (old.type !== newer.type || isEmpty(old.versions) || covers(newer.versions, old.versions)) return newer
  if (isEmpty(newer.versions)) return old
  const added: VersionRange = { min: old.versions.min, max: newer.versions.min - 1 }
  if (isEmpty(added) || old.versions.max > newer.versions.max) {
    conflict(`${newer.name}: versions ${show(old.versions)} and then ${show(newer.versions)}`)
    return newer
  }
  const merged: MessageSchema = {
    ...newer,
    versions: { min: added.min, max: newer.versions.max },
    fields: mergeFields(old.fields, newer.fields, added),
    commonStructs: mergeStructs(old.commonStructs, newer.commonStructs, added),
  }
  for (const release of [old, newer]) {
    for (let version = release.versions.min; version <= release.versions.max; version++) {
      const expected = layout(release, version)
      const actual = layout(merged, version)
      if (expected !== actual) conflict(`${newer.name} v${version}\n  was ${expected}\n  is  ${actual}`)
    }
  }
  return merged
}

/** A last version that Kafka kept to itself was never released: the next release was free to change it. */
function withoutUnstable(older: MessageSchema): MessageSchema {
  if (!older.latestVersionUnstable) return older
  return { ...older, versions: { min: older.versions.min, max: older.versions.max - 1 } }
}

function mergeFields(older: readonly SchemaField[], newer: readonly SchemaField[], added: VersionRange): SchemaField[] {
  const merged = [...newer]
  let place = 0
  for (const old of older) {
    const index = merged.findIndex((field) => field.name === old.name)
    const same = merged[index]
    if (same !== undefined) {
      // Whether a value may be dropped in the added versions, only the older release knows.
      const ignorable = same.ignorable || (old.ignorable && !covers(same.versions, added))
      merged[index] = { ...same, ignorable, fields: mergeFields(old.fields, same.fields, added) }
      place = index + 1
      continue
    }
    const versions = intersect(old.versions, added)
    if (isEmpty(versions)) continue
    merged.splice(place, 0, { ...old, versions })
    place++
  }
  return merged
}

function mergeStructs(
  older: readonly SchemaStruct[],
  newer: readonly SchemaStruct[],
  added: VersionRange,
): SchemaStruct[] {
  const merged = [...newer]
  for (const old of older) {
    const index = merged.findIndex((struct) => struct.name === old.name)
    const same = merged[index]
    if (same === undefined) merged.push(old)
    else merged[index] = { ...same, fields: mergeFields(old.fields, same.fields, added) }
  }
  return merged
}

/** Everything that decides the bytes of one version, as a text to compare. */
function layout(message: MessageSchema, version: number): string {
  const structs = new Map(message.commonStructs.map((struct) => [struct.name, struct.fields]))
  const ofFields = (fields: readonly SchemaField[]): string =>
    fields
      .filter((field) => hasVersion(field.versions, version))
      .map((field) => {
        const inner = field.fields.length > 0 ? field.fields : structs.get(field.type.replace('[]', ''))
        return [
          field.name,
          inner === undefined ? field.type : `${field.type.startsWith('[]') ? '[]' : ''}{${ofFields(inner)}}`,
          hasVersion(field.nullable, version) ? '?' : '',
          hasVersion(field.tagged, version) ? `#${field.tag}` : '',
          field.flexible ? '' : '!',
          field.default === '' ? '' : `=${field.default}`,
        ].join('')
      })
      .join(' ')
  return `${hasVersion(message.flexible, version) ? 'flexible ' : ''}${ofFields(message.fields)}`
}

export function isEmpty(range: VersionRange): boolean {
  return range.min > range.max
}

export function covers(outer: VersionRange, inner: VersionRange): boolean {
  return isEmpty(inner) || (outer.min <= inner.min && outer.max >= inner.max)
}

export function intersect(a: VersionRange, b: VersionRange): VersionRange {
  return { min: Math.max(a.min, b.min), max: Math.min(a.max, b.max) }
}

export function show(range: VersionRange): string {
  if (isEmpty(range)) return 'none'
  if (range.max === Number.POSITIVE_INFINITY) return `${range.min}+`
  return range.min === range.max ? String(range.min) : `${range.min}-${range.max}`
}

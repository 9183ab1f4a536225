import type { Struct } from '../../protocol/value-codecs.ts'
import type { FieldLayout, StructLayout } from './layout.ts'

/** Whether two structs would be written alike; what is left out has its default. */
export function equalStructs(layout: StructLayout, one: Struct, other: Struct): boolean {
  if (one === other) return true
  for (const field of layout.plain) if (!equalFields(field, one[field.name], other[field.name])) return false
  for (const field of layout.tagged.values()) {
    if (!equalFields(field, one[field.name], other[field.name])) return false
  }
  return !layout.flexible || equalTags(one.unknownTaggedFields, other.unknownTaggedFields)
}

/** Whether two values of a field would be written alike. */
export function equalFields(field: FieldLayout, one: unknown, other: unknown): boolean {
  if (one === other) return true
  return equalValues(
    field,
    one === undefined ? field.makeDefault() : one,
    other === undefined ? field.makeDefault() : other,
  )
}

function equalValues({ field, inner }: FieldLayout, one: unknown, other: unknown): boolean {
  if (Object.is(one, other) || (one === 0 && other === 0)) return true
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false
  switch (field.type) {
    case 'bytes':
      return equalBytes(one as Uint8Array, other as Uint8Array)
    case 'records':
      return equalSlices(one as readonly Uint8Array[], other as readonly Uint8Array[])
    case 'struct':
      return equalStructs(inner as StructLayout, one as Struct, other as Struct)
    default:
      return equalArrays(inner, one as unknown[], other as unknown[])
  }
}

function equalArrays(inner: StructLayout | undefined, one: readonly unknown[], other: readonly unknown[]): boolean {
  if (one.length !== other.length) return false
  for (let i = 0; i < one.length; i++) {
    const [mine, theirs] = [one[i], other[i]]
    if (mine === theirs) continue
    if (inner === undefined || !equalStructs(inner, mine as Struct, theirs as Struct)) return false
  }
  return true
}

/** Whether what no schema knows is the same. */
export function equalTags(one: unknown, other: unknown): boolean {
  if (one === other) return true
  const mine = (one ?? []) as readonly { readonly tag: number; readonly data: Buffer }[]
  const theirs = (other ?? []) as typeof mine
  return (
    mine.length === theirs.length &&
    mine.every(({ tag, data }, i) => tag === theirs[i]?.tag && equalBytes(data, theirs[i].data))
  )
}

function equalSlices(one: readonly Uint8Array[], other: readonly Uint8Array[]): boolean {
  if (one.length === other.length && one.every((slice, i) => slice === other[i])) return true
  return equalBytes(Buffer.concat(one), Buffer.concat(other))
}

function equalBytes(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0
}

import type { Reader } from '../../protocol/reader.ts'
import { type Field, type Fields, hasVersion, type PrimitiveType } from '../../protocol/schema.ts'

/** Moves past a value, and makes nothing of it. */
export type Skip = (reader: Reader) => void

/** How many bytes a value takes, where that is always the same. */
export const WIDTHS: { readonly [type in Exclude<PrimitiveType, 'string' | 'bytes' | 'records'>]: number } = {
  bool: 1,
  int8: 1,
  int16: 2,
  uint16: 2,
  int32: 4,
  uint32: 4,
  int64: 8,
  float64: 8,
  uuid: 16,
}

/** How to move past a field in one version. @param flexible whether the version of the message is */
export function skipOf(field: Field, version: number, flexible: boolean, isTagged: boolean): Skip {
  const compact = flexible && field.flexible
  switch (field.type) {
    case 'string':
      return compact ? skipCompact : skipString
    case 'bytes':
    case 'records':
      return compact ? skipCompact : skipBytes
    case 'array':
      return skipArray(field.element as Field, version, flexible, compact)
    case 'struct': {
      const inner = skipStruct(field.fields as Fields, version, flexible)
      if (!hasVersion(field.nullable, version)) return inner
      return (reader) => {
        if (isTagged ? reader.varint() > 0 : reader.int8() >= 0) inner(reader)
      }
    }
    default: {
      const width = WIDTHS[field.type]
      return (reader) => void reader.take(width)
    }
  }
}

/** How to move past a struct in one version. */
export function skipStruct(fields: Fields, version: number, flexible: boolean): Skip {
  const skips = plainFields(fields, version).map(([, field]) => skipOf(field, version, flexible, false))
  return (reader) => {
    for (const skip of skips) skip(reader)
    if (flexible) skipTags(reader)
  }
}

/** The fields of a struct that a version writes one after the other. */
export function plainFields(fields: Fields, version: number): (readonly [name: string, field: Field])[] {
  return Object.entries(fields).filter(
    ([, field]) => hasVersion(field.versions, version) && !hasVersion(field.tagged, version),
  )
}

function skipArray(element: Field, version: number, flexible: boolean, compact: boolean): Skip {
  const width = WIDTHS[element.type as keyof typeof WIDTHS] as number | undefined
  const skip = skipOf(element, version, flexible, false)
  return (reader) => {
    const length = compact ? reader.varint() - 1 : reader.int32()
    if (length <= 0) return
    if (width !== undefined) reader.take(length * width)
    else for (let i = 0; i < length; i++) skip(reader)
  }
}

function skipTags(reader: Reader): void {
  for (let left = reader.varint(); left > 0; left--) {
    reader.varint()
    reader.take(reader.varint())
  }
}

function skipString(reader: Reader): void {
  reader.take(Math.max(0, reader.int16()))
}

function skipBytes(reader: Reader): void {
  reader.take(Math.max(0, reader.int32()))
}

function skipCompact(reader: Reader): void {
  reader.take(Math.max(0, reader.varint() - 1))
}

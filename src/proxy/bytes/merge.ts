/** Writes a changed message so that whatever was not changed is the very bytes that came. */
import { Reader } from '../../protocol/reader.ts'
import type { TaggedField } from '../../protocol/tagged-fields.ts'
import type { Struct } from '../../protocol/value-codecs.ts'
import { sizeOfUnsignedVarint, writeUnsignedVarint } from '../../protocol/varint.ts'
import { Sizer, Writer } from '../../protocol/writer.ts'
import { equalFields, equalStructs, equalTags } from './equal.ts'
import type { FieldLayout, StructLayout } from './layout.ts'

/**
 * The bytes of a message that was changed, in pieces. A field, or an element of a list, that is as before is copied from the bytes that came,
 * whatever a decoder makes of it.
 * @param bytes what came, the message from `at` on
 * @param before what it was decoded to
 * @param after what it is to be
 */
export function merged(layout: StructLayout, bytes: Buffer, at: number, before: object, after: object): Buffer[] {
  const pieces = new Pieces(bytes)
  const reader = new Reader(bytes, at)
  mergeStruct(layout, reader, before as Struct, after as Struct, pieces)
  // Nobody looks at what follows a message, and nobody here takes it away.
  pieces.old(reader.position, bytes.length)
  return pieces.done()
}

/** Pieces of new bytes and of old ones; old ones that lie next to each other are one piece. */
class Pieces {
  readonly bytes: Buffer
  private readonly list: Buffer[] = []
  private from = 0
  private to = 0

  constructor(bytes: Buffer) {
    this.bytes = bytes
  }

  old(from: number, to: number): void {
    if (from === to) return
    if (from !== this.to) {
      this.flush()
      this.from = from
    }
    this.to = to
  }

  fresh(...bytes: readonly Buffer[]): void {
    this.flush()
    for (const piece of bytes) if (piece.length > 0) this.list.push(piece)
  }

  done(): Buffer[] {
    this.flush()
    return this.list
  }

  private flush(): void {
    if (this.to > this.from) this.list.push(this.bytes.subarray(this.from, this.to))
    this.from = 0
    this.to = 0
  }
}

function mergeStruct(layout: StructLayout, reader: Reader, before: Struct, after: Struct, pieces: Pieces): void {
  for (const field of layout.plain) mergeField(field, reader, before[field.name], after[field.name], pieces)
  if (layout.flexible) mergeTags(layout, reader, before, after, pieces)
}

function mergeField(field: FieldLayout, reader: Reader, before: unknown, after: unknown, pieces: Pieces): void {
  const start = reader.position
  if (equalFields(field, before, after)) {
    field.skip(reader)
    pieces.old(start, reader.position)
    return
  }
  const value = after === undefined ? field.makeDefault() : after
  if (field.inner !== undefined && before !== null && value !== null) {
    if (field.field.type === 'array') {
      const lists = { before: before as readonly Struct[], after: value as readonly Struct[] }
      mergeList(field, reader, lists, pieces)
      return
    }
    // The byte that says that it is there stays.
    if (field.isNullable) reader.take(1)
    pieces.old(start, reader.position)
    mergeStruct(field.inner, reader, before as Struct, value as Struct, pieces)
    return
  }
  field.skip(reader)
  pieces.fresh(encoded(field, value))
}

function mergeList(
  field: FieldLayout,
  reader: Reader,
  { before, after }: { readonly before: readonly Struct[]; readonly after: readonly Struct[] },
  pieces: Pieces,
): void {
  const inner = field.inner as StructLayout
  const start = reader.position
  if (field.isCompact) reader.varint()
  else reader.int32()
  if (before.length === after.length) pieces.old(start, reader.position)
  else pieces.fresh(lengthOf(field, after.length))
  const starts: number[] = []
  for (let i = 0; i < before.length; i++) {
    starts.push(reader.position)
    skipStructAt(inner, reader)
  }
  starts.push(reader.position)
  let next = 0
  after.forEach((element, i) => {
    const same = find(inner, before, element, next)
    if (same !== undefined) {
      pieces.old(starts[same] as number, starts[same + 1] as number)
      next = same + 1
    } else if (before.length === after.length) {
      mergeStruct(inner, new Reader(pieces.bytes, starts[i] as number), before[i] as Struct, element, pieces)
      next = i + 1
    } else pieces.fresh(encodedStruct(field, element))
  })
}

/** Where an element stands that is as before: mostly behind the one that was found last. */
function find(inner: StructLayout, before: readonly Struct[], element: Struct, next: number): number | undefined {
  for (let i = 0; i < before.length; i++) {
    const place = (next + i) % before.length
    if (equalStructs(inner, before[place] as Struct, element)) return place
  }
  return undefined
}

function skipStructAt(layout: StructLayout, reader: Reader): void {
  for (const { skip } of layout.plain) skip(reader)
  if (!layout.flexible) return
  for (let left = reader.varint(); left > 0; left--) {
    reader.varint()
    reader.take(reader.varint())
  }
}

/** A tagged field, with its tag and its size. */
interface Tag {
  readonly tag: number
  readonly write: (pieces: Pieces) => void
}

function mergeTags(layout: StructLayout, reader: Reader, before: Struct, after: Struct, pieces: Pieces): void {
  const start = reader.position
  const areUnknownKept = equalTags(before.unknownTaggedFields, after.unknownTaggedFields)
  const tags: Tag[] = []
  const seen = new Set<number>()
  let isKept = areUnknownKept
  for (let left = reader.varint(); left > 0; left--) {
    const from = reader.position
    const tag = reader.varint()
    const size = reader.varint()
    const at = reader.take(size)
    const to = reader.position
    const known = layout.tagged.get(tag)
    seen.add(tag)
    const old = (): Tag => ({ tag, write: (into) => into.old(from, to) })
    if (known === undefined) {
      if (areUnknownKept) tags.push(old())
      continue
    }
    const value = after[known.name]
    if (equalFields(known, before[known.name], value)) {
      tags.push(old())
      continue
    }
    isKept = false
    if (value === undefined || known.isDefault(value)) continue
    const content = new Pieces(reader.bytes)
    mergeField(known, new Reader(reader.bytes, at, to), before[known.name], value, content)
    tags.push(tagOf(tag, content.done()))
  }
  for (const [tag, known] of layout.tagged) {
    const value = after[known.name]
    if (seen.has(tag) || value === undefined || known.isDefault(value)) continue
    isKept = false
    tags.push(tagOf(tag, [encoded(known, value)]))
  }
  if (isKept) {
    pieces.old(start, reader.position)
    return
  }
  if (!areUnknownKept) {
    for (const { tag, data } of (after.unknownTaggedFields ?? []) as readonly TaggedField[])
      tags.push(tagOf(tag, [data]))
  }
  pieces.fresh(varint(tags.length))
  for (const { write } of tags.sort((a, b) => a.tag - b.tag)) write(pieces)
}

function tagOf(tag: number, content: readonly Buffer[]): Tag {
  const size = content.reduce((sum, { length }) => sum + length, 0)
  return { tag, write: (pieces) => pieces.fresh(varint(tag), varint(size), ...content) }
}

function encoded({ codec }: FieldLayout, value: unknown): Buffer {
  const bytes = Buffer.allocUnsafe(codec.size(value, new Sizer()))
  codec.write(new Writer(bytes, 0, null), value)
  return bytes
}

/** An element of a list of structs: the list of it alone, without its length. */
function encodedStruct(field: FieldLayout, element: Struct): Buffer {
  return encoded(field, [element]).subarray(field.isCompact ? 1 : 4)
}

function lengthOf({ isCompact }: FieldLayout, length: number): Buffer {
  if (isCompact) return varint(length + 1)
  const bytes = Buffer.allocUnsafe(4)
  bytes.writeInt32BE(length)
  return bytes
}

function varint(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(sizeOfUnsignedVarint(value))
  writeUnsignedVarint(bytes, 0, value)
  return bytes
}

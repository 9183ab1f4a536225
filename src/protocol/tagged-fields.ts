/** The tagged fields at the end of a struct (KIP-482): those of the schema, and others, which are kept as they are. */
import { Fault } from './protocol-error.ts'
import { Reader } from './reader.ts'
import { type Codec, located, type Struct } from './value-codecs.ts'
import { sizeOfUnsignedVarint } from './varint.ts'
import { Sizer, type Writer } from './writer.ts'

/** A tagged field that the schema does not know, kept so that it can be passed on. */
export interface TaggedField {
  readonly tag: number
  readonly data: Buffer
}

/** A tagged field of the schema. */
export interface KnownTag {
  readonly name: string
  isDefault(value: unknown): boolean
  readonly tag: number
  readonly codec: Codec
}

/** The tags that mean something in some version; null stands for a meaning in versions other than this one. */
export type TagsOfSchema = ReadonlyMap<number, KnownTag | null>

export function readTags(reader: Reader, value: Struct, byTag: TagsOfSchema): void {
  const start = reader.position
  const count = reader.varint()
  if (count === 0) return
  // A tag and a size take at least a byte each.
  if (count * 2 > reader.remaining) throw new Fault(`${count} tagged fields in ${reader.remaining} bytes`, start)
  let unknown: TaggedField[] | undefined
  for (let index = 0; index < count; index++) {
    const tagAt = reader.position
    const tag = reader.varint()
    const size = reader.varint()
    const known = byTag.get(tag)
    const at = reader.position
    // Kafka's classes pass over a tag that they have never heard of, but not over one that came with a later version.
    if (known === null) throw new Fault(`tag ${tag} is none of this version`, tagAt)
    if (known === undefined) {
      unknown ??= []
      unknown.push({ tag, data: reader.slice(size) })
      continue
    }
    // Kafka trusts the field to be as long as it says; here the two must agree.
    reader.take(size)
    const inside = new Reader(reader.bytes, at, at + size)
    try {
      value[known.name] = known.codec.read(inside)
      if (inside.remaining > 0) throw new Fault(`tag ${tag} has ${inside.remaining} bytes too many`, inside.position)
    } catch (error) {
      throw located(error, known.name)
    }
  }
  if (unknown !== undefined) value.unknownTaggedFields = unknown
}

export function sizeOfTags(
  value: Struct,
  unknown: readonly TaggedField[] | undefined,
  tagged: readonly KnownTag[],
  byTag: TagsOfSchema,
  sizer: Sizer,
): number {
  if (tagged.length === 0 && unknown === undefined) return 1
  let count = 0
  let total = 0
  for (const known of tagged) {
    const field = value[known.name]
    if (known.isDefault(field)) continue
    try {
      const size = known.codec.size(field, sizer)
      total += sizeOfUnsignedVarint(known.tag) + sizeOfUnsignedVarint(size) + size
    } catch (error) {
      throw located(error, known.name)
    }
    count++
  }
  if (unknown !== undefined) {
    let previous = -1
    for (const { tag, data } of unknown) {
      if (tag <= previous) throw new Fault(`unknown tag ${tag} comes after tag ${previous}`)
      if (byTag.has(tag)) throw new Fault(`tag ${tag} is not unknown`)
      previous = tag
      total += sizeOfUnsignedVarint(tag) + sizeOfUnsignedVarint(data.length) + data.length
      count++
    }
  }
  return total + sizeOfUnsignedVarint(count)
}

export function writeTags(writer: Writer, value: Struct, tagged: readonly KnownTag[]): void {
  // Nearly every struct.
  if (tagged.length === 0 && value.unknownTaggedFields === undefined) {
    writer.varint(0)
    return
  }
  const unknown = (value.unknownTaggedFields ?? []) as readonly TaggedField[]
  const known = tagged.length === 0 ? tagged : tagged.filter((entry) => !entry.isDefault(value[entry.name]))
  writer.varint(known.length + unknown.length)
  let next = 0
  for (const entry of known) {
    next = writeUnknownTags(writer, unknown, next, entry.tag)
    const field = value[entry.name]
    writer.varint(entry.tag)
    writer.varint(entry.codec.size(field, new Sizer()))
    try {
      entry.codec.write(writer, field)
    } catch (error) {
      throw located(error, entry.name)
    }
  }
  writeUnknownTags(writer, unknown, next, Number.POSITIVE_INFINITY)
}

/** Writes the unknown tags below `limit`, from index `next` on; returns the index of the first that is left. */
function writeUnknownTags(writer: Writer, unknown: readonly TaggedField[], next: number, limit: number): number {
  let index = next
  for (let field = unknown[index]; field !== undefined && field.tag < limit; field = unknown[++index]) {
    writer.varint(field.tag)
    writer.varint(field.data.length)
    writer.raw(field.data)
  }
  return index
}

/** Turns a schema into functions for one version: how to read a value, how large it will be, how to write it. */
import { defaultMaker, defaultTest } from './defaults.ts'
import { Fault } from './protocol-error.ts'
import { Reader } from './reader.ts'
import { type Field, type Fields, hasVersion, type PrimitiveType } from './schema.ts'
import { sizeOfUnsignedVarint } from './varint.ts'
import { type Sizer, type Slices, textSize, type Writer } from './writer.ts'

/** How values of one type travel. */
export interface Codec<T = unknown> {
  /** No value is smaller than this: what an array's length is checked against before anything is allocated. */
  readonly minSize: number
  read(reader: Reader): T
  size(value: T, sizer: Sizer): number
  write(writer: Writer, value: T): void
}

/** A tagged field that the schema does not know, kept so that it can be passed on. */
export interface TaggedField {
  readonly tag: number
  readonly data: Buffer
}

type Struct = { [name: string]: unknown }

/** The longest string of the protocol, in bytes of UTF-8. */
const MAX_STRING = 0x7fff

/** Compiles the fields of a message, or of a struct inside it, for one version. */
export function compileStruct(fields: Fields, version: number, flexible: boolean): Codec<Struct> {
  const layout = lay(fields, version, flexible)
  const { names, readers, plain, absent, tagged } = layout
  const count = names.length
  const byTag = new Map(tagged.map((entry) => [entry.tag, entry]))

  const read = (reader: Reader): Struct => {
    const value: Struct = {}
    let index = 0
    try {
      for (; index < count; index++)
        value[names[index] as string] = (readers[index] as (reader: Reader) => unknown)(reader)
    } catch (error) {
      throw located(error, names[index] as string)
    }
    if (flexible) readTags(reader, value, byTag)
    return value
  }

  const size = (value: Struct, sizer: Sizer): number => {
    let total = 0
    for (const entry of plain) {
      const field = value[entry.name]
      try {
        total += entry.codec.size(field === undefined ? entry.makeDefault() : field, sizer)
      } catch (error) {
        throw located(error, entry.name)
      }
    }
    for (const entry of absent) {
      if (!entry.isDefault(value[entry.name])) {
        throw new Fault('has a value, but this version has no such field').within(entry.name)
      }
    }
    const unknown = value.unknownTaggedFields as readonly TaggedField[] | undefined
    if (flexible) total += sizeOfTags(value, unknown, tagged, byTag, sizer)
    else if (unknown !== undefined && unknown.length > 0) throw new Fault('this version has no tagged fields')
    return total
  }

  const write = (writer: Writer, value: Struct): void => {
    for (const entry of plain) {
      const field = value[entry.name]
      try {
        entry.codec.write(writer, field === undefined ? entry.makeDefault() : field)
      } catch (error) {
        throw located(error, entry.name)
      }
    }
    if (flexible) writeTags(writer, value, tagged)
  }

  const minSize = plain.reduce((sum, entry) => sum + entry.codec.minSize, flexible ? 1 : 0)
  return { minSize, read, size, write }
}

interface PlainField {
  readonly name: string
  readonly codec: Codec
  makeDefault(): unknown
}

interface AbsentField {
  readonly name: string
  isDefault(value: unknown): boolean
}

interface KnownTag extends AbsentField {
  readonly tag: number
  readonly codec: Codec
}

/** Sorts the fields of a struct by what this version does with them. */
function lay(fields: Fields, version: number, flexible: boolean) {
  const names: string[] = []
  const readers: ((reader: Reader) => unknown)[] = []
  const plain: PlainField[] = []
  const absent: AbsentField[] = []
  const tagged: KnownTag[] = []
  for (const [name, field] of Object.entries(fields)) {
    const makeDefault = defaultMaker(field)
    names.push(name)
    if (!hasVersion(field.versions, version)) {
      readers.push(makeDefault)
      if (!field.ignorable) absent.push({ name, isDefault: defaultTest(field) })
    } else if (hasVersion(field.tagged, version)) {
      readers.push(makeDefault)
      tagged.push({
        name,
        tag: field.tag,
        codec: compileField(field, version, flexible, true),
        isDefault: defaultTest(field),
      })
    } else {
      const codec = compileField(field, version, flexible, false)
      readers.push(codec.read)
      plain.push({ name, codec, makeDefault })
    }
  }
  tagged.sort((a, b) => a.tag - b.tag)
  return { names, readers, plain, absent, tagged }
}

function readTags(reader: Reader, value: Struct, byTag: ReadonlyMap<number, KnownTag>): void {
  const start = reader.position
  const count = reader.varint()
  if (count === 0) return
  // A tag and a size take at least a byte each.
  if (count * 2 > reader.remaining) throw new Fault(`${count} tagged fields in ${reader.remaining} bytes`, start)
  let unknown: TaggedField[] | undefined
  for (let index = 0; index < count; index++) {
    const tag = reader.varint()
    const size = reader.varint()
    const known = byTag.get(tag)
    const at = reader.position
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

function sizeOfTags(
  value: Struct,
  unknown: readonly TaggedField[] | undefined,
  tagged: readonly KnownTag[],
  byTag: ReadonlyMap<number, KnownTag>,
  sizer: Sizer,
): number {
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

function writeTags(writer: Writer, value: Struct, tagged: readonly KnownTag[]): void {
  const unknown = (value.unknownTaggedFields ?? []) as readonly TaggedField[]
  const known = tagged.length === 0 ? tagged : tagged.filter((entry) => !entry.isDefault(value[entry.name]))
  writer.varint(known.length + unknown.length)
  let next = 0
  for (const entry of known) {
    next = writeUnknownTags(writer, unknown, next, entry.tag)
    const field = value[entry.name]
    writer.varint(entry.tag)
    writer.varint(entry.codec.size(field, { recordBytes: 0 }))
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

function compileField(field: Field, version: number, messageFlexible: boolean, isTagged: boolean): Codec {
  const flexible = messageFlexible && field.flexible
  const nullable = hasVersion(field.nullable, version)
  switch (field.type) {
    case 'string':
      return flexible ? compactString(nullable) : oldString(nullable)
    case 'bytes':
      return sequence(flexible, nullable, bytesContent)
    case 'records':
      return sequence(flexible, nullable, recordsContent)
    case 'array':
      return sequence(flexible, nullable, arrayContent(compileField(elementOf(field), version, messageFlexible, false)))
    case 'struct': {
      const codec = compileStruct(field.fields as Fields, version, messageFlexible) as Codec
      return nullable ? nullableStruct(codec, isTagged) : presentStruct(codec)
    }
    default:
      return primitives[field.type]
  }
}

function elementOf(field: Field): Field {
  return field.element as Field
}

const NULL_REFUSED = 'is null, but cannot be in this version'

/** Bytes, records and arrays: a length, then the content. A compact length is one more than it says, and 0 is null. */
function sequence<T>(flexible: boolean, nullable: boolean, content: Content<T>): Codec {
  return {
    minSize: flexible ? 1 : 4,
    read(reader) {
      const start = reader.position
      const length = flexible ? reader.varint() - 1 : reader.int32()
      if (length < 0) {
        if (!nullable) throw new Fault(NULL_REFUSED, start)
        return null
      }
      return content.read(reader, length, start)
    },
    size(value, sizer) {
      if (value === null) {
        if (!nullable) throw new Fault(NULL_REFUSED)
        return flexible ? 1 : 4
      }
      const prefix = flexible ? sizeOfUnsignedVarint(content.length(value as T) + 1) : 4
      return prefix + content.size(value as T, sizer)
    },
    write(writer, value) {
      if (value === null) {
        if (flexible) writer.varint(0)
        else writer.int32(-1)
        return
      }
      const length = content.length(value as T)
      if (flexible) writer.varint(length + 1)
      else writer.int32(length)
      content.write(writer, value as T)
    },
  }
}

/** What follows a length. */
interface Content<T> {
  length(value: T): number
  read(reader: Reader, length: number, start: number): T
  size(value: T, sizer: Sizer): number
  write(writer: Writer, value: T): void
}

const bytesContent: Content<Buffer> = {
  length: (value) => {
    if (!(value instanceof Uint8Array)) throw new Fault('is not a buffer')
    return value.length
  },
  read: (reader, length) => reader.slice(length),
  size: (value) => bytesContent.length(value),
  write: (writer, value) => writer.raw(value),
}

const recordsContent: Content<Slices> = {
  length: (value) => {
    if (!Array.isArray(value)) throw new Fault('is not a list of buffers')
    let total = 0
    for (const slice of value) total += slice.length
    return total
  },
  read: (reader, length) => (length === 0 ? [] : [reader.slice(length)]),
  size: (value, sizer) => {
    const size = recordsContent.length(value)
    sizer.recordBytes += size
    return size
  },
  write: (writer, value) => writer.records(value),
}

function arrayContent(element: Codec): Content<unknown[]> {
  const { minSize } = element
  return {
    length: (value) => {
      if (!Array.isArray(value)) throw new Fault('is not an array')
      return value.length
    },
    read: (reader, length, start) => {
      if (length * Math.max(minSize, 1) > reader.remaining) {
        throw new Fault(`${length} elements in ${reader.remaining} bytes`, start)
      }
      const values: unknown[] = []
      let index = 0
      try {
        for (; index < length; index++) values.push(element.read(reader))
      } catch (error) {
        throw located(error, `[${index}]`)
      }
      return values
    },
    size: (value, sizer) => {
      let total = 0
      let index = 0
      try {
        for (; index < value.length; index++) total += element.size(value[index], sizer)
      } catch (error) {
        throw located(error, `[${index}]`)
      }
      return total
    },
    write: (writer, value) => {
      let index = 0
      try {
        for (; index < value.length; index++) element.write(writer, value[index])
      } catch (error) {
        throw located(error, `[${index}]`)
      }
    },
  }
}

function presentStruct(codec: Codec): Codec {
  return {
    ...codec,
    size(value, sizer) {
      if (value === null) throw new Fault(NULL_REFUSED)
      if (typeof value !== 'object') throw new Fault('is not an object')
      return codec.size(value, sizer)
    },
  }
}

/** A struct that may be null has a byte in front, -1 or 1, or, when tagged, an unsigned varint, 0 or 1. */
function nullableStruct(codec: Codec, isTagged: boolean): Codec {
  const present = presentStruct(codec)
  return {
    minSize: 1,
    read: (reader) => ((isTagged ? reader.varint() <= 0 : reader.int8() < 0) ? null : codec.read(reader)),
    size: (value, sizer) => (value === null ? 1 : 1 + present.size(value, sizer)),
    write(writer, value) {
      if (isTagged) writer.varint(value === null ? 0 : 1)
      else writer.int8(value === null ? -1 : 1)
      if (value !== null) codec.write(writer, value)
    },
  }
}

function compactString(nullable: boolean): Codec {
  return {
    minSize: 1,
    read(reader) {
      const start = reader.position
      return readText(reader, reader.varint() - 1, nullable, start)
    },
    size(value) {
      const size = sizeOfText(value, nullable)
      return size === -1 ? 1 : sizeOfUnsignedVarint(size + 1) + size
    },
    write(writer, value) {
      if (value === null) return writer.varint(0)
      const size = textSize(value as string)
      writer.varint(size + 1)
      writer.text(value as string, size)
    },
  }
}

function oldString(nullable: boolean): Codec {
  return {
    minSize: 2,
    read(reader) {
      const start = reader.position
      return readText(reader, reader.int16(), nullable, start)
    },
    size(value) {
      const size = sizeOfText(value, nullable)
      return size === -1 ? 2 : 2 + size
    },
    write(writer, value) {
      if (value === null) return writer.int16(-1)
      const size = textSize(value as string)
      writer.int16(size)
      writer.text(value as string, size)
    },
  }
}

function readText(reader: Reader, length: number, nullable: boolean, start: number): string | null {
  if (length < 0) {
    if (!nullable) throw new Fault(NULL_REFUSED, start)
    return null
  }
  if (length > MAX_STRING) throw new Fault(`a string of ${length} bytes`, start)
  return reader.text(length)
}

/** The bytes of a string; -1 for null. */
function sizeOfText(value: unknown, nullable: boolean): number {
  if (value === null) {
    if (!nullable) throw new Fault(NULL_REFUSED)
    return -1
  }
  if (typeof value !== 'string') throw new Fault('is not a string')
  const size = textSize(value)
  if (size > MAX_STRING) throw new Fault(`a string of ${size} bytes`)
  return size
}

function primitive<T>(width: number, read: (reader: Reader) => T, write: (writer: Writer, value: T) => void): Codec {
  return { minSize: width, read, size: () => width, write: write as (writer: Writer, value: unknown) => void }
}

const primitives: { readonly [type in Exclude<PrimitiveType, 'string' | 'bytes' | 'records'>]: Codec } = {
  bool: primitive(
    1,
    (reader) => reader.int8() !== 0,
    (writer, value) => writer.bool(value),
  ),
  int8: primitive(
    1,
    (reader) => reader.int8(),
    (writer, value) => writer.int8(value),
  ),
  int16: primitive(
    2,
    (reader) => reader.int16(),
    (writer, value) => writer.int16(value),
  ),
  uint16: primitive(
    2,
    (reader) => reader.uint16(),
    (writer, value) => writer.uint16(value),
  ),
  int32: primitive(
    4,
    (reader) => reader.int32(),
    (writer, value) => writer.int32(value),
  ),
  uint32: primitive(
    4,
    (reader) => reader.uint32(),
    (writer, value) => writer.uint32(value),
  ),
  int64: primitive(
    8,
    (reader) => reader.int64(),
    (writer, value) => writer.int64(value),
  ),
  float64: primitive(
    8,
    (reader) => reader.float64(),
    (writer, value) => writer.float64(value),
  ),
  uuid: primitive(
    16,
    (reader) => reader.uuid(),
    (writer, value) => writer.uuid(value),
  ),
}

/** A fault with one step of its path put in front; anything else is a bug, and goes on as it is. */
function located(error: unknown, step: string): unknown {
  return error instanceof Fault ? error.within(step) : error
}

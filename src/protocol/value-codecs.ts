/** How values of each type travel, structs aside: how to read one, how large it will be, how to write it. */
import { Fault } from './protocol-error.ts'
import type { Reader } from './reader.ts'
import type { PrimitiveType } from './schema.ts'
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

/** A struct, by the names of its fields. */
export type Struct = { [name: string]: unknown }

/** The longest string of the protocol, in bytes of UTF-8. */
const MAX_STRING = 0x7fff

const NULL_REFUSED = 'is null, but cannot be in this version'

/** Bytes, records and arrays: a length, then the content. A compact length is one more than it says, and 0 is null. */
export function sequence<T>(flexible: boolean, nullable: boolean, content: Content<T>): Codec {
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
export interface Content<T> {
  length(value: T): number
  read(reader: Reader, length: number, start: number): T
  size(value: T, sizer: Sizer): number
  write(writer: Writer, value: T): void
}

export const bytesContent: Content<Buffer> = {
  length: (value) => {
    if (!(value instanceof Uint8Array)) throw new Fault('is not a buffer')
    return value.length
  },
  read: (reader, length) => reader.slice(length),
  size: (value) => bytesContent.length(value),
  write: (writer, value) => writer.raw(value),
}

export const recordsContent: Content<Slices> = {
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

export function arrayContent(element: Codec): Content<unknown[]> {
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
      const again = sizer.again(value, element)
      if (again !== null) return again
      const { recordBytes } = sizer
      let total = 0
      let index = 0
      try {
        for (; index < value.length; index++) total += element.size(value[index], sizer)
      } catch (error) {
        throw located(error, `[${index}]`)
      }
      if (index > 0 && sizer.recordBytes === recordBytes) sizer.sized(value, element, total)
      return total
    },
    write: (writer, value) => {
      if (writer.again(value, element)) return
      const start = writer.position
      let index = 0
      try {
        for (; index < value.length; index++) element.write(writer, value[index])
      } catch (error) {
        throw located(error, `[${index}]`)
      }
      if (index > 0) writer.wrote(value, element, start)
    },
  }
}

export function presentStruct(codec: Codec): Codec {
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
export function nullableStruct(codec: Codec, isTagged: boolean): Codec {
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

export function compactString(nullable: boolean): Codec {
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

export function oldString(nullable: boolean): Codec {
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

export const primitives: { readonly [type in Exclude<PrimitiveType, 'string' | 'bytes' | 'records'>]: Codec } = {
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
export function located(error: unknown, step: string): unknown {
  return error instanceof Fault ? error.within(step) : error
}

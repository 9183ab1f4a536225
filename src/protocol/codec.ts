/** Turns a schema into functions for one version: how to read a value, how large it will be, how to write it. */
import { defaultMaker, defaultTest } from './defaults.ts'
import { Fault } from './protocol-error.ts'
import type { Reader } from './reader.ts'
import { type Field, type Fields, hasVersion } from './schema.ts'
import { type KnownTag, readTags, sizeOfTags, type TaggedField, writeTags } from './tagged-fields.ts'
import {
  arrayContent,
  bytesContent,
  type Codec,
  compactString,
  located,
  nullableStruct,
  oldString,
  presentStruct,
  primitives,
  recordsContent,
  type Struct,
  sequence,
} from './value-codecs.ts'
import type { Sizer, Writer } from './writer.ts'

/** Compiles the fields of a message, or of a struct inside it, for one version. */
export function compileStruct(fields: Fields, version: number, flexible: boolean): Codec<Struct> {
  const layout = lay(fields, version, flexible)
  const { names, readers, plain, absent, tagged, byTag } = layout
  const count = names.length
  const varying = plain.filter(({ codec }) => !isFixed(codec))
  const fixedSize = plain.reduce((sum, { codec }) => sum + (isFixed(codec) ? codec.minSize : 0), 0)

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
    let total = fixedSize
    for (const entry of varying) {
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

const FIXED: ReadonlySet<Codec> = new Set(Object.values(primitives))

/** Whether all values take the same number of bytes. */
function isFixed(codec: Codec): boolean {
  return FIXED.has(codec)
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

/** Sorts the fields of a struct by what this version does with them. */
function lay(fields: Fields, version: number, flexible: boolean) {
  const names: string[] = []
  const readers: ((reader: Reader) => unknown)[] = []
  const plain: PlainField[] = []
  const absent: AbsentField[] = []
  const tagged: KnownTag[] = []
  const byTag = new Map<number, KnownTag | null>()
  for (const [name, field] of Object.entries(fields)) {
    const makeDefault = defaultMaker(field)
    names.push(name)
    if (field.tag >= 0) byTag.set(field.tag, null)
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
  for (const entry of tagged) byTag.set(entry.tag, entry)
  return { names, readers, plain, absent, tagged, byTag }
}

/** How the values of one field travel in a version. */
export function compileField(field: Field, version: number, messageFlexible: boolean, isTagged: boolean): Codec {
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

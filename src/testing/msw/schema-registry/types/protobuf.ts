import { type ProtoSide, protoDifferences } from './proto-diff.ts'
import type { ProtoFile } from './proto-file.ts'
import { ProtoNames } from './proto-names.ts'
import { parseProto } from './proto-parse.ts'
import { protoText } from './proto-text.ts'
import { type ParsedSchema, peer, type SchemaType } from './schema-type.ts'

type Protobuf = typeof import('protobufjs')
type Descriptors = typeof import('protobufjs/ext/descriptor/index.js')

/** Protobuf schemas: the text of a .proto file, or the same as a FileDescriptorProto in base64. protobufjs, the optional peer, reads both. */
export const protobuf: SchemaType = {
  name: 'PROTOBUF',
  async parse(schema, references) {
    const library = await peer('protobufjs', 'Protobuf', () => import('protobufjs'))
    const { default: descriptors } = await peer(
      'protobufjs',
      'Protobuf',
      () => import('protobufjs/ext/descriptor/index.js'),
    )
    const reader = new Reader(library.default, descriptors)
    const file = reader.read(schema)
    const referred = new Map(references.map(({ name, schema: text }) => [name, reader.read(text)]))
    const missing = (file.dependency ?? []).find((name) => !referred.has(name) && !isBuiltIn(name))
    if (missing !== undefined) throw new Error(`the import "${missing}" is no reference of the schema`)
    const names = new ProtoNames([...referred.values(), file])
    const imports = new Map([...referred].map(([name, one]) => [name, protoText(names.resolved(one))]))
    return new ParsedProtobuf({ file: names.resolved(file), names }, schema, imports, reader)
  },
}

/** A .proto file, with those that it imports by name. */
export class ParsedProtobuf implements ParsedSchema {
  readonly text: string
  readonly canonical: string
  readonly normalized: string
  readonly side: ProtoSide
  /** The texts of what it imports; what Protobuf brings along is not among them. */
  readonly imports: ReadonlyMap<string, string>
  readonly #reader: Reader

  constructor(side: ProtoSide, schema: string, imports: ReadonlyMap<string, string>, reader: Reader) {
    this.side = side
    this.imports = imports
    const text = protoText(side.file)
    this.canonical = text
    this.text = reader.isText(schema) ? schema : text
    this.normalized = protoText(side.file, { sorted: true })
    this.#reader = reader
  }

  get library(): Protobuf {
    return this.#reader.library
  }

  cannotRead(writer: ParsedSchema): readonly string[] {
    if (!(writer instanceof ParsedProtobuf)) throw new TypeError('schemas of different types are not compared')
    return protoDifferences(writer.side, this.side)
  }

  formatted(format: string): string | undefined {
    if (format === 'serialized') return this.#reader.serialized(this.side.file)
    return format === 'ignore_extensions' ? this.text : undefined
  }
}

class Reader {
  readonly library: Protobuf
  readonly #descriptors: Descriptors

  constructor(library: Protobuf, descriptors: Descriptors) {
    this.library = library
    this.#descriptors = descriptors
  }

  isText(schema: string): boolean {
    return !/^[A-Za-z0-9+/\s]+={0,2}\s*$/.test(schema)
  }

  /** @throws Error that says what is wrong */
  read(schema: string): ProtoFile {
    if (this.isText(schema)) return parseProto(this.library, schema)
    const type = this.#descriptors.FileDescriptorProto
    const decoded = type.decode(Buffer.from(schema, 'base64'))
    return type.toObject(decoded, { longs: Number }) as ProtoFile
  }

  serialized(file: ProtoFile): string {
    const type = this.#descriptors.FileDescriptorProto
    const bytes = type.encode(type.fromObject({ name: 'default', ...file })).finish()
    return Buffer.from(bytes).toString('base64')
  }
}

/** What Protobuf and the registry bring along. */
function isBuiltIn(name: string): boolean {
  return /^(google\/(protobuf|type)|confluent)\//.test(name)
}

import type { INamespace, Root, Type } from 'protobufjs'
import { isMapEntry, type ProtoMessage } from '../../../schema-registry/types/proto-file.ts'
import type { ParsedProtobuf } from '../../../schema-registry/types/protobuf.ts'
import type { Codec } from '../codec.ts'
import { JsonReader } from './json-reader.ts'
import { JsonWriter } from './json-writer.ts'
import { type MessageIndexes, readIndexes, writeIndexes } from './message-indexes.ts'

const FIRST: MessageIndexes = [0]

/** Protobuf's encoding, of data in Protobuf's JSON; what is produced is the first message of the file. */
export function protobufCodec(schema: ParsedProtobuf): Codec {
  const { file } = schema.side
  const root = rootOf(schema)
  const typeAt = (indexes: MessageIndexes): Type =>
    root.lookupType(nameAt(file.messageType ?? [], indexes, file.package))
  const [reader, writer] = [new JsonReader(schema.library), new JsonWriter(schema.library)]
  const hasMessages = (file.messageType ?? []).length > 0
  return {
    format: 'protobuf',
    recordName: hasMessages ? nameAt(file.messageType ?? [], FIRST, file.package) : undefined,
    encode(data) {
      const type = typeAt(FIRST)
      return Buffer.concat([writeIndexes(FIRST), type.encode(type.create(reader.message(type, data))).finish()])
    },
    decode(bytes) {
      const [indexes, rest] = readIndexes(bytes)
      const type = typeAt(indexes)
      return writer.message(type, type.decode(rest))
    },
  }
}

/** @throws Error for what it imports of Protobuf that protobufjs does not bring along */
function rootOf({ library, canonical, imports, side }: ParsedProtobuf): Root {
  const root = new library.Root()
  for (const name of side.file.dependency ?? []) addOwn(root, library, name)
  for (const text of imports.values()) {
    const { imports: further = [] } = library.parse(text, root, { keepCase: true })
    for (const name of further) addOwn(root, library, name)
  }
  library.parse(canonical, root, { keepCase: true })
  root.resolveAll()
  return root
}

/** What Protobuf brings along, once. */
function addOwn(root: Root, { common }: typeof import('protobufjs'), name: string): void {
  const { nested } = (common.get(name) ?? {}) as INamespace
  const google = nested?.google as INamespace | undefined
  const added = Object.keys((google?.nested?.protobuf as INamespace | undefined)?.nested ?? {})
  const isThere = added.every((type) => root.lookup(`google.protobuf.${type}`) !== null)
  if (nested !== undefined && !isThere) root.addJSON(nested)
}

function nameAt(messages: readonly ProtoMessage[], indexes: MessageIndexes, space: string | undefined): string {
  const names = space === undefined || space === '' ? [] : [space]
  let level = messages
  for (const index of indexes) {
    const message = level.filter((one) => !isMapEntry(one))[index]
    if (message === undefined) throw new Error(`the schema has no message at ${indexes.join('.')}`)
    names.push(message.name)
    level = message.nestedType ?? []
  }
  return names.join('.')
}

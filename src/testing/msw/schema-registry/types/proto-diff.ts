import {
  ENUM,
  isMapEntry,
  OPTIONAL,
  type ProtoField,
  type ProtoFile,
  type ProtoMessage,
  REQUIRED,
  scalarName,
} from './proto-file.ts'
import { joined, type ProtoNames } from './proto-names.ts'

/** A file with the types that it can name, its own and imported ones. Its fields' types are resolved. */
export interface ProtoSide {
  readonly file: ProtoFile
  readonly names: ProtoNames
}

/** What a reader of the new schema cannot live with, by the registry's rules: all other changes are compatible. */
export function protoDifferences(writer: ProtoSide, reader: ProtoSide): readonly string[] {
  const was = writer.file.package ?? ''
  const is = reader.file.package ?? ''
  const found: Found[] = was === is ? [] : [['PACKAGE_CHANGED', '']]
  const diff = new ProtoDiff(writer, reader)
  found.push(...diff.messages(writer.file.messageType ?? [], reader.file.messageType ?? [], []))
  return found.map(([kind, path]) => `{errorType:"${kind}", description:"${SENTENCES[kind]?.(`#/${path}`) ?? ''}"}`)
}

type Found = readonly [kind: string, path: string]
type Path = readonly string[]

const SENTENCES: Readonly<Record<string, (path: string) => string>> = {
  PACKAGE_CHANGED: (path) => `The package at '${path}' in the %s schema does not match the package in the %s schema`,
  MESSAGE_REMOVED: (path) => `The %s schema is missing a MESSAGE type at path '${path}' in the %s schema`,
  FIELD_KIND_CHANGED: (path) => `The type of a field at path '${path}' in the %s schema does not match the %s schema`,
  FIELD_SCALAR_KIND_CHANGED: (path) =>
    `The kind of a SCALAR field at path '${path}' in the %s schema does not match its kind in the %s schema`,
  FIELD_NAMED_TYPE_CHANGED: (path) =>
    `The type of a MESSAGE field at path '${path}' in the %s schema does not match its type in the %s schema`,
  FIELD_NUMERIC_LABEL_CHANGED: (path) =>
    `The label for a NUMERIC field at path '${path}' in the %s schema does not match its label in the %s schema`,
  REQUIRED_FIELD_ADDED: (path) => `A required field  at path '${path}' in the %s schema is missing in the %s schema`,
  REQUIRED_FIELD_REMOVED: (path) => `The %s schema is missing a required field at path: '${path}' in the %s schema`,
  ONEOF_FIELD_REMOVED: (path) => `The %s schema is missing a oneof field at path '${path}' in the %s schema`,
  MULTIPLE_FIELDS_MOVED_TO_ONEOF: (path) =>
    `Multiple fields in the oneof at path '${path}' in the %s schema are outside a oneof in the %s schema`,
  FIELD_MOVED_TO_EXISTING_ONEOF: (path) =>
    `A field in the oneof at path '${path}' in the %s schema is outside an existing oneof in the %s schema`,
}

/** Which scalars are one on the wire, near enough: https://protobuf.dev/programming-guides/proto3/#updating */
const SCALAR_KINDS: readonly (readonly string[])[] = [
  ['int32', 'int64', 'uint32', 'uint64', 'bool', 'enum'],
  ['sint32', 'sint64'],
  ['string', 'bytes'],
  ['fixed32', 'sfixed32'],
  ['fixed64', 'sfixed64'],
  ['float'],
  ['double'],
]
const TEXT = 2

class ProtoDiff {
  readonly #writer: ProtoSide
  readonly #reader: ProtoSide
  /** Messages that are being compared: they may contain themselves. */
  readonly #open: ProtoMessage[] = []

  constructor(writer: ProtoSide, reader: ProtoSide) {
    this.#writer = writer
    this.#reader = reader
  }

  messages(before: readonly ProtoMessage[], now: readonly ProtoMessage[], path: Path): Found[] {
    return before
      .filter((message) => !isMapEntry(message))
      .flatMap((message) => {
        const here = [...path, message.name]
        const update = now.find(({ name }) => name === message.name)
        return update === undefined ? [['MESSAGE_REMOVED', at(here)] as const] : this.#message(message, update, here)
      })
  }

  #message(original: ProtoMessage, update: ProtoMessage, path: Path): Found[] {
    if (this.#open.includes(original)) return []
    this.#open.push(original)
    try {
      return [
        ...moves(original, update, path),
        ...this.#fields(original, update, path),
        ...this.messages(original.nestedType ?? [], update.nestedType ?? [], path),
      ]
    } finally {
      this.#open.pop()
    }
  }

  #fields(original: ProtoMessage, update: ProtoMessage, path: Path): Found[] {
    const before = byNumber(original)
    const now = byNumber(update)
    const gone = deletedOneofs(original, now)
    const numbers = [...new Set([...before.keys(), ...now.keys()])].sort((one, other) => one - other)
    return numbers.flatMap((number): Found[] => {
      const [was, is] = [before.get(number), now.get(number)]
      const at1 = (oneof: string | undefined): string =>
        at([...path, ...(oneof === undefined ? [] : [oneof]), String(number)])
      if (was !== undefined && is !== undefined) {
        return this.#field(was.field, is.field, at1(is.oneof))
      }
      if (is !== undefined) {
        return is.oneof === undefined && is.field.label === REQUIRED ? [['REQUIRED_FIELD_ADDED', at1(undefined)]] : []
      }
      if (was === undefined) return []
      if (was.oneof !== undefined) return gone.has(was.oneof) ? [] : [['ONEOF_FIELD_REMOVED', at1(was.oneof)]]
      return was.field.label === REQUIRED ? [['REQUIRED_FIELD_REMOVED', at1(undefined)]] : []
    })
  }

  #field(original: ProtoField, update: ProtoField, path: string): Found[] {
    const was = this.#typeOf(original, this.#writer)
    const is = this.#typeOf(update, this.#reader)
    if (was.kind !== is.kind) return [['FIELD_KIND_CHANGED', path]]
    if (was.kind === 'map') {
      const [key, value] = was.entry.field ?? []
      const [newKey, newValue] = is.kind === 'map' ? (is.entry.field ?? []) : []
      if (key === undefined || value === undefined || newKey === undefined || newValue === undefined) return []
      return [...this.#field(key, newKey, path), ...this.#field(value, newValue, path)]
    }
    if (was.kind === 'scalar' && is.kind === 'scalar') {
      if (was.group !== is.group) return [['FIELD_SCALAR_KIND_CHANGED', path]]
      const [before, now] = [labelOf(original, this.#writer), labelOf(update, this.#reader)]
      const isChanged = before !== undefined && now !== undefined && before !== now
      return !isChanged || was.group === TEXT ? [] : [['FIELD_NUMERIC_LABEL_CHANGED', path]]
    }
    return this.#named(original, update, path)
  }

  /** Two messages are one type when their names are, without those of their packages, and what they are made of is compatible. */
  #named(original: ProtoField, update: ProtoField, path: string): Found[] {
    const was = local(original, this.#writer)
    const is = local(update, this.#reader)
    if (was.name !== is.name) return [['FIELD_NAMED_TYPE_CHANGED', path]]
    if (was.message === undefined || is.message === undefined) return []
    const found = this.#message(was.message, is.message, [was.name])
    return found.length === 0 ? [] : [...found, ['FIELD_NAMED_TYPE_CHANGED', path]]
  }

  #typeOf(field: ProtoField, { names }: ProtoSide): FieldType {
    if (field.type === ENUM) return { kind: 'scalar', group: 0 }
    const scalar = scalarName(field.type)
    if (scalar !== undefined) return { kind: 'scalar', group: SCALAR_KINDS.findIndex((kind) => kind.includes(scalar)) }
    const message = names.get((field.typeName ?? '').replace(/^\./, ''))?.message
    return message !== undefined && isMapEntry(message) ? { kind: 'map', entry: message } : { kind: 'message' }
  }
}

type FieldType =
  | { readonly kind: 'scalar'; readonly group: number }
  | { readonly kind: 'map'; readonly entry: ProtoMessage }
  | { readonly kind: 'message' }

function local(
  { typeName = '' }: ProtoField,
  { names }: ProtoSide,
): { name: string; message: ProtoMessage | undefined } {
  const full = typeName.replace(/^\./, '')
  const type = names.get(full)
  const prefix = joined(type?.packageName ?? '', '')
  const name =
    type !== undefined && type.packageName !== '' && full.startsWith(prefix) ? full.slice(prefix.length) : full
  return { name, message: type?.message }
}

interface Placed {
  readonly field: ProtoField
  /** The name of the oneof that it is in. */
  readonly oneof: string | undefined
}

function byNumber(message: ProtoMessage): ReadonlyMap<number, Placed> {
  return new Map((message.field ?? []).map((field) => [field.number, { field, oneof: oneofOf(message, field) }]))
}

/** One that stands for a field's presence is none. */
function oneofOf({ oneofDecl = [] }: ProtoMessage, { oneofIndex, proto3Optional }: ProtoField): string | undefined {
  return oneofIndex === undefined || proto3Optional === true ? undefined : oneofDecl[oneofIndex]?.name
}

/** A oneof that has gone with all its fields is not missed. */
function deletedOneofs(original: ProtoMessage, now: ReadonlyMap<number, Placed>): ReadonlySet<string> {
  const oneofs = new Map<string, number[]>()
  for (const { field, oneof } of byNumber(original).values()) {
    if (oneof !== undefined) oneofs.set(oneof, [...(oneofs.get(oneof) ?? []), field.number])
  }
  const left = new Set([...now.values()].map(({ oneof }) => oneof))
  const isGone = ([name, numbers]: [string, number[]]): boolean =>
    !left.has(name) && !numbers.some((number) => now.has(number))
  return new Set([...oneofs].filter(isGone).map(([name]) => name))
}

/** Fields that could be there at once, and now exclude each other. */
function moves(original: ProtoMessage, update: ProtoMessage, path: Path): Found[] {
  const before = byNumber(original)
  const groups = new Map<string, { origins: Set<string>; movedIn: number }>()
  for (const { field, oneof } of byNumber(update).values()) {
    const was = before.get(field.number)
    if (oneof === undefined || was === undefined) continue
    const group = groups.get(oneof) ?? { origins: new Set(), movedIn: 0 }
    group.origins.add(was.oneof === undefined ? `field ${field.number}` : `oneof ${was.oneof}`)
    if (was.oneof === undefined) group.movedIn++
    groups.set(oneof, group)
  }
  return [...groups]
    .filter(([, { origins }]) => origins.size > 1)
    .map(([name, { movedIn }]) => [
      movedIn > 1 ? 'MULTIPLE_FIELDS_MOVED_TO_ONEOF' : 'FIELD_MOVED_TO_EXISTING_ONEOF',
      at([...path, name]),
    ])
}

/** As it is written; undefined where nothing is, as before most fields of proto3. */
function labelOf({ label, proto3Optional, oneofIndex }: ProtoField, { file }: ProtoSide): number | undefined {
  const isWritten =
    label !== OPTIONAL || proto3Optional === true || (file.syntax !== 'proto3' && oneofIndex === undefined)
  return isWritten ? label : undefined
}

function at(path: Path): string {
  return path.join('/')
}

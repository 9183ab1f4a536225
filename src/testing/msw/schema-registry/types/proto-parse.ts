import type { Enum, Field, MapField, NamespaceBase, OneOf, ReflectionObject, Service, Type } from 'protobufjs'
import {
  camelCase,
  MESSAGE,
  OPTIONAL,
  type Options,
  type ProtoEnum,
  type ProtoField,
  type ProtoFile,
  type ProtoMessage,
  type ProtoService,
  REPEATED,
  REQUIRED,
  type ReservedRange,
  SCALARS,
} from './proto-file.ts'

type Protobuf = typeof import('protobufjs')

/** The options of Protobuf's own that descriptors have, by how they are written. */
const FILE_OPTIONS = [
  'java_package',
  'java_outer_classname',
  'java_multiple_files',
  'go_package',
  'objc_class_prefix',
  'csharp_namespace',
  'swift_prefix',
  'php_class_prefix',
  'php_namespace',
  'ruby_package',
  'cc_enable_arenas',
  'deprecated',
]
const FIELD_OPTIONS = ['deprecated', 'packed', 'lazy']
const ENUM_OPTIONS = ['allow_alias', 'deprecated']

/**
 * Reads the text of a .proto file. Types are named as they are in the text.
 * @throws Error that says in which line it is wrong
 */
export function parseProto(protobuf: Protobuf, text: string): ProtoFile {
  const { root, package: packageName, imports } = protobuf.parse(text, new protobuf.Root(), { keepCase: true })
  const space = packageName === undefined ? root : root.lookup(packageName)
  const inside = space === null ? root : (space as NamespaceBase)
  const syntax = /^\s*syntax\s*=\s*["'](proto\d)["']/m.exec(text)?.[1]
  const { messages, enums, services } = new Reader(protobuf).contents(inside)
  return {
    ...(packageName === undefined ? {} : { package: packageName }),
    dependency: imports ?? [],
    messageType: messages,
    enumType: enums,
    service: services,
    ...optionsOf(inside === root ? root : (inside as ReflectionObject), FILE_OPTIONS),
    ...(syntax === undefined || syntax === 'proto2' ? {} : { syntax }),
  }
}

interface Contents {
  readonly messages: readonly ProtoMessage[]
  readonly enums: readonly ProtoEnum[]
  readonly services: readonly ProtoService[]
}

class Reader {
  readonly #protobuf: Protobuf

  constructor(protobuf: Protobuf) {
    this.#protobuf = protobuf
  }

  contents(space: NamespaceBase): Contents {
    const { Type, Enum, Service } = this.#protobuf
    const nested = space.nestedArray
    return {
      messages: nested.filter((one) => one instanceof Type).map((one) => this.#message(one)),
      enums: nested.filter((one) => one instanceof Enum).map((one) => enumOf(one)),
      services: nested.filter((one) => one instanceof Service).map((one) => serviceOf(one)),
    }
  }

  #message(type: Type): ProtoMessage {
    const { messages, enums } = this.contents(type)
    const isSynthetic = (oneof: OneOf): boolean => oneof.fieldsArray.every((field) => isProto3Optional(field))
    // Those that stand for a field's presence come last.
    const oneofs = [...type.oneofsArray].sort((one, other) => Number(isSynthetic(one)) - Number(isSynthetic(other)))
    const entries: ProtoMessage[] = []
    const field = type.fieldsArray.map((one) => {
      if (!(one instanceof this.#protobuf.MapField)) return fieldOf(one, oneofs)
      const entry = mapEntry(one)
      entries.push(entry)
      return { ...plain(one), label: REPEATED, type: MESSAGE, typeName: entry.name }
    })
    const reserved = (type.reserved ?? []) as readonly (readonly number[] | string)[]
    const ranges = reserved.filter((one): one is readonly number[] => typeof one !== 'string')
    return {
      name: type.name,
      field,
      nestedType: [...messages, ...entries],
      enumType: enums,
      oneofDecl: oneofs.map(({ name }) => ({ name })),
      reservedRange: ranges.map(([start = 0, end = start]): ReservedRange => ({ start, end: end + 1 })),
      reservedName: reserved.filter((one): one is string => typeof one === 'string'),
      ...optionsOf(type, ['deprecated']),
    }
  }
}

function fieldOf(field: Field, oneofs: readonly OneOf[]): ProtoField {
  const { type, partOf } = field
  // It is there, and not among its declared properties.
  const { rule } = field as { readonly rule?: string }
  const scalar = SCALARS[type]
  const defaultValue: unknown = field.options?.default
  return {
    ...plain(field),
    label: rule === 'repeated' ? REPEATED : rule === 'required' ? REQUIRED : OPTIONAL,
    ...(scalar === undefined ? { typeName: type } : { type: scalar }),
    ...(defaultValue === undefined ? {} : { defaultValue: String(defaultValue) }),
    ...(partOf === null || partOf === undefined ? {} : { oneofIndex: oneofs.indexOf(partOf) }),
    ...(isProto3Optional(field) ? { proto3Optional: true } : {}),
    ...optionsOf(field, FIELD_OPTIONS),
  }
}

function plain({ name, id, options }: Field): Pick<ProtoField, 'name' | 'number' | 'jsonName'> {
  const jsonName: unknown = options?.json_name
  return { name, number: id, jsonName: typeof jsonName === 'string' ? jsonName : camelCase(name) }
}

/** A map is a list of messages that have a key and a value. */
function mapEntry({ name, keyType, type }: MapField): ProtoMessage {
  const camel = camelCase(`_${name}`)
  const value = SCALARS[type]
  const key = SCALARS[keyType]
  return {
    name: `${camel}Entry`,
    field: [
      { name: 'key', number: 1, label: OPTIONAL, jsonName: 'key', ...(key === undefined ? {} : { type: key }) },
      {
        name: 'value',
        number: 2,
        label: OPTIONAL,
        jsonName: 'value',
        ...(value === undefined ? { typeName: type } : { type: value }),
      },
    ],
    options: { mapEntry: true },
  }
}

function enumOf(one: Enum): ProtoEnum {
  const value = Object.entries(one.values).map(([name, number]) => ({ name, number }))
  return { name: one.name, value, ...optionsOf(one, ENUM_OPTIONS) }
}

function serviceOf({ name, methodsArray }: Service): ProtoService {
  return {
    name,
    method: methodsArray.map((method) => ({
      name: method.name,
      inputType: method.requestType,
      outputType: method.responseType,
      ...(method.requestStream === true ? { clientStreaming: true } : {}),
      ...(method.responseStream === true ? { serverStreaming: true } : {}),
    })),
  }
}

function isProto3Optional({ options }: Field): boolean {
  return options?.proto3_optional === true
}

function optionsOf({ options }: ReflectionObject, known: readonly string[]): { options?: Options } {
  const found = known.flatMap((name) => {
    const value: unknown = options?.[name]
    return value === undefined ? [] : [[camelCase(name), value] as const]
  })
  return found.length === 0 ? {} : { options: Object.fromEntries(found) }
}

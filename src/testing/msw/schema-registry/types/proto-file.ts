/** A .proto file, as Protobuf itself describes one: the part of `google/protobuf/descriptor.proto` that the registry looks at. */
export interface ProtoFile {
  readonly name?: string
  readonly package?: string
  readonly dependency?: readonly string[]
  readonly messageType?: readonly ProtoMessage[]
  readonly enumType?: readonly ProtoEnum[]
  readonly service?: readonly ProtoService[]
  readonly options?: Options
  /** `proto3`; left out: proto2. */
  readonly syntax?: string
}

export interface ProtoMessage {
  readonly name: string
  readonly field?: readonly ProtoField[]
  readonly nestedType?: readonly ProtoMessage[]
  readonly enumType?: readonly ProtoEnum[]
  readonly oneofDecl?: readonly { readonly name: string }[]
  readonly reservedRange?: readonly ReservedRange[]
  readonly reservedName?: readonly string[]
  readonly options?: Options
}

/** The end of a message's is beyond it. */
export interface ReservedRange {
  readonly start: number
  readonly end: number
}

export interface ProtoField {
  readonly name: string
  readonly number: number
  /** 1 optional, 2 required, 3 repeated. */
  readonly label: number
  /** Left out while it is not known whether the named type is a message or an enum. */
  readonly type?: number
  /** In full, with a dot before it, where it is known. */
  readonly typeName?: string
  readonly jsonName?: string
  readonly defaultValue?: string
  readonly oneofIndex?: number
  readonly proto3Optional?: boolean
  readonly options?: Options
}

export interface ProtoEnum {
  readonly name: string
  readonly value?: readonly { readonly name: string; readonly number: number }[]
  readonly options?: Options
}

export interface ProtoService {
  readonly name: string
  readonly method?: readonly ProtoMethod[]
}

export interface ProtoMethod {
  readonly name: string
  readonly inputType: string
  readonly outputType: string
  readonly clientStreaming?: boolean
  readonly serverStreaming?: boolean
}

/** Protobuf's own options, by their names in descriptors. Options of one's own are left out. */
export type Options = Readonly<Record<string, unknown>>

export const OPTIONAL = 1
export const REQUIRED = 2
export const REPEATED = 3

export const MESSAGE = 11
export const ENUM = 14
/** proto2's, which is a message written in another way. */
export const GROUP = 10

/** By their names, the types that are no messages and no enums. */
export const SCALARS: Readonly<Record<string, number>> = {
  double: 1,
  float: 2,
  int64: 3,
  uint64: 4,
  int32: 5,
  fixed64: 6,
  fixed32: 7,
  bool: 8,
  string: 9,
  bytes: 12,
  uint32: 13,
  sfixed32: 15,
  sfixed64: 16,
  sint32: 17,
  sint64: 18,
}

const NAMES = new Map(Object.entries(SCALARS).map(([name, type]) => [type, name]))

export function scalarName(type: number | undefined): string | undefined {
  return type === undefined ? undefined : NAMES.get(type)
}

export function isMapEntry({ options }: ProtoMessage): boolean {
  return options?.mapEntry === true
}

/** `some_name` as `someName`. */
export function camelCase(name: string): string {
  return name.replace(/_+([^_])/g, (_, letter: string) => letter.toUpperCase()).replace(/_+$/, '')
}

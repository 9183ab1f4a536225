import {
  camelCase,
  GROUP,
  isMapEntry,
  type Options,
  type ProtoEnum,
  type ProtoField,
  type ProtoFile,
  type ProtoMessage,
  type ProtoService,
  REPEATED,
  REQUIRED,
  scalarName,
} from './proto-file.ts'

/**
 * A .proto file as text.
 * @param sorted what has no order of its own stands in one that does not depend on who wrote it
 */
export function protoText(file: ProtoFile, { sorted = false }: { readonly sorted?: boolean } = {}): string {
  const { package: packageName, dependency = [], messageType = [], enumType = [], service = [] } = file
  const how: How = { sorted, isProto2: file.syntax === undefined || file.syntax === 'proto2' }
  const blocks = [
    [`syntax = "${file.syntax ?? 'proto2'}";`, ...(packageName === undefined ? [] : [`package ${packageName};`])],
    inOrder(dependency, (name) => name, sorted).map((name) => `import "${name}";`),
    optionLines(file.options),
    ...inOrder(messageType, byName, sorted).map((message) => messageLines(message, how)),
    ...inOrder(enumType, byName, sorted).map((one) => enumLines(one, sorted)),
    ...inOrder(service, byName, sorted).map((one) => serviceLines(one)),
  ]
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`
}

interface How {
  readonly sorted: boolean
  readonly isProto2: boolean
}

const byName = ({ name }: { readonly name: string }): string => name

function inOrder<T>(list: readonly T[], by: (one: T) => string | number, sorted: boolean): readonly T[] {
  return sorted ? [...list].sort((one, other) => (by(one) < by(other) ? -1 : 1)) : list
}

function messageLines(message: ProtoMessage, how: How): readonly string[] {
  const { field = [], nestedType = [], enumType = [], oneofDecl = [] } = message
  const { sorted, isProto2 } = how
  const maps = new Map(nestedType.filter(isMapEntry).map((entry) => [entry.name, entry]))
  const isReal = (one: ProtoField): boolean => one.oneofIndex !== undefined && one.proto3Optional !== true
  const inside: string[] = [...optionLines(message.options, ['mapEntry'])]
  for (const range of message.reservedRange ?? []) inside.push(reservedLine(range.start, range.end - 1))
  const names = (message.reservedName ?? []).map((name) => `"${name}"`)
  if (names.length > 0) inside.push(`reserved ${names.join(', ')};`)
  for (const one of inOrder(
    field.filter((other) => !isReal(other)),
    ({ number }) => number,
    sorted,
  )) {
    inside.push(fieldLine(one, maps, isProto2))
  }
  oneofDecl.forEach(({ name }, index) => {
    const members = field.filter((one) => isReal(one) && one.oneofIndex === index)
    if (members.length === 0) return
    const lines = inOrder(members, ({ number }) => number, sorted).map((one) => `  ${fieldLine(one, maps, isProto2)}`)
    inside.push(`oneof ${name} {`, ...lines, '}')
  })
  const nested = nestedType.filter((one) => !isMapEntry(one))
  inside.push(...inOrder(nested, byName, sorted).flatMap((one) => messageLines(one, how)))
  inside.push(...inOrder(enumType, byName, sorted).flatMap((one) => enumLines(one, sorted)))
  return [`message ${message.name} {`, ...inside.map(indented), '}']
}

function reservedLine(start: number, end: number): string {
  return start === end ? `reserved ${start};` : `reserved ${start} to ${end};`
}

function fieldLine(field: ProtoField, maps: ReadonlyMap<string, ProtoMessage>, isProto2: boolean): string {
  const entry = maps.get(field.typeName?.replace(/^.*\./, '') ?? '')
  const [key, value] = entry?.field ?? []
  const type = key !== undefined && value !== undefined ? `map<${typeOf(key)}, ${typeOf(value)}>` : typeOf(field)
  const label = entry === undefined ? labelOf(field, isProto2) : ''
  return `${label}${type} ${field.name} = ${field.number}${fieldOptions(field)};`
}

/** proto3 says `optional` only where presence is asked for; proto2 says it always, but not within a oneof. */
function labelOf({ label, proto3Optional, oneofIndex }: ProtoField, isProto2: boolean): string {
  if (label === REPEATED) return 'repeated '
  if (label === REQUIRED) return 'required '
  return proto3Optional === true || (isProto2 && oneofIndex === undefined) ? 'optional ' : ''
}

function typeOf({ type, typeName }: ProtoField): string {
  if (type === GROUP) throw new Error('a group of proto2 cannot be written as text here: a message does the same')
  return scalarName(type) ?? typeName ?? ''
}

function fieldOptions({ options, defaultValue, type, jsonName, name }: ProtoField): string {
  const all = { ...options }
  const written = Object.entries(all).map(([key, value]) => `${snakeCase(key)} = ${String(value)}`)
  if (defaultValue !== undefined) {
    const isText = scalarName(type) === 'string' || scalarName(type) === 'bytes'
    written.unshift(`default = ${isText ? JSON.stringify(defaultValue) : defaultValue}`)
  }
  if (jsonName !== undefined && jsonName !== camelCase(name)) written.push(`json_name = "${jsonName}"`)
  return written.length === 0 ? '' : ` [${written.join(', ')}]`
}

function enumLines({ name, value = [], options }: ProtoEnum, sorted: boolean): readonly string[] {
  const values = inOrder(value, (one) => one.number, sorted).map((one) => `${one.name} = ${one.number};`)
  return [`enum ${name} {`, ...[...optionLines(options), ...values].map(indented), '}']
}

function serviceLines({ name, method = [] }: ProtoService): readonly string[] {
  const lines = method.map(({ name: method, inputType, outputType, clientStreaming, serverStreaming }) => {
    const stream = (is: boolean | undefined): string => (is === true ? 'stream ' : '')
    return `  rpc ${method} (${stream(clientStreaming)}${inputType}) returns (${stream(serverStreaming)}${outputType});`
  })
  return [`service ${name} {`, ...lines, '}']
}

function optionLines(options: Options | undefined, without: readonly string[] = []): readonly string[] {
  return Object.entries(options ?? {})
    .filter(([key]) => !without.includes(key))
    .map(([key, value]) => `option ${snakeCase(key)} = ${JSON.stringify(value)};`)
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

function indented(line: string): string {
  return `  ${line}`
}

/** Writes a message's schema, and the interfaces of its values, as TypeScript. */
import { ALL_VERSIONS, type VersionRange } from '../../src/protocol/schema.ts'
import type { MessageSchema, SchemaField, SchemaStruct } from './kafka-schema.ts'
import { covers, intersect, isEmpty, show } from './merge.ts'
import { lowerFirst } from './names.ts'

/** The text of a file is gathered here: what it imports is known at its end only. */
export class Rendering {
  readonly constructors = new Set<string>()
  readonly types = new Set<string>()
  readonly declarations: string[] = []
  private readonly taken: Set<string>

  /** `reserved`: names that no struct of the file may have. */
  constructor(reserved: Iterable<string>) {
    this.taken = new Set([...reserved, ...GLOBALS])
  }

  /** Adds the interfaces of a message and of its structs; returns the schema as an object literal. */
  message(message: MessageSchema): string {
    return new MessageRendering(this, message, this.taken).render()
  }
}

/** Names that mean something else in a file of messages. */
const GLOBALS = ['Api', 'Array', 'Buffer', 'Error', 'Fields', 'Flexible', 'Map', 'Message', 'Record', 'Set', 'Slices']

class MessageRendering {
  private readonly file: Rendering
  private readonly message: MessageSchema
  private readonly flexible: boolean
  private readonly taken: Set<string>
  /** The interfaces of structs, by the name that Kafka has for them in this message. */
  private readonly structs = new Map<string, string>()
  private readonly common: ReadonlyMap<string, SchemaStruct>

  constructor(file: Rendering, message: MessageSchema, taken: Set<string>) {
    this.file = file
    this.message = message
    this.taken = taken
    this.flexible = !isEmpty(intersect(message.flexible, message.versions))
    this.common = new Map(message.commonStructs.map((struct) => [struct.name, struct]))
  }

  render(): string {
    const { message } = this
    this.interface(message.name, message.fields)
    return this.fields(message.fields, message.versions)
  }

  private interface(name: string, fields: readonly SchemaField[]): void {
    const place = this.file.declarations.push('') - 1
    const lines = fields.map((field) => `  ${lowerFirst(field.name)}: ${this.typeOf(field)}`)
    if (this.flexible) this.file.types.add('Flexible')
    const head = this.flexible ? `export interface ${name} extends Flexible {` : `export interface ${name} {`
    this.file.declarations[place] = [head, ...lines, '}'].join('\n')
  }

  private typeOf(field: SchemaField): string {
    const { element, isArray } = splitType(field.type)
    const base = PRIMITIVES[element] ?? this.structName(element, field)
    if (base === 'Slices') this.file.types.add('Slices')
    const nullable = isEmpty(field.nullable) ? '' : ' | null'
    return `${base}${isArray ? '[]' : ''}${nullable}`
  }

  private structName(struct: string, field: SchemaField): string {
    const known = this.structs.get(struct)
    if (known !== undefined) return known
    const name = this.taken.has(struct) ? `${this.message.name}${struct}` : struct
    this.taken.add(name)
    this.structs.set(struct, name)
    this.interface(name, this.common.get(struct)?.fields ?? field.fields)
    return name
  }

  /** The schema of some fields that live inside something of these versions. */
  private fields(fields: readonly SchemaField[], versions: VersionRange): string {
    const lines = fields.map((field) => `${lowerFirst(field.name)}: ${this.field(field, versions)},`)
    return fields.length === 0 ? '{}' : `{\n${lines.join('\n')}\n}`
  }

  private field(field: SchemaField, outer: VersionRange): string {
    const { element, isArray } = splitType(field.type)
    const inside = intersect(field.versions, outer)
    const rest = [...rangeArgument(field, outer), ...this.optionsArgument(field, outer)].join(', ')
    const comma = rest === '' ? '' : ', '
    if (PRIMITIVES[element] === undefined) {
      const fields = this.structFields(element, field, inside)
      return `${this.use(isArray ? 'array' : 'struct')}(${fields}${comma}${rest})`
    }
    if (isArray) return `${this.use('array')}(${this.use(element)}()${comma}${rest})`
    const isError = element === 'int16' && /(^e|E)rrorCode$/.test(field.name)
    return `${this.use(isError ? 'errorCode' : element)}(${rest})`
  }

  private structFields(struct: string, field: SchemaField, versions: VersionRange): string {
    const common = this.common.get(struct)
    if (common === undefined) return this.fields(field.fields, versions)
    const name = `${lowerFirst(this.structs.get(struct) ?? struct)}Fields`
    if (!this.taken.has(name)) {
      this.taken.add(name)
      this.file.types.add('Fields')
      // Shared by places of different versions: its own ranges are told in full.
      const fields = this.fields(common.fields, intersect(common.versions, ALL_VERSIONS))
      this.file.declarations.push(`const ${name} = (): Fields => (${fields})`)
    }
    return `${name}()`
  }

  private optionsArgument(field: SchemaField, outer: VersionRange): string[] {
    const options: string[] = []
    const within = intersect(this.message.versions, outer)
    if (!isEmpty(field.nullable)) options.push(`nullable: '${show(field.nullable)}'`)
    const value = defaultOf(field)
    if (value !== undefined) options.push(`default: ${value}`)
    if (field.tag !== undefined && !isEmpty(intersect(field.tagged, within))) {
      options.push(`tag: ${field.tag}`, `tagged: '${show(field.tagged)}'`)
    }
    if (field.ignorable) options.push('ignorable: true')
    if (field.entityType !== undefined) options.push(`entity: '${field.entityType}'`)
    if (field.mapKey) options.push('mapKey: true')
    if (!field.flexible) options.push('flexible: false')
    return options.length === 0 ? [] : [`{ ${options.join(', ')} }`]
  }

  private use(name: string): string {
    this.file.constructors.add(name)
    return name
  }
}

/** What is true of a field wherever the thing around it lives need not be told. */
function rangeArgument(field: SchemaField, outer: VersionRange): string[] {
  return covers(field.versions, outer) ? [] : [`'${show(field.versions)}'`]
}

/** The default as a literal; undefined when it is the type's own. */
function defaultOf(field: SchemaField): string | undefined {
  const text = field.default
  if (text === '') return undefined
  if (text === 'null') return 'null'
  if (field.type === 'string' || field.type === 'uuid') return `'${text}'`
  if (field.type === 'bool') return text.toLowerCase() === 'true' ? 'true' : undefined
  const value = Number(text)
  if (Number.isNaN(value)) throw new Error(`default of ${field.name}: ${text}`)
  if (value === 0) return undefined
  if (value > Number.MAX_SAFE_INTEGER) return 'Number.MAX_SAFE_INTEGER'
  if (value < Number.MIN_SAFE_INTEGER) return 'Number.MIN_SAFE_INTEGER'
  return text
}

function splitType(type: string): { element: string; isArray: boolean } {
  return type.startsWith('[]') ? { element: type.slice(2), isArray: true } : { element: type, isArray: false }
}

const PRIMITIVES: { readonly [type: string]: string } = {
  bool: 'boolean',
  int8: 'number',
  int16: 'number',
  uint16: 'number',
  int32: 'number',
  uint32: 'number',
  int64: 'number',
  float64: 'number',
  string: 'string',
  uuid: 'string',
  bytes: 'Buffer',
  records: 'Slices',
}

import { ENUM, MESSAGE, type ProtoEnum, type ProtoField, type ProtoFile, type ProtoMessage } from './proto-file.ts'

/** A type, by its full name. */
export interface ProtoType {
  /** Of the file that it is in; empty for none. */
  readonly packageName: string
  readonly message?: ProtoMessage
  readonly enum?: ProtoEnum
}

/** What Protobuf brings along and is no message. */
const OWN_ENUMS: ReadonlySet<string> = new Set(['google.protobuf.NullValue', 'google.protobuf.Syntax'])

/** The types of a file and of those that it imports. */
export class ProtoNames {
  readonly #types = new Map<string, ProtoType>()

  constructor(files: Iterable<ProtoFile>) {
    for (const file of files) {
      const { package: packageName = '' } = file
      this.#add(packageName, packageName, file.messageType ?? [], file.enumType ?? [])
    }
    for (const name of OWN_ENUMS) this.#types.set(name, { packageName: 'google.protobuf', enum: { name } })
  }

  get(fullName: string): ProtoType | undefined {
    return this.#types.get(fullName)
  }

  /** The full name of what a name means within a scope: from the inside outwards. */
  resolve(name: string, scope: string): string | undefined {
    if (name.startsWith('.')) return this.#types.has(name.slice(1)) ? name.slice(1) : undefined
    const parts = scope === '' ? [] : scope.split('.')
    for (let length = parts.length; length >= 0; length--) {
      const candidate = [...parts.slice(0, length), name].join('.')
      if (this.#types.has(candidate)) return candidate
    }
    return undefined
  }

  /** A file whose fields say in full of which types they are. What is not known stays as it is. */
  resolved(file: ProtoFile): ProtoFile {
    const { package: packageName = '' } = file
    const full = (name: string): string => {
      const found = this.resolve(name, packageName)
      return found === undefined ? elsewhere(name) : `.${found}`
    }
    return {
      ...file,
      messageType: (file.messageType ?? []).map((message) => this.#message(message, packageName)),
      service: (file.service ?? []).map((service) => ({
        ...service,
        method: (service.method ?? []).map((method) => ({
          ...method,
          inputType: full(method.inputType),
          outputType: full(method.outputType),
        })),
      })),
    }
  }

  #message(message: ProtoMessage, outside: string): ProtoMessage {
    const scope = joined(outside, message.name)
    return {
      ...message,
      field: (message.field ?? []).map((field) => this.#field(field, scope)),
      nestedType: (message.nestedType ?? []).map((nested) => this.#message(nested, scope)),
    }
  }

  #field(field: ProtoField, scope: string): ProtoField {
    const { typeName } = field
    if (typeName === undefined) return field
    const found = this.resolve(typeName, scope)
    // Whatever comes from elsewhere, as Google's own types, is a message.
    if (found === undefined) return { ...field, typeName: elsewhere(typeName), type: field.type ?? MESSAGE }
    return {
      ...field,
      typeName: `.${found}`,
      type: this.get(found)?.enum === undefined ? (field.type ?? MESSAGE) : ENUM,
    }
  }

  #add(packageName: string, scope: string, messages: readonly ProtoMessage[], enums: readonly ProtoEnum[]): void {
    for (const one of enums) this.#types.set(joined(scope, one.name), { packageName, enum: one })
    for (const message of messages) {
      const name = joined(scope, message.name)
      this.#types.set(name, { packageName, message })
      this.#add(packageName, name, message.nestedType ?? [], message.enumType ?? [])
    }
  }
}

/** Types of what Protobuf and the registry bring along are named in full. */
function elsewhere(name: string): string {
  return /^(google|confluent)\./.test(name) ? `.${name}` : name
}

export function joined(scope: string, name: string): string {
  return scope === '' ? name : `${scope}.${name}`
}

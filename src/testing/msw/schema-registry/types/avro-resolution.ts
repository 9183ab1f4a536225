import type { Type, types } from 'avsc'

/** A reason why a reader's schema does not resolve what a writer's says, in the words of Avro and of the registry. */
export interface AvroDifference {
  readonly kind: string
  readonly description: string
  readonly message: string
}

/** Schema resolution as the Avro specification has it: what the reader cannot read of what the writer writes. */
export function avroDifferences(reader: Type, writer: Type): readonly AvroDifference[] {
  return new Resolution().compare(reader, writer, [])
}

type Path = readonly (string | number)[]
type Differences = readonly AvroDifference[]

/** What Avro promotes: by the reader's type, the writers' types that it reads besides its own. */
const PROMOTED: Readonly<Record<string, readonly string[]>> = {
  long: ['int'],
  float: ['int', 'long'],
  double: ['int', 'long', 'float'],
  bytes: ['string'],
  string: ['bytes'],
}

const PRIMITIVES = ['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string']

class Resolution {
  /** Pairs that have been looked at, or are being: a type may contain itself. */
  readonly #seen = new Map<Type, Map<Type, Differences>>()

  compare(reader: Type, writer: Type, path: Path): Differences {
    let ofReader = this.#seen.get(reader)
    if (ofReader === undefined) {
      ofReader = new Map()
      this.#seen.set(reader, ofReader)
    }
    const known = ofReader.get(writer)
    if (known !== undefined) return known
    ofReader.set(writer, [])
    const found = this.#differences(reader, writer, path)
    ofReader.set(writer, found)
    return found
  }

  #differences(reader: Type, writer: Type, path: Path): Differences {
    const kind = kindOf(reader)
    if (kind === kindOf(writer)) {
      if (PRIMITIVES.includes(kind)) return []
      if (kind === 'array')
        return this.compare(part(reader, 'itemsType'), part(writer, 'itemsType'), [...path, 'items'])
      if (kind === 'map')
        return this.compare(part(reader, 'valuesType'), part(writer, 'valuesType'), [...path, 'values'])
      if (kind === 'union') return this.#branches(reader, writer, path)
      if (kind === 'fixed') return [...named(reader, writer, path), ...fixed(reader, writer, path)]
      if (kind === 'enum') return [...named(reader, writer, path), ...symbols(reader, writer, path)]
      return [...named(reader, writer, path), ...this.#fields(reader, writer, path)]
    }
    // Whoever reads every branch of a union reads the union.
    if (kindOf(writer) === 'union') return branchesOf(writer).flatMap((branch) => this.compare(reader, branch, path))
    if (kind === 'union') {
      const isRead = branchesOf(reader).some((branch) => this.#reads(branch, writer, path))
      return isRead ? [] : [missingBranch(writer, path)]
    }
    if (PROMOTED[kind]?.includes(kindOf(writer)) === true) return []
    return [
      {
        kind: 'TYPE_MISMATCH',
        description: `The type (path '${told(path)}') of a field in the %s schema does not match with the %s schema`,
        message: `reader type: ${upper(reader)} not compatible with writer type: ${upper(writer)}`,
      },
    ]
  }

  /** Tried apart: what does not fit here says nothing of the pair elsewhere. */
  #reads(reader: Type, writer: Type, path: Path): boolean {
    return this.compare(reader, writer, path).length === 0
  }

  #branches(reader: Type, writer: Type, path: Path): Differences {
    return branchesOf(writer).flatMap((branch, i) =>
      this.compare(reader, branch, [...path, i]).length === 0 ? [] : [missingBranch(branch, [...path, i])],
    )
  }

  #fields(reader: Type, writer: Type, path: Path): Differences {
    const written = fieldsOf(writer)
    return fieldsOf(reader).flatMap((field, i): Differences => {
      const at = [...path, 'fields', i]
      const names = [field.name, ...field.aliases]
      const source = names.map((name) => written.find((one) => one.name === name)).find((one) => one !== undefined)
      if (source !== undefined) return this.compare(field.type, source.type, [...at, 'type'])
      if (field.defaultValue() !== undefined) return []
      return [
        {
          kind: 'READER_FIELD_MISSING_DEFAULT_VALUE',
          description: `The field '${field.name}' at path '${told(at)}' in the %s schema has no default value and is missing in the %s schema`,
          message: field.name,
        },
      ]
    })
  }
}

/** By the last part of their names, or an alias of the reader. */
function named(reader: Type, writer: Type, path: Path): Differences {
  const last = (type: Type): string => (type.name ?? '').replace(/^.*\./, '')
  if (last(reader) === last(writer) || (reader.aliases ?? []).includes(writer.name ?? '')) return []
  return [
    {
      kind: 'NAME_MISMATCH',
      description: `The name of the schema has changed (path '${told([...path, 'name'])}')`,
      message: `expected: ${writer.name}`,
    },
  ]
}

function fixed(reader: Type, writer: Type, path: Path): Differences {
  const read = (reader as types.FixedType).size
  const written = (writer as types.FixedType).size
  if (read === written) return []
  return [
    {
      kind: 'FIXED_SIZE_MISMATCH',
      description: `The size of FIXED type field at path '${told([...path, 'size'])}' in the %s schema does not match with the %s schema`,
      message: `expected: ${written}, found: ${read}`,
    },
  ]
}

/** A reader with a default for the enum reads symbols that it does not know. */
function symbols(reader: Type, writer: Type, path: Path): Differences {
  const known = (reader as types.EnumType).symbols
  const missing = (writer as types.EnumType).symbols.filter((symbol) => !known.includes(symbol))
  if (missing.length === 0 || (reader as { default?: unknown }).default !== undefined) return []
  const list = `[${missing.join(', ')}]`
  return [
    {
      kind: 'MISSING_ENUM_SYMBOLS',
      description: `The %s schema is missing enum symbols '${list}' at path '${told([...path, 'symbols'])}' in the %s schema`,
      message: list,
    },
  ]
}

function missingBranch(writer: Type, path: Path): AvroDifference {
  return {
    kind: 'MISSING_UNION_BRANCH',
    description: `The %s schema is missing a type inside a union field at path '${told(path)}' in the %s schema`,
    message: `reader union lacking writer type: ${upper(writer)}`,
  }
}

/** `record`, `union`, `string` and so on. */
export function kindOf({ typeName }: Type): string {
  const kind = typeName.replace(/^abstract:/, '').replace(/:.*$/, '')
  return kind === 'error' ? 'record' : kind
}

function upper(type: Type): string {
  return kindOf(type).toUpperCase()
}

export function part(type: Type, name: 'itemsType' | 'valuesType'): Type {
  return (type as unknown as Record<typeof name, Type>)[name]
}

export function branchesOf(type: Type): readonly Type[] {
  return (type as types.WrappedUnionType).types
}

export function fieldsOf(type: Type): readonly types.Field[] {
  return (type as types.RecordType).fields
}

function told(path: Path): string {
  return `/${path.join('/')}`
}

import { isObject, type Json } from '../../http/json.ts'

/**
 * An Avro schema as Avro's own library writes it, without spaces: attributes in its order, namespaces and orders only where they have to be there, and
 * primitive types by their bare names.
 * @param known the full names of types that other schemas define
 * @param sorted attributes that are not Avro's own are sorted
 */
export function avroText(
  tree: unknown,
  known: ReadonlySet<string>,
  { sorted = false }: { readonly sorted?: boolean } = {},
): string {
  return JSON.stringify(new Writer(known, sorted).write(tree, ''))
}

const PRIMITIVES = new Set(['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string'])
const OF_NAMED = ['type', 'name', 'namespace', 'doc', 'aliases']
const OWN: Readonly<Record<string, readonly string[]>> = {
  record: [...OF_NAMED, 'fields'],
  error: [...OF_NAMED, 'fields'],
  enum: [...OF_NAMED, 'symbols', 'default'],
  fixed: [...OF_NAMED, 'size'],
  array: ['type', 'items'],
  map: ['type', 'values'],
}
const OF_FIELD = ['name', 'type', 'doc', 'default', 'order', 'aliases']

class Writer {
  readonly #known: Set<string>
  readonly #sorted: boolean

  constructor(known: ReadonlySet<string>, sorted: boolean) {
    this.#known = new Set(known)
    this.#sorted = sorted
  }

  write(tree: unknown, space: string): unknown {
    if (Array.isArray(tree)) return tree.map((branch) => this.write(branch, space))
    if (typeof tree === 'string') return PRIMITIVES.has(tree) ? tree : this.#reference(tree, space)
    if (!isObject(tree)) return tree
    const { type } = tree
    // {"type": {"type": "array", …}}
    if (typeof type !== 'string') return this.write(type, space)
    const own = OWN[type]
    if (own === undefined) {
      const rest = this.#rest(tree, ['type'])
      const named = PRIMITIVES.has(type) ? type : this.#reference(type, space)
      return Object.keys(rest).length === 0 ? named : { type: named, ...rest }
    }
    if (type === 'array') return { type, items: this.write(tree.items, space), ...this.#rest(tree, own) }
    if (type === 'map') return { type, values: this.write(tree.values, space), ...this.#rest(tree, own) }
    return this.#named(type, tree, own, space)
  }

  #named(type: string, tree: Json, own: readonly string[], space: string): Json {
    const [name, namespace] = split(tree, space)
    this.#known.add(namespace === '' ? name : `${namespace}.${name}`)
    return {
      type,
      name,
      ...(namespace === space ? {} : { namespace }),
      ...present('doc', tree.doc),
      ...(type === 'enum' ? { symbols: tree.symbols, ...present('default', tree.default) } : {}),
      ...(type === 'fixed' ? { size: tree.size } : {}),
      ...(Array.isArray(tree.fields) ? { fields: tree.fields.map((field) => this.#field(field, namespace)) } : {}),
      ...this.#rest(tree, own),
      ...aliases(tree.aliases),
    }
  }

  #field(field: unknown, space: string): unknown {
    if (!isObject(field)) return field
    return {
      name: field.name,
      type: this.write(field.type, space),
      ...present('doc', field.doc),
      ...('default' in field ? { default: field.default } : {}),
      ...(field.order === undefined || field.order === 'ascending' ? {} : { order: field.order }),
      ...aliases(field.aliases),
      ...this.#rest(field, OF_FIELD),
    }
  }

  /** A type by its name, in full where that is not of the namespace in which it is named. */
  #reference(name: string, space: string): string {
    const full = !name.includes('.') && space !== '' && this.#known.has(`${space}.${name}`) ? `${space}.${name}` : name
    const prefix = `${space}.`
    return space !== '' && full.startsWith(prefix) && !full.slice(prefix.length).includes('.')
      ? full.slice(prefix.length)
      : full
  }

  #rest(tree: Json, own: readonly string[]): Json {
    const rest = Object.entries(tree).filter(([key]) => !own.includes(key))
    if (this.#sorted) rest.sort(([one], [other]) => (one < other ? -1 : 1))
    return Object.fromEntries(rest)
  }
}

function split(tree: Json, space: string): [name: string, namespace: string] {
  const name = String(tree.name)
  const dot = name.lastIndexOf('.')
  if (dot !== -1) return [name.slice(dot + 1), name.slice(0, dot)]
  return [name, typeof tree.namespace === 'string' ? tree.namespace : space]
}

function present(key: string, value: unknown): Json {
  return value === undefined ? {} : { [key]: value }
}

function aliases(value: unknown): Json {
  return Array.isArray(value) && value.length > 0 ? { aliases: value } : {}
}

import { isObject, type Json } from '../../http/json.ts'

/** A schema as it is written: an object, or true or false. */
export type RawSchema = Json | boolean

/** A place in one of the documents. */
export interface Place {
  readonly document: Document
  readonly raw: RawSchema
}

/** A text of JSON Schema. */
export interface Document {
  readonly root: RawSchema
  /** Whether keywords beside `$ref` count, and `prefixItems` is known: from 2019-09 on. */
  readonly isModern: boolean
}

/** A schema and those that it refers to, and how `$ref` finds its way between them. */
export class Documents {
  readonly main: Document
  readonly #byName = new Map<string, Place>()

  /** @throws Error for a `$ref` that leads nowhere */
  constructor(main: RawSchema, references: ReadonlyMap<string, RawSchema>) {
    this.main = documentOf(main)
    const all = [...references].map(([name, root]) => ({ name, document: documentOf(root) }))
    for (const { name, document } of all) this.#byName.set(name, { document, raw: document.root })
    for (const document of [...all.map((one) => one.document), this.main]) this.#index(document)
    for (const document of [...all.map((one) => one.document), this.main]) this.#check(document)
  }

  /** Where a `$ref` leads to. */
  find(ref: string, from: Document): Place | undefined {
    const [address = '', fragment = ''] = ref.split('#', 2)
    if (/^https?:\/\/json-schema\.org\//.test(address)) return { document: from, raw: true }
    const document = address === '' ? { document: from, raw: from.root } : this.#named(address, from)
    if (document === undefined || fragment === '') return document
    if (!fragment.startsWith('/')) return this.#byName.get(`${idOf(document.raw) ?? ''}#${fragment}`)
    const raw = pointed(document.raw, fragment)
    return raw === undefined ? undefined : { document: document.document, raw }
  }

  /** By the name of a reference, by an `$id`, or by what that is relative to the `$id` of the document. */
  #named(address: string, from: Document): Place | undefined {
    const base = idOf(from.root)
    const absolute = base !== undefined && URL.canParse(address, base) ? new URL(address, base).href : undefined
    return this.#byName.get(address) ?? (absolute === undefined ? undefined : this.#byName.get(absolute))
  }

  #index(document: Document): void {
    const base = idOf(document.root)
    visit(document.root, (raw) => {
      const id = idOf(raw)
      if (id !== undefined) {
        this.#byName.set(id.replace(/#$/, ''), { document, raw })
        if (id.startsWith('#')) this.#byName.set(`${base ?? ''}${id}`, { document, raw })
        else if (base !== undefined && URL.canParse(id, base)) {
          this.#byName.set(new URL(id, base).href, { document, raw })
        }
      }
      if (typeof raw.$anchor === 'string') this.#byName.set(`${base ?? ''}#${raw.$anchor}`, { document, raw })
    })
  }

  #check(document: Document): void {
    visit(document.root, ({ $ref }) => {
      if (typeof $ref === 'string' && this.find($ref, document) === undefined) {
        throw new Error(`the $ref '${$ref}' leads nowhere: it is in no schema that is referred to`)
      }
    })
  }
}

function documentOf(root: RawSchema): Document {
  const dialect = isObject(root) && typeof root.$schema === 'string' ? root.$schema : ''
  return { root, isModern: /\/draft\/20/.test(dialect) }
}

function idOf(raw: RawSchema): string | undefined {
  if (!isObject(raw)) return undefined
  const id = raw.$id ?? raw.id
  return typeof id === 'string' ? id : undefined
}

/** What is no schema, but what a schema tells of. */
const DATA = new Set(['enum', 'const', 'default', 'examples', 'example'])
/** What holds schemas by names that may be any. */
const BY_NAME = new Set([
  'properties',
  'patternProperties',
  'definitions',
  '$defs',
  'dependencies',
  'dependentSchemas',
  'dependentRequired',
])

/** Every schema in a schema, itself first. */
function visit(raw: unknown, each: (raw: Json) => void): void {
  if (Array.isArray(raw)) for (const one of raw) visit(one, each)
  if (!isObject(raw)) return
  each(raw)
  for (const [key, value] of Object.entries(raw)) {
    if (DATA.has(key)) continue
    if (BY_NAME.has(key) && isObject(value)) for (const one of Object.values(value)) visit(one, each)
    else visit(value, each)
  }
}

/** RFC 6901. */
function pointed(root: RawSchema, pointer: string): RawSchema | undefined {
  let at: unknown = root
  for (const part of pointer.slice(1).split('/')) {
    const key = decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~')
    if (Array.isArray(at)) at = at[Number(key)]
    else if (isObject(at) && Object.hasOwn(at, key)) at = at[key]
    else return undefined
  }
  return isObject(at) || typeof at === 'boolean' ? at : undefined
}

import type { ErrorObject } from 'ajv'
import { isObject, type Json } from '../../http/json.ts'
import { jsonDifferences } from './json-diff.ts'
import { Documents, type RawSchema } from './json-documents.ts'
import { type ParsedSchema, peer, type SchemaType } from './schema-type.ts'

/** JSON Schema, draft-07 where `$schema` says nothing else. What is valid is said by ajv, the optional peer. */
export const jsonSchema: SchemaType = {
  name: 'JSON',
  async parse(schema, references) {
    const root = parsed(schema)
    await check(root)
    const referred = new Map(references.map(({ name, schema: text }) => [name, parsed(text)]))
    return new ParsedJsonSchema(root, referred)
  },
}

/** A JSON Schema, with those that it refers to by name. */
export class ParsedJsonSchema implements ParsedSchema {
  readonly root: RawSchema
  readonly referred: ReadonlyMap<string, RawSchema>
  readonly text: string
  readonly canonical: string
  readonly normalized: string
  readonly documents: Documents

  /** @throws Error for a `$ref` that leads nowhere */
  constructor(root: RawSchema, referred: ReadonlyMap<string, RawSchema>) {
    this.root = root
    this.referred = referred
    this.text = JSON.stringify(root)
    this.canonical = this.text
    this.normalized = JSON.stringify(sorted(root))
    this.documents = new Documents(root, referred)
  }

  cannotRead(writer: ParsedSchema): readonly string[] {
    if (!(writer instanceof ParsedJsonSchema)) throw new TypeError('schemas of different types are not compared')
    return jsonDifferences({ writer: writer.documents, reader: this.documents })
  }
}

function parsed(schema: string): RawSchema {
  const root: unknown = JSON.parse(schema)
  if (isObject(root) || typeof root === 'boolean') return root
  throw new Error(`a JSON Schema is an object, or true or false, not ${schema}`)
}

/** What of ajv is asked. */
export interface Validator {
  validateSchema(schema: Json): unknown
  addSchema(schema: Json, name: string): unknown
  compile(schema: Json): ((data: unknown) => boolean | Promise<unknown>) & { errors?: ErrorObject[] | null }
  errorsText(errors?: ErrorObject[] | null): string
}

/** Asks the meta-schema of the draft. Those of drafts that ajv does not bring along (04, 06) are not asked. */
async function check(root: RawSchema): Promise<void> {
  if (!isObject(root)) return
  const validator = await validatorFor(typeof root.$schema === 'string' ? root.$schema : '')
  if (validator === undefined) return
  const { $schema: _, ...rest } = root
  if (validator.validateSchema(rest) !== true) throw new Error(validator.errorsText())
}

/** That of a draft, by what `$schema` says; undefined for those that ajv does not bring along. @throws MissingPeerError */
export async function validatorFor(dialect: string): Promise<Validator | undefined> {
  const options = { strict: false, validateFormats: false, logger: false } as const
  const load = <T>(module: () => Promise<T>): Promise<T> => peer('ajv', 'JSON Schema', module)
  if (/\/2020-12\//.test(dialect)) return new (await load(() => import('ajv/dist/2020.js'))).Ajv2020(options)
  if (/\/2019-09\//.test(dialect)) return new (await load(() => import('ajv/dist/2019.js'))).Ajv2019(options)
  if (/draft-0[1-6]/.test(dialect)) return undefined
  return new (await load(() => import('ajv'))).Ajv(options)
}

/** With the members of every object in order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (!isObject(value)) return value
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1))
  return Object.fromEntries(entries.map(([key, member]) => [key, sorted(member)]))
}

import type { Type } from 'avsc'
import { exactLongs } from './avro-long.ts'
import { avroDifferences } from './avro-resolution.ts'
import { avroText } from './avro-text.ts'
import { type ParsedSchema, peer, type SchemaType } from './schema-type.ts'

/** Avro schemas. What is valid is said by avsc, the optional peer. */
export const avro: SchemaType = {
  name: 'AVRO',
  async parse(schema, references) {
    const { default: avsc } = await peer('avsc', 'Avro', () => import('avsc'))
    // Named types of references are known by their full names to what comes after them.
    const registry: Record<string, Type> = {}
    // 'always': two branches that JavaScript could not tell apart are fine in a schema.
    const options = { registry, typeHook: exactLongs(avsc), wrapUnions: 'always' as const, omitRecordMethods: true }
    for (const reference of references) avsc.Type.forSchema(parsed(reference.schema), options)
    const known = new Set(Object.keys(registry))
    const tree = parsed(schema)
    const type = avsc.Type.forSchema(tree, options)
    return new AvroSchema(type, avroText(tree, known), avroText(tree, known, { sorted: true }))
  },
}

/** A schema of Avro, with the type that avsc has made of it. */
export class AvroSchema implements ParsedSchema {
  readonly text: string
  readonly canonical: string
  readonly normalized: string
  readonly type: Type

  constructor(type: Type, canonical: string, normalized: string) {
    this.type = type
    this.text = canonical
    this.canonical = canonical
    this.normalized = normalized
  }

  cannotRead(writer: ParsedSchema): readonly string[] {
    if (!(writer instanceof AvroSchema)) throw new TypeError('schemas of different types are not compared')
    return avroDifferences(this.type, writer.type).map(
      ({ kind, description, message }) =>
        `{errorType:'${kind}', description:'${description}', additionalInfo:'${message}'}`,
    )
  }
}

/** Avro takes the bare name of a primitive type, too. */
function parsed(schema: string): AvroJson {
  const text = schema.trim()
  if (/^[a-z]+$/.test(text)) return text
  return JSON.parse(text) as AvroJson
}

type AvroJson = Parameters<typeof Type.forSchema>[0]

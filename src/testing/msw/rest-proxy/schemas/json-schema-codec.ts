import { isObject } from '../../http/json.ts'
import { type ParsedJsonSchema, validatorFor } from '../../schema-registry/types/json-schema.ts'
import type { Codec } from './codec.ts'

/** JSON, of data that the schema finds valid. What is read is not held against it, as by the real one. */
export async function jsonSchemaCodec({ root, referred }: ParsedJsonSchema): Promise<Codec> {
  const dialect = isObject(root) && typeof root.$schema === 'string' ? root.$schema : ''
  const ajv = await validatorFor(dialect)
  if (ajv !== undefined) {
    for (const [name, schema] of referred) {
      // By the name of the reference, and by its own, if it has one.
      const { $schema: _, $id: id, ...rest } = isObject(schema) ? schema : { not: {} }
      ajv.addSchema(schema === true ? {} : rest, name)
      if (typeof id === 'string' && id !== name) ajv.addSchema(rest, id)
    }
  }
  const { $schema: _, ...schema } = isObject(root) ? root : root ? {} : { not: {} }
  const isValid = ajv?.compile(schema)
  return {
    format: 'jsonschema',
    recordName: isObject(root) && typeof root.title === 'string' ? root.title : undefined,
    encode(data) {
      if (isValid?.(data) === false) throw new Error(ajv?.errorsText(isValid.errors) ?? 'the data is not valid')
      return Buffer.from(JSON.stringify(data))
    },
    decode: (bytes) => JSON.parse(bytes.toString()),
  }
}

import { AvroSchema } from '../../schema-registry/types/avro.ts'
import { ParsedJsonSchema } from '../../schema-registry/types/json-schema.ts'
import { ParsedProtobuf } from '../../schema-registry/types/protobuf.ts'
import type { ParsedSchema } from '../../schema-registry/types/schema-type.ts'
import type { SchemaFormat } from '../embedded-format.ts'
import { avroCodec } from './avro-codec.ts'
import { jsonSchemaCodec } from './json-schema-codec.ts'
import { protobufCodec } from './protobuf/protobuf-codec.ts'

/** What a schema makes of data: bytes, without what goes before them to name the schema. */
export interface Codec {
  readonly format: SchemaFormat
  /** What the record is called in its schema; undefined where it has no name. */
  readonly recordName: string | undefined
  /** @throws Error that says what is wrong with the data */
  encode(data: unknown): Buffer
  /** The data as JSON. @throws Error for bytes that are none of the schema's */
  decode(bytes: Buffer): unknown
}

/** The registry's name of a format. */
export const SCHEMA_TYPES: Readonly<Record<SchemaFormat, string>> = {
  avro: 'AVRO',
  jsonschema: 'JSON',
  protobuf: 'PROTOBUF',
}

export async function codecOf(schema: ParsedSchema): Promise<Codec> {
  if (schema instanceof AvroSchema) return avroCodec(schema)
  if (schema instanceof ParsedJsonSchema) return jsonSchemaCodec(schema)
  if (schema instanceof ParsedProtobuf) return protobufCodec(schema)
  throw new TypeError('a schema of Avro, JSON Schema or Protobuf is wanted')
}

/** How keys and values are written in requests and answers of the second version. */
export type EmbeddedFormat = SchemalessFormat | SchemaFormat
/** Those that serialise with nothing else than what they are given. */
export type SchemalessFormat = 'binary' | 'json'
/** Those that a schema stands behind, by its id in front of the bytes. */
export type SchemaFormat = 'avro' | 'jsonschema' | 'protobuf'

const FORMATS: ReadonlySet<string> = new Set<EmbeddedFormat>(['binary', 'json', 'avro', 'jsonschema', 'protobuf'])

export function isFormat(name: string): name is EmbeddedFormat {
  return FORMATS.has(name)
}

export function needsSchema(format: EmbeddedFormat): format is SchemaFormat {
  return format !== 'binary' && format !== 'json'
}

/** The content type of records in a format. */
export function contentTypeOf(format: EmbeddedFormat): string {
  return `application/vnd.kafka.${format}.v2+json`
}

import type { EmbeddedFormat, SchemaFormat } from '../embedded-format.ts'
import { invalidConsumerConfig, payloadError } from '../errors.ts'

/** What a request says of the schema of its keys or its values; where it says nothing, the latest version of the subject is meant. */
export interface SchemaQuery {
  /** Goes with `schema`, and with nothing else. */
  readonly format?: SchemaFormat | undefined
  readonly subject?: string | undefined
  readonly strategy?: SubjectNameStrategy | undefined
  readonly id?: number | undefined
  readonly version?: number | undefined
  readonly schema?: string | undefined
}

/** How subjects are called: after the topic, after the record, or after both. */
export type SubjectNameStrategy = 'TOPIC_NAME' | 'RECORD_NAME' | 'TOPIC_RECORD_NAME'

/** A schema as the registry has it, and what it makes of data. */
export interface RegisteredSchema {
  readonly format: SchemaFormat
  readonly subject: string
  readonly id: number
  readonly version: number
  /** @throws RestError 400 for data that is none of the schema's */
  serialize(data: unknown): Promise<Buffer>
}

/** The schemas of keys and values. */
export interface RecordSchemas {
  /** @throws RestError where a consumer of this format cannot be made */
  check(format: EmbeddedFormat): void
  /** @throws RestError 400, 42205, 42206, 42207 */
  find(topic: string, query: SchemaQuery, isKey: boolean): Promise<RegisteredSchema>
  /**
   * What stands in a record: the bytes say by which schema.
   * @throws RestError 40801 for bytes that are none of a schema's
   */
  read(format: SchemaFormat, topic: string, bytes: Buffer | null, isKey: boolean): Promise<unknown>
}

/** As without `schema.registry.url`: there are none. */
export const NO_SCHEMAS: RecordSchemas = {
  check(format) {
    if (format === 'binary' || format === 'json') return
    throw invalidConsumerConfig(
      'Missing required configuration "schema.registry.url" which has no default value: restProxy was given no schemaRegistry',
    )
  },
  find() {
    throw payloadError('Schema Registry must be configured when using schemas.')
  },
  read() {
    throw payloadError('Schema Registry must be configured when using schemas.')
  },
}

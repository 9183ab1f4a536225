import type { ProducerMessage, RecordHeader } from '../../../client/index.ts'
import { needsSchema, type SchemaFormat } from './embedded-format.ts'
import { partitionNotFound } from './errors.ts'
import { Fields, malformed } from './fields.ts'
import { instantOf } from './instant.ts'
import { type DataType, toBytes } from './schemaless.ts'
import type { RecordSchemas, RegisteredSchema, SchemaQuery, SubjectNameStrategy } from './schemas/record-schemas.ts'

/** What a record of a request of the third version may say. */
export const RECORD_FIELDS: readonly string[] = ['partition_id', 'headers', 'key', 'value', 'timestamp', 'originalSize']

const DATA_FIELDS = ['type', 'subject', 'subject_name_strategy', 'schema_id', 'schema_version', 'schema', 'data']

/** A record that is ready to be produced, and what the answer says of its key and its value. */
export interface ReadyRecord {
  readonly message: ProducerMessage
  readonly key: DataAnswer | undefined
  readonly value: DataAnswer | undefined
}

export interface DataAnswer {
  readonly type: string
  readonly subject?: string
  readonly schema_id?: number
  readonly schema_version?: number
  /** In bytes; -1 for null. */
  readonly size: number
}

/** A record, as it was sent. */
export interface SentRecord {
  readonly partition: number | undefined
  readonly headers: readonly RecordHeader[]
  readonly key: Data | undefined
  readonly value: Data | undefined
  /** ms since 1970 */
  readonly timestamp: number | undefined
}

/** @throws RestError 400 for what cannot be read; UnknownFieldError */
export function sentRecord(fields: Fields): SentRecord {
  return {
    partition: fields.integer('partition_id'),
    headers: (fields.list('headers') ?? []).map(headerOf),
    key: dataOf(fields.raw('key')),
    value: dataOf(fields.raw('value')),
    timestamp: instantOf(fields.raw('timestamp')),
  }
}

/**
 * Serialises the key and the value of a record.
 * @param now ms since 1970, for a record without a timestamp
 * @throws RestError 40402 for a partition below 0, 400 for what is none of its type, and what its schemas say
 */
export async function readyRecord(
  { partition, headers, key, value, timestamp }: SentRecord,
  topic: string,
  schemas: RecordSchemas,
  now: number,
): Promise<ReadyRecord> {
  if (partition !== undefined && partition < 0) throw partitionNotFound()
  const serialized = {
    key: await serialize(key, topic, schemas, true),
    value: await serialize(value, topic, schemas, false),
  }
  return {
    message: {
      topic,
      key: serialized.key.bytes,
      value: serialized.value.bytes,
      headers,
      timestamp: timestamp ?? now,
      ...(partition === undefined ? {} : { partition }),
    },
    key: serialized.key.answer,
    value: serialized.value.answer,
  }
}

function headerOf(json: unknown): RecordHeader {
  const fields = new Fields(json, ['name', 'value'])
  const name = fields.text('name')
  if (name === undefined) throw malformed('a header has a name')
  const value = fields.text('value')
  if (value !== undefined && !/^[A-Za-z0-9+/]*={0,2}$/.test(value)) {
    throw malformed(`the value of a header is base64, and not ${JSON.stringify(value)}`)
  }
  return { key: name, value: value === undefined ? null : Buffer.from(value, 'base64') }
}

/** A key or a value, as it is sent. */
interface Data {
  readonly type: DataType | SchemaFormat | undefined
  readonly query: SchemaQuery
  readonly data: unknown
}

const TYPES: ReadonlyMap<string, DataType | SchemaFormat> = new Map([
  ['BINARY', 'binary'],
  ['JSON', 'json'],
  ['STRING', 'string'],
  ['AVRO', 'avro'],
  ['JSONSCHEMA', 'jsonschema'],
  ['PROTOBUF', 'protobuf'],
] as const)
const STRATEGIES: ReadonlySet<string> = new Set<SubjectNameStrategy>(['TOPIC_NAME', 'RECORD_NAME', 'TOPIC_RECORD_NAME'])

/** @throws RestError 400 for what does not go together */
function dataOf(json: unknown): Data | undefined {
  if (json === undefined || json === null) return undefined
  const fields = new Fields(json, DATA_FIELDS)
  const named = fields.text('type')
  const type = named === undefined ? undefined : TYPES.get(named)
  if (named !== undefined && type === undefined) {
    throw malformed(`the type is one of ${[...TYPES.keys()].join(', ')}, and not ${named}`)
  }
  const strategy = fields.text('subject_name_strategy')
  if (strategy !== undefined && !STRATEGIES.has(strategy)) {
    throw malformed(`the subject_name_strategy is one of ${[...STRATEGIES].join(', ')}, and not ${strategy}`)
  }
  if (fields.raw('data') === undefined) throw malformed('Null data')
  const [id, version] = [fields.integer('schema_id'), fields.integer('schema_version')]
  const [subject, schema] = [fields.text('subject'), fields.text('schema')]
  demand(
    strategy === undefined || subject === undefined,
    "Only one of 'subject_name_strategy' or 'subject' can be used.",
  )
  const given = [id, version, schema].filter((one) => one !== undefined)
  demand(given.length <= 1, "Only one of 'schema_id', 'schema_version' or 'schema' can be used.")
  const format = type !== undefined && type !== 'string' && needsSchema(type) ? type : undefined
  if (format !== undefined) {
    demand(id === undefined, `'schema_id=${id}' cannot be used with 'serializer'.`)
    demand(version === undefined, `'schema_version=${version}' cannot be used with 'serializer'.`)
    demand(schema !== undefined, "'schema_version=latest' cannot be used with 'serializer'.")
  } else if (type !== undefined) {
    demand(strategy === undefined, `'type=${named}' cannot be used with 'subject_strategy'.`)
    demand(subject === undefined, `'type=${named}' cannot be used with 'subject'.`)
    demand(id === undefined, `'type=${named}' cannot be used with 'schema_id'.`)
    demand(version === undefined, `'type=${named}' cannot be used with 'schema_version'.`)
    demand(schema === undefined, `'type=${named}' cannot be used with 'schema'.`)
  }
  const query = { format, subject, strategy: strategy as SubjectNameStrategy | undefined, id, version, schema }
  return { type, query, data: fields.raw('data') }
}

interface Serialized {
  readonly bytes: Buffer | null
  readonly answer: DataAnswer | undefined
}

async function serialize(
  data: Data | undefined,
  topic: string,
  schemas: RecordSchemas,
  isKey: boolean,
): Promise<Serialized> {
  if (data === undefined) return { bytes: null, answer: undefined }
  if (data.type === 'binary' || data.type === 'json' || data.type === 'string') {
    const bytes = toBytes(data.type, data.data)
    return { bytes, answer: { type: data.type.toUpperCase(), size: bytes?.length ?? -1 } }
  }
  const schema = await schemas.find(topic, data.query, isKey)
  const bytes = await schema.serialize(data.data)
  return { bytes, answer: { ...answerOf(schema), size: bytes.length } }
}

function answerOf({ format, subject, id, version }: RegisteredSchema): Omit<DataAnswer, 'size'> {
  return { type: format.toUpperCase(), subject, schema_id: id, schema_version: version }
}

function demand(holds: boolean, why: string): void {
  if (!holds) throw malformed(why)
}

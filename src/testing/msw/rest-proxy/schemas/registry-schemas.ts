import { RestError } from '../../http/rest-error.ts'
import type { SchemaValue } from '../../schema-registry/records.ts'
import type { RegistryClient } from '../../schema-registry/registry-client.ts'
import type { SchemaFormat } from '../embedded-format.ts'
import { badData, internalError, invalidSchema, notDeserializable, reason, serializationError } from '../errors.ts'
import { type Codec, codecOf, SCHEMA_TYPES } from './codec.ts'
import type { RecordSchemas, RegisteredSchema, SchemaQuery, SubjectNameStrategy } from './record-schemas.ts'

/** In front of the bytes: a zero, and the schema's id in four bytes. */
const MAGIC = 0
const HEADER = 5

/** Keys and values by the schemas of a registry, which is asked without HTTP. */
export class RegistrySchemas implements RecordSchemas {
  readonly #registry: RegistryClient
  /** By the id and the text of the schema: an id may be given anew, in mode IMPORT. */
  readonly #codecs = new Map<string, Promise<Codec>>()

  constructor(registry: RegistryClient) {
    this.#registry = registry
  }

  check(): void {}

  async find(topic: string, query: SchemaQuery, isKey: boolean): Promise<RegisteredSchema> {
    const { format, id, version, schema } = query
    if (id !== undefined) {
      demand(format === undefined && version === undefined && schema === undefined)
      return this.#byId(topic, query, id, isKey)
    }
    if (version !== undefined) {
      demand(format === undefined && schema === undefined)
      return this.#byVersion(subjectWithoutSchema(topic, query, isKey), version)
    }
    if (schema !== undefined) {
      if (format === undefined) throw unsupported()
      return this.#bySchema(topic, query, format, schema, isKey)
    }
    demand(format === undefined)
    return this.#latest(subjectWithoutSchema(topic, query, isKey))
  }

  async read(format: SchemaFormat, _topic: string, bytes: Buffer | null): Promise<unknown> {
    if (bytes === null) return null
    if (bytes.length < HEADER || bytes[0] !== MAGIC) throw notDeserializable('Unknown magic byte!')
    const id = bytes.readInt32BE(1)
    try {
      const codec = await this.#codec(await this.#registry.byId(id))
      if (codec.format !== format) throw new Error(`it is a schema of ${SCHEMA_TYPES[codec.format]}`)
      return codec.decode(bytes.subarray(HEADER))
    } catch (error) {
      if (error instanceof RestError && error.status === 500) throw error
      throw notDeserializable(`Error deserializing ${SCHEMA_TYPES[format]} message for id ${id}: ${reason(error)}`)
    }
  }

  async #byId(topic: string, query: SchemaQuery, id: number, isKey: boolean): Promise<RegisteredSchema> {
    const value = await this.#asked(this.#registry.byId(id), `Error when fetching schema by id. schemaId = ${id}`)
    const codec = await this.#codec(value)
    const subject = subjectOf(topic, query, codec, isKey)
    const { version } = await this.#asked(
      this.#registry.lookUp(subject, value),
      `Error when fetching schema version. subject = ${subject}, schema = ${value.schema}`,
    )
    return registered(codec, { subject, id, version })
  }

  async #byVersion(subject: string, version: number): Promise<RegisteredSchema> {
    let value: SchemaValue
    try {
      value = await this.#registry.version(subject, version)
    } catch {
      throw badData(`Schema does not exist for subject: ${subject}, version: ${version}`)
    }
    return registered(await this.#codec(value), { subject, id: value.id, version: value.version })
  }

  async #latest(subject: string): Promise<RegisteredSchema> {
    const why = `Error when fetching latest schema version. subject = ${subject}`
    const value = await this.#asked(this.#registry.latest(subject), why)
    return registered(await this.#codec(value), { subject, id: value.id, version: value.version })
  }

  async #bySchema(
    topic: string,
    query: SchemaQuery,
    format: SchemaFormat,
    schema: string,
    isKey: boolean,
  ): Promise<RegisteredSchema> {
    const text = { schema, schemaType: SCHEMA_TYPES[format] }
    let codec: Codec
    try {
      codec = await codecOf(await this.#registry.parse(text))
    } catch (error) {
      // That the library is not installed says what to install.
      if (error instanceof RestError && error.status === 500) throw error
      throw invalidSchema(`Error when parsing raw schema. format = ${format.toUpperCase()}, schema = ${schema}`)
    }
    const subject = subjectOf(topic, query, codec, isKey)
    const value = await this.#asked(
      this.#registry.lookUp(subject, text).catch(() => this.#registry.register(subject, text)),
      `Error when registering schema. format = ${format.toUpperCase()}, subject = ${subject}, schema = ${schema}`,
    )
    return registered(codec, { subject, id: value.id, version: value.version })
  }

  #codec(value: SchemaValue): Promise<Codec> {
    const key = `${value.id} ${value.schemaType ?? 'AVRO'} ${value.schema}`
    let codec = this.#codecs.get(key)
    if (codec === undefined) {
      codec = this.#registry.parsed(value).then(codecOf)
      this.#codecs.set(key, codec)
      codec.catch(() => this.#codecs.delete(key))
    }
    return codec
  }

  /** What the registry refuses is told with what was wanted of it. */
  async #asked<T>(answer: Promise<T>, why: string): Promise<T> {
    try {
      return await answer
    } catch (error) {
      if (!(error instanceof RestError) || error.status === 500) throw error
      throw serializationError(`${why}\n${error.message}; error code: ${error.errorCode}`)
    }
  }
}

function registered(
  codec: Codec,
  { subject, id, version }: { readonly subject: string; readonly id: number; readonly version: number },
): RegisteredSchema {
  return {
    format: codec.format,
    subject,
    id,
    version,
    async serialize(data) {
      let bytes: Buffer
      try {
        bytes = codec.encode(data)
      } catch (error) {
        throw error instanceof RestError ? error : badData(reason(error))
      }
      // Avro's null is no record to its serializer, which the real one does not expect.
      if (codec.format === 'avro' && data === null) throw internalError('null is not serialised by an Avro schema')
      const header = Buffer.alloc(HEADER)
      header.writeInt32BE(id, 1)
      return Buffer.concat([header, bytes])
    },
  }
}

/** @throws RestError 42207 where the strategy needs a name, and the schema has none */
function subjectOf(topic: string, query: SchemaQuery, { recordName }: Codec, isKey: boolean): string {
  const { subject, strategy = 'TOPIC_NAME' } = query
  if (subject !== undefined) return subject
  if (strategy === 'TOPIC_NAME') return byTopic(topic, isKey)
  if (recordName === undefined) {
    const [kind, name] = isKey ? ['key', 'KEY'] : ['value', 'VALUE']
    throw serializationError(
      `In configuration ${kind}.subject.name.strategy = ${strategy}, the message ${name.toLowerCase()} must only be a record schema`,
    )
  }
  return strategy === 'RECORD_NAME' ? recordName : `${topic}-${recordName}`
}

/** @throws RestError 400 where the strategy needs the schema that is asked for */
function subjectWithoutSchema(topic: string, query: SchemaQuery, isKey: boolean): string {
  const { subject, strategy } = query
  if (strategy !== undefined && needsName(strategy)) {
    throw badData(`Cannot use schema_subject_strategy=${strategy} without schema_id or schema.`)
  }
  return subject ?? byTopic(topic, isKey)
}

function needsName(strategy: SubjectNameStrategy): boolean {
  return strategy !== 'TOPIC_NAME'
}

function byTopic(topic: string, isKey: boolean): string {
  return isKey ? `${topic}-key` : `${topic}-value`
}

function demand(holds: boolean): void {
  if (!holds) throw unsupported()
}

/** What does not go together: the real one has no more to say of it. */
function unsupported(): RestError {
  return new RestError(400, 400, 'Unsupported argument: : null')
}

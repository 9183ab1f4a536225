import type { ProducerMessage, SentMessage } from '../../../client/index.ts'
import { unprocessable } from '../http/json.ts'
import type { RestCall } from '../http/service.ts'
import { RestAnswer } from '../http/service.ts'
import { type EmbeddedFormat, needsSchema } from './embedded-format.ts'
import { keySchemaMissing, producerCode, reason, valueSchemaMissing } from './errors.ts'
import { Fields } from './fields.ts'
import { sentFormat } from './negotiation.ts'
import { NotInMetadata, type ProxyClient } from './proxy-client.ts'
import { toBytes } from './schemaless.ts'
import type { RecordSchemas, RegisteredSchema } from './schemas/record-schemas.ts'

const REQUEST = ['records', 'key_schema_id', 'key_schema', 'value_schema_id', 'value_schema']

/**
 * Produces the records of a request of the second version.
 * @returns what does: its second argument is the partition that the request is sent to, for records that name none
 */
export function v2Produce(
  client: ProxyClient,
  schemas: RecordSchemas,
): (call: RestCall, partition: number | undefined) => Promise<unknown> {
  return async (call, partition) => {
    const format = sentFormat(call)
    const topic = call.param('topic')
    const fields = new Fields(await call.body(), REQUEST)
    const records = (fields.list('records') ?? []).map((one) => new Fields(one, ['partition', 'key', 'value']))
    if (records.length === 0) throw unprocessable('records must not be empty')
    const schemaOf = (name: 'key' | 'value'): Promise<RegisteredSchema | undefined> =>
      schemaIn(schemas, format, topic, fields, name)
    const [keySchema, valueSchema] = [await schemaOf('key'), await schemaOf('value')]
    const messages: ProducerMessage[] = []
    for (const record of records) {
      const to = record.integer('partition') ?? partition
      messages.push({
        topic,
        key: await bytesOf(format, keySchema, record.raw('key'), keySchemaMissing),
        value: await bytesOf(format, valueSchema, record.raw('value'), valueSchemaMissing),
        ...(to === undefined ? {} : { partition: to }),
      })
    }
    const sent = await client.producing((send) =>
      Promise.all(messages.map((message) => send(message).catch((error: Error) => error))),
    )
    const offsets = sent.map(offsetOf)
    const ids = { key_schema_id: keySchema?.id ?? null, value_schema_id: valueSchema?.id ?? null }
    return new RestAnswer({ offsets, ...ids }, { status: statusOf(offsets) })
  }
}

async function schemaIn(
  schemas: RecordSchemas,
  format: EmbeddedFormat,
  topic: string,
  fields: Fields,
  name: 'key' | 'value',
): Promise<RegisteredSchema | undefined> {
  const [id, schema] = [fields.integer(`${name}_schema_id`), fields.text(`${name}_schema`)]
  if (!needsSchema(format) || (id === undefined && schema === undefined)) return undefined
  return schemas.find(topic, { format: schema === undefined ? undefined : format, id, schema }, name === 'key')
}

async function bytesOf(
  format: EmbeddedFormat,
  schema: RegisteredSchema | undefined,
  data: unknown,
  missing: () => Error,
): Promise<Buffer | null> {
  if (!needsSchema(format)) return toBytes(format, data)
  if (schema !== undefined) return schema.serialize(data ?? null)
  if (data === undefined || data === null) return null
  throw missing()
}

interface OffsetAnswer {
  readonly partition: number | null
  readonly offset: number | null
  readonly error_code: number | null
  readonly error: string | null
}

function offsetOf(result: SentMessage | Error): OffsetAnswer {
  if (!(result instanceof Error)) return { ...result, error_code: null, error: null }
  // What is not in the metadata may come yet.
  const code = result instanceof NotInMetadata ? 50003 : producerCode(result)
  return { partition: null, offset: null, error_code: code, error: reason(result) }
}

/** Records that nobody may write are told above, too. */
function statusOf(offsets: readonly OffsetAnswer[]): number {
  const codes = offsets.map(({ error_code: code }) => code)
  const denied = codes.find((code) => code === 40101 || code === 40301)
  return denied === undefined || denied === null ? 200 : Math.floor(denied / 100)
}

import type { ConsumerMessage } from '../../../../client/index.ts'
import { type EmbeddedFormat, needsSchema } from '../embedded-format.ts'
import { fromBytes } from '../schemaless.ts'
import type { RecordSchemas } from '../schemas/record-schemas.ts'

/** A record as an answer of the second version tells it. */
export interface RecordAnswer {
  readonly topic: string
  readonly key: unknown
  readonly value: unknown
  readonly partition: number
  readonly offset: number
}

/** Whether a consumer of this format may be asked for records of another: all that have schemas are alike to the real one. */
export function isServedAs(format: EmbeddedFormat, wanted: EmbeddedFormat): boolean {
  return format === wanted || (needsSchema(format) && needsSchema(wanted))
}

/** Makes answers of records. Their size is that of the bytes or, where a schema has made something of them, that of the JSON. */
export function converterOf(
  format: EmbeddedFormat,
  schemas: RecordSchemas,
): (message: ConsumerMessage) => Promise<readonly [RecordAnswer, size: number]> {
  return async ({ topic, partition, offset, key, value }) => {
    const record = (read: { key: unknown; value: unknown }): RecordAnswer => ({ topic, ...read, partition, offset })
    if (!needsSchema(format)) {
      const size = (key?.length ?? 0) + (value?.length ?? 0)
      return [record({ key: fromBytes(format, key), value: fromBytes(format, value) }), size]
    }
    const read = {
      key: await schemas.read(format, topic, key, true),
      value: await schemas.read(format, topic, value, false),
    }
    return [record(read), sizeOf(read.key) + sizeOf(read.value)]
  }
}

function sizeOf(json: unknown): number {
  return json === null ? 0 : Buffer.byteLength(JSON.stringify(json))
}

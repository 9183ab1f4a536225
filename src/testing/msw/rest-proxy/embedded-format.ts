import { conversionFailed } from './errors.ts'

/** How keys and values are written in requests and answers of the second version. */
export type EmbeddedFormat = 'binary' | 'json'

/** What is asked for by a content type; undefined for one of no records. */
export function formatOf(contentType: string | null): EmbeddedFormat | 'avro' | undefined {
  const name = /^application\/vnd\.kafka\.(\w+)\.v2\+json/.exec(contentType ?? '')?.[1]
  if (name === 'binary' || name === 'json' || name === 'avro') return name
  return undefined
}

/** @throws RestError 42203 for what the format cannot say */
export function toBytes(format: EmbeddedFormat, value: unknown): Buffer | null {
  if (value === undefined || value === null) return null
  if (format === 'json') return Buffer.from(JSON.stringify(value))
  if (typeof value !== 'string' || !/^[A-Za-z0-9+/]*={0,2}$/.test(value)) {
    throw conversionFailed(`${JSON.stringify(value)} is not base64`)
  }
  return Buffer.from(value, 'base64')
}

/** @throws Error for bytes that are no JSON */
export function fromBytes(format: EmbeddedFormat, bytes: Buffer | null): unknown {
  if (bytes === null) return null
  return format === 'json' ? JSON.parse(bytes.toString()) : bytes.toString('base64')
}

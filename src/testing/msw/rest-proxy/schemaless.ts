import { badData, notDeserializable, reason } from './errors.ts'

/** What is produced without a schema. */
export type DataType = 'binary' | 'json' | 'string'

/**
 * The bytes of what a request gives as a key or a value; null for null.
 * @throws RestError 400 for what its type cannot say
 */
export function toBytes(type: DataType, data: unknown): Buffer | null {
  if (data === undefined || data === null) return null
  if (type === 'json') return Buffer.from(JSON.stringify(data))
  const isText = typeof data === 'string'
  if (type === 'string') {
    if (!isText) throw badData(`data=${JSON.stringify(data)} is not a string.`)
    return Buffer.from(data)
  }
  if (!isText) throw badData(`data=${JSON.stringify(data)} is not a base64 string.`)
  if (!isBase64(data)) throw badData(`data=${JSON.stringify(data)} is not a valid base64 string.`)
  return Buffer.from(data, 'base64')
}

/**
 * What an answer says of the bytes of a record.
 * @throws RestError 40801 for bytes that are no JSON
 */
export function fromBytes(type: 'binary' | 'json', bytes: Buffer | null): unknown {
  if (bytes === null) return null
  if (type === 'binary') return bytes.toString('base64')
  try {
    return JSON.parse(bytes.toString())
  } catch (error) {
    throw notDeserializable(reason(error))
  }
}

/** Padding may be left out; but no number of bytes has a length of 4n + 1. */
function isBase64(text: string): boolean {
  const digits = text.replace(/=+$/, '')
  return /^[A-Za-z0-9+/]*$/.test(digits) && digits.length % 4 !== 1 && text.length - digits.length <= 2
}

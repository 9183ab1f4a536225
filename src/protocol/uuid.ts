/** Kafka writes a UUID as the URL-safe base64 of its 16 bytes, without padding: 22 characters. */

/** The UUID that stands for none. */
export const ZERO_UUID = 'AAAAAAAAAAAAAAAAAAAAAA'

/** The text of the 16 bytes at `offset`. */
export function uuidFromBytes(bytes: Buffer, offset = 0): string {
  return bytes.toString('base64url', offset, offset + 16)
}

/** The 16 bytes of a UUID's text; a RangeError when the text is not one. */
export function uuidToBytes(uuid: string): Buffer {
  const bytes = Buffer.from(uuid, 'base64url')
  if (uuid.length !== 22 || bytes.length !== 16) throw new RangeError(`not a Kafka UUID: ${JSON.stringify(uuid)}`)
  return bytes
}

/** What the beginning of a request tells. */
import { apiInfo } from '../protocol/api-keys.ts'
import { requestHeaderVersion } from '../protocol/message.ts'
import { Produce } from '../protocol/messages/produce.ts'
import { Fault } from '../protocol/protocol-error.ts'
import { Reader } from '../protocol/reader.ts'
import { LENGTH_BYTES } from './frame-cutter.ts'

/** The least that a frame must have to be a request: api key, version, correlation id. */
export const SHORTEST_HEAD: number = LENGTH_BYTES + 8

/** Of which API a request is, in which version, and which answer is its. */
export interface RequestHead {
  readonly apiKey: number
  readonly version: number
  readonly correlationId: number
}

/** @param bytes a frame with its length, so far as it is here: {@link SHORTEST_HEAD} at least */
export function headOf(bytes: Buffer): RequestHead {
  return { apiKey: bytes.readInt16BE(4), version: bytes.readInt16BE(6), correlationId: bytes.readInt32BE(8) }
}

/**
 * Whether a request wants an answer: all do but a Produce with acks=0. Undefined where not enough of it is here to tell.
 * @param bytes a frame with its length, so far as it is here
 */
export function wantsAnswer(bytes: Buffer, { apiKey, version }: RequestHead): boolean | undefined {
  if (apiKey !== Produce.key) return true
  const info = apiInfo.get(apiKey)
  if (info === undefined || version > info.max) return true
  const isFlexible = version >= info.flexibleFrom
  const reader = new Reader(bytes, SHORTEST_HEAD)
  try {
    if (requestHeaderVersion(apiKey, version, info.flexibleFrom) > 0) reader.take(Math.max(0, reader.int16()))
    if (isFlexible) {
      for (let tags = reader.varint(); tags > 0; tags--) {
        reader.varint()
        reader.take(reader.varint())
      }
    }
    // The transactional id.
    if (version >= 3) reader.take(Math.max(0, isFlexible ? reader.varint() - 1 : reader.int16()))
    return reader.int16() !== 0
  } catch (error) {
    if (error instanceof Fault) return undefined
    throw error
  }
}

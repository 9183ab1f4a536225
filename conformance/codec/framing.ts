import {
  decodeKey,
  decodeMetadataRecord,
  decodeValue,
  encodeMetadataRecord,
  encodeRecord,
} from '../../src/protocol/log-record.ts'
import type { Message } from '../../src/protocol/message.ts'
import type { KafkaMessage } from './kafka.ts'

type Framing = KafkaMessage['framing']

/** A message with what stands before it in a log, if that is where it stands. */
export function encodeFramed(framing: Framing, message: Message<object>, value: object, version: number): Buffer {
  if (framing === 'PLAIN') return message.encode(value, version)
  return framing === 'METADATA' ? encodeMetadataRecord(message, value, version) : encodeRecord(message, value, version)
}

/** Reads what {@link encodeFramed} writes. */
export function decodeFramed(framing: Framing, message: Message<object>, bytes: Buffer, version: number): object {
  if (framing === 'PLAIN') return message.decode(bytes, version)
  if (framing === 'KEY') return decodeKey(message, bytes)
  const read = framing === 'METADATA' ? decodeMetadataRecord(message, bytes) : decodeValue(message, bytes)
  if (read.version !== version) throw new RangeError(`it is of version ${read.version}`)
  return read.value
}

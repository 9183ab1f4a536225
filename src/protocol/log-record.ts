/**
 * How messages become the keys and values of log records.
 * - A coordinator's record (`__consumer_offsets`, `__transaction_state`, `__share_group_state`): an int16, then the message.
 *   Before a key the int16 is the type of the record, before a value the version of its layout. A consumer's subscription and
 *   assignment, and the markers of transactions, have the version in front in the same way.
 * - A metadata record: three unsigned varints (the version of this frame, the type, the version), then the message.
 */
import { type Input, type Message, ProtocolError } from './message.ts'
import { Fault } from './protocol-error.ts'
import { Reader } from './reader.ts'
import { sizeOfUnsignedVarint, writeUnsignedVarint } from './varint.ts'

const PREFIX_SIZE = 2
const METADATA_FRAME_VERSION = 1

/** A message with an int16 in front: its record type when it is the key of a coordinator's record, else its version. */
export function encodeRecord<T>(message: Message<T>, value: Input<T>, version: number): Buffer {
  const [bytes] = message.encodeSlices(value, version, PREFIX_SIZE) as [Buffer]
  bytes.writeInt16BE(isKey(message) ? message.recordType : version, 0)
  return bytes
}

/** The int16 in front of a record's key or value: a key's record type, a value's version. */
export function recordPrefix(bytes: Buffer): number {
  if (bytes.length < PREFIX_SIZE) throw new ProtocolError('record', 0, '', 0, `only ${bytes.length} bytes`)
  return bytes.readInt16BE(0)
}

/** Reads a key, which must be of the message's record type. Keys have but one version. */
export function decodeKey<T>(message: Message<T>, bytes: Buffer): T {
  const type = recordPrefix(bytes)
  if (type !== message.recordType) {
    throw new ProtocolError(message.name, 0, '', 0, `the key of a record of type ${type}, not ${message.recordType}`)
  }
  return message.decode(bytes, message.versions.max, PREFIX_SIZE)
}

/** Reads a value in the version that it names. */
export function decodeValue<T>(message: Message<T>, bytes: Buffer): { version: number; value: T } {
  const version = recordPrefix(bytes)
  return { version, value: message.decode(bytes, version, PREFIX_SIZE) }
}

/**
 * Reads a consumer's subscription or assignment as its peers do: a version newer than the newest known is read as that one,
 * and what follows is left alone, so that an older consumer can lead a newer one's group.
 */
export function decodeForward<T>(message: Message<T>, bytes: Buffer): { version: number; value: T } {
  const version = recordPrefix(bytes)
  const known = Math.min(version, message.versions.max)
  return { version, value: message.decode(bytes, known, PREFIX_SIZE, 'ignore') }
}

function isKey(message: Message<unknown>): boolean {
  return message.recordType >= 0 && message.name.endsWith('Key')
}

/** A record of the metadata log. */
export function encodeMetadataRecord<T>(message: Message<T>, value: Input<T>, version: number): Buffer {
  const size = 1 + sizeOfUnsignedVarint(message.recordType) + sizeOfUnsignedVarint(version)
  const [bytes] = message.encodeSlices(value, version, size) as [Buffer]
  let offset = writeUnsignedVarint(bytes, 0, METADATA_FRAME_VERSION)
  offset = writeUnsignedVarint(bytes, offset, message.recordType)
  writeUnsignedVarint(bytes, offset, version)
  return bytes
}

/** What is in front of a metadata record: its type, its version, and where the message begins. */
export function decodeMetadataPrefix(bytes: Buffer): { recordType: number; version: number; offset: number } {
  const reader = new Reader(bytes, 0)
  try {
    const frameVersion = reader.varint()
    if (frameVersion !== METADATA_FRAME_VERSION) throw new Fault(`frame version ${frameVersion}`, 0)
    return { recordType: reader.varint(), version: reader.varint(), offset: reader.position }
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    throw new ProtocolError('metadata record', 0, '', error.offset, error.message)
  }
}

/** Reads a metadata record, which must be of the message's type. */
export function decodeMetadataRecord<T>(message: Message<T>, bytes: Buffer): { version: number; value: T } {
  const { recordType, version, offset } = decodeMetadataPrefix(bytes)
  if (recordType !== message.recordType) {
    throw new ProtocolError(message.name, version, '', 0, `a record of type ${recordType}, not ${message.recordType}`)
  }
  return { version, value: message.decode(bytes, version, offset) }
}

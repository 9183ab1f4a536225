import type { Config } from '../config/config.ts'
import { isAtLeast } from '../config/versions.ts'
import type { Encodable } from '../encoder.ts'
import { ConfigurationError } from '../errors/client-errors.ts'
import { ErrInvalidTimestamp, ErrInvalidTopic, ErrMessageSizeTooLarge } from '../errors/kafka-errors.ts'
import type { ProducerMessage } from './producer-message.ts'

/** A key or a value as bytes, or as text whose UTF-8 is written. */
export type Encoded = string | Uint8Array | null

/** What a record of a v2 batch takes at most beside its key, its value and its headers (Sarama's estimate). */
const RECORD_OVERHEAD = 36
/** The same of a message before Kafka 0.11. */
const MESSAGE_OVERHEAD = 26
/** Of a header: two lengths. */
const HEADER_OVERHEAD = 10
/** UTF-8 has no more bytes for a UTF-16 unit. */
const MAX_BYTES_PER_UNIT = 3

/** Looks at messages before they are partitioned: whether they can be sent at all, and how large they are. */
export class MessageCheck {
  private readonly maxBytes: number
  private readonly overhead: number
  private readonly hasHeaders: boolean

  constructor(config: Config) {
    this.maxBytes = config.producer.maxMessageBytes
    this.hasHeaders = isAtLeast(config.version, '0.11.0.0')
    this.overhead = this.hasHeaders ? RECORD_OVERHEAD : MESSAGE_OVERHEAD
  }

  /**
   * About how many bytes a message takes in a batch.
   * @throws ErrMessageSizeTooLarge above `producer.maxMessageBytes` by Sarama's estimate; ErrInvalidTopic, ErrInvalidTimestamp, ConfigurationError for headers before
   * Kafka 0.11, TypeError for what is no key, value or header
   */
  weigh(message: ProducerMessage, key: Encoded, value: Encoded): number {
    const { topic, headers, timestamp } = message
    if (typeof topic !== 'string' || topic === '')
      throw new ErrInvalidTopic(`kafka: a message's topic is ${String(topic)}`)
    if (timestamp !== undefined && !(Number.isSafeInteger(timestamp) && timestamp >= 0)) {
      throw new ErrInvalidTimestamp(
        `kafka: a message's timestamp is ${timestamp}: milliseconds since 1970 are whole and not negative`,
      )
    }
    let size = this.overhead + (key === null ? 0 : key.length) + (value === null ? 0 : value.length)
    if (headers !== undefined && headers.length > 0) {
      if (!this.hasHeaders) throw new ConfigurationError('Producing headers requires Kafka at least v0.11')
      size += sizeOfHeaders(headers)
    }
    if (
      size > this.maxBytes ||
      (size * MAX_BYTES_PER_UNIT > this.maxBytes && this.exact(size, key, value) > this.maxBytes)
    ) {
      throw new ErrMessageSizeTooLarge(
        `kafka: Attempt to produce message larger than configured producer.maxMessageBytes: ${this.exact(size, key, value)} > ${this.maxBytes}`,
      )
    }
    return size
  }

  /** Texts count as many bytes as they have units, until it matters. */
  private exact(size: number, key: Encoded, value: Encoded): number {
    return size + excess(key) + excess(value)
  }
}

/**
 * A key or a value as it is written.
 * @throws what its encoder throws, TypeError for what is none
 */
export function encoded(part: Encodable | null | undefined, what: 'key' | 'value'): Encoded {
  if (part === undefined || part === null) return null
  if (typeof part === 'string' || part instanceof Uint8Array) return part
  if (typeof part.encode !== 'function') {
    throw new TypeError(`A message's ${what} must be a string, bytes or an encoder, and is ${describe(part)}`)
  }
  const bytes: unknown = part.encode()
  if (!(bytes instanceof Uint8Array))
    throw new TypeError(`The encoder of a message's ${what} made ${describe(bytes)}, not bytes`)
  return bytes
}

function excess(text: Encoded): number {
  return typeof text === 'string' ? Buffer.byteLength(text) - text.length : 0
}

function sizeOfHeaders(headers: NonNullable<ProducerMessage['headers']>): number {
  let size = 0
  for (const { key, value } of headers) {
    if (typeof key !== 'string')
      throw new TypeError(`The key of a message's header must be a string, and is ${describe(key)}`)
    if (
      value !== null &&
      value !== undefined &&
      typeof value !== 'string' &&
      !((value as unknown) instanceof Uint8Array)
    ) {
      throw new TypeError(`The value of a message's header must be a string, bytes or null, and is ${describe(value)}`)
    }
    size +=
      HEADER_OVERHEAD + Buffer.byteLength(key) + (value === null || value === undefined ? 0 : Buffer.byteLength(value))
  }
  return size
}

function describe(value: unknown): string {
  return value === null ? 'null' : typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

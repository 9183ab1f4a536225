import { unprocessable } from '../../http/json.ts'
import { RestError } from '../../http/rest-error.ts'
import { type EmbeddedFormat, isFormat } from '../embedded-format.ts'
import { invalidConsumerConfig, invalidConsumerConstraint } from '../errors.ts'
import { Fields } from '../fields.ts'

/** How a consumer of the proxy is made. */
export interface InstanceOptions {
  readonly group: string
  readonly name: string
  readonly format: EmbeddedFormat
  /** Where to begin without a committed offset. */
  readonly reset: OffsetReset
  readonly autoCommit: boolean
  /** So many bytes a request for records waits for; -1: for as many as come before its timeout; undefined: for what is there. */
  readonly minBytes: number | undefined
  /** How long a request for records waits at most, in ms. */
  readonly timeoutMs: number
}

export type OffsetReset = 'earliest' | 'latest' | 'none'

/** `consumer.request.timeout.ms` of the real one where nobody has set it. */
const TIMEOUT_MS = 1000
const MIN_BYTES = [-1, 10_000_000] as const

/**
 * Reads the body of a request that makes a consumer.
 * @param nameless gives a name to one that has none
 * @throws RestError 400 and 422 for what the real one cannot read, 40001, 42204 for what Kafka's consumer does not take
 */
export function instanceOptions(body: unknown, group: string, nameless: () => string): InstanceOptions {
  const fields = new Fields(body, [
    'id',
    'name',
    'format',
    'auto.offset.reset',
    'auto.commit.enable',
    'fetch.min.bytes',
    'responseMinBytes',
    'consumer.request.timeout.ms',
    'requestWaitMs',
  ])
  const format = (fields.text('format') ?? 'binary').toLowerCase()
  if (format === 'string') throw new RestError(500, 500, 'Invalid embedded format STRING for new consumer.')
  if (!isFormat(format)) throw unprocessable('Invalid format type.')
  const minBytes = fields.integer('fetch.min.bytes') ?? fields.integer('responseMinBytes')
  if (minBytes !== undefined && (minBytes < MIN_BYTES[0] || minBytes > MIN_BYTES[1])) {
    throw invalidConsumerConstraint(`fetch.min.bytes is ${MIN_BYTES[0]} to ${MIN_BYTES[1]}, not ${minBytes}`)
  }
  return {
    group,
    name: fields.text('id') ?? fields.text('name') ?? nameless(),
    format,
    reset: offsetReset(fields.text('auto.offset.reset') ?? 'latest'),
    autoCommit: flag(fields.text('auto.commit.enable') ?? 'true'),
    minBytes,
    timeoutMs: fields.integer('consumer.request.timeout.ms') ?? fields.integer('requestWaitMs') ?? TIMEOUT_MS,
  }
}

function offsetReset(value: string): OffsetReset {
  if (value === 'earliest' || value === 'latest' || value === 'none') return value
  throw invalidConsumerConfig(
    `Invalid value ${value} for configuration auto.offset.reset: it is earliest, latest or none`,
  )
}

function flag(value: string): boolean {
  const name = value.trim().toLowerCase()
  if (name === 'true' || name === 'false') return name === 'true'
  throw invalidConsumerConfig(
    `Invalid value ${value} for configuration enable.auto.commit: Expected value to be either true or false`,
  )
}

import { brand, isBranded } from '../protocol/brand.ts'
import { ErrorCode, type ErrorName } from '../protocol/errors.ts'
import type { Input } from '../protocol/message.ts'
import type { AnswerError } from './entity-layout.ts'
import { meant } from './nearest.ts'

/** When something happens: before the broker has done the work, or after. */
export type At = 'before' | 'after'

/**
 * What is wrong with the bytes of an answer: `crc` (no batch in it has the right checksum), `truncated` (its last batch lacks its end),
 * `frame` (the connection closes in the middle of the answer), `garbage` (as many bytes as the answer has, but any).
 */
export type Corruption = 'crc' | 'truncated' | 'frame' | 'garbage'

/** How slowly an answer comes. */
export interface Trickle {
  /** Bytes of each piece. Default: what `bytesPerSecond` gives in `delay`, or else 1. */
  readonly chunk?: number
  /** ms between two pieces. Default: 100 with `bytesPerSecond`, or else 1. */
  readonly delay?: number
  readonly bytesPerSecond?: number
}

/** What becomes of a request. */
export type Verdict =
  | { readonly kind: 'error'; readonly error: AnswerError }
  | { readonly kind: 'response'; readonly body: Input<object> }
  | { readonly kind: 'disconnect' }
  | { readonly kind: 'drop' }
  | { readonly kind: 'throttle'; readonly ms: number }
  | { readonly kind: 'corrupt'; readonly how: Corruption }
  | { readonly kind: 'trickle'; readonly chunk: number; readonly delayMs: number }

const KAFKA_RESPONSE = 'KafkaResponse'
const CORRUPTIONS: readonly string[] = ['crc', 'truncated', 'frame', 'garbage']
const MS_PER_SECOND = 1000

/** What a resolver answers a request with: returned, or thrown. */
export class KafkaResponse {
  /** What is done to the request. */
  readonly kind: 'error' | 'response' | 'disconnect' | 'drop' | 'throttle' | 'corrupt' | 'trickle'
  /** @internal */
  readonly verdict: Verdict
  /** @internal When it was said to happen. */
  readonly at: At | undefined

  static {
    brand(KafkaResponse, KAFKA_RESPONSE)
  }

  static [Symbol.hasInstance](value: unknown): boolean {
    return isBranded(value, KAFKA_RESPONSE)
  }

  private constructor(verdict: Verdict, at?: At) {
    this.kind = verdict.kind
    this.verdict = verdict
    this.at = at
  }

  /**
   * An error of Kafka, by its name: for all that the handler matches, while the rest of the request goes its way. Given before the work,
   * but for REQUEST_TIMED_OUT and NOT_ENOUGH_REPLICAS_AFTER_APPEND, which say that it was done; `at` of the handler overrides.
   * @param message stands beside the error where the API has room for it
   * @throws TypeError for what is no error of Kafka
   */
  static error(name: ErrorName, message?: string): KafkaResponse {
    if (!Object.hasOwn(ErrorCode, name) || name === 'NONE') {
      const hint = meant(String(name), Object.keys(ErrorCode))
      throw new TypeError(`KafkaResponse.error: Kafka has no error ${String(name)}${hint}`)
    }
    return new KafkaResponse({ kind: 'error', error: { name, message } })
  }

  /** A response to the whole request. What is left out has its default. */
  static response<Response extends object>(body: Input<Response>): KafkaResponse {
    if (typeof body !== 'object' || body === null) {
      throw new TypeError(`KafkaResponse.response wants the fields of a response, not ${String(body)}`)
    }
    return new KafkaResponse({ kind: 'response', body: body as Input<object> })
  }

  /** The connection closes instead of an answer: before the work (the default), or after it, when the record is there and the answer is not. */
  static disconnect({ at }: { readonly at?: At } = {}): KafkaResponse {
    return new KafkaResponse({ kind: 'disconnect' }, checkedAt('disconnect', at))
  }

  /** Nothing comes back, and the connection stays open: the request was lost (the default), or `after` the work the answer was. */
  static drop({ at }: { readonly at?: At } = {}): KafkaResponse {
    return new KafkaResponse({ kind: 'drop' }, checkedAt('drop', at))
  }

  /** The answer says that the client is over its quota for so many ms, and for as long its connection is not read (KIP-219). */
  static throttle(ms: number): KafkaResponse {
    if (!Number.isSafeInteger(ms) || ms < 0) {
      throw new TypeError(`KafkaResponse.throttle: ms is a whole number from 0 on, not ${String(ms)}`)
    }
    return new KafkaResponse({ kind: 'throttle', ms })
  }

  /** The answer's bytes are not what they should be; what is stored stays as it is. */
  static corrupt(how: Corruption): KafkaResponse {
    if (!CORRUPTIONS.includes(how)) {
      throw new TypeError(`KafkaResponse.corrupt: there is no '${String(how)}'; there are ${CORRUPTIONS.join(', ')}`)
    }
    return new KafkaResponse({ kind: 'corrupt', how })
  }

  /** The answer comes in pieces, slowly. */
  static trickle({ bytesPerSecond, chunk, delay }: Trickle = {}): KafkaResponse {
    if (bytesPerSecond !== undefined) checkedNumber('trickle', 'bytesPerSecond', bytesPerSecond, 1)
    const delayMs = checkedNumber(
      'trickle',
      'delay',
      delay ?? (bytesPerSecond === undefined ? 1 : MS_PER_SECOND / 10),
      0,
    )
    const share = bytesPerSecond === undefined ? 1 : Math.max(1, Math.round((bytesPerSecond * delayMs) / MS_PER_SECOND))
    return new KafkaResponse({ kind: 'trickle', chunk: checkedNumber('trickle', 'chunk', chunk ?? share, 1), delayMs })
  }
}

function checkedAt(word: string, at: At | undefined): At | undefined {
  if (at !== undefined && at !== 'before' && at !== 'after') {
    throw new TypeError(`KafkaResponse.${word}: at is 'before' or 'after', not ${String(at)}`)
  }
  return at
}

function checkedNumber(word: string, name: string, value: number, least: number): number {
  if (typeof value !== 'number' || !(value >= least) || !Number.isFinite(value)) {
    throw new TypeError(`KafkaResponse.${word}: ${name} is a number from ${least} on, not ${String(value)}`)
  }
  return value
}

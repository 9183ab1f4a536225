import { inspect } from 'node:util'
import type { AnyHandler } from 'msw'
import type { RequestHandler } from '../../../intercept/handler.ts'

/** What a network takes: msw's handlers, and those that `kafka.produce({ … }, () => …)` makes. */
export type NetworkHandler = AnyHandler | RequestHandler

/** The kind of handlers that msw does not know. */
export const KAFKA = 'kafka'

/** A handler for Kafka as msw keeps its own: by its kind, with what is called when handlers are reset, restored and dropped. */
export class KafkaHandler {
  readonly kind: typeof KAFKA = KAFKA
  readonly handler: RequestHandler
  readonly #dropped: (handler: RequestHandler) => void

  constructor(handler: RequestHandler, dropped: (handler: RequestHandler) => void) {
    this.handler = handler
    this.#dropped = dropped
  }

  /** It stays. The cluster forgets what it has spent, when the controller has the cluster start anew. */
  reset(): void {}

  /** The cluster does it for all of its handlers at once. */
  restore(): void {}

  /** It goes: the cluster asks it no more. */
  dispose(): void {
    this.#dropped(this.handler)
  }
}

/** @throws TypeError for what is no handler, be it msw's or Kafka's */
export function isForKafka(handler: NetworkHandler): handler is RequestHandler {
  if (Array.isArray(handler)) throw new TypeError('a network wants handlers: spread the list of them, …handlers')
  const { kind, matches, resolve, description } = (handler ?? {}) as Partial<RequestHandler & { kind: string }>
  if (typeof kind === 'string') return false
  if (typeof matches !== 'function') {
    throw new TypeError(`a network wants handlers, as http.get or kafka.produce make them, not ${inspect(handler)}`)
  }
  if (typeof resolve !== 'function') {
    throw new TypeError(
      `a network wants handlers; ${description} has no resolver: give it one, or hand it to cluster.gate()`,
    )
  }
  return true
}

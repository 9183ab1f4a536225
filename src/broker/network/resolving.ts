import { types } from 'node:util'
import {
  HandlerFault,
  type InterceptedRequest,
  type Match,
  PASSTHROUGH,
  type RequestHandler,
  type Resolution,
  type ResolverInfo,
} from '../../intercept/handler.ts'
import type { HandlerList } from '../../intercept/handler-list.ts'
import { KafkaResponse } from '../../intercept/kafka-response.ts'
import { Signal } from '../signal.ts'
import type { WaitQueue } from '../wait-queue.ts'
import { type Reply, Waiting } from '../waiting.ts'

/** What a resolver came to; in an object, since there is nothing of which a wait takes undefined for an answer. */
export interface Resolved {
  readonly resolution: Resolution
}

/** The work that a handler has the broker do, done at most once. */
export interface Work {
  /** Whether it has begun. */
  readonly isBegun: boolean
  /** Does it; `done` hears the decoded answer. */
  perform(done: (answer: object | undefined) => void, failed: (error: unknown) => void): void
  /** Gives it up: nobody wants the answer any more. */
  cancel(): void
}

/** What resolving takes. */
export interface ResolvingOptions {
  readonly handler: RequestHandler
  readonly request: InterceptedRequest
  readonly match: Match
  readonly broker: unknown
  readonly queue: WaitQueue
  readonly handlers: HandlerList
  readonly work: Work
}

/** Asks a handler what becomes of a request. Nothing but the request's own connection waits for it. */
export function resolving(options: ResolvingOptions): Reply<Resolved> {
  return new Resolving(options).begin()
}

class Resolving {
  private readonly options: ResolvingOptions
  private readonly abort = new AbortController()
  private readonly settled: GivenUp
  private outcome: (() => Resolved) | undefined
  private letGo: () => void = () => {}

  constructor(options: ResolvingOptions) {
    this.options = options
    this.settled = new GivenUp(() => {
      // Nobody is left to hear it: the client is gone, or the broker.
      if (this.outcome !== undefined) return
      this.letGo()
      options.work.cancel()
      this.abort.abort(new Error('the connection is closed'))
    })
  }

  begin(): Reply<Resolved> {
    const { handler } = this.options
    let resolution: Resolution | Promise<Resolution>
    try {
      resolution = handler.resolve(this.info())
    } catch (error) {
      return { resolution: this.thrown(error) }
    }
    // Of any realm: a test may run in a context of its own.
    if (!types.isPromise(resolution)) return { resolution: resolution as Resolution }
    const { handlers } = this.options
    this.letGo = handlers.hold(handler, (how) => {
      if (how === 'passes') this.settle(() => ({ resolution: PASSTHROUGH }))
      this.abort.abort(new Error('the handlers were reset, or the cluster was stopped'))
    })
    ;(resolution as Promise<Resolution>).then(
      (given) => this.settle(() => ({ resolution: given })),
      (error: unknown) => this.settle(() => ({ resolution: this.thrown(error) })),
    )
    return Waiting.until<Resolved>({ on: [this.settled], ask: () => this.outcome?.() })
  }

  /** @throws HandlerFault for what is no answer */
  private thrown(error: unknown): KafkaResponse {
    if (error instanceof KafkaResponse) return error
    throw error instanceof HandlerFault ? error : new HandlerFault(this.options.handler, error)
  }

  private settle(outcome: () => Resolved): void {
    // What comes later nobody waits for any more.
    if (this.outcome !== undefined || this.abort.signal.aborted) return
    this.outcome = outcome
    this.letGo()
    this.options.queue.turn(() => this.settled.mark())
  }

  private info(): ResolverInfo<unknown, unknown> {
    const { request, match, broker, queue, work } = this.options
    const { requestId, version, client, nodeId, body } = request
    const { signal } = this.abort
    return {
      request: body,
      requestId,
      api: request.api.name,
      version,
      client,
      nodeId,
      broker,
      match,
      signal,
      delay: (ms) => delayed(queue, ms, signal),
      passthrough: () => PASSTHROUGH,
      perform: () => {
        const performed = new Promise<object | undefined>((resolve, reject) => {
          if (signal.aborted) reject(signal.reason)
          else queue.perform(() => work.perform(resolve, reject))
        })
        return heard(performed)
      },
    }
  }
}

/** Hears when whoever waited for it has gone. */
class GivenUp extends Signal {
  private readonly gone: () => void

  constructor(gone: () => void) {
    super()
    this.gone = gone
  }

  override remove(waiter: Parameters<Signal['remove']>[0]): void {
    super.remove(waiter)
    this.gone()
  }
}

function delayed(queue: WaitQueue, ms: number, signal: AbortSignal): Promise<void> {
  if (typeof ms !== 'number' || !(ms >= 0)) {
    return Promise.reject(new TypeError(`delay wants a number of milliseconds, not ${String(ms)}`))
  }
  const passed = new Promise<void>((resolve, reject) => {
    const stop = (): void => {
      timer.cancel()
      reject(signal.reason)
    }
    const timer = queue.after(ms, () => {
      signal.removeEventListener('abort', stop)
      resolve()
    })
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
  })
  return heard(passed)
}

/** A resolver that is given up may not be there any more to hear that what it waits for is. */
function heard<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {})
  return promise
}

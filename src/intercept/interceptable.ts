import type { HandlerCall, RequestHandler, RequestMatcher } from './handler.ts'
import type { HandlerList, HandlersInUse } from './handler-list.ts'
import { GateHandler, type GateOptions, type RequestGate } from './request-gate.ts'

/** What requests come to, and handlers stand before: a cluster, or a proxy; in msw's words. */
export abstract class Interceptable {
  /** @internal */
  protected readonly handlers: HandlerList

  /** @internal */
  protected constructor(handlers: HandlerList) {
    this.handlers = handlers
  }

  /**
   * Puts handlers before the handlers that are there: they may answer requests in the brokers' place. What is returned takes these away again, when
   * it is called or at the end of a `using`.
   * @throws TypeError for what is no handler
   */
  use(...handlers: readonly RequestHandler[]): HandlersInUse {
    return this.handlers.use(...handlers)
  }

  /**
   * Holds every request that a matcher is about, until the gate is opened.
   *
   * ```ts
   * const gate = cluster.gate(kafka.offsetCommit({ group: 'billing' }))
   * await gate.reached
   * gate.open()
   * ```
   */
  gate(matcher: RequestMatcher, options?: GateOptions): RequestGate {
    const handler = new GateHandler(matcher, options)
    const remove = this.handlers.use(handler)
    return handler.gate(remove)
  }

  /** The requests that a handler acted on since it was put to use, the last thousand of them. */
  calls(handler: RequestHandler): readonly HandlerCall[] {
    return this.handlers.calls(handler)
  }

  /**
   * Takes away what `use` and `gate` added, and lets go of the requests that these hold. Handlers that are given take the place of those that
   * it was started with.
   */
  resetHandlers(...next: readonly RequestHandler[]): void {
    this.handlers.resetHandlers(...next)
  }

  /** Has handlers that have acted as often as they were to act again. */
  restoreHandlers(): void {
    this.handlers.restoreHandlers()
  }

  /** The handlers in the order in which they are asked. */
  listHandlers(): readonly RequestHandler[] {
    return this.handlers.listHandlers()
  }

  /**
   * The handlers of `use`, of `gate` and of the option `handlers` that have acted on no request, in the order in which they were put to use; those
   * that were taken away again count until `resetHandlers`. A test that injects nothing tests nothing: `expect(cluster.neverFired()).toEqual([])`.
   */
  neverFired(): readonly RequestHandler[] {
    return this.handlers.neverFired()
  }
}

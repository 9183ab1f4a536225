import type { InterceptedRequest, RequestHandler } from './handler.ts'

/**
 * The handlers of a cluster (or of a proxy), newest first, with msw's words: `use` adds some for a while, `resetHandlers`
 * takes those away again, `restoreHandlers` gives those back their `once` that have spent it.
 */
export class HandlerList {
  private initial: readonly RequestHandler[]
  private handlers: readonly RequestHandler[]
  private readonly spent = new Set<RequestHandler>()

  /** @param initial what stays when the list is reset */
  constructor(initial: readonly RequestHandler[] = []) {
    for (const handler of initial) check(handler)
    this.initial = initial
    this.handlers = initial
  }

  /** Whether nobody would be asked. */
  get isEmpty(): boolean {
    return this.handlers.length === 0
  }

  /**
   * Puts handlers before all others. The function returned takes these away again.
   * @throws TypeError for what is no handler
   */
  use(...handlers: readonly RequestHandler[]): () => void {
    for (const handler of handlers) check(handler)
    for (const handler of handlers) this.spent.delete(handler)
    this.handlers = [...handlers, ...this.handlers]
    return () => {
      this.handlers = this.handlers.filter((handler) => !handlers.includes(handler))
    }
  }

  /** Takes away what `use` added. Handlers that are given become those that stay. */
  resetHandlers(...next: readonly RequestHandler[]): void {
    for (const handler of next) check(handler)
    if (next.length > 0) this.initial = next
    this.handlers = this.initial
    this.spent.clear()
  }

  /** Has handlers that answered once answer once again. */
  restoreHandlers(): void {
    this.spent.clear()
  }

  /** The handlers in the order in which they are asked. */
  listHandlers(): readonly RequestHandler[] {
    return this.handlers
  }

  /** Those that are about this request, in their order; a `once` is spent as its handler is given out. */
  *matching(request: InterceptedRequest): Generator<RequestHandler, void, undefined> {
    for (const handler of this.handlers) {
      if (this.spent.has(handler) || !handler.matches(request)) continue
      if (handler.once) this.spent.add(handler)
      yield handler
    }
  }
}

function check(handler: RequestHandler): void {
  if (typeof handler?.matches !== 'function' || typeof handler.resolve !== 'function') {
    throw new TypeError(`use() wants handlers, such as respond(Fetch, …) makes them, not ${String(handler)}`)
  }
}

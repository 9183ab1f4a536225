import type { HandlerCall, InterceptedRequest, Match, RequestHandler, RequestMatcher } from './handler.ts'
import { hasResolver } from './made-handler.ts'

/** Takes handlers away again: called, or at the end of a `using`. */
export interface HandlersInUse extends Disposable {
  (): void
}

/** Lets go of a request that a handler holds: it goes its way, or comes to nothing. */
export type Release = (how: 'passes' | 'ends') => void

/** How many calls of a handler are remembered: the last ones. */
const REMEMBERED = 1000

/** What a cluster knows of a handler of its own. */
interface Use {
  /** How many requests matched that it did not skip. */
  spent: number
  skipped: number
  readonly calls: HandlerCall[]
}

/**
 * The handlers of a cluster (or of a proxy), newest first, with msw's words: `use` adds some for a while, `resetHandlers`
 * takes those away again, `restoreHandlers` gives those back their `once` that have spent it.
 */
export class HandlerList {
  private initial: readonly RequestHandler[]
  private handlers: readonly RequestHandler[]
  private readonly uses = new Map<RequestHandler, Use>()
  /** On how many requests each has acted that was put to use since the last reset, those included that were taken away again. */
  private fired: Map<RequestHandler, number>
  /** Requests that a handler holds, and how they are let go. */
  private readonly holds = new Map<Release, RequestHandler>()
  private readonly chance: () => number
  private readonly serves: (apiKey: number) => boolean

  /**
   * @param initial what stays when the list is reset
   * @param chance a number from 0 up to 1, for handlers that act with a probability
   * @param serves whether anybody will ever be asked for an API: a handler for one that is not served would be forgotten in silence
   */
  constructor(
    initial: readonly RequestHandler[] = [],
    chance: () => number = () => 0,
    serves: (apiKey: number) => boolean = () => true,
  ) {
    this.chance = chance
    this.serves = serves
    for (const handler of initial) this.check(handler)
    this.initial = initial
    this.handlers = initial
    this.fired = new Map(initial.map((handler) => [handler, 0]))
  }

  /** Whether nobody would be asked. */
  get isEmpty(): boolean {
    return this.handlers.length === 0
  }

  /**
   * Puts handlers before all others. What is returned takes these away again.
   * @throws TypeError for what is no handler
   */
  use(...handlers: readonly RequestHandler[]): HandlersInUse {
    for (const handler of handlers) this.check(handler)
    for (const handler of handlers) {
      this.uses.delete(handler)
      if (!this.fired.has(handler)) this.fired.set(handler, 0)
    }
    this.handlers = [...handlers, ...this.handlers]
    const remove = (): void => {
      this.handlers = this.handlers.filter((handler) => !handlers.includes(handler))
      for (const handler of handlers) handler.removed?.()
    }
    return Object.assign(remove, { [Symbol.dispose]: remove })
  }

  /** Takes away what `use` added, and lets go of the requests that these hold. Handlers that are given become those that stay. */
  resetHandlers(...next: readonly RequestHandler[]): void {
    for (const handler of next) this.check(handler)
    if (next.length > 0) this.initial = next
    const dropped = this.handlers.filter((handler) => !this.initial.includes(handler))
    this.handlers = this.initial
    this.uses.clear()
    this.fired = new Map(this.initial.map((handler) => [handler, this.fired.get(handler) ?? 0]))
    for (const handler of dropped) handler.removed?.()
    for (const [release, handler] of [...this.holds]) if (dropped.includes(handler)) release('passes')
  }

  /** Has handlers that have acted as often as they were to act again. */
  restoreHandlers(): void {
    for (const use of this.uses.values()) {
      use.spent = 0
      use.skipped = 0
    }
  }

  /** The handlers in the order in which they are asked. */
  listHandlers(): readonly RequestHandler[] {
    return this.handlers
  }

  /** The requests that a handler acted on since it was put to use, the last thousand of them. @throws TypeError for what is no handler */
  calls(handler: RequestHandler): readonly HandlerCall[] {
    check(handler)
    return [...(this.uses.get(handler)?.calls ?? [])]
  }

  /**
   * Those that have acted on no request, in the order in which they were put to use: those that are there, and those that were taken away
   * since the last reset. To act is to match when it is neither spent nor skipping; what the resolver then says does not matter, nor does
   * `restoreHandlers`, which gives back what was spent and takes back nothing that was done. Of those that stay when the list is reset what they did
   * before the reset counts too.
   */
  neverFired(): readonly RequestHandler[] {
    return [...this.fired].flatMap(([handler, times]) => (times === 0 ? [handler] : []))
  }

  /** Ends it: nobody is asked any more, and requests that are held come to nothing. */
  stop(): void {
    const { handlers } = this
    this.handlers = []
    for (const handler of handlers) handler.removed?.()
    for (const release of [...this.holds.keys()]) release('ends')
  }

  /** Whether a handler has acted as often as it is to. */
  isSpent(handler: RequestHandler): boolean {
    const { once = false, times = once ? 1 : Number.POSITIVE_INFINITY } = handler.options
    return (this.uses.get(handler)?.spent ?? 0) >= times
  }

  /** Whether a handler acts on a request that it matches: if it does that is spent, and noted. */
  spend(handler: RequestHandler, request: InterceptedRequest, match: Match): boolean {
    if (this.isSpent(handler)) return false
    const { when, skip = 0, probability = 1 } = handler.options
    if (when !== undefined && !when(request.body)) return false
    const use = this.useOf(handler)
    if (use.skipped < skip) {
      use.skipped++
      return false
    }
    if (probability < 1 && this.chance() >= probability) return false
    use.spent++
    this.fired.set(handler, (this.fired.get(handler) ?? 0) + 1)
    const { requestId, version, client, nodeId, body } = request
    use.calls.push({ requestId, api: request.api.name, version, client, nodeId, request: body, match })
    if (use.calls.length > REMEMBERED) use.calls.shift()
    return true
  }

  /** Gives back what a handler has spent on a request, of which nothing came. */
  takeBack(handler: RequestHandler, { requestId }: InterceptedRequest): void {
    const use = this.uses.get(handler)
    const place = use?.calls.findLastIndex((call) => call.requestId === requestId) ?? -1
    if (use === undefined || place === -1) return
    use.calls.splice(place, 1)
    use.spent--
    this.fired.set(handler, Math.max(0, (this.fired.get(handler) ?? 0) - 1))
  }

  /** Notes that a handler holds a request, and how it is let go. The function returned says that it is held no longer. */
  hold(handler: RequestHandler, release: Release): () => void {
    const once: Release = (how) => {
      if (this.holds.delete(once)) release(how)
    }
    this.holds.set(once, handler)
    return () => {
      this.holds.delete(once)
    }
  }

  private check(handler: RequestHandler): void {
    check(handler)
    const { api, description } = handler
    if (api === undefined || this.serves(api.key)) return
    throw new TypeError(`use(): ${description} would never be asked: ${api.name} is not served here`)
  }

  private useOf(handler: RequestHandler): Use {
    let use = this.uses.get(handler)
    if (use === undefined) {
      use = { spent: 0, skipped: 0, calls: [] }
      this.uses.set(handler, use)
    }
    return use
  }
}

function check(handler: RequestHandler): void {
  if (typeof handler?.matches !== 'function') {
    throw new TypeError(`use() wants handlers, such as kafka.fetch({ … }, () => …) makes them, not ${String(handler)}`)
  }
  const matcher: RequestMatcher = handler
  if (!hasResolver(matcher)) {
    throw new TypeError(
      `use() wants handlers; ${matcher.description} has no resolver: give it one, or hand it to gate()`,
    )
  }
}

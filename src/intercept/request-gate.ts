import type { HandlerOptions, InterceptedRequest, RequestHandler, RequestMatcher, ResolverInfo } from './handler.ts'
import type { At } from './kafka-response.ts'

/** Where a gate stands. */
export interface GateOptions {
  /** Whether requests are held before the broker does the work (the default), or after it: the record is there, and the answer is not. */
  readonly at?: At
}

/** A request that has come to a gate. */
export interface HeldRequest extends Pick<InterceptedRequest, 'requestId' | 'version' | 'client' | 'nodeId'> {
  /** `Produce`, `Fetch`, … */
  readonly api: string
  /** The decoded request. */
  readonly request: unknown
}

/** Holds requests back until it is opened. */
export interface RequestGate extends Disposable {
  /** When the first request is held. Rejects when the gate is opened or taken away and none was. */
  readonly reached: Promise<HeldRequest>
  /** How many requests are held now. */
  readonly held: number
  /** Lets go of what is held, and holds nothing any more. */
  open(): void
}

/** @internal The handler that a gate is. */
export class GateHandler implements RequestHandler {
  readonly options: HandlerOptions
  private readonly matcher: RequestMatcher
  private readonly first = Promise.withResolvers<HeldRequest>()
  private readonly opened = Promise.withResolvers<undefined>()
  private held = 0

  /** @throws TypeError for what is no matcher */
  constructor(matcher: RequestMatcher, { at = 'before' }: GateOptions = {}) {
    if (typeof matcher?.matches !== 'function') {
      throw new TypeError(
        `gate() wants a matcher, such as kafka.offsetCommit({ group: 'billing' }), not ${String(matcher)}`,
      )
    }
    if (at !== 'before' && at !== 'after') throw new TypeError(`gate(): at is 'before' or 'after', not ${String(at)}`)
    this.matcher = matcher
    this.options = { ...matcher.options, at }
    // Nobody need wait for it.
    this.first.promise.catch(() => {})
  }

  get description(): string {
    return `gate(${this.matcher.description})`
  }

  get api(): RequestMatcher['api'] {
    return this.matcher.api
  }

  get madeAt(): string {
    return this.matcher.madeAt
  }

  get entities(): RequestMatcher['entities'] {
    return this.matcher.entities
  }

  get dimensions(): RequestMatcher['dimensions'] {
    return this.matcher.dimensions
  }

  matches(request: InterceptedRequest): boolean {
    return this.matcher.matches(request)
  }

  /** Holds the request; then the next handler is asked. */
  resolve({
    request,
    requestId,
    version,
    client,
    nodeId,
    api,
    signal,
  }: ResolverInfo<unknown, unknown>): Promise<undefined> {
    this.held++
    const letGo = (): void => {
      this.held--
    }
    signal.addEventListener('abort', letGo, { once: true })
    this.first.resolve({ request, requestId, version, client, nodeId, api })
    return this.opened.promise.then(() => {
      if (!signal.aborted) letGo()
      signal.removeEventListener('abort', letGo)
      return undefined
    })
  }

  removed(): void {
    this.first.reject(new Error(`no request reached the ${this.description}`))
    this.opened.resolve(undefined)
  }

  /** The gate as a test holds it. */
  gate(remove: () => void): RequestGate {
    const { first } = this
    const held = (): number => this.held
    return {
      reached: first.promise,
      get held() {
        return held()
      },
      open: remove,
      [Symbol.dispose]: remove,
    }
  }
}

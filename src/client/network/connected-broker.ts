import { hostPortText } from '../../protocol/host-port.ts'
import type { Api, Input } from '../../protocol/message.ts'
import { Fetch } from '../../protocol/messages/fetch.ts'
import { abortable } from '../abortable.ts'
import type { BodyOf, Broker, RequestOptions } from '../broker.ts'
import type { CallOptions } from '../channel.ts'
import type { Config } from '../config/config.ts'
import { ErrClosedClient } from '../errors/client-errors.ts'
import { ErrNetworkException, ErrRequestTimedOut } from '../errors/kafka-errors.ts'
import { elapsed, sleep } from '../time.ts'
import type { Address } from './address.ts'
import { type ApiRanges, newestCommon, type SomeApi } from './api-ranges.ts'
import { Connection } from './connection.ts'
import { openStream, whenOpen } from './dial.ts'
import { type Greeting, greet } from './greeting.ts'

/** When of its lifetime a connection that was authenticated is opened anew: Kafka's clients do at 85 to 95 hundredths. */
const RENEWED_AFTER = 0.85

/** The version of Fetch that 2.0 brought. */
const FETCH_OF_2_0 = 8

/** A connection that is open, and what the broker said of itself. */
interface Live extends Greeting {
  readonly connection: Connection
  /** KIP-219: brokers before 2.0 hold back the answer itself when they throttle. */
  readonly throttlesClients: boolean
  /** Of the clock; from then on the next request goes over a new connection. */
  readonly renewAt: number
}

/** A request that waits for the connection. */
interface Queued {
  go(live: Live): void
  fail(error: unknown): void
}

/** A broker by its address, with one connection at a time. */
export class ConnectedBroker implements Broker {
  private readonly config: Config
  private readonly ceiling: ApiRanges
  private address: Address
  private live: Live | undefined
  private opening: Promise<Live> | undefined
  /** Requests that wait for the connection, or for the end of a throttle: what comes later goes after them. */
  private queue = new Set<Queued>()
  private throttledUntil = Number.NEGATIVE_INFINITY
  /** Makes the error that tells why it is closed for good. */
  private over: (() => Error) | undefined
  /** What its end is to end; made when there is something. */
  private ending: AbortController | undefined
  private attempt: AbortController | undefined

  constructor(config: Config, ceiling: ApiRanges, address: Address) {
    this.config = config
    this.ceiling = ceiling
    this.address = address
  }

  get id(): number {
    return this.address.id
  }

  get addr(): string {
    return hostPortText(this.address)
  }

  get rack(): string | null {
    return this.address.rack
  }

  get connected(): boolean {
    return this.live?.connection.isOpen ?? false
  }

  /** Whether it is to be left alone for now (KIP-219). */
  get throttled(): boolean {
    return this.throttleMs > 0
  }

  get pending(): number {
    return this.queue.size + (this.live?.connection.pending ?? 0)
  }

  get finalizedFeatures(): ReadonlyMap<string, number> {
    return this.live?.finalizedFeatures ?? new Map()
  }

  /** Whether it is where it was; if not, the old connection is closed. */
  relocate(address: Address): void {
    const { host, port } = this.address
    if (host !== address.host || port !== address.port) this.close()
    this.address = address
  }

  async open({ signal }: CallOptions = {}): Promise<void> {
    await abortable(this.liveConnection(), signal)
  }

  async versionOf(api: SomeApi, options: RequestOptions = {}): Promise<number> {
    const { served } = await abortable(this.liveConnection(), options.signal)
    return newestCommon(api, served, this.ceiling, options.maxVersion)
  }

  send<Request, Response>(
    api: Api<Request, Response>,
    body: BodyOf<Request>,
    options: RequestOptions = {},
  ): Promise<Response> {
    return this.whenReady(options.signal, async (live) => {
      const version = newestCommon(api as SomeApi, live.served, this.ceiling, options.maxVersion)
      const answer = await live.connection.send(api, version, bodyIn(version, body), options, options.brokerWaitMs)
      if (live.throttlesClients) this.heedThrottle(answer)
      return answer
    })
  }

  post<Request>(api: Api<Request, unknown>, body: BodyOf<Request>, options: RequestOptions = {}): Promise<void> {
    return this.whenReady(options.signal, async (live) => {
      const version = newestCommon(api as SomeApi, live.served, this.ceiling, options.maxVersion)
      await live.connection.post(api, version, bodyIn(version, body), options)
    })
  }

  close(): void {
    if (this.attempt !== undefined) this.giveUpOpening(this.attempt)
    this.live?.connection.close()
    this.live = undefined
  }

  /**
   * Closes it for good.
   * @param reason makes what a later request fails with, and what waits for the end of a throttle: mostly there is neither
   */
  dispose(reason: () => Error = () => new ErrClosedClient()): void {
    this.over ??= reason
    this.ending?.abort(this.over())
    this.close()
  }

  /** What waits for the connection fails with it; what comes later has one of its own. */
  private giveUpOpening(attempt: AbortController): void {
    const { queue } = this
    this.attempt = undefined
    this.opening = undefined
    this.queue = new Set()
    const reason = new ErrNetworkException(`kafka: broker ${this.addr}: the connection was closed by the client`)
    attempt.abort(reason)
    for (const queued of taken(queue)) queued.fail(reason)
  }

  private readyNow(): Live | undefined {
    const { live } = this
    if (live === undefined || this.queue.size > 0 || !live.connection.isOpen) return undefined
    const now = elapsed(this.config.clock)
    return now < this.throttledUntil || now >= live.renewAt ? undefined : live
  }

  /** Sends at once over a connection that is ready, or in its turn as soon as one is. */
  private whenReady<T>(signal: AbortSignal | undefined, send: (live: Live) => Promise<T>): Promise<T> {
    const live = this.readyNow()
    if (live !== undefined) return send(live)
    const { queue } = this
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason)
        return
      }
      const abort = (): void => {
        queue.delete(queued)
        reject(signal?.reason)
      }
      const queued: Queued = {
        go: (ready) => {
          signal?.removeEventListener('abort', abort)
          send(ready).then(resolve, reject)
        },
        fail: (error) => {
          signal?.removeEventListener('abort', abort)
          reject(error)
        },
      }
      signal?.addEventListener('abort', abort, { once: true })
      queue.add(queued)
      if (queue.size === 1) void this.sendQueue(queue)
    })
  }

  /** Opens the connection, and sends what waits for it, in order and in one turn: nothing that comes later gets between. */
  private async sendQueue(queue: Set<Queued>): Promise<void> {
    const { clock } = this.config
    try {
      // KIP-219: the broker answers at once, and it is for the client to hold back. Meanwhile another answer may ask for more.
      for (let ms = this.throttleMs; ms > 0; ms = this.throttleMs) await sleep(clock, ms, this.ended)
      // Nobody waits any more.
      if (queue.size === 0) return
      const live = await this.liveConnection()
      for (const queued of taken(queue)) queued.go(live)
    } catch (error) {
      for (const queued of taken(queue)) queued.fail(error)
    }
  }

  private get ended(): AbortSignal {
    this.ending ??= new AbortController()
    if (this.over !== undefined) this.ending.abort(this.over())
    return this.ending.signal
  }

  /** How long it is still to be left alone, if it is. */
  private get throttleMs(): number {
    return this.throttledUntil - elapsed(this.config.clock)
  }

  private heedThrottle(answer: unknown): void {
    const { throttleTimeMs = 0 } = answer as { throttleTimeMs?: number }
    if (throttleTimeMs > 0) {
      this.throttledUntil = Math.max(this.throttledUntil, elapsed(this.config.clock) + throttleTimeMs)
    }
  }

  private liveConnection(): Promise<Live> {
    if (this.over !== undefined) return Promise.reject(this.over())
    if (this.opening !== undefined) return this.opening
    const { live } = this
    if (live?.connection.isOpen) {
      if (elapsed(this.config.clock) < live.renewAt) return Promise.resolve(live)
      // KIP-368: what waits for its answer gets it over the old connection first, so that nothing is overtaken.
      this.opening = live.connection.drained().then(() => {
        live.connection.close()
        return this.connect()
      })
    } else {
      this.opening = this.connect()
    }
    const { opening } = this
    const done = (): void => {
      if (this.opening === opening) this.opening = undefined
    }
    opening.then(done, done)
    return opening
  }

  private async connect(): Promise<Live> {
    if (this.over !== undefined) throw this.over()
    const { config, address } = this
    const { clock, net } = config
    const attempt = new AbortController()
    this.attempt = attempt
    const timeout = clock.setTimer(net.dialTimeout, () =>
      attempt.abort(new ErrRequestTimedOut(`kafka: broker ${this.addr} was not reached within ${net.dialTimeout} ms`)),
    )
    let connection: Connection | undefined
    try {
      const stream = openStream(config, address.host, address.port, attempt.signal)
      await whenOpen(stream, attempt.signal).catch((error: unknown) => {
        attempt.signal.throwIfAborted()
        throw unreachable(error, this.addr)
      })
      connection = new Connection(stream, config, `${this.id < 0 ? '' : `${this.id} `}(${this.addr})`, () => {
        if (this.live?.connection === connection) this.live = undefined
      })
      const greeting = await abortable(greet(connection, config, this.ceiling), attempt.signal)
      attempt.signal.throwIfAborted()
      const { sessionLifetimeMs } = greeting
      const renewAt =
        sessionLifetimeMs > 0 ? elapsed(clock) + sessionLifetimeMs * RENEWED_AFTER : Number.POSITIVE_INFINITY
      const throttlesClients = (greeting.served.get(Fetch.key)?.max ?? 0) >= FETCH_OF_2_0
      this.live = { ...greeting, connection, throttlesClients, renewAt }
      return this.live
    } catch (error) {
      connection?.close()
      throw networkError(error, this.addr)
    } finally {
      timeout.cancel()
      if (this.attempt === attempt) this.attempt = undefined
    }
  }
}

function taken(queue: Set<Queued>): Queued[] {
  const all = [...queue]
  queue.clear()
  return all
}

function bodyIn<Request>(version: number, body: BodyOf<Request>): Input<Request> {
  return typeof body === 'function' ? (body as (version: number) => Input<Request>)(version) : body
}

/** Errors of Node.js as Kafka's; those of Kafka as they are. */
function networkError(error: unknown, addr: string): unknown {
  const { syscall, code } = error as NodeJS.ErrnoException
  if (syscall === undefined && code === undefined) return error
  if (typeof code === 'number') return error
  return unreachable(error, addr)
}

/** Whatever a stream says for which it could not be opened: another broker may be reached. */
function unreachable(error: unknown, addr: string): Error {
  const lost = new ErrNetworkException(`kafka: broker ${addr}: ${(error as Error).message}`)
  lost.cause = error
  return lost
}

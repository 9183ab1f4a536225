import type { Socket } from 'node:net'
import { readingTo } from './accepted.ts'
import type { ActiveConnection } from './activity.ts'
import { ClientRequests } from './client-requests.ts'
import type { Dial } from './dial.ts'
import type { ConnectionPlace, Exchange, Expected } from './exchange.ts'
import type { FrameSink } from './frame-cutter.ts'
import { Side } from './side.ts'
import { UpstreamAnswers } from './upstream-answers.ts'

/** What a connection needs to know. */
export interface ProxyConnectionOptions extends ConnectionPlace {
  /** Called once, when neither side is left. */
  onClose(connection: ProxyConnection, reason: string | undefined): void
}

/** One client's connection and the one to upstream that goes with it, in both directions at once. */
export class ProxyConnection implements Exchange, ActiveConnection {
  readonly id: string
  readonly place: ConnectionPlace
  readonly expected: Expected[] = []
  bare = 0
  private readonly options: ProxyConnectionOptions
  private readonly client: Side
  private readonly upstream: Side
  private readonly fromClient: ClientRequests
  private readonly fromUpstream: UpstreamAnswers
  private closed = false
  private open = 2
  private reason: string | undefined

  constructor(client: Socket, dial: Dial, options: ProxyConnectionOptions) {
    this.id = options.id
    this.place = options
    this.options = options
    const requests = (): void => this.workRequests()
    const answers = (): void => this.workAnswers()
    this.client = new Side(
      (onread) => readingTo(client, onread),
      () => this.upstream,
      { came: requests, drained: answers },
    )
    this.upstream = new Side(
      (onread) => dial(options.endpoint.upstream, onread),
      () => this.client,
      { came: answers, drained: requests },
    )
    this.fromClient = new ClientRequests(this)
    this.fromUpstream = new UpstreamAnswers(this)
    const [near, far] = [this.client.socket, this.upstream.socket]
    near.on('error', (error) => this.end(error.message))
    near.on('end', () => this.end())
    near.on('close', () => this.sideClosed())
    let isReached = false
    far.once('connect', () => {
      isReached = true
    })
    far.on('error', (error: NodeJS.ErrnoException) => {
      // Nearest to a connection that is refused is one that is reset: a client that is let in and then sent away in good order
      // takes it for something else, such as TLS that is missing.
      if (!isReached || error.code === 'ECONNRESET') near.resetAndDestroy()
      if (!isReached && error.code === 'ECONNREFUSED') options.endpoint.refuse()
      this.end(`upstream: ${error.message || error.code}`)
    })
    far.on('end', () => this.end('upstream closed the connection'))
    far.on('close', () => this.sideClosed())
  }

  get isClosed(): boolean {
    return this.closed
  }

  isUnderWay(counts: (apiKey: number) => boolean): boolean {
    if (this.closed) return false
    const { client, upstream, fromClient, expected } = this
    if (expected.some(({ apiKey }) => counts(apiKey))) return true
    const isHeld = fromClient.isBusy || fromClient.isHolding
    return (client.arrived.isWithinFrame && !isHeld) || (upstream.arrived.isWithinFrame && !client.isBlocked)
  }

  get isUpstreamBlocked(): boolean {
    return this.upstream.isBlocked
  }

  get isClientBlocked(): boolean {
    return this.client.isBlocked
  }

  /** Ends both sides; what was written before still leaves. */
  end(reason?: string): void {
    if (this.closed) return
    this.closed = true
    this.reason ??= reason
    this.fromClient.giveUp()
    for (const side of [this.client, this.upstream]) {
      side.letGo()
      side.ignore()
    }
    finish(this.client.socket)
    // What the client has sent reaches upstream, which is heard to its end.
    const { socket } = this.upstream
    socket.resume()
    if (socket.connecting && socket.writableLength === 0) socket.destroy()
    else socket.end()
  }

  /** Ends both sides at once. */
  destroy(): void {
    this.closed = true
    this.fromClient.giveUp()
    for (const { socket } of [this.client, this.upstream]) socket.destroy()
  }

  private sideClosed(): void {
    this.end()
    if (--this.open === 0) this.options.onClose(this, this.reason)
  }

  workRequests(): void {
    this.work(this.client, this.upstream, this.fromClient)
    this.flow()
  }

  workAnswers(): void {
    this.work(this.upstream, this.client, this.fromUpstream)
    // Whoever had to wait for these answers may go on.
    const { isBusy, isHolding } = this.fromClient
    if (!this.closed && !isBusy && (isHolding || this.client.arrived.bufferedBytes > 0)) this.workRequests()
    else this.flow()
  }

  private work(from: Side, to: Side, sink: FrameSink): void {
    if (this.closed) return
    // What came together leaves together.
    to.gather()
    try {
      if (sink === this.fromClient) this.fromClient.serveHeld()
      from.arrived.cut(sink)
    } catch (error) {
      this.end(error instanceof Error ? error.message : String(error))
    } finally {
      to.letGo()
    }
  }

  /** Lets each side feel it when the other does not take what it sends. */
  private flow(): void {
    if (this.closed) return
    const { client, upstream, fromClient } = this
    const isHeld = fromClient.isBusy || fromClient.isHolding
    client.hold(upstream.isBlocked || (isHeld && client.arrived.bufferedBytes > 0))
    upstream.hold(client.isBlocked || this.fromUpstream.isSettling)
  }

  toUpstream(slices: readonly Buffer[]): void {
    if (!this.closed) this.upstream.send(slices)
  }

  toClient(slices: readonly Buffer[]): void {
    if (!this.closed) this.client.send(slices)
  }
}

/** Ends the client's side: what was written still leaves, if the client reads it. */
function finish(socket: Socket): void {
  if (socket.destroyed) return
  if (socket.writableLength === 0) socket.destroy()
  else socket.end(() => socket.destroy())
}

import type { Socket } from 'node:net'
import { ClientRequests } from './client-requests.ts'
import type { Dial } from './dial.ts'
import type { ConnectionPlace, Exchange, Expected } from './exchange.ts'
import { FrameCutter, type FrameSink } from './frame-cutter.ts'
import { ReadBuffers } from './read-buffers.ts'
import { UpstreamAnswers } from './upstream-answers.ts'

/** What a connection needs to know. */
export interface ProxyConnectionOptions extends ConnectionPlace {
  /** Called once, when neither side is left. */
  onClose(connection: ProxyConnection, reason: string | undefined): void
}

/** So much may wait for a side to take it before the other is held up: the next frame is read while the last one leaves. */
const UNSENT_BYTES = 1 << 21

/** One client's connection and the one to upstream that goes with it, in both directions at once. */
export class ProxyConnection implements Exchange {
  readonly id: string
  readonly place: ConnectionPlace
  readonly expected: Expected[] = []
  bare = 0
  private readonly options: ProxyConnectionOptions
  private readonly client: Socket
  private readonly upstream: Socket
  private readonly requests = new FrameCutter()
  private readonly answers = new FrameCutter()
  private readonly fromClient: ClientRequests
  private readonly fromUpstream: UpstreamAnswers
  /** Bytes that the client was sent, be they still on their way. */
  private sentBytes = 0
  private readonly buffers = new ReadBuffers(() => this.sentBytes - this.client.writableLength)
  private clientBlocked = false
  private upstreamBlocked = false
  private closed = false
  private open = 2
  private reason: string | undefined

  constructor(client: Socket, dial: Dial, options: ProxyConnectionOptions) {
    this.id = options.id
    this.place = options
    this.options = options
    this.client = client
    const upstream = dial(options.endpoint.upstream, {
      buffer: this.buffers.next,
      callback: (length, buffer) => this.taken(buffer as Buffer, length),
    })
    this.upstream = upstream
    this.fromClient = new ClientRequests(this)
    this.fromUpstream = new UpstreamAnswers(this)
    client.on('data', (chunk: Buffer) => {
      this.requests.push(chunk)
      this.workRequests()
    })
    upstream.on('data', (chunk: Buffer) => {
      this.answers.push(chunk)
      this.workAnswers()
    })
    client.on('drain', () => {
      this.clientBlocked = false
      this.workAnswers()
    })
    upstream.on('drain', () => {
      this.upstreamBlocked = false
      this.workRequests()
    })
    client.on('error', (error) => this.end(error.message))
    client.on('end', () => this.end())
    client.on('close', () => this.sideClosed())
    let isReached = false
    upstream.once('connect', () => {
      isReached = true
    })
    upstream.on('error', (error: NodeJS.ErrnoException) => {
      // Nearest to a connection that is refused is one that is reset: a client that is let in and then sent away in good order
      // takes it for something else, such as TLS that is missing.
      if (!isReached || error.code === 'ECONNRESET') this.client.resetAndDestroy()
      this.end(`upstream: ${error.message || error.code}`)
    })
    upstream.on('end', () => this.end('upstream closed the connection'))
    upstream.on('close', () => this.sideClosed())
  }

  get isClosed(): boolean {
    return this.closed
  }

  get isUpstreamBlocked(): boolean {
    return this.upstreamBlocked
  }

  get isClientBlocked(): boolean {
    return this.clientBlocked
  }

  /** Takes what upstream has sent into a buffer, which is read into again when all of it has left. */
  private taken(buffer: Buffer, length: number): boolean {
    const { wholes } = this.fromUpstream
    this.answers.push(this.buffers.taken(buffer, length))
    this.workAnswers()
    // Of answers that were read somebody may keep parts: their buffer is left to them.
    if (this.closed || this.fromUpstream.wholes !== wholes) return true
    this.answers.ownRest()
    this.buffers.lend(buffer, length, this.sentBytes)
    return true
  }

  /** Ends both sides; what was written before still leaves. */
  end(reason?: string): void {
    if (this.closed) return
    this.closed = true
    this.reason ??= reason
    this.fromClient.giveUp()
    finish(this.client)
    // What the client has sent reaches upstream, which is heard to its end.
    this.upstream.resume()
    if (this.upstream.connecting && this.upstream.writableLength === 0) this.upstream.destroy()
    else this.upstream.end()
  }

  /** Ends both sides at once. */
  destroy(): void {
    this.closed = true
    this.fromClient.giveUp()
    this.client.destroy()
    this.upstream.destroy()
  }

  private sideClosed(): void {
    this.end()
    if (--this.open === 0) this.options.onClose(this, this.reason)
  }

  workRequests(): void {
    this.work(this.upstream, this.requests, this.fromClient)
    this.flow()
  }

  workAnswers(): void {
    this.work(this.client, this.answers, this.fromUpstream)
    // Whoever had to wait for these answers may go on.
    const { isBusy, isHolding } = this.fromClient
    if (!this.closed && !isBusy && (isHolding || this.requests.bufferedBytes > 0)) this.workRequests()
    else this.flow()
  }

  private work(to: Socket, cutter: FrameCutter, sink: FrameSink): void {
    if (this.closed) return
    // What came together leaves together.
    to.cork()
    try {
      if (sink === this.fromClient) this.fromClient.serveHeld()
      cutter.cut(sink)
    } catch (error) {
      this.end(error instanceof Error ? error.message : String(error))
    } finally {
      to.uncork()
    }
  }

  /** Lets each side feel it when the other does not take what it sends. */
  private flow(): void {
    if (this.closed) return
    const isHeld = this.fromClient.isBusy || this.fromClient.isHolding
    paused(this.client, this.upstreamBlocked || (isHeld && this.requests.bufferedBytes > 0))
    paused(this.upstream, this.clientBlocked || this.fromUpstream.isSettling)
  }

  toUpstream(slices: readonly Buffer[]): void {
    if (this.closed) return
    written(this.upstream, slices)
    this.upstreamBlocked = this.upstream.writableLength > UNSENT_BYTES
  }

  toClient(slices: readonly Buffer[]): void {
    if (this.closed) return
    this.sentBytes += written(this.client, slices)
    this.clientBlocked = this.client.writableLength > UNSENT_BYTES
  }
}

/** Writes slices so that they leave together, and says how long they are. */
function written(socket: Socket, slices: readonly Buffer[]): number {
  let bytes = 0
  socket.cork()
  for (const slice of slices) {
    socket.write(slice)
    bytes += slice.length
  }
  socket.uncork()
  return bytes
}

/** Ends the client's side: what was written still leaves, if the client reads it. */
function finish(socket: Socket): void {
  if (socket.destroyed) return
  if (socket.writableLength === 0) socket.destroy()
  else socket.end(() => socket.destroy())
}

function paused(socket: Socket, isPaused: boolean): void {
  if (isPaused === socket.isPaused()) return
  if (isPaused) socket.pause()
  else socket.resume()
}

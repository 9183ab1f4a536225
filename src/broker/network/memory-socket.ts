import { EventEmitter } from 'node:events'
import { type AddressInfo, isIP, isIPv6 } from 'node:net'
import { Duplex } from 'node:stream'
import { RealClock, type Timer } from '../clock.ts'
import { Deliveries } from './deliveries.ts'

/** What a connection in memory is made with. */
export interface MemoryPairOptions {
  /** Of this connection and of others, which bring nothing at the same time. */
  readonly deliveries?: Deliveries
  /** Where the server's end is. Default: 127.0.0.1, port 0. */
  readonly server?: { readonly host: string; readonly port: number }
  /** The port of the client's end. Default: 0. */
  readonly clientPort?: number
}

const LOOPBACK = '127.0.0.1'
/** As Linux numbers it. */
const ECONNRESET = -104
const EPIPE = -32

/**
 * One end of a connection without sockets. What one end writes the other reads, a copy of its own, and never before the
 * write has returned: some clients break when an answer arrives inside their own write.
 *
 * It behaves as a `net.Socket` does for all that clients do with one: it connects in a later turn, half-closes, is reset, slows a writer down
 * whose peer does not read, and tells when it has been idle. There is nothing to keep alive and nothing to delay, and it keeps no process alive.
 */
export class MemorySocket extends Duplex {
  /** Until `connect`; the server's end is connected from the beginning. */
  connecting: boolean
  /** The idle time in ms that {@link setTimeout} asked for; undefined where nobody did. */
  timeout: number | undefined
  /** Bytes that have arrived. */
  bytesRead = 0
  readonly localAddress: string
  readonly localPort: number
  readonly remoteAddress: string
  readonly remotePort: number
  private readonly deliveries: Deliveries
  /** Undefined where nobody listens. */
  private peer: MemorySocket | undefined
  /** The peer's write that waits until this end reads on. */
  private unread: (() => void) | undefined
  private bytesHandedOver = 0
  /** Whether the peer is to be told of a reset, not of an end. */
  private resets = false
  /** Whose time the idle one is measured in. */
  private idleClock: RealClock | undefined
  private idleTimer: Timer | undefined

  private constructor(deliveries: Deliveries, connecting: boolean, local: AddressInfo, remote: AddressInfo) {
    super({ allowHalfOpen: false })
    this.deliveries = deliveries
    this.connecting = connecting
    this.localAddress = local.address
    this.localPort = local.port
    this.remoteAddress = remote.address
    this.remotePort = remote.port
  }

  /** A client's end and the server's, connected to each other; the client's hears of it in a later turn. */
  static pair(options: MemoryPairOptions = {}): [client: MemorySocket, server: MemorySocket] {
    const {
      deliveries = new Deliveries(),
      server: { host, port } = { host: LOOPBACK, port: 0 },
      clientPort = 0,
    } = options
    const near = addressOf(isIPv6(host) ? '::1' : LOOPBACK, clientPort)
    const far = addressOf(isIP(host) === 0 ? LOOPBACK : host, port)
    const client = new MemorySocket(deliveries, true, near, far)
    const server = new MemorySocket(deliveries, false, far, near)
    client.peer = server
    server.peer = client
    deliveries.post(() => client.open(), server)
    return [client, server]
  }

  /** A client's end that is never connected: it ends with this error. */
  static refused(error: Error): MemorySocket {
    const deliveries = new Deliveries()
    const nowhere = addressOf(LOOPBACK, 0)
    const socket = new MemorySocket(deliveries, true, nowhere, nowhere)
    deliveries.post(() => socket.destroy(error), socket)
    return socket
  }

  get pending(): boolean {
    return this.connecting || this.destroyed
  }

  get localFamily(): string {
    return familyOf(this.localAddress)
  }

  get remoteFamily(): string {
    return familyOf(this.remoteAddress)
  }

  /** Bytes that were written, those that wait to leave among them. */
  get bytesWritten(): number {
    return this.bytesHandedOver + this.writableLength
  }

  /** `opening`, `open`, `readOnly`, `writeOnly` or `closed`, as `net.Socket` has it. */
  get readyState(): 'opening' | 'open' | 'readOnly' | 'writeOnly' | 'closed' {
    if (this.connecting) return 'opening'
    if (this.readable) return this.writable ? 'open' : 'readOnly'
    return this.writable ? 'writeOnly' : 'closed'
  }

  /** Where this end is; nothing before it is connected, and after it is closed. */
  address(): AddressInfo | Record<string, never> {
    return this.pending ? {} : addressOf(this.localAddress, this.localPort)
  }

  setNoDelay(): this {
    return this
  }

  setKeepAlive(): this {
    return this
  }

  /**
   * Emits `timeout` whenever nothing was written or read for so many ms, and does nothing else about it; 0 ends that. The time is that of the
   * timers that are the global ones now: it is the client's, not the cluster's.
   */
  setTimeout(ms: number, listener?: () => void): this {
    if (this.destroyed) return this
    if (typeof ms !== 'number' || !(ms >= 0))
      throw new RangeError(`setTimeout: ms from 0 on are wanted, not ${String(ms)}`)
    this.timeout = ms
    this.idleTimer?.cancel()
    this.idleClock = ms === 0 ? undefined : new RealClock()
    if (listener !== undefined && ms === 0) this.removeListener('timeout', listener)
    else if (listener !== undefined) this.once('timeout', listener)
    this.used()
    return this
  }

  ref(): this {
    return this
  }

  unref(): this {
    return this
  }

  destroySoon(): void {
    if (this.writable) this.end()
    if (this.writableFinished) this.destroy()
    else this.once('finish', () => this.destroy())
  }

  /** Ends the connection at once; the other end hears ECONNRESET, whatever it has not read yet. */
  resetAndDestroy(): this {
    this.resets = true
    return this.destroy()
  }

  override _write(chunk: Buffer, _encoding: string, callback: (error?: Error) => void): void {
    this.deliver(Buffer.from(chunk), callback)
  }

  override _writev(chunks: { chunk: Buffer }[], callback: (error?: Error) => void): void {
    this.deliver(Buffer.concat(chunks.map(({ chunk }) => chunk)), callback)
  }

  override _read(): void {
    const resume = this.unread
    this.unread = undefined
    resume?.()
  }

  override _final(callback: () => void): void {
    this.deliveries.post(() => {
      this.peer?.finish()
      callback()
    }, this)
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    const resume = this.unread
    this.unread = undefined
    resume?.()
    this.connecting = false
    this.idleTimer?.cancel()
    const { peer, resets } = this
    if (peer !== undefined) this.deliveries.post(() => (resets ? peer.reset() : peer.finish()), this)
    callback(error)
  }

  /**
   * Who has heard of the end hears of nothing more, and is let go. Node.js's streams keep themselves until all of the heap is looked through, and
   * with them what they reach: here a whole cluster and its clients, for each of which there are many in a process.
   */
  override emit(event: string | symbol, ...args: unknown[]): boolean {
    const isHeard = super.emit(event, ...args)
    // Not by its own method, which has a stream look in a later tick whether anyone reads.
    if (event === 'close') EventEmitter.prototype.removeAllListeners.call(this)
    return isHeard
  }

  private deliver(bytes: Buffer, callback: (error?: Error) => void): void {
    this.used()
    this.deliveries.post(() => {
      const { peer } = this
      this.bytesHandedOver += bytes.length
      const gone = peer === undefined || peer.destroyed
      // It was told that the other end is gone, and goes on.
      if (gone && this.readableEnded) callback(systemError('write', 'EPIPE', EPIPE))
      else if (gone || peer.readableEnded || peer.receive(bytes)) callback()
      else peer.unread = callback
    }, this)
  }

  private open(): void {
    if (this.destroyed) return
    this.connecting = false
    this.emit('connect')
    this.emit('ready')
  }

  /** @returns whether more may come */
  private receive(bytes: Buffer): boolean {
    this.bytesRead += bytes.length
    this.used()
    return this.push(bytes)
  }

  /** The other end has no more to say. */
  private finish(): void {
    if (!this.destroyed && !this.readableEnded) this.push(null)
  }

  /** The other end has cut the connection. */
  private reset(): void {
    if (!this.destroyed) this.destroy(systemError('read', 'ECONNRESET', ECONNRESET))
  }

  /** Something has come or gone: it is not idle. */
  private used(): void {
    const { idleClock, timeout } = this
    if (idleClock === undefined || timeout === undefined) return
    this.idleTimer?.cancel()
    this.idleTimer = idleClock.setTimer(timeout, () => this.emit('timeout'), 'may end before')
  }
}

function addressOf(address: string, port: number): AddressInfo {
  return { address, family: familyOf(address), port }
}

function familyOf(address: string): string {
  return isIPv6(address) ? 'IPv6' : 'IPv4'
}

function systemError(syscall: string, code: string, errno: number): Error {
  return Object.assign(new Error(`${syscall} ${code}`), { syscall, code, errno })
}

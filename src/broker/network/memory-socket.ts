import { Duplex } from 'node:stream'
import { Deliveries } from './deliveries.ts'

/**
 * One end of a connection without sockets. What one end writes the other reads, a copy of its own, and never before the
 * write has returned: some clients break when an answer arrives inside their own write.
 *
 * It has the methods of `net.Socket` that clients call; there is nothing to keep alive and nothing to delay.
 */
export class MemorySocket extends Duplex {
  readonly connecting = false
  readonly pending = false
  readonly remoteAddress = '127.0.0.1'
  readonly localAddress = '127.0.0.1'
  private readonly deliveries: Deliveries
  private peer!: MemorySocket
  /** The peer's write that waits until this end reads on. */
  private unread: (() => void) | undefined

  private constructor(deliveries: Deliveries) {
    super({ allowHalfOpen: false })
    this.deliveries = deliveries
  }

  /**
   * Two ends, connected to each other.
   * @param deliveries of this connection and of others, which bring nothing at the same time
   */
  static pair(deliveries: Deliveries = new Deliveries()): [MemorySocket, MemorySocket] {
    const one = new MemorySocket(deliveries)
    const other = new MemorySocket(deliveries)
    one.peer = other
    other.peer = one
    return [one, other]
  }

  setNoDelay(): this {
    return this
  }

  setKeepAlive(): this {
    return this
  }

  /** A connection in memory is never found idle. */
  setTimeout(): this {
    return this
  }

  ref(): this {
    return this
  }

  unref(): this {
    return this
  }

  destroySoon(): void {
    this.end(() => this.destroy())
  }

  override _write(chunk: Buffer, _encoding: string, callback: () => void): void {
    this.deliver(Buffer.from(chunk), callback)
  }

  override _writev(chunks: { chunk: Buffer }[], callback: () => void): void {
    this.deliver(Buffer.concat(chunks.map(({ chunk }) => chunk)), callback)
  }

  override _read(): void {
    const resume = this.unread
    this.unread = undefined
    resume?.()
  }

  override _final(callback: () => void): void {
    this.deliveries.post(() => {
      this.peer.finish()
      callback()
    })
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    const resume = this.unread
    this.unread = undefined
    resume?.()
    this.deliveries.post(() => this.peer.finish())
    callback(error)
  }

  private deliver(bytes: Buffer, callback: () => void): void {
    this.deliveries.post(() => {
      if (this.peer.destroyed || this.peer.readableEnded || this.peer.push(bytes)) callback()
      else this.peer.unread = callback
    })
  }

  /** The other end has no more to say. */
  private finish(): void {
    if (!this.destroyed && !this.readableEnded) this.push(null)
  }
}

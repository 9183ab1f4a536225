import type { Duplex } from 'node:stream'
import { FrameAssembler } from '../../protocol/frame-assembler.ts'
import type { Links } from '../links.ts'
import type { WaitQueue } from '../wait-queue.ts'
import type { Reply } from '../waiting.ts'
import type { AddressOf } from './address-of.ts'
import { ClientWay } from './client-way.ts'
import { ConnectedClient } from './connected-client.ts'
import type { Dispatch } from './dispatch.ts'
import type { Answered } from './wire-faults.ts'

/** What a connection needs to know of the node that it reaches. */
export interface ConnectionOptions {
  /** Kafka's form: local address, remote address and a number. Shown in logs. */
  readonly id: string
  /** The address of the client, without a port. */
  readonly remoteHost: string
  /** Which of the node's own addresses the client reached, without a port. */
  readonly localHost: string
  /** Where this client alone is told that brokers are. */
  readonly addressOf?: AddressOf | undefined
  readonly queue: WaitQueue
  readonly dispatch: Dispatch
  readonly links: Links
  readonly nodeId: number
  /** `socket.request.max.bytes` */
  readonly maxFrameBytes: number
  /** Called once, when the connection is over. */
  onClose(connection: Connection, reason: string | undefined): void
}

/**
 * One client's connection: bytes become frames, frames are answered one at a time in the order of their arrival. Like
 * Kafka it reads no further while a request waits or an answer has not left, so a client that does not read its answers
 * is slowed down and not buffered without end.
 */
export class Connection {
  readonly id: string
  readonly remoteHost: string
  readonly localHost: string
  readonly addressOf: AddressOf | undefined
  readonly client: ConnectedClient = new ConnectedClient()
  private readonly stream: Duplex
  private readonly options: ConnectionOptions
  private readonly assembler: FrameAssembler
  /** A request is being served. */
  private busy = false
  /** An answer has not left yet. */
  private blocked = false
  private closed = false
  /** Nothing of it is left. */
  private over = false
  private reason: string | undefined
  private giveUp: () => void = () => {}
  private readonly inward: ClientWay
  private readonly outward: ClientWay

  constructor(stream: Duplex, options: ConnectionOptions) {
    this.stream = stream
    this.options = options
    this.id = options.id
    this.remoteHost = options.remoteHost
    this.localHost = options.localHost
    this.addressOf = options.addressOf
    this.assembler = new FrameAssembler(options.maxFrameBytes)
    const { queue, links, nodeId } = options
    this.inward = new ClientWay(queue, links, nodeId, 'broker')
    this.outward = new ClientWay(queue, links, nodeId, 'client')
    stream.on('data', (chunk: Buffer) => {
      this.inward.bring(() => {
        if (this.closed) return
        this.assembler.push(chunk)
        this.work()
      })
    })
    stream.on('drain', () => {
      this.blocked = false
      this.work()
    })
    stream.on('error', (error) => {
      this.reason ??= error.message
    })
    // What the client sent before it hung up is still under way; what the broker ends is over at once.
    stream.on('close', () => (this.closed ? this.ended() : this.inward.bring(() => this.ended())))
    stream.on('end', () => this.inward.bring(() => this.close()))
  }

  /** Whether a request has arrived in part, and the rest is read as it comes. */
  get isArriving(): boolean {
    return !this.busy && !this.blocked && !this.closed && this.assembler.bufferedBytes > 0
  }

  /** Whether a request is being served. */
  get isBusy(): boolean {
    return this.busy
  }

  /** Ends the connection; what was written before still leaves, if the client reads it. */
  close(reason?: string): void {
    if (this.closed) return
    this.reason ??= reason
    this.closed = true
    this.giveUp()
    if (this.stream.closed) this.ended()
    else if (this.stream.writableLength === 0) this.stream.destroy()
    else this.stream.end(() => this.stream.destroy())
  }

  /** Ends the connection at once. */
  destroy(): void {
    this.closed = true
    this.giveUp()
    if (this.stream.closed) this.ended()
    else this.stream.destroy()
  }

  private work(): void {
    // Answers to requests that came together leave together: a write to a socket costs more than most requests do.
    this.stream.cork()
    try {
      while (!this.busy && !this.blocked && !this.closed) {
        const frame = this.assembler.next()
        if (frame === undefined) break
        if (!this.inward.loses()) this.serve(frame)
      }
    } catch (error) {
      this.close(error instanceof Error ? error.message : String(error))
    } finally {
      this.stream.uncork()
    }
    if (this.closed) return
    // Nothing can be answered now, and a whole request waits already: let the client feel it.
    const full = (this.busy || this.blocked) && this.assembler.bufferedBytes > 0
    if (full && !this.stream.isPaused()) this.stream.pause()
    else if (!full && this.stream.isPaused()) this.stream.resume()
  }

  private serve(frame: Buffer): void {
    const { queue, dispatch } = this.options
    this.busy = true
    let running = true
    const served = (): void => {
      this.busy = false
      if (!running) this.work()
    }
    queue.perform(() => {
      let reply: Reply<Answered>
      try {
        reply = dispatch.request(frame, this)
      } catch (error) {
        // What cannot be read: Kafka closes the connection.
        this.close(error instanceof Error ? error.message : String(error))
        served()
        return
      }
      this.answer(reply, served)
    })
    running = false
  }

  /** Writes what an answer comes to, be it in several parts, and says when the next request can be served. */
  private answer(reply: Reply<Answered>, served: () => void): void {
    const { queue } = this.options
    this.giveUp = queue.await(reply, {
      done: ({ frames, close, rest }) => {
        if (this.closed) return
        this.write(frames)
        if (close !== undefined) this.close(close)
        if (rest === undefined) served()
        // Not before it is known how this one is given up.
        else queue.post(() => this.answer(rest, served))
      },
      failed: (error) => {
        this.close(error instanceof Error ? error.message : String(error))
        served()
      },
    })
  }

  private write(slices: readonly Buffer[]): void {
    if (slices.length > 0 && !this.outward.loses()) this.outward.bring(() => this.writeNow(slices))
  }

  private writeNow(slices: readonly Buffer[]): void {
    if (!this.stream.writable) return
    let flowing = true
    this.stream.cork()
    for (const slice of slices) flowing = this.stream.write(slice)
    this.stream.uncork()
    this.blocked = !flowing
  }

  private ended(): void {
    if (this.over) return
    this.over = true
    this.closed = true
    this.giveUp()
    this.inward.close()
    this.outward.close()
    this.options.onClose(this, this.reason)
  }
}

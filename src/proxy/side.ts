import type { OnReadOpts, Socket } from 'node:net'
import { FrameCutter } from './frame-cutter.ts'
import { ReadBuffers } from './read-buffers.ts'

/** So much may wait for a side to take it before the other is held up: the next frame is read while the last one leaves. */
const UNSENT_BYTES = 1 << 21

/** So much is gathered at most before it is sent. */
const GATHERED_BYTES = 1 << 16

/** Opens a socket, or takes over one. @param onread where it is to read to, if it can */
export type Opens = (onread: OnReadOpts) => Socket

/** What a side tells of. */
export interface SideListener {
  /** Bytes have come. */
  came(): void
  /** What was written has left, and more may follow. */
  drained(): void
}

/** One of the two ends of a connection: what has come from it, and what it is sent. */
export class Side {
  readonly socket: Socket
  /** What has come, and has gone nowhere yet. */
  readonly arrived: FrameCutter = new FrameCutter()
  private readonly buffers: ReadBuffers
  private readonly listener: SideListener
  /** What is to leave together. */
  private gathered: Buffer[] | undefined
  private gatheredBytes = 0
  private blocked = false
  private deaf = false
  /** Bytes that it was sent, be they still on their way. */
  private sent = 0

  /** @param other where goes what comes */
  constructor(open: Opens, other: () => Side, listener: SideListener) {
    this.listener = listener
    this.buffers = new ReadBuffers(() => other().gone)
    this.socket = open({
      buffer: this.buffers.next,
      callback: (length, buffer) => this.taken(buffer as Buffer, length, other()),
    })
    // Where it does not read to buffers of ours.
    this.socket.on('data', (chunk: Buffer) => {
      if (this.deaf) return
      this.arrived.push(chunk)
      listener.came()
    })
    this.socket.on('drain', () => {
      this.blocked = false
      listener.drained()
    })
  }

  /** Whether it takes no more for now. */
  get isBlocked(): boolean {
    return this.blocked
  }

  /** How many bytes have left. */
  private get gone(): number {
    return this.sent - this.socket.writableLength
  }

  /** What it is sent from now on leaves together, by {@link letGo} at the latest. */
  gather(): void {
    this.gathered ??= []
  }

  letGo(): void {
    const { gathered } = this
    this.gathered = undefined
    this.gatheredBytes = 0
    if (gathered !== undefined && gathered.length > 0) this.write(gathered)
  }

  /** Sends slices so that they leave together. */
  send(slices: readonly Buffer[]): void {
    const { gathered } = this
    if (gathered === undefined) {
      this.write(slices)
      return
    }
    for (const slice of slices) {
      gathered.push(slice)
      this.gatheredBytes += slice.length
    }
    if (this.gatheredBytes < GATHERED_BYTES) return
    this.letGo()
    this.gather()
  }

  private write(slices: readonly Buffer[]): void {
    const { socket } = this
    if (slices.length > 1) socket.cork()
    for (const slice of slices) {
      this.sent += slice.length
      socket.write(slice)
    }
    if (slices.length > 1) socket.uncork()
    this.blocked = socket.writableLength > UNSENT_BYTES
  }

  /** Has it wait, or go on. */
  hold(isHeld: boolean): void {
    const { socket } = this
    if (isHeld === socket.isPaused()) return
    if (isHeld) socket.pause()
    else socket.resume()
  }

  /** What still comes is dropped. */
  ignore(): void {
    this.deaf = true
  }

  /** Takes what has come into a buffer, which is read into again when all of it has left by the other side. */
  private taken(buffer: Buffer, length: number, other: Side): boolean {
    if (this.deaf) this.buffers.lend(buffer, length, 0)
    else {
      this.arrived.push(buffer.subarray(0, length), true)
      this.listener.came()
      this.arrived.ownRest()
      this.buffers.lend(buffer, length, other.sent)
    }
    return true
  }
}

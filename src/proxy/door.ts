import type { Socket } from 'node:net'
import type { Clock, Timer } from '../broker/clock.ts'
import { Listener } from '../broker/network/listener.ts'

/** How soon a node that refused is looked for again, ms: at first, and at most. */
const SOON_MS = 10
const LATE_MS = 200

/** What a door needs to know of the node behind it. */
export interface DoorOptions {
  readonly clock: Clock
  /** Opens a connection to the node. */
  readonly dial: () => Socket
}

/**
 * Where clients come in in front of a node. While the node refuses whoever connects, nobody listens here either: a client that is let in and then
 * sent away tries again without a pause, or takes it for another fault than that nobody is there.
 */
export class Door {
  readonly host: string
  readonly port: number
  private readonly options: DoorOptions
  private accept: (socket: Socket) => void = (socket) => socket.destroy()
  private listener: Listener | undefined
  private letGo: Promise<void> | undefined
  private opening: Promise<void> | undefined
  private looking: Socket | undefined
  private timer: Timer | undefined
  private pauseMs = SOON_MS
  private isClosed = false

  constructor(listener: Listener, options: DoorOptions) {
    this.host = listener.host
    this.port = listener.port
    this.options = options
    this.listener = listener
  }

  /** Hands every client that connected, or will, to `accept`. */
  serve(accept: (socket: Socket) => void): void {
    this.accept = accept
    this.listener?.serve(accept)
  }

  /** The node refuses whoever connects: so does this, until the node lets somebody in again. Connections that there are go on. */
  shut(): void {
    if (this.listener === undefined || this.isClosed) return
    this.letGo = this.listener.close()
    this.listener = undefined
    this.pauseMs = SOON_MS
    this.lookLater()
  }

  /** Ends listening, and looking. Resolves when the connections that came in here are over. */
  async close(): Promise<void> {
    this.isClosed = true
    this.timer?.cancel()
    this.looking?.destroy()
    await this.opening
    await Promise.all([this.letGo, this.listener?.close()])
  }

  private lookLater(): void {
    if (this.isClosed) return
    this.timer = this.options.clock.setTimer(this.pauseMs, () => this.look())
    this.pauseMs = Math.min(this.pauseMs * 2, LATE_MS)
  }

  private look(): void {
    const socket = this.options.dial()
    this.looking = socket
    let isThere = false
    socket.once('connect', () => {
      isThere = true
      socket.destroy()
      this.opening = this.open()
    })
    socket.on('error', () => {
      if (!isThere) this.lookLater()
    })
  }

  private async open(): Promise<void> {
    try {
      const listener = await Listener.open(this.host, this.port)
      this.listener = listener
      listener.serve(this.accept)
    } catch {
      // Somebody has the port for now.
      this.lookLater()
    }
  }
}

import type { CallOptions } from '../channel.ts'
import { nextTurn } from '../time.ts'

/** What a gate asks of the producer behind it. */
export interface GateOptions {
  /** So many bytes may be taken and not yet settled; one message more is let in when there are fewer. */
  readonly maxBytes: number
  /** Whether more results may come up to be read. */
  readonly hasRoom: () => boolean
  /** Resolves when there is room for results again; rejects when there will be none. */
  readonly whenRoom: () => Promise<void>
  /** Somebody waits for bytes: what is held back for larger batches must go out. */
  readonly onFull: () => void
  readonly closedError: () => Error
}

interface Waiter {
  admit(): void
  refuse(reason: unknown): void
}

/** After so many bytes in one go whoever sends them waits until what they set off has happened. */
const BYTES_PER_TURN = 512 * 1024

/** What is returned for every message that was let in at once. */
export const ADMITTED: Promise<void> = Promise.resolve()

/** Lets messages into a producer: at once while there is room, then one after the other as room is made. */
export class Gate {
  private readonly options: GateOptions
  private readonly waiters = new Set<Waiter>()
  private bytes = 0
  private bytesOfTurn = 0
  private turn: Promise<void> | undefined
  private awaitsRoom = false
  private isAdmitting = false
  private closed = false

  constructor(options: GateOptions) {
    this.options = options
  }

  /**
   * Has a message taken by `accept`, now or when there is room. Where it is now, no promise is made for it.
   * @param accept takes the message, and says by {@link took} how large it is
   */
  enter(accept: () => void, { signal }: CallOptions): Promise<void> {
    if (this.closed) return Promise.reject(this.options.closedError())
    if (signal?.aborted) return Promise.reject(signal.reason)
    if (this.waiters.size === 0 && this.isOpen()) {
      accept()
      return this.bytesOfTurn < BYTES_PER_TURN ? ADMITTED : this.nextTurn()
    }
    const admitted = new Promise<void>((resolve, reject) => {
      const abort = (): void => waiter.refuse(signal?.reason)
      const leave = (): void => {
        this.waiters.delete(waiter)
        signal?.removeEventListener('abort', abort)
      }
      const waiter: Waiter = {
        admit: () => {
          leave()
          accept()
          resolve()
        },
        refuse: (reason) => {
          leave()
          reject(reason)
        },
      }
      this.waiters.add(waiter)
      signal?.addEventListener('abort', abort, { once: true })
    })
    this.open()
    return admitted
  }

  /** A message of so many bytes was taken. */
  took(bytes: number): void {
    this.bytes += bytes
    this.bytesOfTurn += bytes
  }

  /** Messages of so many bytes are settled. */
  gave(bytes: number): void {
    this.bytes -= bytes
    if (this.waiters.size > 0) this.open()
  }

  /** Refuses those who wait, and everybody from now on. */
  close(): void {
    this.closed = true
    for (const waiter of this.waiters) waiter.refuse(this.options.closedError())
  }

  private isOpen(): boolean {
    return this.bytes < this.options.maxBytes && this.options.hasRoom()
  }

  private open(): void {
    // Who is let in may be settled at once, and so comes here again.
    if (this.isAdmitting) return
    this.isAdmitting = true
    try {
      for (const waiter of this.waiters) {
        if (!this.isOpen()) break
        waiter.admit()
      }
    } finally {
      this.isAdmitting = false
    }
    if (this.waiters.size === 0) return
    if (this.bytes >= this.options.maxBytes) this.options.onFull()
    else this.awaitRoom()
  }

  private awaitRoom(): void {
    if (this.awaitsRoom) return
    this.awaitsRoom = true
    const go = (): void => {
      this.awaitsRoom = false
      this.open()
    }
    this.options.whenRoom().then(go, () => {
      this.awaitsRoom = false
    })
  }

  /** One promise for all who send in this turn: an endless loop of sends would keep answers from being read. */
  private nextTurn(): Promise<void> {
    this.turn ??= nextTurn().then(() => {
      this.turn = undefined
      this.bytesOfTurn = 0
    })
    return this.turn
  }
}

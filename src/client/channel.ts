/** What one call to a channel may be told. */
export interface CallOptions {
  /** Ends the wait: the call rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined
}

/** The end of a channel that values go into. */
export interface SendChannel<T> {
  /** Hands a value over; resolves when there was room for it. Rejects when the channel is closed. */
  send(value: T, options?: CallOptions): Promise<void>
}

/**
 * The end of a channel that values come out of. Each value goes to one reader. To leave a loop over it (`break`) closes nothing: the
 * next loop goes on where that one ended.
 */
export interface ReceiveChannel<T> extends AsyncIterable<T> {
  /** The next value; undefined when the channel is closed and empty. */
  receive(options?: CallOptions): Promise<T | undefined>
  /** How many values wait to be read. */
  readonly length: number
}

interface Receiver<T> {
  resolve(result: IteratorResult<T, undefined>): void
  reject(error: unknown): void
}

/** One who waits for room. */
interface Sender {
  /** There is room. */
  admit(): void
  reject(error: unknown): void
}

/** What who need not wait is given: no promise is made for each. */
const ADMITTED: Promise<void> = Promise.resolve()

const DONE: IteratorReturnResult<undefined> = Object.freeze({ done: true, value: undefined })

/** A queue between two who wait for each other: Go's channel. */
export class Channel<T> implements SendChannel<T>, ReceiveChannel<T> {
  private readonly capacity: number
  private readonly closedError: () => Error
  private queue: T[] = []
  private head = 0
  private readonly receivers = new Set<Receiver<T>>()
  private readonly senders = new Set<Sender>()
  private isClosed = false

  /**
   * @param capacity how many values may wait before `send` does; 0 counts as 1
   * @param closedError what `send` rejects with after {@link close}
   */
  constructor(capacity: number, closedError: () => Error = () => new Error('the channel is closed')) {
    this.capacity = Math.max(1, capacity)
    this.closedError = closedError
  }

  get length(): number {
    return this.queue.length - this.head
  }

  get closed(): boolean {
    return this.isClosed
  }

  /** Whether no more than its capacity waits in it. */
  get hasRoom(): boolean {
    return this.length < this.capacity
  }

  send(value: T, options: CallOptions = {}): Promise<void> {
    return this.admitted(() => this.push(value), options)
  }

  /** Hands a value over whether there is room or not: for those that are bounded otherwise. */
  push(value: T): void {
    if (this.isClosed) throw this.closedError()
    for (const receiver of this.receivers) {
      this.receivers.delete(receiver)
      receiver.resolve({ done: false, value })
      return
    }
    this.queue.push(value)
  }

  /** Resolves when there is room, first come, first served. Rejects when the channel is closed. */
  whenRoom(options: CallOptions = {}): Promise<void> {
    return this.admitted(() => {}, options)
  }

  async receive({ signal }: CallOptions = {}): Promise<T | undefined> {
    signal?.throwIfAborted()
    if (this.length > 0) return this.shift()
    if (this.isClosed) return undefined
    const { value } = await new Promise<IteratorResult<T, undefined>>((resolve, reject) => {
      const abort = (): void => {
        this.receivers.delete(receiver)
        reject(signal?.reason)
      }
      const receiver: Receiver<T> = {
        resolve: (result) => {
          signal?.removeEventListener('abort', abort)
          resolve(result)
        },
        reject,
      }
      this.receivers.add(receiver)
      signal?.addEventListener('abort', abort, { once: true })
    })
    return value
  }

  /** No more values go in; those that are there can still be read. */
  close(): void {
    if (this.isClosed) return
    this.isClosed = true
    for (const receiver of this.receivers) receiver.resolve(DONE)
    this.receivers.clear()
    for (const sender of this.senders) sender.reject(this.closedError())
    this.senders.clear()
  }

  /** Takes out what waits. */
  drain(): T[] {
    const rest = this.queue.slice(this.head)
    this.queue = []
    this.head = 0
    this.admitSenders()
    return rest
  }

  [Symbol.asyncIterator](): AsyncIterator<T, undefined> {
    return {
      next: () => {
        if (this.length > 0) return Promise.resolve({ done: false, value: this.shift() as T })
        if (this.isClosed) return Promise.resolve(DONE)
        return new Promise((resolve, reject) => this.receivers.add({ resolve, reject }))
      },
      return: () => Promise.resolve(DONE),
    }
  }

  private shift(): T | undefined {
    const value = this.queue[this.head]
    this.queue[this.head++] = undefined as T
    if (this.head === this.queue.length) {
      this.queue = []
      this.head = 0
    } else if (this.head >= 1024 && this.head * 2 >= this.queue.length) {
      this.queue = this.queue.slice(this.head)
      this.head = 0
    }
    this.admitSenders()
    return value
  }

  private admitSenders(): void {
    for (const sender of this.senders) {
      if (!this.hasRoom) return
      this.senders.delete(sender)
      sender.admit()
    }
  }

  /** Does something as soon as there is room, at once when nobody waits for it already. */
  private admitted(enter: () => void, { signal }: CallOptions): Promise<void> {
    if (this.isClosed) return Promise.reject(this.closedError())
    if (signal?.aborted) return Promise.reject(signal.reason)
    if (this.hasRoom && this.senders.size === 0) {
      enter()
      return ADMITTED
    }
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        this.senders.delete(sender)
        reject(signal?.reason)
      }
      const sender: Sender = {
        admit: () => {
          signal?.removeEventListener('abort', abort)
          enter()
          resolve()
        },
        reject: (error) => {
          signal?.removeEventListener('abort', abort)
          reject(error)
        },
      }
      this.senders.add(sender)
      signal?.addEventListener('abort', abort, { once: true })
    })
  }
}

import type { CallOptions, ReceiveChannel } from '../channel.ts'
import { nextTurn } from '../time.ts'
import type { ConsumerInterceptor, ConsumerMessage } from './consumer-message.ts'
import type { FetchedRecords } from './fetched-records.ts'

/** After so many messages without a wait, a reader lets the event loop come round: sockets, timers and other readers have their turn. */
const BURST = 1000

const DONE: IteratorReturnResult<undefined> = Object.freeze({ done: true, value: undefined })

/** What becomes of the answers as they are read. */
export interface MessagesOwner {
  readonly interceptors: readonly ConsumerInterceptor[]
  /** An answer has been read to its end. */
  onRead(): void
  /** A batch cannot be read. Nothing that was fetched after it is left. */
  onFault(error: unknown, offset: number): void
}

interface Receiver {
  resolve(result: IteratorResult<ConsumerMessage, undefined>): void
  reject(error: unknown): void
}

/**
 * The messages of a partition: a channel whose buffer is what was fetched. Nothing is decoded before it is read. How much may wait is for the owner to
 * say, by asking for no more.
 */
export class Messages implements ReceiveChannel<ConsumerMessage> {
  private readonly owner: MessagesOwner
  private current: FetchedRecords | undefined
  private readonly queue: FetchedRecords[] = []
  private readonly receivers = new Set<Receiver>()
  private isFinished = false
  private burst = 0

  constructor(owner: MessagesOwner) {
    this.owner = owner
  }

  /** Of compressed message sets (before Kafka 0.11) and of transactions no more is known than their batches' headers tell. */
  get length(): number {
    return this.answers.reduce((sum, records) => sum + records.waiting, 0)
  }

  /** How many answers are not read to their end. */
  get depth(): number {
    return this.current === undefined ? 0 : this.queue.length + 1
  }

  /** Adds an answer at the end; who waits for messages hears of it by {@link deliver}. */
  push(records: FetchedRecords): void {
    if (this.current === undefined) this.current = records
    else this.queue.push(records)
  }

  /** Hands messages to those who wait. */
  deliver(): void {
    for (const receiver of this.receivers) {
      const message = this.take()
      if (message === undefined) break
      this.receivers.delete(receiver)
      receiver.resolve({ done: false, value: message })
    }
  }

  /** Nothing comes any more; what is there can still be read. */
  finish(): void {
    this.isFinished = true
    this.deliver()
    if (this.current !== undefined) return
    for (const receiver of this.receivers) receiver.resolve(DONE)
    this.receivers.clear()
  }

  /** Drops what was not read. */
  clear(): void {
    this.current = undefined
    this.queue.length = 0
  }

  async receive({ signal }: CallOptions = {}): Promise<ConsumerMessage | undefined> {
    signal?.throwIfAborted()
    const result = this.readNow()
    if (result !== undefined) return (await result).value
    const { value } = await new Promise<IteratorResult<ConsumerMessage, undefined>>((resolve, reject) => {
      const abort = (): void => {
        this.receivers.delete(receiver)
        reject(signal?.reason)
      }
      const receiver: Receiver = {
        resolve: (received) => {
          signal?.removeEventListener('abort', abort)
          resolve(received)
        },
        reject,
      }
      this.receivers.add(receiver)
      signal?.addEventListener('abort', abort, { once: true })
    })
    return value
  }

  [Symbol.asyncIterator](): AsyncIterator<ConsumerMessage, undefined> {
    return {
      next: () => this.readNow() ?? new Promise((resolve, reject) => this.receivers.add({ resolve, reject })),
      return: () => Promise.resolve(DONE),
    }
  }

  private get answers(): FetchedRecords[] {
    return this.current === undefined ? [] : [this.current, ...this.queue]
  }

  /** Undefined when there is nothing to be read yet. */
  private readNow(): Promise<IteratorResult<ConsumerMessage, undefined>> | undefined {
    const value = this.take()
    if (value === undefined) {
      this.burst = 0
      return this.isFinished && this.current === undefined ? Promise.resolve(DONE) : undefined
    }
    if (++this.burst < BURST) return Promise.resolve({ done: false, value })
    this.burst = 0
    return nextTurn().then(() => ({ done: false, value }))
  }

  private take(): ConsumerMessage | undefined {
    for (let records = this.current; records !== undefined; records = this.current) {
      let message: ConsumerMessage | undefined
      try {
        message = records.next()
      } catch (error) {
        this.clear()
        this.owner.onFault(error, records.position)
        return undefined
      }
      if (message !== undefined) return this.intercepted(message)
      this.current = this.queue.shift()
      this.owner.onRead()
    }
    return undefined
  }

  private intercepted(message: ConsumerMessage): ConsumerMessage {
    let current = message
    for (const interceptor of this.owner.interceptors) {
      try {
        current = interceptor.onConsume(current) ?? current
      } catch {
        // As in Sarama, an interceptor that fails is passed over.
      }
    }
    return current
  }
}

import {
  type Consumer,
  type ConsumerMessage,
  ErrOffsetOutOfRange,
  OffsetNewest,
  OffsetOldest,
  type PartitionConsumer,
} from '../../../../client/index.ts'
import { kafkaError } from '../errors.ts'
import type { OffsetReset } from './instance-options.ts'

/** So many records of a partition wait at most to be asked for. */
const READ_AHEAD = 500

/** Where to read on: an offset, the first one, or the end. */
export type Target = number | 'beginning' | 'end'

/** A partition that a consumer holds, what was fetched of it, and where it is in it. */
export class HeldPartition {
  readonly topic: string
  readonly partition: number
  /** Of the record that is handed out next; undefined before it is known. */
  position: number | undefined
  readonly #consumer: () => Promise<Consumer>
  readonly #arrived: () => void
  #target: Target | undefined
  /** How often. */
  #closed = 0
  #reader: PartitionConsumer | undefined
  #waiting: ConsumerMessage[] = []
  #room = Promise.withResolvers<void>()

  /** @param arrived is told of every record that is there to be handed out */
  constructor(consumer: () => Promise<Consumer>, topic: string, partition: number, arrived: () => void) {
    this.#consumer = consumer
    this.topic = topic
    this.partition = partition
    this.#arrived = arrived
  }

  get isOpen(): boolean {
    return this.#reader !== undefined
  }

  /** Whether nothing is left to be handed out, as far as the broker has told. */
  get isAtEnd(): boolean {
    const { position, isOpen } = this
    return isOpen && this.#waiting.length === 0 && (position ?? 0) >= (this.#reader?.highWaterMarkOffset() ?? 0)
  }

  /** Goes on elsewhere: from when on it is read next. */
  seek(target: Target): void {
    this.close()
    this.#target = target
    this.position = typeof target === 'number' ? target : undefined
  }

  /**
   * Begins to read, where it was told to, where the group has committed, or where `auto.offset.reset` says.
   * @throws RestError 50002 without any of these; what the client says of a partition that cannot be read
   */
  async open(committed: number | undefined, reset: OffsetReset): Promise<void> {
    const closed = this.#closed
    const from = this.#target ?? this.position ?? committed ?? this.#reset(reset)
    const offset = from === 'beginning' ? OffsetOldest : from === 'end' ? OffsetNewest : from
    let reader: PartitionConsumer
    try {
      reader = await (await this.#consumer()).consumePartition(this.topic, this.partition, offset)
    } catch (error) {
      if (!(error instanceof ErrOffsetOutOfRange)) throw error
      if (closed !== this.#closed) return
      this.seek(this.#reset(reset))
      return this.open(undefined, reset)
    }
    // Sent elsewhere, or given up, meanwhile.
    if (closed !== this.#closed) return reader.asyncClose()
    this.#target = undefined
    this.position = reader.initialOffset
    this.#reader = reader
    // What ends a reader is that its offset is gone: it begins anew with the next request.
    this.#pump(reader).catch(() => {})
  }

  /** The record that comes next. */
  peek(): ConsumerMessage | undefined {
    return this.#waiting[0]
  }

  /** It is handed out. */
  next(): void {
    const [message] = this.#waiting.splice(0, 1)
    if (message === undefined) return
    this.position = message.offset + 1
    this.#room.resolve()
    this.#room = Promise.withResolvers()
  }

  close(): void {
    this.#closed++
    this.#reader?.asyncClose()
    this.#reader = undefined
    this.#waiting = []
    this.#room.resolve()
    this.#room = Promise.withResolvers()
  }

  async #pump(reader: PartitionConsumer): Promise<void> {
    for await (const message of reader.messages) {
      if (reader !== this.#reader) return
      this.#waiting.push(message)
      this.#arrived()
      while (this.#waiting.length >= READ_AHEAD && reader === this.#reader) await this.#room.promise
    }
    const ended = await reader.ended
    if (reader !== this.#reader || ended === undefined) return
    while (this.#waiting.length > 0 && reader === this.#reader) await this.#room.promise
    if (reader === this.#reader) this.#reader = undefined
  }

  #reset(reset: OffsetReset): 'beginning' | 'end' {
    if (reset === 'earliest') return 'beginning'
    if (reset === 'latest') return 'end'
    throw kafkaError(`Undefined offset with no reset policy for partitions: [${this.topic}-${this.partition}]`)
  }
}

import type { ReceiveChannel } from '../channel.ts'
import type { ConsumerError } from '../errors/client-errors.ts'
import type { ConsumerMessage } from './consumer-message.ts'

/**
 * Reads one partition. It goes on through all that may pass (leaders that move, brokers that are away), and ends by itself only when its offset is out of range, or when it
 * has failed `consumer.retry.max` times in a row.
 *
 * ```ts
 * for await (const message of partitionConsumer.messages) console.log(message.offset, message.value?.toString())
 * ```
 */
export interface PartitionConsumer extends AsyncDisposable {
  readonly topic: string
  readonly partition: number
  /** The offset that it began at: what OffsetNewest and OffsetOldest stood for. */
  readonly initialOffset: number
  /**
   * The messages in the order of their offsets. They are read where they lie in the last two answers of the broker, each up to `consumer.fetch.default` bytes (this is its buffer,
   * and not `channelBufferSize`): a partition whose messages are not read is not fetched any further.
   */
  readonly messages: ReceiveChannel<ConsumerMessage>
  /** What went wrong, where `consumer.return.errors` asks for it; it then must be read: while `channelBufferSize` of them wait, nothing is tried again. */
  readonly errors: ReceiveChannel<ConsumerError>
  /**
   * Resolves when nothing is fetched any more: with the reason where it ended by itself, whether `consumer.return.errors` is set or not; with undefined after
   * `close` or `asyncClose`. Never rejects. What was fetched before it ended by itself can still be read, then `messages` ends.
   */
  readonly ended: Promise<ConsumerError | undefined>
  /** The offset of the message that will be produced next, as the broker told it last: how far behind the reader is. */
  highWaterMarkOffset(): number
  /** Fetches no more until {@link resume}. What was fetched, or is under way, can still be read. */
  pause(): void
  resume(): void
  isPaused(): boolean
  /** Ends it at once: `messages` and `errors` end, and what was not read is dropped, but for the errors. */
  asyncClose(): void
  /**
   * Ends it as {@link asyncClose} does.
   * @throws ConsumerErrors with the errors that nobody has read
   */
  close(): Promise<void>
}

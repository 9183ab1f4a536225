import type { RecordHeader } from '../../protocol/records/record.ts'

/**
 * A record as it was read: a plain object. Key, value and headers are views of what was fetched: whoever keeps one for long keeps all that came with
 * it, up to `consumer.fetch.maxBytes`, but for a copy (`Buffer.from(message.value)`).
 */
export interface ConsumerMessage {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  /** Milliseconds since 1970; -1 when there is none. */
  readonly timestamp: number
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: readonly RecordHeader[]
}

/** Sees every message before the reader does, and may replace it by the one that it returns. What it throws is dropped. */
export interface ConsumerInterceptor {
  onConsume(message: ConsumerMessage): ConsumerMessage | undefined
}

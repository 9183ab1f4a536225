import type { RecordHeader } from '../../protocol/records/record.ts'

/** A record as it was read. Key, value and headers are views of what was fetched: a copy keeps them longer without keeping the rest. */
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

import type { Encodable } from '../encoder.ts'

/** A header of a record (KIP-82). */
export interface RecordHeader {
  readonly key: string
  readonly value: string | Uint8Array | null
}

/** A message as it goes into a producer, and comes out of it by `successes` or, in a ProducerError, by `errors`. */
export interface ProducerMessage {
  topic: string
  /** What the partitioner looks at, and compaction. Left out or null: no key. */
  key?: Encodable | null
  /** Left out or null: a tombstone. */
  value?: Encodable | null
  /** Need Kafka 0.11. */
  headers?: readonly RecordHeader[]
  /** The application's own; it is not sent, and comes back with the message. */
  metadata?: unknown
  /** Milliseconds since 1970. Left out: when it is sent; then filled in. With LogAppendTime the broker's comes back. */
  timestamp?: number
  /** Where it was written. For newManualPartitioner, where it is to be. */
  partition?: number
  /** At which offset it was written; -1 with NoResponse. */
  offset?: number
}

/** Sees every message before it is partitioned, and may change it. What it throws is dropped. */
export interface ProducerInterceptor {
  onSend(message: ProducerMessage): void
}

import type { CompressionType } from '../../../protocol/records/batch-layout.ts'

/** What a header's value can be. */
export type HeaderToAppend = string | Uint8Array | null

/** A record that a test puts into a log. */
export interface RecordToAppend {
  /** Text, bytes, or anything that JSON can say. Left out, or null: none. */
  readonly key?: unknown
  /** Text, bytes, or anything that JSON can say. Left out, or null: a tombstone. */
  readonly value?: unknown
  /** A list where a key comes more than once. */
  readonly headers?: Readonly<Record<string, HeaderToAppend | readonly HeaderToAppend[]>>
  /** ms since 1970. Default: the cluster's clock. */
  readonly timestamp?: number | Date
  /** Default: by the key, where Kafka's clients put it; without one, each in its turn. */
  readonly partition?: number
}

/** How records are appended. */
export interface AppendOptions {
  /** Of the batches. Default: `none`. */
  readonly compression?: CompressionType
  /**
   * -1 (the default): done when every in-sync replica has the records, so that consumers see them; refused while too few are in sync
   * (`min.insync.replicas`). 1: done when the leader has them.
   */
  readonly acks?: -1 | 1
}

/** Where a record has come to lie. */
export interface AppendedRecord {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  /** ms since 1970; the time of the append where the topic wants that (`message.timestamp.type`). */
  readonly timestamp: number
}

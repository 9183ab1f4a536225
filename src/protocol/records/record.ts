/** A header of a record (KIP-82). Its key is UTF-8 on the wire; bytes that are not become U+FFFD. */
export interface RecordHeader {
  readonly key: string
  readonly value: Buffer | null
}

/** One record as it was read. Key, value and header values are views into the batch, or into what it decompressed to. */
export interface KafkaRecord {
  readonly offset: number
  /** Milliseconds since 1970; -1 when there is none. In a LogAppendTime batch every record has the batch's. */
  readonly timestamp: number
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: readonly RecordHeader[]
}

/** Bytes to write: a string is written as UTF-8. */
export type BytesInput = Uint8Array | string

export interface RecordHeaderInput {
  readonly key: string
  readonly value?: BytesInput | null
}

/** One record to write. */
export interface RecordInput {
  readonly key?: BytesInput | null
  readonly value?: BytesInput | null
  readonly headers?: readonly RecordHeaderInput[]
  /** Milliseconds since 1970; -1 for none. */
  readonly timestamp: number
  /** Left out: one more than the record before, or the batch's base offset. Given: greater than the record before. */
  readonly offset?: number
}

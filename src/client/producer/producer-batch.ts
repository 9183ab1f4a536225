import { incrementSequence } from '../../protocol/records/batch-layout.ts'
import { BatchWriter, type SealOptions } from '../../protocol/records/batch-writer.ts'
import { buildMessageSet } from '../../protocol/records/message-set.ts'
import type { RecordInput } from '../../protocol/records/record.ts'
import { type Encoded, encoded } from './message-check.ts'
import type { ProducerMessage } from './producer-message.ts'

/** How a producer's batches are written, by its config. */
export type BatchFormat = Pick<SealOptions, 'compression' | 'compressionLevel' | 'isTransactional'>

/** Whose a batch is, and where its first record stands among that producer's (KIP-98). */
interface BatchSequence {
  readonly producerId: number
  readonly producerEpoch: number
  readonly baseSequence: number
}

const NO_SEQUENCE: BatchSequence = { producerId: -1, producerEpoch: -1, baseSequence: -1 }

/** Messages of one partition that go out, are acknowledged and are retried together. */
export class ProducerBatch {
  readonly messages: ProducerMessage[] = []
  /** What its messages count in the producer's bound, in bytes. */
  weight = 0
  /** How often it was sent. */
  attempts = 0
  /** Whether it may go out although more messages could join it. */
  due = false
  /** Whether a broker may have appended it in an attempt that is not known to have failed. */
  mayBeAppended = false
  sequence: BatchSequence | null = null
  private readonly format: BatchFormat
  private readonly writer: BatchWriter

  /** @param capacity how many bytes it is expected to have */
  constructor(format: BatchFormat, capacity: number) {
    this.format = format
    this.writer = new BatchWriter(capacity)
  }

  get count(): number {
    return this.messages.length
  }

  /** In bytes, uncompressed. */
  get size(): number {
    return this.writer.size
  }

  /** @throws what {@link BatchWriter.append} throws; the message is not in the batch then */
  append(message: ProducerMessage, key: Encoded, value: Encoded, timestamp: number, weight: number): void {
    this.writer.append(timestamp, key, value, message.headers)
    this.messages.push(message)
    this.weight += weight
  }

  /** The record batch as it is sent. */
  encode(): Buffer {
    return this.writer.seal({ ...this.format, ...(this.sequence ?? NO_SEQUENCE) })
  }

  /** The same messages as brokers before 0.11 take them. */
  encodeMessageSet(magic: 0 | 1, now: number): Buffer {
    const records = this.messages.map((message): RecordInput => {
      const { key, value, timestamp } = message
      return { key: encoded(key, 'key'), value: encoded(value, 'value'), timestamp: timestamp ?? now }
    })
    return buildMessageSet(records, { magic, compression: this.format.compression })
  }

  /**
   * The same messages in batches of their own, one for each run of messages that `cut` puts together. Sequence numbers stay what they were.
   * @param cut where, by the index of their first message, the second and later batches begin
   */
  split(cut: readonly number[], now: number): ProducerBatch[] {
    const bounds = [0, ...cut, this.count]
    const share = this.weight / this.count
    const parts: ProducerBatch[] = []
    for (let i = 0; i + 1 < bounds.length; i++) {
      const from = bounds[i] as number
      const to = bounds[i + 1] as number
      const part = new ProducerBatch(this.format, (this.size * (to - from)) / this.count)
      for (const message of this.messages.slice(from, to)) {
        const { key, value, timestamp = now } = message
        part.append(message, encoded(key, 'key'), encoded(value, 'value'), timestamp, share)
      }
      part.attempts = this.attempts
      part.mayBeAppended = this.mayBeAppended
      part.due = true
      if (this.sequence !== null) {
        part.sequence = { ...this.sequence, baseSequence: incrementSequence(this.sequence.baseSequence, from) }
      }
      parts.push(part)
    }
    return parts
  }
}

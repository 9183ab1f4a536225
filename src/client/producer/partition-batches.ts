import type { Encoded } from './message-check.ts'
import { type BatchFormat, ProducerBatch } from './producer-batch.ts'
import type { ProducerMessage } from './producer-message.ts'

/** How large the batches of a partition become. */
interface BatchLimits {
  /** In bytes. A message that has more of them alone is a batch of its own. */
  readonly maxBytes: number
  /** 0: any number. */
  readonly maxMessages: number
}

/**
 * The batches of one partition in their order. One is open: messages join it. Those before it are sealed: they can go out. Those before them are unsettled: they were sent
 * at least once, and some of them are to go out again.
 */
export class PartitionBatches {
  private readonly format: BatchFormat
  private readonly limits: BatchLimits
  private open: ProducerBatch | undefined
  private sealed: ProducerBatch[] = []
  private unsettled: ProducerBatch[] = []
  /** Some of the unsettled. */
  private again: ProducerBatch[] = []
  private expectedSize = 0

  constructor(format: BatchFormat, limits: BatchLimits) {
    this.format = format
    this.limits = limits
  }

  /** The one that messages still join, unless it may go out anyway. */
  get gathering(): ProducerBatch | undefined {
    return this.open?.due === false ? this.open : undefined
  }

  /** The one whose turn it is to go out. */
  get first(): ProducerBatch | undefined {
    return this.again[0] ?? this.sealed[0] ?? this.open
  }

  /** Those that were sent, and of which it is not known for good what became of them. */
  get sent(): readonly ProducerBatch[] {
    return this.unsettled
  }

  /** Those that wait to go out, those that were sent before first. */
  get waiting(): ProducerBatch[] {
    const { again, sealed, open } = this
    return open === undefined ? [...again, ...sealed] : [...again, ...sealed, open]
  }

  /** Puts a message at the end; the batch that it is in. @throws what no batch can hold */
  append(message: ProducerMessage, key: Encoded, value: Encoded, timestamp: number, weight: number): ProducerBatch {
    const { maxBytes, maxMessages } = this.limits
    let batch = this.open
    if (batch !== undefined && (batch.size + weight > maxBytes || (maxMessages > 0 && batch.count >= maxMessages))) {
      batch.due = true
      this.sealed.push(batch)
      this.open = undefined
      batch = undefined
    }
    // One that cannot hold its first message is never seen.
    const joined = batch ?? new ProducerBatch(this.format, this.capacity())
    joined.append(message, key, value, timestamp, weight)
    this.open = joined
    return joined
  }

  /** Takes out the first; whether it goes out for the first time. */
  take(batch: ProducerBatch): boolean {
    if (batch === this.again[0]) {
      this.again.shift()
      return false
    }
    if (batch === this.sealed[0]) this.sealed.shift()
    else this.open = undefined
    this.expectedSize = Math.max(batch.size, this.expectedSize >> 1)
    this.unsettled.push(batch)
    return true
  }

  /** Forgets one that was sent; others may come in its place. */
  replace(batch: ProducerBatch, parts: readonly ProducerBatch[] = []): void {
    const place = this.unsettled.indexOf(batch)
    if (place >= 0) this.unsettled.splice(place, 1, ...parts)
  }

  /** All that are unsettled are to go out again. */
  repeat(): void {
    this.again = [...this.unsettled]
  }

  /** Lets go out what is open. */
  flush(): void {
    if (this.open !== undefined) this.open.due = true
  }

  /** Forgets some of those that wait, which it returns. */
  drop(isLost: (batch: ProducerBatch) => boolean): ProducerBatch[] {
    const lost = new Set(this.waiting.filter(isLost))
    if (lost.size === 0) return []
    const keep = (batch: ProducerBatch): boolean => !lost.has(batch)
    this.again = this.again.filter(keep)
    this.unsettled = this.unsettled.filter(keep)
    this.sealed = this.sealed.filter(keep)
    if (this.open !== undefined && lost.has(this.open)) this.open = undefined
    return [...lost]
  }

  /** Forgets all, which it returns. */
  clear(): ProducerBatch[] {
    const all = new Set([...this.unsettled, ...this.waiting])
    this.unsettled = []
    this.again = []
    this.sealed = []
    this.open = undefined
    return [...all]
  }

  /** As large as the last ones were, and a little more. */
  private capacity(): number {
    return Math.min(this.expectedSize + (this.expectedSize >> 3), this.limits.maxBytes)
  }
}

import type { TopicPartitions } from './topic-partitions.ts'
import type { Transaction } from './transaction.ts'

/** A transaction of which it is decided how it ends, until every partition has its marker. */
export class Completion {
  /** The partition of `__transaction_state` that the transaction belongs to. */
  readonly index: number
  readonly prepared: Transaction
  /** What it will be. */
  readonly completed: Transaction
  /** The partitions that have no marker yet. */
  remaining: TopicPartitions
  private cancelled = false

  constructor(index: number, prepared: Transaction, completed: Transaction) {
    this.index = index
    this.prepared = prepared
    this.completed = completed
    this.remaining = prepared.partitions
  }

  get isCancelled(): boolean {
    return this.cancelled
  }

  /** Another coordinator goes on with it. */
  cancel(): void {
    this.cancelled = true
  }
}

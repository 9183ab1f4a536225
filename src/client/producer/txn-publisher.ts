import type { TopicPartition } from '../topic-partition.ts'
import type { TransactionManager } from './transaction-manager.ts'

/** Makes partitions parts of a transaction, all that ask in one turn by one request. */
export class TxnPublisher {
  private readonly transactions: TransactionManager
  private asked: TopicPartition[] = []
  private published: Promise<void> | undefined

  constructor(transactions: TransactionManager) {
    this.transactions = transactions
  }

  publish(partition: TopicPartition, signal: AbortSignal): Promise<void> {
    this.asked.push(partition)
    this.published ??= new Promise((resolve) => process.nextTick(resolve)).then(() => {
      const { asked } = this
      this.asked = []
      this.published = undefined
      return this.transactions.publishTxnPartitions(asked, { signal })
    })
    return this.published
  }
}

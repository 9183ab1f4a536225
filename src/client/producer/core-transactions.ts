import type { CallOptions } from '../channel.ts'
import type { ConsumerMessage } from '../consumer/consumer-message.ts'
import type { ProducerCore } from './producer-core.ts'
import type { ProducerTransactions } from './producer-transactions.ts'
import type { ConsumerGroupMetadata, TxnOffsets } from './transactions/transaction-offsets.ts'
import {
  ProducerTxnFlagAbortableError,
  ProducerTxnFlagInTransaction,
  type ProducerTxnStatusFlag,
} from './transactions/txn-status.ts'

/** Transactions of both kinds of producers. */
export class CoreTransactions implements ProducerTransactions {
  protected readonly core: ProducerCore

  constructor(core: ProducerCore) {
    this.core = core
  }

  get isTransactional(): boolean {
    return this.core.transactions.isTransactional
  }

  get txnStatus(): ProducerTxnStatusFlag {
    return this.core.transactions.status
  }

  async beginTxn(): Promise<void> {
    this.core.transactions.begin()
  }

  commitTxn(options: CallOptions = {}): Promise<void> {
    return this.core.transactions.end(true, () => this.core.flush(), options)
  }

  abortTxn(options: CallOptions = {}): Promise<void> {
    return this.core.transactions.end(false, () => this.core.flush(), options)
  }

  async addOffsetsToTxn(offsets: TxnOffsets, group: string | ConsumerGroupMetadata): Promise<void> {
    this.core.transactions.addOffsets(offsets, group)
  }

  addMessageToTxn(
    { topic, partition, offset }: Pick<ConsumerMessage, 'topic' | 'partition' | 'offset'>,
    group: string | ConsumerGroupMetadata,
    metadata: string | null = null,
  ): Promise<void> {
    return this.addOffsetsToTxn({ [topic]: [{ partition, offset: offset + 1, metadata }] }, group)
  }

  /** Takes no more messages, settles those there are, and gives up a transaction that nobody has ended. */
  protected async shutDown({ signal }: CallOptions): Promise<void> {
    await this.core.close({ signal })
    const isOpen = (this.txnStatus & (ProducerTxnFlagInTransaction | ProducerTxnFlagAbortableError)) !== 0
    // Else readers of committed messages would wait for `producer.transaction.timeout`, which they do when this fails.
    if (isOpen && signal?.aborted !== true) await this.abortTxn({ signal }).catch(() => {})
    this.core.transactions.close()
  }
}

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
  /** Nobody waits any longer for the end. */
  private readonly hurry = new AbortController()
  private closed: Promise<void> | undefined

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

  /** Closes once, and does what comes after that; the signal of any call has what is not settled fail. */
  protected closeOnce({ signal }: CallOptions, after: () => Promise<void>): Promise<void> {
    const hurry = (): void => this.hurry.abort(signal?.reason)
    if (signal?.aborted) hurry()
    signal?.addEventListener('abort', hurry, { once: true })
    this.closed ??= this.shutDown(this.hurry.signal).then(after)
    const release = (): void => signal?.removeEventListener('abort', hurry)
    this.closed.then(release, release)
    return this.closed
  }

  /** Takes no more messages, settles those there are, and gives up a transaction that nobody has ended. */
  private async shutDown(signal: AbortSignal): Promise<void> {
    await this.core.close({ signal })
    const isOpen = (this.txnStatus & (ProducerTxnFlagInTransaction | ProducerTxnFlagAbortableError)) !== 0
    // Else readers of committed messages would wait for `producer.transaction.timeout`, which they do when this fails.
    if (isOpen && !signal.aborted) await this.abortTxn({ signal }).catch(() => {})
    this.core.transactions.close()
  }
}

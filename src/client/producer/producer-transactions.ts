import type { CallOptions } from '../channel.ts'
import type { ConsumerMessage } from '../consumer/consumer-message.ts'
import type { ProducerCore } from './producer-core.ts'
import {
  type ConsumerGroupMetadata,
  ProducerTxnFlagAbortableError,
  ProducerTxnFlagInTransaction,
  type ProducerTxnStatusFlag,
  type TxnOffsets,
} from './transaction-manager.ts'

/** The part of a producer that is about transactions (KIP-98); it needs `producer.transaction.id`. */
export interface ProducerTransactions {
  readonly isTransactional: boolean
  /** Flags of ProducerTxnFlag… */
  readonly txnStatus: ProducerTxnStatusFlag
  /** Begins a transaction: messages are taken in one alone. @throws ErrNonTransactedProducer, ErrTransitionNotAllowed, the error that made the producer useless */
  beginTxn(): Promise<void>
  /**
   * Waits for what was sent, and commits it with the offsets that were added.
   * @throws ErrNonTransactedProducer, ErrTransitionNotAllowed, the error for which a message was not produced: `txnStatus` then says whether to abort
   */
  commitTxn(options?: CallOptions): Promise<void>
  /** Waits for what was sent, and has readers of committed messages never see it. @throws as `commitTxn` */
  abortTxn(options?: CallOptions): Promise<void>
  /**
   * Offsets that a group commits if the transaction does; those of the next messages to be read.
   * @param group its id, or what is known of its member, so that one that was replaced is refused (KIP-447)
   */
  addOffsetsToTxn(offsets: TxnOffsets, group: string | ConsumerGroupMetadata): Promise<void>
  /** The same of a message that was read: the offset after it is added. */
  addMessageToTxn(
    message: Pick<ConsumerMessage, 'topic' | 'partition' | 'offset'>,
    group: string | ConsumerGroupMetadata,
    metadata?: string | null,
  ): Promise<void>
}

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

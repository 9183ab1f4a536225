import type { CallOptions } from '../channel.ts'
import type { ConsumerMessage } from '../consumer/consumer-message.ts'
import type { ConsumerGroupMetadata, TxnOffsets } from './transactions/transaction-offsets.ts'
import type { ProducerTxnStatusFlag } from './transactions/txn-status.ts'

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

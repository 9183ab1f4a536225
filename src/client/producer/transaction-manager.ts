import type { CallOptions } from '../channel.ts'
import type { Client } from '../client.ts'
import type { TopicPartition } from '../topic-partition.ts'
import { IdempotentManager } from './transactions/idempotent-manager.ts'
import { PlainManager } from './transactions/plain-manager.ts'
import type { ConsumerGroupMetadata, TxnOffsets } from './transactions/transaction-offsets.ts'
import { TransactionalManager } from './transactions/transactional-manager.ts'
import type { ProducerTxnStatusFlag } from './transactions/txn-status.ts'

/**
 * What a producer asks of whoever keeps its producer id (KIP-98) and its transactions. The sequence numbers themselves are the producer's: it
 * begins a partition at 0 whenever the id or the epoch are others than the partition's last batch had.
 */
export interface TransactionManager {
  readonly isTransactional: boolean
  /** null without transactions. */
  readonly transactionalId: string | null
  /** -1 for a producer that is not idempotent. */
  readonly producerId: number
  readonly producerEpoch: number
  readonly status: ProducerTxnStatusFlag
  /** What led to ProducerTxnFlagInError; null in any other status. */
  readonly lastError: Error | null
  /** Whether Produce adds partitions to the transaction (KIP-890): then it goes by version 12 or later, else by 11 at most. */
  readonly isTransactionV2: boolean
  /**
   * Gets a producer id for an idempotent or a transactional producer; does nothing for others.
   * @throws why there is none, after the retries of `producer.transaction.retry`
   */
  init(options?: CallOptions): Promise<void>
  /**
   * Gives an idempotent producer without transactions another epoch (KIP-360), or another id when there is no epoch left. Where that needs no broker, both
   * have changed when the call returns. A transactional producer gets its next epoch when its transaction has ended.
   */
  bumpEpoch(options?: CallOptions): Promise<void>
  /** A message of the transaction was not produced, for this reason: the transaction must be aborted, or the producer closed. */
  fail(error: Error): void
  /** Whether `publishTxnPartitions` must be called before the next batch goes to the partition: once for each in a transaction. */
  needsPublishing(topic: string, partition: number): boolean
  /**
   * Makes partitions a part of the transaction: AddPartitionsToTxn, or nothing but a note with transactions v2.
   * @throws why it could not be done; `status` says whether the transaction can be aborted
   */
  publishTxnPartitions(partitions: readonly TopicPartition[], options?: CallOptions): Promise<void>
  /** @throws ErrNonTransactedProducer, ErrTransitionNotAllowed, the last error */
  begin(): void
  /**
   * Offsets to be committed with the transaction, at its end.
   * @param group its id, or what is known of its member too
   * @throws ErrNonTransactedProducer, ErrTransactionNotReady, the last error
   */
  addOffsets(offsets: TxnOffsets, group: string | ConsumerGroupMetadata): void
  /**
   * Ends the transaction. At once no message is taken any more; when `flush` has resolved (what was taken before is produced, or has failed), offsets
   * and the transaction's end go to the coordinators.
   *
   * An end that failed without an error status (the retries ran out, the call was aborted) is taken up again by the same call.
   * @throws ErrNonTransactedProducer, ErrTransitionNotAllowed, the last error where there is one that this end does not mend
   */
  end(commit: boolean, flush: () => Promise<void>, options?: CallOptions): Promise<void>
  /** Whatever waits for a coordinator ends with ErrShuttingDown, and nobody is asked any more. */
  close(): void
}

/** What a producer's config asks for: transactions, idempotence, or neither. */
export function newTransactionManager(client: Client): TransactionManager {
  const { idempotent, transaction } = client.config.producer
  if (transaction.id !== '') return new TransactionalManager(client, transaction.id)
  return idempotent ? new IdempotentManager(client) : new PlainManager()
}

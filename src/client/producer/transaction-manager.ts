import type { CallOptions } from '../channel.ts'

/** Sarama's status of a producer's transactions: one or more of the flags below. */
export type ProducerTxnStatusFlag = number
/** No producer id was asked for yet. */
export const ProducerTxnFlagUninitialized: ProducerTxnStatusFlag = 1
/** A producer id, or a new epoch, is being asked for. */
export const ProducerTxnFlagInitializing: ProducerTxnStatusFlag = 2
/** A transaction can begin. */
export const ProducerTxnFlagReady: ProducerTxnStatusFlag = 4
/** A transaction has begun: messages are taken. */
export const ProducerTxnFlagInTransaction: ProducerTxnStatusFlag = 8
/** A transaction is being committed or aborted. */
export const ProducerTxnFlagEndTransaction: ProducerTxnStatusFlag = 16
/** With one of the last two. */
export const ProducerTxnFlagInError: ProducerTxnStatusFlag = 32
export const ProducerTxnFlagCommittingTransaction: ProducerTxnStatusFlag = 64
export const ProducerTxnFlagAbortingTransaction: ProducerTxnStatusFlag = 128
/** The transaction must be aborted. */
export const ProducerTxnFlagAbortableError: ProducerTxnStatusFlag = 256
/** The producer must be closed. */
export const ProducerTxnFlagFatalError: ProducerTxnStatusFlag = 512

/** The offset of a partition that is committed with a transaction. */
export interface PartitionOffsetMetadata {
  readonly partition: number
  /** That of the next message to be read. */
  readonly offset: number
  /** That of the message that was read (KIP-320). Default: -1, not known. */
  readonly leaderEpoch?: number
  readonly metadata?: string | null
}

export interface TopicPartition {
  readonly topic: string
  readonly partition: number
}

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
  /** Gets a producer id for an idempotent or a transactional producer; does nothing for others. */
  init(options?: CallOptions): Promise<void>
  /**
   * Gives an idempotent producer without transactions another epoch (KIP-360), or another id when there is no epoch left. Where that needs no broker, both
   * have changed when the call returns.
   */
  bumpEpoch(options?: CallOptions): Promise<void>
  /** A message of the transaction was not produced, for this reason: the transaction must be aborted, or the producer closed. */
  fail(error: Error): void
  /** Whether `publishTxnPartitions` must be called before the next batch goes to the partition: once for each in a transaction. */
  needsPublishing(topic: string, partition: number): boolean
  /** Makes partitions a part of the transaction: AddPartitionsToTxn, or nothing but a note with transactions v2. */
  publishTxnPartitions(partitions: readonly TopicPartition[], options?: CallOptions): Promise<void>
  /** @throws ErrNonTransactedProducer, ErrTransitionNotAllowed, the last error */
  begin(): void
  /** Offsets to be committed with the transaction, at its end. @throws ErrNonTransactedProducer, ErrTransactionNotReady, the last error */
  addOffsets(offsets: Readonly<Record<string, readonly PartitionOffsetMetadata[]>>, groupId: string): void
  /**
   * Ends the transaction. At once no message is taken any more; when `flush` has resolved (what was taken before is produced, or has failed), offsets
   * and the transaction's end go to the coordinators.
   */
  end(commit: boolean, flush: () => Promise<void>, options?: CallOptions): Promise<void>
}

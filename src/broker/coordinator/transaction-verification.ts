import type { VerificationGuard } from '../log/verification.ts'
import type { Reply } from '../waiting.ts'

/**
 * What a client can be told about its transaction, by the version of its request (Kafka's `TransactionSupportedOperation`):
 * nothing new, TRANSACTION_ABORTABLE, or (`transaction.version` 2) that with the partition being added by whoever leads it.
 */
export type TransactionSupport = 'default-error' | 'generic-error' | 'add-partition'

/** A batch that a transactional producer wants to write. */
export interface TransactionalWrite {
  readonly topic: string
  readonly partition: number
  readonly transactionalId: string
  readonly producerId: number
  readonly producerEpoch: number
  /** Its first sequence number; -1 for a coordinator's. */
  readonly baseSequence: number
}

/**
 * Makes sure that a partition which is led here is part of a producer's open transaction (KIP-890), or makes it part of it. Gives
 * what the append has to show; undefined where nothing has to be shown. Throws the KafkaErrors of the partition's leader and
 * of the transaction coordinator as they are: NOT_LEADER_OR_FOLLOWER, COORDINATOR_NOT_AVAILABLE, NETWORK_EXCEPTION,
 * CONCURRENT_TRANSACTIONS, INVALID_TXN_STATE, TRANSACTION_ABORTABLE, INVALID_PRODUCER_EPOCH, INVALID_PRODUCER_ID_MAPPING, …
 */
export type VerifyTransaction = (
  write: TransactionalWrite,
  support: TransactionSupport,
) => Reply<VerificationGuard | undefined>

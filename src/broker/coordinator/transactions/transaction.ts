import { NO_PRODUCER_EPOCH, NO_PRODUCER_ID } from '../../../protocol/records/batch-layout.ts'
import { type PartitionsOfTopic, TopicPartitions } from './topic-partitions.ts'

/** The states of a transaction by their ids, as they stand in `__transaction_state`. */
export const transactionStates = [
  'Empty',
  'Ongoing',
  'PrepareCommit',
  'PrepareAbort',
  'CompleteCommit',
  'CompleteAbort',
  'Dead',
  'PrepareEpochFence',
] as const

export type TransactionState = (typeof transactionStates)[number]

/**
 * The transaction version (KIP-890) from which on every transaction of a producer has an epoch of its own, and the brokers add
 * partitions by themselves.
 */
export const EPOCH_BUMP_VERSION = 2

/** The first version whose records have tagged fields. */
export const FLEXIBLE_RECORDS_VERSION = 1

/** The greatest epoch of a producer. One more is left to the coordinator, so that every producer can be fenced. */
export const LAST_PRODUCER_EPOCH = 0x7ffe
const LAST_EPOCH: number = LAST_PRODUCER_EPOCH + 1

/** What a coordinator remembers of a transactional id, as Kafka's `TransactionMetadata`. Never changed: a record makes another. */
export interface Transaction {
  readonly transactionalId: string
  readonly producerId: number
  /** The producer's id before its last transition; -1 when there was none. */
  readonly previousProducerId: number
  /** The producer's next id, where the epochs of this one are used up and the transaction is ending; else -1. */
  readonly nextProducerId: number
  readonly producerEpoch: number
  /** The epoch before the last one, where whoever had it may ask again (KIP-360); else -1. Not in the log: a new coordinator does not know it. */
  readonly lastProducerEpoch: number
  /** `transaction.timeout.ms` of the producer. */
  readonly timeoutMs: number
  readonly state: TransactionState
  /** Where the transaction has written, or is about to. */
  readonly partitions: TopicPartitions
  /** When its first partition was added, ms; -1 before. */
  readonly startTimestamp: number
  /** ms */
  readonly lastUpdateTimestamp: number
  /** The transaction version by which the client made the last transition. */
  readonly clientTransactionVersion: number
}

/** A transactional id that nobody has used: its producer has no epoch yet. */
export function newTransaction(
  transactionalId: string,
  producerId: number,
  timeoutMs: number,
  nowMs: number,
): Transaction {
  return {
    transactionalId,
    producerId,
    previousProducerId: NO_PRODUCER_ID,
    nextProducerId: NO_PRODUCER_ID,
    producerEpoch: NO_PRODUCER_EPOCH,
    lastProducerEpoch: NO_PRODUCER_EPOCH,
    timeoutMs,
    state: 'Empty',
    partitions: TopicPartitions.NONE,
    startTimestamp: -1,
    lastUpdateTimestamp: nowMs,
    clientTransactionVersion: 0,
  }
}

/** Whether a producer with this epoch cannot be given another. */
export function isEpochExhausted(epoch: number): boolean {
  return epoch >= LAST_PRODUCER_EPOCH
}

/** The epoch that fences a producer. */
export function fencingEpoch(epoch: number): number {
  return Math.min(epoch + 1, LAST_EPOCH)
}

/** Whether its producer commits when somebody else says so (KIP-939): then it never times out. */
export function isTwoPhaseCommit({ timeoutMs }: Transaction): boolean {
  return timeoutMs === 0x7fffffff
}

/** A producer begins anew, with this id and epoch. */
export function initialized(
  from: Transaction,
  producer: Pick<Transaction, 'producerId' | 'producerEpoch' | 'lastProducerEpoch' | 'timeoutMs'>,
  nowMs: number,
): Transaction {
  return next(from, 'Empty', {
    ...producer,
    partitions: TopicPartitions.NONE,
    startTimestamp: -1,
    lastUpdateTimestamp: nowMs,
  })
}

/** Partitions are added; the first ones begin the transaction. */
export function withPartitions(
  from: Transaction,
  added: readonly PartitionsOfTopic[],
  clientTransactionVersion: number,
  nowMs: number,
): Transaction {
  return next(from, 'Ongoing', {
    partitions: from.partitions.with(added),
    startTimestamp: from.state === 'Ongoing' ? from.startTimestamp : nowMs,
    lastUpdateTimestamp: nowMs,
    clientTransactionVersion,
  })
}

/** What is decided of a transaction. */
export interface TransactionEnd {
  readonly committed: boolean
  readonly clientTransactionVersion: number
  /** -1 unless the epochs of the producer's id are used up. */
  readonly nextProducerId: number
}

/** It is decided whether the transaction is committed; from now on nothing can change that. */
export function prepared(from: Transaction, end: TransactionEnd, nowMs: number): Transaction {
  const { committed, clientTransactionVersion, nextProducerId } = end
  // KIP-890: whatever the producer has sent in this epoch and comes late belongs to no transaction.
  const epochs =
    clientTransactionVersion < EPOCH_BUMP_VERSION
      ? {}
      : { producerEpoch: fencingEpoch(from.producerEpoch), lastProducerEpoch: from.producerEpoch }
  return next(from, committed ? 'PrepareCommit' : 'PrepareAbort', {
    ...epochs,
    nextProducerId,
    // A transaction without partitions may be aborted all the same: it begins and ends now.
    startTimestamp: from.state === 'Ongoing' ? from.startTimestamp : nowMs,
    lastUpdateTimestamp: nowMs,
    clientTransactionVersion,
  })
}

/** Every partition has its marker. */
export function completed(from: Transaction, nowMs: number): Transaction {
  const renewed = from.clientTransactionVersion >= EPOCH_BUMP_VERSION && from.nextProducerId !== NO_PRODUCER_ID
  return next(from, from.state === 'PrepareCommit' ? 'CompleteCommit' : 'CompleteAbort', {
    ...(renewed ? { producerId: from.nextProducerId, producerEpoch: 0 } : {}),
    nextProducerId: NO_PRODUCER_ID,
    partitions: TopicPartitions.NONE,
    lastUpdateTimestamp: nowMs,
  })
}

function next(from: Transaction, state: TransactionState, changes: Partial<Transaction>): Transaction {
  return { ...from, previousProducerId: from.producerId, ...changes, state }
}

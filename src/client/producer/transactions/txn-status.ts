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
/** A transaction is being ended: with one of the next but one. */
export const ProducerTxnFlagEndTransaction: ProducerTxnStatusFlag = 16
/** Something went wrong: with one of the last two. */
export const ProducerTxnFlagInError: ProducerTxnStatusFlag = 32
export const ProducerTxnFlagCommittingTransaction: ProducerTxnStatusFlag = 64
export const ProducerTxnFlagAbortingTransaction: ProducerTxnStatusFlag = 128
/** The transaction must be aborted. */
export const ProducerTxnFlagAbortableError: ProducerTxnStatusFlag = 256
/** The producer must be closed. */
export const ProducerTxnFlagFatalError: ProducerTxnStatusFlag = 512

/** The statuses that a producer is in, of several flags each where it needs several. */
export const COMMITTING: ProducerTxnStatusFlag = ProducerTxnFlagEndTransaction | ProducerTxnFlagCommittingTransaction
export const ABORTING: ProducerTxnStatusFlag = ProducerTxnFlagEndTransaction | ProducerTxnFlagAbortingTransaction
export const ABORTABLE: ProducerTxnStatusFlag = ProducerTxnFlagInError | ProducerTxnFlagAbortableError
export const FATAL: ProducerTxnStatusFlag = ProducerTxnFlagInError | ProducerTxnFlagFatalError

const names: readonly (readonly [ProducerTxnStatusFlag, string])[] = [
  [ProducerTxnFlagUninitialized, 'Uninitialized'],
  [ProducerTxnFlagInitializing, 'Initializing'],
  [ProducerTxnFlagReady, 'Ready'],
  [ProducerTxnFlagInTransaction, 'InTransaction'],
  [ProducerTxnFlagEndTransaction, 'EndTransaction'],
  [ProducerTxnFlagInError, 'InError'],
  [ProducerTxnFlagCommittingTransaction, 'CommittingTransaction'],
  [ProducerTxnFlagAbortingTransaction, 'AbortingTransaction'],
  [ProducerTxnFlagAbortableError, 'AbortableError'],
  [ProducerTxnFlagFatalError, 'FatalError'],
]

/** A status in words, `InError|AbortableError` for instance (its String method in Sarama). */
export function txnStatusText(status: ProducerTxnStatusFlag): string {
  return names.flatMap(([flag, name]) => ((status & flag) === 0 ? [] : [name])).join('|')
}

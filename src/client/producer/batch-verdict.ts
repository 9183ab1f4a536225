import { ErrorCode } from '../../protocol/errors.ts'

/**
 * What becomes of a batch after an answer, or the lack of one.
 * - succeed: its messages were written
 * - retry: it is sent again as it is
 * - restart: it is sent again, and the partition's sequence numbers begin anew
 * - split: it is sent again in smaller batches
 * - fail: its messages have failed
 */
export type BatchVerdict = 'succeed' | 'retry' | 'restart' | 'split' | 'fail'

/** An error as answers and lost connections bring it. */
export interface ProduceFailure {
  /** Kafka's code; undefined for errors that have none. */
  readonly code?: number | undefined
  readonly retriable?: boolean | undefined
}

/** What is to be known of a batch to judge it. */
export interface Standing {
  /** How many messages are in it. */
  readonly count: number
  /** Whether it can be sent again, by `producer.retry.max`. */
  readonly mayRetry: boolean
  /** Whether it has a sequence number. */
  readonly isSequenced: boolean
  readonly isTransactional: boolean
  /** Whether every batch of its partition that was sent before it is settled. */
  readonly isFirst: boolean
  /** Of the last message of the partition that was acknowledged; -1 when there is none. */
  readonly lastAckedOffset: number
  /** As the answer tells it; -1 when it does not. */
  readonly logStartOffset: number
}

/** As Java's producer does it (`Sender.completeBatch`, `TransactionManager.canRetry`). */
export function verdictOnBatch({ code, retriable = false }: ProduceFailure, standing: Standing): BatchVerdict {
  // The broker has it, and has forgotten where.
  if (code === ErrorCode.DUPLICATE_SEQUENCE_NUMBER) return 'succeed'
  // So that what fits is written, and the error comes to the message that does not.
  if (code === ErrorCode.MESSAGE_TOO_LARGE && standing.count > 1) return 'split'
  if (!standing.mayRetry) return 'fail'
  if (standing.isSequenced && code === ErrorCode.UNKNOWN_PRODUCER_ID) return ofUnknownProducer(standing)
  if (standing.isSequenced && code === ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER) {
    // One that was sent before failed, and this one with it. If all those were settled there is a gap that nobody will fill.
    if (!standing.isFirst) return 'retry'
    return standing.isTransactional ? 'fail' : 'restart'
  }
  return retriable ? 'retry' : 'fail'
}

/** KIP-360: the broker knows nothing of the producer any more. */
function ofUnknownProducer({ isFirst, isTransactional, lastAckedOffset, logStartOffset }: Standing): BatchVerdict {
  if (logStartOffset === -1 || !isFirst) return 'retry'
  // What it has written is gone by retention, and its state with it: then nothing else was lost.
  if (lastAckedOffset < logStartOffset) return 'restart'
  return isTransactional ? 'fail' : 'restart'
}

/** Whether a batch may be in the log although it was refused with this code; undefined: a connection was lost. */
export function mayBeAppended(code: number | undefined): boolean {
  switch (code) {
    case undefined:
    case ErrorCode.NETWORK_EXCEPTION:
    case ErrorCode.REQUEST_TIMED_OUT:
    case ErrorCode.NOT_ENOUGH_REPLICAS_AFTER_APPEND:
    case ErrorCode.KAFKA_STORAGE_ERROR:
    case ErrorCode.UNKNOWN_SERVER_ERROR:
      return true
    default:
      return false
  }
}

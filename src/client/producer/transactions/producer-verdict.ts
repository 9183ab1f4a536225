import { type ErrorName, KafkaError } from '../../../protocol/errors.ts'
import { ClientError } from '../../errors/client-errors.ts'

/**
 * What becomes of a producer after an error of a coordinator:
 * - `retry`: the request is sent again; `refresh`: to a coordinator that is looked up again
 * - `abortable`: the transaction must be aborted
 * - `recoverable`: the same, and the producer needs a new epoch afterwards; fatal where brokers cannot give one (before KIP-360)
 * - `fatal`: the producer must be closed
 * - `none`: the error is not the cluster's (an aborted call, a closed client), and changes nothing
 */
type ProducerVerdict = 'retry' | 'refresh' | 'abortable' | 'recoverable' | 'fatal' | 'none'

const refreshing: ReadonlySet<ErrorName> = new Set([
  'NOT_COORDINATOR',
  'COORDINATOR_NOT_AVAILABLE',
  'NETWORK_EXCEPTION',
  // Of a group's coordinator, as Kafka's own client: it may have lost its partition in the meantime.
  'REQUEST_TIMED_OUT',
])

const abortable: ReadonlySet<ErrorName> = new Set([
  'TRANSACTION_ABORTABLE',
  'TOPIC_AUTHORIZATION_FAILED',
  'GROUP_AUTHORIZATION_FAILED',
  'OPERATION_NOT_ATTEMPTED',
  'FENCED_INSTANCE_ID',
  'UNKNOWN_MEMBER_ID',
  'ILLEGAL_GENERATION',
  'STALE_MEMBER_EPOCH',
  'GROUP_ID_NOT_FOUND',
])

const recoverable: ReadonlySet<ErrorName> = new Set(['UNKNOWN_PRODUCER_ID', 'INVALID_PRODUCER_ID_MAPPING'])

/** The verdict on what a coordinator answered, or on why it did not. */
export function verdictOnProducer(error: unknown): ProducerVerdict {
  if (error instanceof KafkaError) {
    if (refreshing.has(error.error)) return 'refresh'
    if (error.retriable) return 'retry'
    if (abortable.has(error.error)) return 'abortable'
    return recoverable.has(error.error) ? 'recoverable' : 'fatal'
  }
  return error instanceof ClientError && error.retriable ? 'refresh' : 'none'
}

const fatalForMessages: ReadonlySet<ErrorName> = new Set([
  'CLUSTER_AUTHORIZATION_FAILED',
  'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
  'PRODUCER_FENCED',
  'UNSUPPORTED_VERSION',
])

/**
 * Whether a transaction one of whose messages failed for this reason can still be aborted. INVALID_PRODUCER_EPOCH of a partition's leader does not say that
 * the producer is fenced (KIP-588): the coordinator will when the transaction is aborted.
 */
export function isFatalForTransaction(error: Error): boolean {
  return error instanceof KafkaError && fatalForMessages.has(error.error)
}

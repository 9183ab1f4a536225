import { type ErrorName, KafkaError } from '../../protocol/errors.ts'
import { RecordsError } from '../../protocol/records/records-error.ts'

/** What a client of a coordinator is told in place of an error of its log: `CoordinatorOperationExceptionHelper`. */
const instead: Partial<Record<ErrorName, ErrorName>> = {
  // The transaction coordinator, which had to be asked first, could not be reached.
  NETWORK_EXCEPTION: 'COORDINATOR_LOAD_IN_PROGRESS',
  UNKNOWN_TOPIC_OR_PARTITION: 'COORDINATOR_NOT_AVAILABLE',
  NOT_ENOUGH_REPLICAS: 'COORDINATOR_NOT_AVAILABLE',
  REQUEST_TIMED_OUT: 'COORDINATOR_NOT_AVAILABLE',
  NOT_LEADER_OR_FOLLOWER: 'NOT_COORDINATOR',
  KAFKA_STORAGE_ERROR: 'NOT_COORDINATOR',
  MESSAGE_TOO_LARGE: 'UNKNOWN_SERVER_ERROR',
  RECORD_LIST_TOO_LARGE: 'UNKNOWN_SERVER_ERROR',
  INVALID_FETCH_SIZE: 'UNKNOWN_SERVER_ERROR',
}

/** An error of a coordinator's log as the coordinator's clients know it. Throws what is no refusal but a fault of ours. */
export function coordinatorError(error: unknown): KafkaError {
  if (!(error instanceof KafkaError) && !(error instanceof RecordsError)) throw error
  const name = instead[error.error]
  if (name !== undefined) return new KafkaError(name)
  return error instanceof KafkaError ? error : new KafkaError(error.error, error.message)
}

import type { ErrorName } from '../errors.ts'

/** What is wrong with one record of a batch that a producer sent (KIP-467): `record_errors` of a Produce response. */
export interface RecordFault {
  /** The record's place in its batch, from 0. */
  readonly batchIndex: number
  readonly message: string
}

/**
 * Record bytes that cannot be read, or that a broker does not accept.
 *
 * `error` is the name Kafka answers with; the message is Kafka's own where Kafka has one. It is the only error that reading
 * bytes from a stranger throws.
 */
export class RecordsError extends Error {
  override readonly name = 'RecordsError'
  readonly error: ErrorName
  /** The records that were refused one by one; empty when the batch as a whole is at fault. */
  readonly recordFaults: readonly RecordFault[]

  constructor(error: ErrorName, message: string, recordFaults: readonly RecordFault[] = []) {
    super(message)
    this.error = error
    this.recordFaults = recordFaults
  }
}

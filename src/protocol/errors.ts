import { brand, isBranded } from './brand.ts'
import { ErrorCode, errorTable } from './error-table.ts'

export { ErrorCode }

/** The name of an error as Kafka's protocol guide has it, `NOT_LEADER_OR_FOLLOWER` for instance. */
export type ErrorName = keyof typeof ErrorCode

const byCode = new Map(errorTable.map((row) => [row[0], row]))
const byName = new Map(errorTable.map((row) => [row[1], row]))

/** The name of an error code. A code that this release of Kafka does not know is UNKNOWN_SERVER_ERROR, as in Kafka's own clients. */
export function errorName(code: number): ErrorName {
  return byCode.get(code)?.[1] ?? 'UNKNOWN_SERVER_ERROR'
}

/** The message that Kafka puts beside an error when it has no better one; empty for NONE. */
export function errorMessage(name: ErrorName): string {
  return byName.get(name)?.[3] ?? ''
}

/** Whether Kafka's clients try again after this error: whether its exception is a RetriableException. */
export function isRetriable(name: ErrorName): boolean {
  return byName.get(name)?.[2] ?? false
}

const KAFKA_ERROR = 'KafkaError'

/** A refusal that has a code in the protocol: what a broker answers with, and what a client throws. */
export class KafkaError extends Error {
  override readonly name: string = 'KafkaError'
  readonly error: ErrorName
  readonly code: number
  /** Whether the same request may succeed later. */
  readonly retriable: boolean

  static {
    brand(KafkaError, KAFKA_ERROR)
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return isBranded(value, KAFKA_ERROR)
  }

  /** `message` defaults to Kafka's own text for the error. */
  constructor(error: ErrorName, message: string = errorMessage(error)) {
    super(message)
    this.error = error
    this.code = ErrorCode[error]
    this.retriable = isRetriable(error)
  }
}

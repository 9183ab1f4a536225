import { ErrorCode, type ErrorName, errorName, KafkaError } from '../../protocol/errors.ts'
import * as named from './kafka-errors.ts'

const classes: ReadonlyMap<ErrorName, named.KafkaErrorClass> = new Map(
  Object.values(named).map((Class) => [new Class().error, Class]),
)

/**
 * The error of a code in an answer: of Sarama's class where Sarama has a name for it.
 * @param message what the broker said beside it, if it did
 */
export function kafkaError(code: number, message?: string | null): KafkaError {
  const name = errorName(code)
  const Class = classes.get(name)
  // Brokers that have nothing to say leave it empty: Kafka's own words say more.
  const said = message === null || message === '' ? undefined : message
  return Class === undefined ? new KafkaError(name, said) : new Class(said)
}

/** Throws the error of a code, unless it is none. */
export function throwIf(code: number, message?: string | null): void {
  if (code !== ErrorCode.NONE) throw kafkaError(code, message)
}

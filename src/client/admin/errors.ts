import { brand, isBranded } from '../../protocol/brand.ts'
import { ErrorCode, errorName, KafkaError } from '../../protocol/errors.ts'
import { ClientError } from '../errors/client-errors.ts'
import { kafkaError } from '../errors/kafka-error.ts'

/** What a broker says against one topic or resource: an error of Kafka, with the broker's words where it has any. */
class Refusal extends KafkaError {
  /** The broker's words; null when it said none. */
  readonly errMsg: string | null

  constructor(code: number, errMsg: string | null) {
    super(errorName(code), errMsg === null || errMsg === '' ? undefined : errMsg)
    this.errMsg = errMsg
  }

  /** The error alone, of Sarama's class for it. */
  get err(): KafkaError {
    return kafkaError(this.code)
  }
}

/** Why a topic was not created. It is an instance of the error's own class too, ErrTopicAlreadyExists for instance. */
export class TopicError extends Refusal {
  static {
    brand(TopicError, 'TopicError')
  }
  static override [Symbol.hasInstance](value: unknown): boolean {
    return isBranded(value, 'TopicError')
  }
}

/** Why a topic got no more partitions. */
export class TopicPartitionError extends Refusal {
  static {
    brand(TopicPartitionError, 'TopicPartitionError')
  }
  static override [Symbol.hasInstance](value: unknown): boolean {
    return isBranded(value, 'TopicPartitionError')
  }
}

/** Why configs were not altered. */
export class AlterConfigError extends Refusal {
  static {
    brand(AlterConfigError, 'AlterConfigError')
  }
  static override [Symbol.hasInstance](value: unknown): boolean {
    return isBranded(value, 'AlterConfigError')
  }
}

/** Why configs were not described. */
export class DescribeConfigError extends Refusal {
  static {
    brand(DescribeConfigError, 'DescribeConfigError')
  }
  static override [Symbol.hasInstance](value: unknown): boolean {
    return isBranded(value, 'DescribeConfigError')
  }
}

/** Several things that were asked for at once failed. */
class SeveralErrors extends ClientError {
  readonly errors: readonly Error[]

  constructor(what: string, errors: readonly Error[]) {
    super(`${what}: ${errors.map(({ message }) => message).join('; ')}`, false, { cause: errors[0] })
    this.errors = errors
  }
}

/** Some partitions of a topic were not reassigned. */
export class ErrReassignPartitions extends SeveralErrors {
  constructor(errors: readonly Error[]) {
    super('failed to reassign partitions for topic', errors)
  }
}

/** The records of some partitions were not deleted. */
export class ErrDeleteRecords extends SeveralErrors {
  constructor(errors: readonly Error[]) {
    super('kafka server: failed to delete records', errors)
  }
}

/** Some ACLs were not created. */
export class ErrCreateACLs extends SeveralErrors {
  constructor(errors: readonly Error[]) {
    super('kafka server: failed to create one or more ACL rules', errors)
  }
}

/** The error of a code, for results that have one of their own; null when there is none. */
export function errorOrNull(code: number, message?: string | null): KafkaError | null {
  return code === ErrorCode.NONE ? null : kafkaError(code, message === '' ? null : message)
}

/** The same, saying what it is about. */
export function about(what: string, code: number, message?: string | null): KafkaError {
  const error = kafkaError(code, message === '' ? null : message)
  return kafkaError(code, `[${what}]: ${error.message}`)
}

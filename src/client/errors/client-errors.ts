import type { ProducerMessage } from '../producer/producer-message.ts'

/** An error of the client itself, for which Kafka has no code. */
export class ClientError extends Error {
  /** Whether the same call may succeed later. */
  readonly retriable: boolean

  constructor(message: string, retriable = false, options?: ErrorOptions) {
    super(message, options)
    this.name = new.target.name
    this.retriable = retriable
  }
}

/** A config that makes no sense. */
export class ConfigurationError extends ClientError {
  constructor(message: string) {
    super(`kafka: invalid configuration (${message})`)
  }
}

/** No broker could be talked to: `errors` tells of each that was tried. */
export class ErrOutOfBrokers extends ClientError {
  readonly errors: readonly Error[]

  constructor(errors: readonly Error[] = []) {
    const reasons = errors.map(({ message }) => message).join('; ')
    super(`kafka: client has run out of available brokers to talk to${reasons === '' ? '' : `: ${reasons}`}`, true, {
      cause: errors.at(-1),
    })
    this.errors = errors
  }
}

/** There is no broker of that id. */
export class ErrBrokerNotFound extends ClientError {
  constructor(id: number) {
    super(`kafka: broker for ID ${id} is not found`, true)
  }
}

/** A client was used after it was closed. */
export class ErrClosedClient extends ClientError {
  constructor() {
    super('kafka: tried to use a client that was closed')
  }
}

/** An answer lacks what was asked for. */
export class ErrIncompleteResponse extends ClientError {
  constructor(what = '') {
    super(
      `kafka: response did not contain all the expected topic/partition blocks${what === '' ? '' : `: ${what}`}`,
      true,
    )
  }
}

/** A partitioner returned what is no partition. */
export class ErrInvalidPartition extends ClientError {
  constructor(partition: number, partitions: number) {
    super(`kafka: partitioner returned an invalid partition index: ${partition} of ${partitions}`)
  }
}

/** A broker was used whose connection is not open. */
export class ErrNotConnected extends ClientError {
  constructor() {
    super('kafka: broker not connected')
  }
}

/** A producer got a message while it closes, or after. */
export class ErrShuttingDown extends ClientError {
  constructor() {
    super('kafka: message received by producer in process of shutting down')
  }
}

/** A record is larger than `consumer.fetch.max`. */
export class ErrMessageTooLarge extends ClientError {
  constructor() {
    super('kafka: message is larger than consumer.fetch.max')
  }
}

/** A partition consumer has failed `consumer.retry.max` times in a row, and is closed. */
export class ErrConsumerRetriesExhausted extends ClientError {
  constructor(cause: Error) {
    super(`kafka: partition consumer giving up after consecutive failures: ${cause.message}`, false, { cause })
  }
}

/** The cluster has no controller, or does not tell. */
export class ErrControllerNotAvailable extends ClientError {
  constructor() {
    super('kafka: controller is not available', true)
  }
}

/** A consumer group was used after it was closed. */
export class ErrClosedConsumerGroup extends ClientError {
  constructor() {
    super('kafka: tried to use a consumer group that was closed')
  }
}

/** A transaction is not in the state that a call needs. */
export class ErrTransactionNotReady extends ClientError {
  constructor() {
    super('transaction manager: transaction is not ready')
  }
}

/** A call about transactions on a producer without `producer.transaction.id`. */
export class ErrNonTransactedProducer extends ClientError {
  constructor() {
    super('transaction manager: you need to add producer.transaction.id to producer')
  }
}

/** A transaction cannot go from the state that it is in to the one that a call asks for. */
export class ErrTransitionNotAllowed extends ClientError {
  constructor(from: string, to: string) {
    super(`transaction manager: invalid transition attempted from ${from} to ${to}`)
  }
}

/** Why a message was not produced, with the message. */
export class ProducerError extends ClientError {
  readonly msg: ProducerMessage
  readonly err: Error

  constructor(msg: ProducerMessage, err: Error) {
    const { retriable = false } = err as Partial<ClientError>
    super(`kafka: Failed to produce message to topic ${msg.topic}: ${err.message}`, retriable, { cause: err })
    this.msg = msg
    this.err = err
  }
}

/** Why each of several messages was not produced. */
export class ProducerErrors extends ClientError {
  readonly errors: readonly ProducerError[]

  constructor(errors: readonly ProducerError[]) {
    super(`kafka: Failed to deliver ${errors.length} messages. First error: ${errors[0]?.err.message}`, false, {
      cause: errors[0],
    })
    this.errors = errors
  }
}

/** What went wrong in reading a partition. */
export class ConsumerError extends ClientError {
  readonly topic: string
  readonly partition: number
  readonly err: Error

  constructor(topic: string, partition: number, err: Error) {
    const { retriable = false } = err as Partial<ClientError>
    super(`kafka: error while consuming ${topic}/${partition}: ${err.message}`, retriable, { cause: err })
    this.topic = topic
    this.partition = partition
    this.err = err
  }
}

/** Several of them. */
export class ConsumerErrors extends ClientError {
  readonly errors: readonly ConsumerError[]

  constructor(errors: readonly ConsumerError[]) {
    super(`kafka: ${errors.length} errors while consuming`, false, { cause: errors[0] })
    this.errors = errors
  }
}

/** Who a producer is to the brokers (KIP-98). */
export interface ProducerIdentity {
  readonly producerId: number
  readonly producerEpoch: number
}

/** A producer that has no id, or not yet. */
export const NO_PRODUCER: ProducerIdentity = Object.freeze({ producerId: -1, producerEpoch: -1 })

/** The last epoch that a producer id has: epochs are int16. */
export const LAST_EPOCH: number = 2 ** 15 - 1

/** A producer whose transactions a coordinator keeps. */
export interface TransactionalProducer extends ProducerIdentity {
  readonly transactionalId: string
}

/** Settings of kafkajs for tests. */
export interface QuickKafkaJs {
  /** Of `new Kafka`. */
  readonly client: {
    /** `logLevel.NOTHING`: what is injected on purpose need not be logged, and what happened the timeline tells. */
    readonly logLevel: 0
    readonly retry: {
      /** ms before it tries again for the first time: 300 otherwise. It tries as often as otherwise, five times, and gives up after 0.3 s, not 9 s. */
      readonly initialRetryTime: number
    }
  }
  /** Of `kafka.consumer`. */
  readonly consumer: {
    /** ms between two heartbeats, by which a member hears of a rebalance: 3000 otherwise. */
    readonly heartbeatInterval: number
    /** ms that a broker keeps a request for records that are not there, for which `disconnect` waits: 5000 otherwise. */
    readonly maxWaitTimeInMs: number
  }
}

/**
 * What makes kafkajs quick in tests, and quiet. How often it tries, and what it does then, stays as it is.
 *
 * ```ts
 * const kafka = new Kafka({ brokers: cluster.bootstrapServers, ...quickKafkaJs.client })
 * const consumer = kafka.consumer({ groupId: 'billing', ...quickKafkaJs.consumer })
 * ```
 */
export const quickKafkaJs: QuickKafkaJs = {
  client: { logLevel: 0, retry: { initialRetryTime: 10 } },
  consumer: { heartbeatInterval: 50, maxWaitTimeInMs: 50 },
}

/** What a global setup hands to the tests, in the types of vitest's `inject` and `provide`. */
import 'vitest'

/** By the names that `inject` takes. */
export interface Provided {
  /** The addresses of the cluster's brokers, `host:port` each. */
  readonly kafkaBootstrapServers: string[]
}

declare module 'vitest' {
  interface ProvidedContext extends Provided {}
}

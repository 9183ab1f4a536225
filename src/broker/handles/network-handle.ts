import type { ConnectionEvent } from '../events.ts'
import type { BrokerServer } from '../network/server.ts'

/** The network between a cluster and its clients. */
export class NetworkHandle {
  readonly #servers: readonly BrokerServer[]

  /** @internal */
  constructor(servers: readonly BrokerServer[]) {
    this.#servers = servers
  }

  /** The connections that are open, by broker and then in the order in which they were opened. */
  get connections(): readonly ConnectionEvent[] {
    return this.#servers.flatMap((server) => server.openConnections)
  }
}

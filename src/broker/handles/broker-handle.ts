import type { Duplex } from 'node:stream'
import type { BrokerServer } from '../network/server.ts'

/** One broker as a test holds it. */
export class BrokerHandle {
  readonly #server: BrokerServer

  /** @internal */
  constructor(server: BrokerServer) {
    this.#server = server
  }

  /** Kafka's `node.id`. */
  get nodeId(): number {
    return this.#server.broker.nodeId
  }

  /** Kafka's `broker.rack`; null when it has none. */
  get rack(): string | null {
    return this.#server.broker.rack
  }

  /** The host that it advertises. */
  get host(): string {
    return this.#server.host
  }

  /** The port that it advertises, and listens on. */
  get port(): number {
    return this.#server.port
  }

  /** `host:port` */
  get bootstrapServer(): string {
    return this.#server.address
  }

  /**
   * A connection to it that needs no socket: what is written is requests, what is read is responses.
   * @throws Error when it is stopped
   */
  connect(): Duplex {
    return this.#server.connect()
  }
}

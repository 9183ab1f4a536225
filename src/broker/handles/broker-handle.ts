import type { Duplex } from 'node:stream'
import type { Node } from '../node.ts'

/** One broker as a test holds it. */
export class BrokerHandle {
  readonly #node: Node

  /** @internal */
  constructor(node: Node) {
    this.#node = node
  }

  /** Kafka's `node.id`. */
  get nodeId(): number {
    return this.#node.nodeId
  }

  /** Kafka's `broker.rack`; null when it has none. */
  get rack(): string | null {
    return this.#node.rack
  }

  /** The host that it advertises. */
  get host(): string {
    return this.#node.host
  }

  /** The port that it advertises, and listens on. */
  get port(): number {
    return this.#node.port
  }

  /** `host:port` */
  get bootstrapServer(): string {
    return this.#node.address
  }

  /**
   * A connection to it that needs no socket: what is written is requests, what is read is responses.
   * @throws Error when it is stopped
   */
  connect(): Duplex {
    return this.#node.connect()
  }
}

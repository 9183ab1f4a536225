import type { Duplex } from 'node:stream'
import type { BrokerServer } from '../network/server.ts'

/** One broker as a test holds it. */
export class BrokerHandle {
  private readonly server: BrokerServer

  /** @internal */
  constructor(server: BrokerServer) {
    this.server = server
  }

  get nodeId(): number {
    return this.server.broker.nodeId
  }

  get rack(): string | null {
    return this.server.broker.rack
  }

  /** The host that it advertises. */
  get host(): string {
    return this.server.host
  }

  get port(): number {
    return this.server.port
  }

  /** `host:port` */
  get bootstrapServer(): string {
    return this.server.address
  }

  /** A connection to it that needs no socket. */
  connect(): Duplex {
    return this.server.connect()
  }
}

import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Endpoint } from '../apis/handler.ts'
import type { Broker } from '../broker.ts'
import type { ConnectionEvent } from '../events.ts'
import type { AddressOf } from './address-of.ts'
import type { OpenConnection } from './connected-client.ts'
import { Connection } from './connection.ts'
import type { Deliveries } from './deliveries.ts'
import { Dispatch, type Handlers, type Origin } from './dispatch.ts'
import type { Interception } from './interception.ts'
import type { Listener } from './listener.ts'
import { MemorySocket } from './memory-socket.ts'

/** Addresses that mean every address of the machine, and that no client can connect to. */
const WILDCARDS: ReadonlySet<string> = new Set(['0.0.0.0', '::', ''])

/** The ports that the ends of clients in memory seem to have, one after the other. */
const FIRST_CLIENT_PORT = 49_152
const CLIENT_PORTS = 16_384

/** What the network side of a broker is made with. */
export interface BrokerServerOptions {
  readonly broker: Broker
  readonly handlers: Handlers
  readonly listener: Listener
  readonly interception: Interception
  /** Of all connections in memory of the cluster. */
  readonly deliveries: Deliveries
  /** Addresses that clients are told instead of those that brokers listen on, by node id. */
  readonly advertised: ReadonlyMap<number, Address>
}

/** Where something is said to be. */
export interface Address {
  readonly host: string
  readonly port: number
}

/** The network side of one broker: its listener and its connections. */
export class BrokerServer {
  readonly broker: Broker
  private readonly listener: Listener
  private readonly deliveries: Deliveries
  private readonly dispatch: Dispatch
  private readonly advertised: ReadonlyMap<number, Address>
  private readonly maxFrameBytes: number
  private readonly connections = new Map<Connection, ConnectionEvent>()
  private connectionsSoFar = 0
  private stopped = false
  /** Called when no connection is left. */
  private lastClosed: () => void = () => {}

  constructor({ broker, handlers, listener, interception, deliveries, advertised }: BrokerServerOptions) {
    this.advertised = advertised
    this.broker = broker
    this.deliveries = deliveries
    this.listener = listener
    this.dispatch = new Dispatch({
      broker,
      handlers,
      interception,
      endpointOf: (nodeId, origin) => this.endpointOf(nodeId, origin),
    })
    this.maxFrameBytes = broker.config.int('socket.request.max.bytes')
    listener.serve((socket) => this.accept(socket))
  }

  /** What it advertises. */
  get host(): string {
    return this.listener.host
  }

  get port(): number {
    return this.listener.port
  }

  /** @param startedMs when the cluster was started */
  openConnections(startedMs: number): OpenConnection[] {
    return [...this.connections].map(([{ client, isBusy }, event]) => client.told(event, isBusy, startedMs))
  }

  /** Whether a request has arrived in part on one of its connections. */
  get isArriving(): boolean {
    for (const connection of this.connections.keys()) if (connection.isArriving) return true
    return false
  }

  /**
   * A client's end of a new connection that needs no socket.
   * @param addressOf where this client alone is told that brokers are
   */
  connect(addressOf?: AddressOf): Duplex {
    if (this.stopped) throw new Error(`broker ${this.broker.nodeId} is stopped`)
    if (!this.broker.lifecycle.isReady) throw new Error(`broker ${this.broker.nodeId} is starting`)
    const [client, server] = MemorySocket.pair({
      deliveries: this.deliveries,
      server: { host: this.host, port: this.port },
      clientPort: FIRST_CLIENT_PORT + (this.connectionsSoFar % CLIENT_PORTS),
    })
    // Without a port, which is another one each time: with the same seed the events are the same.
    const { remoteAddress: remoteHost, localAddress: localHost } = server
    const via = `memory:${this.broker.nodeId}`
    this.serve(server, { remoteHost, localHost, remote: 'in-memory client', via, addressOf })
    return client
  }

  /** Ends every connection at once; done when each of them is over, and was told of. */
  async stop(): Promise<void> {
    this.stopped = true
    const { promise, resolve } = Promise.withResolvers<void>()
    this.lastClosed = resolve
    if (this.connections.size === 0) resolve()
    for (const connection of this.connections.keys()) connection.destroy()
    await Promise.all([promise, this.listener.close()])
  }

  private accept(socket: Socket): void {
    // Kafka opens its listeners once it is unfenced: nearest to that nobody listens is a reset.
    if (!this.broker.lifecycle.isReady) {
      socket.resetAndDestroy()
      return
    }
    const remoteHost = plain(socket.remoteAddress)
    const localHost = plain(socket.localAddress)
    const remote = `${remoteHost}:${socket.remotePort ?? 0}`
    const via = `${localHost}:${this.port}-${remote}`
    this.serve(socket, { remoteHost, localHost, remote, via, addressOf: undefined })
  }

  private serve(stream: Duplex, { remoteHost, localHost, remote, via, addressOf }: Ends): void {
    if (this.stopped) {
      stream.destroy()
      return
    }
    const { broker } = this
    const { nodeId, events } = broker
    const connectionId = `${via}-${this.connectionsSoFar++}`
    const event: ConnectionEvent = { nodeId, connectionId, remote }
    const connection = new Connection(stream, {
      id: connectionId,
      remoteHost,
      localHost,
      addressOf,
      queue: broker.queue,
      dispatch: this.dispatch,
      links: broker.links,
      nodeId,
      maxFrameBytes: this.maxFrameBytes,
      onClose: (closed, reason) => {
        // A turn, here and below: tests wait for clients to come and to be gone.
        broker.queue.turn(() => this.connections.delete(closed))
        events.emit('connection:close', () => (reason === undefined ? event : { ...event, reason }))
        if (this.connections.size === 0) this.lastClosed()
      },
    })
    broker.queue.turn(() => this.connections.set(connection, event))
    events.emit('connection:open', () => event)
  }

  /** Where the client of a connection finds a node, by this broker's own image. */
  private endpointOf(nodeId: number, origin: Origin): Endpoint | undefined {
    const node = this.broker.image.broker(nodeId)
    const endpoint = node?.endPoints[0]
    if (node === undefined || endpoint === undefined) return undefined
    // What a test has a broker advertise is told to everyone.
    const advertised = this.advertised.get(nodeId) ?? origin.addressOf?.(nodeId)
    if (advertised !== undefined) return { nodeId, ...advertised, rack: node.rack }
    const { host, port } = endpoint
    // A listener on every address is found where this client found it.
    return { nodeId, host: WILDCARDS.has(host) ? origin.localHost : host, port, rack: node.rack }
  }
}

/** Where a connection comes from and leads to. */
interface Ends {
  readonly remoteHost: string
  readonly localHost: string
  /** The client, as events tell of it. */
  readonly remote: string
  /** What its id begins with. */
  readonly via: string
  /** Where this client alone is told that brokers are. */
  readonly addressOf: AddressOf | undefined
}

/** An IPv4 address as such, also where the socket calls it by IPv6. */
function plain(address: string | undefined): string {
  return (address ?? '').replace(/^::ffff:/, '')
}

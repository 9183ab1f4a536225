import type { Socket } from 'node:net'
import type { Clock } from '../broker/clock.ts'
import { Listener } from '../broker/network/listener.ts'
import { type HostPort, hostPortText } from '../protocol/host-port.ts'
import { fitsInPlaceOf } from './answer-end.ts'
import type { Dial } from './dial.ts'
import { Door } from './door.ts'
import { FetchSessions } from './fetch-sessions.ts'

/** Addresses that mean every address of the machine, and that no client can connect to. */
const WILDCARDS: ReadonlySet<string> = new Set(['0.0.0.0', '::'])

/** So many ports behind the first are tried for brokers that show up later, before any free one is taken. */
const PORT_TRIES = 100

/** A node of upstream. */
export interface Node extends HostPort {
  readonly nodeId: number
  readonly isController?: boolean
}

/** An address of upstream, and where clients find it. */
export class Endpoint {
  /** Where upstream is. */
  readonly upstream: HostPort
  /** The node that was last said to be there; -1: none was yet. */
  nodeId: number
  /** Of the broker that is there. */
  readonly sessions: FetchSessions = new FetchSessions()
  /** Whether no client goes there for records. */
  readonly isController: boolean
  private readonly door: Door

  constructor({ nodeId, isController = false, host, port }: Node, door: Door) {
    this.upstream = { host, port }
    this.nodeId = nodeId
    this.isController = isController
    this.door = door
  }

  /** Where a client finds it. @param localHost by which address of this machine that client came in */
  addressFor(localHost: string): HostPort {
    const { host, port } = this.door
    return { host: WILDCARDS.has(host) ? localHost : host, port }
  }

  /** `host:port` of the listener. */
  get address(): string {
    return hostPortText(this.door)
  }

  get port(): number {
    return this.door.port
  }

  /** The node refuses whoever connects, and so does its listener until it does no more. */
  refuse(): void {
    this.door.shut()
  }

  close(): Promise<void> {
    return this.door.close()
  }
}

/** What endpoints look for nodes with. */
export interface EndpointsOptions {
  readonly clock: Clock
  readonly dial: Dial
}

/** One listener for each address of upstream. New ones are opened as they show up. */
export class Endpoints {
  private readonly host: string
  private readonly firstPort: number
  private readonly accept: (socket: Socket, endpoint: Endpoint) => void
  private readonly known = new Map<string, Endpoint>()
  private readonly opening = new Map<string, Promise<Endpoint>>()
  private readonly options: EndpointsOptions
  private isClosed = false

  /** @param firstPort 0: any free ones */
  constructor(
    host: string,
    firstPort: number,
    accept: (socket: Socket, endpoint: Endpoint) => void,
    options: EndpointsOptions,
  ) {
    this.host = host
    this.firstPort = firstPort
    this.accept = accept
    this.options = options
  }

  /** Those of brokers. */
  get brokers(): readonly Endpoint[] {
    return [...this.known.values()].filter(({ isController }) => !isController)
  }

  find(upstream: HostPort): Endpoint | undefined {
    return this.known.get(keyOf(upstream))
  }

  /** Whether every address that a client is told can stand where that of upstream stood, with nothing moved. */
  fit(localHost: string): boolean {
    for (const endpoint of this.known.values()) {
      if (!fitsInPlaceOf(endpoint.addressFor(localHost).host, endpoint.upstream.host)) return false
    }
    return true
  }

  /** The listener in front of a node, opened if there is none yet. @throws Node's system error when there is no port to listen on */
  in(node: Node): Promise<Endpoint> {
    const key = keyOf(node)
    const there = this.known.get(key)
    if (there !== undefined) return Promise.resolve(there)
    let opening = this.opening.get(key)
    if (opening === undefined) {
      opening = this.open(node).finally(() => this.opening.delete(key))
      this.opening.set(key, opening)
    }
    return opening
  }

  async close(): Promise<void> {
    this.isClosed = true
    await Promise.allSettled(this.opening.values())
    await Promise.all([...this.known.values()].map((endpoint) => endpoint.close()))
  }

  private async open(node: Node): Promise<Endpoint> {
    const { clock, dial } = this.options
    const door = new Door(await this.listen(), { clock, dial: () => dial({ host: node.host, port: node.port }) })
    const endpoint = new Endpoint(node, door)
    this.known.set(keyOf(node), endpoint)
    door.serve((socket) => this.accept(socket, endpoint))
    if (this.isClosed) await endpoint.close()
    return endpoint
  }

  /** The first listener has the port that was asked for, the others the next that is free. */
  private async listen(): Promise<Listener> {
    if (this.firstPort === 0) return Listener.open(this.host, 0)
    const taken = this.known.size + this.opening.size
    for (let port = this.firstPort + taken; port < this.firstPort + taken + PORT_TRIES && port < 65_536; port++) {
      try {
        return await Listener.open(this.host, port)
      } catch (error) {
        if (taken === 0 || (error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
      }
    }
    return Listener.open(this.host, 0)
  }
}

function keyOf({ host, port }: HostPort): string {
  return hostPortText({ host: host.toLowerCase(), port })
}

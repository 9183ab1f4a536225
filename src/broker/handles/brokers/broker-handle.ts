import type { Duplex } from 'node:stream'
import { hostPortOf } from '../../../protocol/host-port.ts'
import type { Node } from '../../node.ts'
import type { ApiVersionRanges } from '../../served-versions.ts'
import type { Timeline } from '../../timeline/timeline.ts'
import type { ClusterView } from '../cluster-view.ts'
import { Handle, provide } from '../handle.ts'
import { WAITS } from '../waits/waits.ts'

/** What a broker keeps the timeline of its cluster under, as its waits are kept. */
export const TIMELINE: unique symbol = Symbol.for('memkafka.timeline') as typeof TIMELINE

/** A handle that tells of the timeline of its cluster. */
export interface Recorded {
  readonly [TIMELINE]: Timeline
}

/** How a broker starts again. */
export interface StartOptions {
  /** Whether its disk is empty: it has lost every replica that it had. Default: false. */
  readonly wipe?: boolean
}

/** How a broker is killed. */
export interface KillOptions {
  /**
   * Whether the controller knows `at once` that the broker is gone (the default), or finds out as Kafka's does, `by timeout`: when nothing was
   * heard of it for `broker.session.timeout.ms`. So it does in any case when it is cut off from the broker.
   */
  readonly noticed?: 'at once' | 'by timeout'
}

/** @internal What a handle asks of the cluster as a whole. */
export interface ClusterOfNodes {
  /** Takes a broker out of the cluster for good. */
  decommission(node: Node): Promise<void>
}

/** One broker as a test holds it. */
export class BrokerHandle extends Handle {
  readonly #node: Node
  readonly #cluster: ClusterOfNodes
  readonly #view: Pick<ClusterView, 'waits' | 'timeline'>

  static {
    provide(BrokerHandle.prototype, WAITS, (handle) => handle.#view.waits)
    provide(BrokerHandle.prototype, TIMELINE, (handle) => handle.#view.timeline)
  }

  /** @internal */
  constructor(node: Node, cluster: ClusterOfNodes, view: Pick<ClusterView, 'waits' | 'timeline'>) {
    super()
    this.#node = node
    this.#cluster = cluster
    this.#view = view
  }

  /** @internal Whether it stands for one of these. */
  isOneOf(nodes: readonly Node[]): boolean {
    return nodes.includes(this.#node)
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

  /** Whether it runs; one that is paused does. */
  get isRunning(): boolean {
    return this.#node.broker !== undefined
  }

  /** Whether it stands still: from {@link pause} to {@link resume}, or to its end. */
  get isPaused(): boolean {
    return this.#node.broker?.queue.isPaused ?? false
  }

  /** Whether the controller holds it for dead, or it has not joined yet: no fenced broker leads anything. */
  get isFenced(): boolean {
    return !this.#node.isAlive
  }

  /** Whether it is in sync in every partition of which it has a replica, as the controller has it. */
  get isInSync(): boolean {
    return this.#node.isInSync
  }

  /**
   * A connection to it that needs no socket: what is written is requests, what is read is responses.
   * @throws Error when it is stopped, or is starting and not unfenced yet
   */
  connect(): Duplex {
    return this.#node.connect()
  }

  /**
   * Shuts it down in order (Kafka's controlled shutdown): leadership moves to other in-sync replicas first. Where the controller cannot be
   * reached it stops all the same. Done when its last connection is over; does nothing when it does not run.
   */
  stop(): Promise<void> {
    return this.#node.stop()
  }

  /** Ends it where it stands, as `kill -9` does: sockets are cut, what is on its disk stays. Done when its last connection is over. */
  kill({ noticed = 'at once' }: KillOptions = {}): Promise<void> {
    if (noticed !== 'at once' && noticed !== 'by timeout') {
      throw new RangeError(`noticed: 'at once' or 'by timeout' is wanted, not ${String(noticed)}`)
    }
    return this.#node.kill(noticed)
  }

  /**
   * Starts it again at the same address, with its disk as it was left. It joins at once where it reaches the controller, and follows what
   * it had; does nothing when it runs.
   * @throws Node's system error when its port cannot be listened on any more; Error when it was decommissioned, or the cluster is stopped
   */
  start({ wipe = false }: StartOptions = {}): Promise<void> {
    return this.#node.start(wipe)
  }

  /**
   * Has it stand still, as in a long garbage collection: it takes requests, and answers none. After `broker.session.timeout.ms` the controller
   * holds it for dead.
   */
  pause(): void {
    this.#node.pause()
  }

  /** Has it go on after {@link pause}: it does first what came meanwhile. */
  resume(): void {
    this.#node.resume()
  }

  /**
   * Keeps coordinators on it from loading groups and transactions that come to it: it answers COORDINATOR_LOAD_IN_PROGRESS for them, until the
   * function returned is called.
   */
  holdCoordinatorLoads(): () => void {
    return this.#node.undoable(this.#node.gates.coordinatorLoads.close())
  }

  /**
   * Keeps its transaction coordinator from writing the markers that end transactions: what has been committed or aborted stays unseen, and the
   * producer hears CONCURRENT_TRANSACTIONS when it goes on, until the function returned is called.
   */
  holdTransactionMarkers(): () => void {
    return this.#node.undoable(this.#node.gates.transactionMarkers.close())
  }

  /**
   * Makes it older: of the APIs that are named it serves, and shows to ApiVersions, no other versions, until the function returned is called.
   * Who asked before knows no better, and asks in a version that is not served any more: as in Kafka that ends the connection.
   *
   * ```ts
   * broker.narrowApiVersions({ Fetch: [0, 11], DescribeCluster: null })
   * ```
   * @throws RangeError for an API or versions that it does not serve
   */
  narrowApiVersions(ranges: ApiVersionRanges): () => void {
    return this.#node.undoable(this.#node.narrowApiVersions(ranges))
  }

  /**
   * Fills its disk, until the function returned is called: what it leads answers KAFKA_STORAGE_ERROR to whoever writes, its coordinators are
   * nobody's any more (NOT_COORDINATOR), and what follows here falls behind. What is there can be read. A disk that is wiped has room again.
   *
   * Kafka closes a log directory that it cannot write to, and a broker goes down with its last one: {@link kill} does that.
   */
  fillDisk(): () => void {
    return this.#node.undoable(this.#node.disk.fill())
  }

  /**
   * Has every broker tell clients of this address in its place, until the function returned is called: `broker.advertise('10.0.0.1:9092')`, where
   * nobody answers, or the address of another broker. Where it listens stays as it is.
   * @throws TypeError for what is no `host:port`
   */
  advertise(address: string): () => void {
    const advertised = hostPortOf(address)
    if (advertised === undefined) {
      throw new TypeError(`advertise wants an address such as 'kafka-1.internal:9092', not ${String(address)}`)
    }
    return this.#node.undoable(this.#node.advertise(advertised))
  }

  /**
   * Has everything between it and its clients take so many ms longer, there and back, until the function returned is called. To other brokers
   * it is as near as before; `cluster.network.link` is for those.
   * @throws TypeError for what is no even number of ms
   */
  lengthenRoundTrip(ms: number): () => void {
    if (!Number.isSafeInteger(ms) || ms < 0 || ms % 2 !== 0) {
      throw new TypeError(`lengthenRoundTrip wants an even number of ms, half of them each way, not ${String(ms)}`)
    }
    return this.#node.undoable(this.#node.lengthenRoundTrip(ms))
  }

  /**
   * Has it be as it was when the cluster started, but for what is on its disk: takes back what was narrowed, filled, advertised, lengthened and held
   * and not taken back yet, has it go on after {@link pause}, and starts it when it does not run.
   * @throws as {@link start} does
   */
  restore(): Promise<void> {
    return this.#node.restore()
  }

  /**
   * Takes it out of the cluster for good: its replicas move to other brokers where there are enough, it is shut down in order and unregistered.
   * Its disk is lost.
   */
  decommission(): Promise<void> {
    return this.#cluster.decommission(this.#node)
  }

  /** @internal */
  static nodeOf(handle: BrokerHandle): Node {
    return handle.#node
  }
}

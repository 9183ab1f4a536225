import type { Duplex } from 'node:stream'
import { type InspectOptions, inspect } from 'node:util'
import { HandlerList } from '../intercept/handler-list.ts'
import { Interceptable } from '../intercept/interceptable.ts'
import { checkNames } from '../intercept/nearest.ts'
import { everything, type Release, releaseOf } from '../protocol/release.ts'
import { handlersByKey } from './apis/handlers.ts'
import { type Clock, RealClock, timersAreFaked } from './clock.ts'
import { type ClusterClock, clusterClock, VirtualClock } from './cluster-clock.ts'
import { BrokerConfig } from './config/broker-config.ts'
import { configTablesOf } from './config/config-tables.ts'
import { Events } from './events.ts'
import { BrokerHandle } from './handles/brokers/broker-handle.ts'
import { EndpointHandle, NetworkHandle } from './handles/brokers/network-handle.ts'
import type { ClusterView } from './handles/cluster-view.ts'
import { GroupHandle } from './handles/groups/group-handle.ts'
import { provide } from './handles/handle.ts'
import { clientsSeen } from './handles/seen.ts'
import { CoupledClock } from './handles/time/coupled-clock.ts'
import type { ClockSurroundings } from './handles/time/settling.ts'
import { PartitionHandle } from './handles/topics/partition-handle.ts'
import { TopicHandle } from './handles/topics/topic-handle.ts'
import { TransactionHandle } from './handles/transactions/transaction-handle.ts'
import { WAIT_OPTIONS, type WaitOptions } from './handles/waits/limited-waits.ts'
import { WAITS, Waits } from './handles/waits/waits.ts'
import type { Disk } from './log/disk.ts'
import type { AddressOf } from './network/address-of.ts'
import type { OpenConnection } from './network/connected-client.ts'
import { Deliveries } from './network/deliveries.ts'
import { Interception } from './network/interception.ts'
import { Listener, type OpenListener } from './network/listener.ts'
import { closeListeners, openListeners } from './network/listeners.ts'
import { refuseTcp } from './network/refused-tcp.ts'
import { type Dial, dialer, type SocketFactory, socketFactory } from './network/socket-factory.ts'
import type { Node } from './node.ts'
import { Nodes } from './nodes.ts'
import { type BrokerNode, type ClusterOptions, type ReadOptions, readOptions } from './options.ts'
import { Random } from './random.ts'
import { TimelineRecorder } from './timeline/recorder.ts'
import { Timeline } from './timeline/timeline.ts'
import { WaitQueue } from './wait-queue.ts'

/** What a cluster gives to the config of a client. */
export interface ClientConfig {
  readonly net: {
    readonly dial: Dial
    readonly tls: { readonly enable: false }
    readonly sasl: { readonly enable: false }
  }
  readonly clock: ClusterClock
  readonly random: { below(bound: number): number; bytes(length: number): Uint8Array }
}

/** The part of the cluster's chance that is its clients'. */
const CLIENTS = 7
/** And that of handlers of `use`. */
const HANDLERS = 8

/**
 * A Kafka cluster in this process. All that it holds is its own, and is let go when it stops.
 *
 * ```ts
 * await using cluster = await KafkaCluster.start({ topics: { orders: { partitions: 6 } } })
 * const kafka = new Kafka({ brokers: cluster.bootstrapServers })
 * ```
 */
export class KafkaCluster extends Interceptable implements AsyncDisposable {
  /** The cluster's id, 22 characters; it follows from the seed. */
  readonly clusterId: string
  /** kafkajs's `socketFactory`: with it a client needs no sockets at all. */
  readonly socketFactory: SocketFactory
  /** What happens in the cluster. */
  readonly events: Events = new Events()
  /** The cluster's time: `advance` and `runUntil` move it where it is virtual. */
  readonly clock: ClusterClock
  /** What happened in the cluster, where it was started with `timeline: true`. */
  readonly timeline: Timeline
  /** The network between brokers, controller and clients. */
  readonly network: NetworkHandle
  /** The controller as an end of the network: one voter, which cannot fail but can be cut off. */
  readonly controller: EndpointHandle = new EndpointHandle('controller')
  private readonly dial: Dial
  private readonly queue: WaitQueue
  private readonly view: ClusterView
  private readonly nodes: Nodes
  private readonly handles = new WeakMap<Node, BrokerHandle>()
  /** What ends with the cluster. */
  private readonly ends = new Set<() => void>()
  private stopping: Promise<void> | undefined

  static {
    provide(KafkaCluster.prototype, WAITS, (cluster) => cluster.view.waits)
    // console.log tells what it is, and not what is in it.
    const show = function (this: KafkaCluster, _depth: number, options: InspectOptions): string {
      return `KafkaCluster ${inspect(this.told, options)}`
    }
    Object.defineProperty(KafkaCluster.prototype, inspect.custom, { value: show })
  }

  private constructor(
    options: ReadOptions,
    config: BrokerConfig,
    release: Release,
    listeners: readonly Listener[],
    listen: OpenListener,
    deliveries: Deliveries,
  ) {
    const chance = new Random(options.seed).fork(HANDLERS)
    const handlers = new HandlerList(
      options.handlers,
      () => chance.next() / 2 ** 32,
      (key) => handlersByKey.has(key),
    )
    super(handlers)
    const { events } = this
    const { waitTimeout } = options
    const clock = clockOf(options.clock, {
      waitTimeout,
      activity: () => deliveries.count,
      signal: () => this.view.waits.signal,
    })
    const startedMs = clock.now()
    const { timeline: capacity } = options
    const recorder = capacity === undefined ? undefined : new TimelineRecorder(clock, events, capacity)
    const timeline = new Timeline(recorder)
    this.timeline = timeline
    const queue = new WaitQueue(clock)
    this.clock = clusterClock(clock)
    this.queue = queue
    const brokerOf = (nodeId: number): BrokerHandle => this.broker(nodeId)
    const interception = new Interception(handlers, events, { random: chance, brokerOf, recorder })
    const nodes = new Nodes({ options, config, release, queue, events, interception, listeners, listen, deliveries })
    this.nodes = nodes
    this.clusterId = nodes.clusterId
    const { brokers, controller, links } = nodes
    const { image } = controller
    const random = new Random(options.seed)
    const isArriving = (): boolean => nodes.all.some(({ server }) => server?.isArriving ?? false)
    const waits = new Waits(queue, options.waitTimeout, isArriving)
    const diskOf = (nodeId: number): Disk | undefined => nodes.byId(nodeId)?.disk
    const connections = (): readonly OpenConnection[] => this.network.connections
    this.view = { brokers, image, controller, queue, random, waits, timeline, diskOf, connections }
    this.network = new NetworkHandle(nodes, links, queue, startedMs)
    this.dial = dialer((host, port) => nodes.at(host, port)?.connect())
    this.socketFactory = socketFactory(this.dial)
  }

  /**
   * Starts a cluster: one broker on a free loopback port, with automatic topic creation, unless told otherwise.
   *
   * @throws RangeError, ConfigError or KafkaError that names the option, config or topic which is wrong; Node's system
   * error when the address cannot be listened on.
   */
  static start(options: ClusterOptions = {}): Promise<KafkaCluster> {
    const refuse = timersAreFaked() ? refuseTcp() : undefined
    return KafkaCluster.startOn((host, port) => Listener.open(host, port, refuse), options)
  }

  /** @internal Starts a cluster whose nodes listen as they are told, and whose connections in memory deliver so. */
  static async startOn(
    listen: OpenListener,
    options: ClusterOptions,
    deliveries: Deliveries = new Deliveries(),
  ): Promise<KafkaCluster> {
    const wanted = readOptions(options)
    const release = wanted.version === undefined ? everything : releaseOf(wanted.version)
    const tables = configTablesOf(release)
    const config = new BrokerConfig(wanted.config, wanted.nodes.length, wanted.clock === 'real', tables)
    const listeners = await openListeners(wanted, listen)
    try {
      return new KafkaCluster(wanted, config, release, listeners, listen, deliveries)
    } catch (error) {
      await closeListeners(listeners)
      throw error
    }
  }

  /** The brokers, in the order of the options; those that were added later come last. */
  get brokers(): readonly BrokerHandle[] {
    return this.nodes.all.map((node) => this.handleOf(node))
  }

  /**
   * A broker by its node id, as leaders, replicas and coordinators are told: `cluster.broker(cluster.partition('orders', 0).leader)`.
   * @throws RangeError when there is none; for `undefined` too, which is who leads when nobody does
   */
  broker(nodeId: number | undefined): BrokerHandle {
    const node = nodeId === undefined ? undefined : this.nodes.byId(nodeId)
    if (node !== undefined) return this.handleOf(node)
    const ids = this.nodes.all.map((one) => one.nodeId).join(', ')
    if (nodeId !== undefined) throw new RangeError(`there is no broker ${nodeId}; there are ${ids}`)
    throw new RangeError('no broker was named: a partition without a leader has none, nor has one that is not there')
  }

  /** The brokers' addresses, `host:port` each: hand them to any client. */
  get bootstrapServers(): string[] {
    return this.nodes.all.map(({ address }) => address)
  }

  /**
   * Adds a broker, with an empty disk. It leads and follows nothing before topics are created or partitions reassigned.
   * @throws RangeError for a node id that is taken or cannot be one; Node's system error when there is no port to listen on
   */
  async addBroker(node: BrokerNode): Promise<BrokerHandle> {
    if (this.stopping !== undefined) throw new Error('the cluster is stopped')
    return this.handleOf(await this.nodes.add(node))
  }

  /**
   * What `newConfig` of `memkafka/client` takes so that a client runs in memory, without TLS and SASL, on the cluster's clock, and with chance that
   * follows from its seed.
   *
   * ```ts
   * const producer = await newAsyncProducer(cluster.bootstrapServers, newConfig(production, cluster.clientConfig()))
   * ```
   */
  clientConfig(): ClientConfig {
    const net = { dial: this.dial, tls: { enable: false }, sasl: { enable: false } } as const
    return { net, clock: this.clock, random: this.view.random.fork(CLIENTS) }
  }

  /**
   * A connection that needs no socket: what is written is requests, what is read is responses.
   * @param to the broker, by node id or by `host:port` as in `bootstrapServers`. Default: the first one.
   * @param addressOf where this client alone is told that brokers are, by node id. Default: where they are.
   * @throws RangeError when there is no such broker, Error when it is stopped
   */
  connect(to?: number | string, addressOf?: AddressOf): Duplex {
    const node =
      to === undefined
        ? this.nodes.all[0]
        : this.nodes.all.find(({ nodeId, address }) => (typeof to === 'number' ? nodeId === to : address === to))
    if (node === undefined) {
      const known = this.nodes.all.map(({ nodeId, address }) => `${nodeId} at ${address}`).join(', ')
      throw new RangeError(`there is no broker ${to}; there are ${known}`)
    }
    return node.connect(addressOf)
  }

  /**
   * What a topic, a group or a transactional id is called here, which is just that. A test that takes its names from here can be run on a real cluster
   * too, where each run has names of its own (`docs/real-kafka.md`).
   */
  name(name: string): string {
    return name
  }

  /** A topic by its name, whether it is there or not yet. */
  topic(name: string): TopicHandle {
    return new TopicHandle(this.view, name)
  }

  /** A partition by its topic and index, whether it is there or not yet. */
  partition(topic: string, index: number): PartitionHandle {
    return new PartitionHandle(this.view, topic, index)
  }

  /** A consumer group by its id, whether it is there or not yet. */
  group(id: string): GroupHandle {
    return new GroupHandle(this.view, id)
  }

  /** A transactional id, whether it is known or not yet. */
  transaction(id: string): TransactionHandle {
    return new TransactionHandle(this.view, id)
  }

  /**
   * Resolves once something holds, which is looked at after each change in the cluster: nobody asks in between.
   *
   * ```ts
   * await cluster.waitUntil(() => cluster.partition('orders', 0).isr.length === 3, { what: 'all replicas to be in sync' })
   * ```
   * @param options `what` is waited for, in the words of the error that says that it did not come; `timeout` is real time, whatever the cluster's clock says
   * @throws UnmetWaitError when it does not hold in time; TypeError for what is no function; whatever `holds` throws
   */
  async waitUntil(holds: () => boolean, options: WaitOptions & { readonly what?: string } = {}): Promise<void> {
    if (typeof holds !== 'function') {
      throw new TypeError(`waitUntil wants a function that tells whether something holds, not ${inspect(holds)}`)
    }
    checkNames('waitUntil', options, ['what', ...WAIT_OPTIONS])
    const { what = 'a condition to hold', ...limits } = options
    const look = (): true | undefined => (holds() ? true : undefined)
    await this.view.waits.until({ what, look, seen: () => `It was looked at after every change: ${holds}` }, limits)
  }

  /**
   * Resolves once no client is connected. Whoever is there after a test has closed its clients was forgotten: it would look for its brokers in the tests
   * that follow.
   *
   * ```ts
   * afterEach(async () => {
   *   await producer.disconnect()
   *   await cluster.waitUntilDisconnected().finally(() => cluster.stop())
   * })
   * ```
   * @throws UnmetWaitError that names who is connected
   */
  async waitUntilDisconnected(options: WaitOptions = {}): Promise<void> {
    checkNames('waitUntilDisconnected', options, WAIT_OPTIONS)
    const look = (): true | undefined => (this.network.connections.length === 0 ? true : undefined)
    await this.view.waits.until({ what: 'all clients to be gone', look, seen: () => clientsSeen(this.view) }, options)
  }

  /** Stops every broker and lets go of all that the cluster holds. Connections end at once. May be called again. */
  stop(): Promise<void> {
    if (this.stopping !== undefined) return this.stopping
    // Known before it begins: whoever hears of it may call this again.
    const { promise, resolve } = Promise.withResolvers<void>()
    this.stopping = promise
    resolve(this.stopOnce())
    return promise
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  /** @internal What the handles of a cluster look at. */
  static viewOf(cluster: KafkaCluster): ClusterView {
    return cluster.view
  }

  private get told(): Readonly<Record<string, unknown>> {
    const { clusterId, bootstrapServers } = this
    const topics = [...this.view.image.topics()].map(({ name }) => name)
    return { clusterId, bootstrapServers, topics, isStopped: this.stopping !== undefined }
  }

  /** The same one each time. */
  private handleOf(node: Node): BrokerHandle {
    let handle = this.handles.get(node)
    if (handle === undefined) {
      handle = new BrokerHandle(node, this.nodes, this.view)
      this.handles.set(node, handle)
    }
    return handle
  }

  /** @internal Has something end when the cluster begins to stop, at once where it has. The function returned takes it back. */
  static atStop(cluster: KafkaCluster, end: () => void): () => void {
    if (cluster.stopping !== undefined) end()
    else cluster.ends.add(end)
    return () => {
      cluster.ends.delete(end)
    }
  }

  private async stopOnce(): Promise<void> {
    for (const end of this.ends) end()
    this.view.waits.stop()
    this.handlers.stop()
    this.queue.stop()
    await this.nodes.close()
  }
}

function clockOf(clock: ReadOptions['clock'], around: ClockSurroundings): Clock {
  if (clock === 'real') return new RealClock()
  if (clock === 'virtual') return new VirtualClock(undefined, around)
  return 'advanceTimers' in clock ? new CoupledClock(clock, around) : clock
}

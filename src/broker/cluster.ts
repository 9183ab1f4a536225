import type { Duplex } from 'node:stream'
import type { RequestHandler } from '../intercept/handler.ts'
import { HandlerList } from '../intercept/handler-list.ts'
import { handlersByKey, servedBy } from './apis/handlers.ts'
import { Broker } from './broker.ts'
import { type Clock, RealClock } from './clock.ts'
import { type ClusterClock, clusterClock, VirtualClock } from './cluster-clock.ts'
import { BrokerConfig } from './config/broker-config.ts'
import { configTablesOf } from './config/config-tables.ts'
import { Controller } from './controller/controller.ts'
import { Events } from './events.ts'
import { BrokerHandle } from './handles/broker-handle.ts'
import type { ClusterView } from './handles/cluster-view.ts'
import { GroupHandle } from './handles/group-handle.ts'
import { NetworkHandle } from './handles/network-handle.ts'
import { PartitionHandle, TopicHandle } from './handles/topic-handle.ts'
import { TransactionHandle } from './handles/transaction-handle.ts'
import { Link } from './link.ts'
import { Interception } from './network/interception.ts'
import { Listener } from './network/listener.ts'
import { BrokerServer } from './network/server.ts'
import { type SocketFactory, socketFactory } from './network/socket-factory.ts'
import { type ClusterOptions, type ReadOptions, readOptions } from './options.ts'
import { Random } from './random.ts'
import { everything, type Release, releaseOf } from './release.ts'
import { WaitQueue } from './wait-queue.ts'

const LOOPBACK_NAMES: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '::1'])

/**
 * Of a release's features those that work here: a client may rely on what is finalized. Eligible leader replicas (KIP-966)
 * do as long as no replica leaves the in-sync ones: there are none.
 */
const WORKING_FEATURES: ReadonlySet<string> = new Set(['metadata.version', 'eligible.leader.replicas.version'])

/**
 * A Kafka cluster in this process. All that it holds is its own, and is let go when it stops.
 *
 * ```ts
 * await using cluster = await KafkaCluster.start({ topics: { orders: { partitions: 6 } } })
 * const kafka = new Kafka({ brokers: cluster.bootstrapServers })
 * ```
 */
export class KafkaCluster implements AsyncDisposable {
  /** The cluster's id, 22 characters; it follows from the seed. */
  readonly clusterId: string
  /** The brokers' addresses, `host:port` each: hand them to any client. */
  readonly bootstrapServers: string[]
  /** kafkajs's `socketFactory`: with it a client needs no sockets at all. */
  readonly socketFactory: SocketFactory
  /** What happens in the cluster. */
  readonly events: Events = new Events()
  /** The cluster's time: `advance` and `runUntil` move it where it is virtual. */
  readonly clock: ClusterClock
  /** The brokers, in the order of the options. */
  readonly brokers: readonly BrokerHandle[]
  /** The network between the cluster and its clients. */
  readonly network: NetworkHandle
  private readonly queue: WaitQueue
  private readonly handlers: HandlerList
  private readonly view: ClusterView
  private readonly servers: readonly BrokerServer[]
  private stopping: Promise<void> | undefined

  private constructor(options: ReadOptions, config: BrokerConfig, release: Release, listeners: readonly Listener[]) {
    const { events } = this
    const clock = clockOf(options.clock)
    const queue = new WaitQueue(clock)
    this.clock = clusterClock(clock)
    this.queue = queue
    this.handlers = new HandlerList(options.handlers)
    const interception = new Interception(this.handlers, events)
    const random = new Random(options.seed)
    this.clusterId = random.uuid()

    const brokers = new Map<number, Broker>()
    const features = release.features.filter(({ name }) => WORKING_FEATURES.has(name))
    const controller = new Controller({
      queue,
      events,
      config,
      random: random.fork(0),
      features,
      linkTo: (nodeId) => new Link(queue, () => found(brokers, nodeId)),
    })
    const served = servedBy(release)
    this.servers = options.nodes.map(({ nodeId, rack = null }, i) => {
      const broker = new Broker({
        nodeId,
        rack,
        clusterId: this.clusterId,
        release,
        served,
        features,
        config: config.fork(ownConfigs(nodeId, rack, options.host, (listeners[i] as Listener).port)),
        queue,
        random: random.fork(nodeId),
        events,
        controller: new Link(queue, () => controller),
        peer: peers(queue, brokers),
      })
      brokers.set(nodeId, broker)
      return new BrokerServer({ broker, handlers: handlersByKey, listener: listeners[i] as Listener, interception })
    })

    queue.turn(() => {
      for (const { broker, host, port } of this.servers) {
        const { nodeId, rack } = broker
        controller.unfenceBroker(nodeId, controller.registerBroker({ nodeId, rack, host, port }))
      }
      controller.createFirstTopics(options.topics)
    })
    this.view = { brokers, image: controller.image }
    this.brokers = this.servers.map((server) => new BrokerHandle(server))
    this.network = new NetworkHandle(this.servers)
    this.bootstrapServers = this.servers.map(({ address }) => address)
    this.socketFactory = socketFactory((host, port) => this.servers.find(isAt(host, port))?.connect())
  }

  /**
   * Starts a cluster: one broker on a free loopback port, with automatic topic creation, unless told otherwise.
   *
   * @throws RangeError, ConfigError or KafkaError that names the option, config or topic which is wrong; Node's system
   * error when the address cannot be listened on.
   */
  static async start(options: ClusterOptions = {}): Promise<KafkaCluster> {
    const wanted = readOptions(options)
    const release = wanted.version === undefined ? everything : releaseOf(wanted.version)
    const tables = configTablesOf(release)
    const config = new BrokerConfig(wanted.config, wanted.nodes.length, wanted.clock === 'real', tables)
    const listeners = await openListeners(wanted)
    try {
      return new KafkaCluster(wanted, config, release, listeners)
    } catch (error) {
      await closeAll(listeners)
      throw error
    }
  }

  /**
   * A connection that needs no socket: what is written is requests, what is read is responses.
   * @param to the broker, by node id or by `host:port` as in `bootstrapServers`. Default: the first one.
   * @throws RangeError when there is no such broker, Error when it is stopped
   */
  connect(to?: number | string): Duplex {
    const server =
      to === undefined
        ? this.servers[0]
        : this.servers.find(({ broker, address }) => (typeof to === 'number' ? broker.nodeId === to : address === to))
    if (server === undefined) {
      const known = this.servers.map(({ broker, address }) => `${broker.nodeId} at ${address}`).join(', ')
      throw new RangeError(`there is no broker ${to}; there are ${known}`)
    }
    return server.connect()
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
   * Puts handlers before the brokers, and before the handlers that are there: they may answer requests in the brokers'
   * place. The function returned takes these away again.
   */
  use(...handlers: readonly RequestHandler[]): () => void {
    return this.handlers.use(...handlers)
  }

  /** Takes away what `use` added. Handlers that are given take the place of those that the cluster was started with. */
  resetHandlers(...next: readonly RequestHandler[]): void {
    this.handlers.resetHandlers(...next)
  }

  /** Has handlers that were to answer once, and have, answer once again. */
  restoreHandlers(): void {
    this.handlers.restoreHandlers()
  }

  /** The handlers in the order in which they are asked. */
  listHandlers(): readonly RequestHandler[] {
    return this.handlers.listHandlers()
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

  private async stopOnce(): Promise<void> {
    this.queue.stop()
    for (const { broker } of this.servers) this.events.emit('broker:stop', () => ({ nodeId: broker.nodeId }))
    await Promise.all(this.servers.map((server) => server.stop()))
  }
}

function clockOf(clock: ReadOptions['clock']): Clock {
  if (clock === 'real') return new RealClock()
  return clock === 'virtual' ? new VirtualClock() : clock
}

/** A loopback listener is found by any name of it, as over TCP. */
function isAt(host: string, port: number): (server: BrokerServer) => boolean {
  return (server) =>
    server.port === port && (server.host === host || (LOOPBACK_NAMES.has(server.host) && LOOPBACK_NAMES.has(host)))
}

/** What of a broker's configs is its own. */
function ownConfigs(nodeId: number, rack: string | null, host: string, port: number): Record<string, string> {
  const listeners = `PLAINTEXT://${host.includes(':') ? `[${host}]` : host}:${port}`
  return {
    'node.id': String(nodeId),
    'broker.id': String(nodeId),
    ...(rack === null ? {} : { 'broker.rack': rack }),
    listeners,
    'advertised.listeners': listeners,
  }
}

/** A listener for each node; when one cannot be opened none stays open. */
async function openListeners({ nodes, host, port }: ReadOptions): Promise<Listener[]> {
  const opened = await Promise.allSettled(nodes.map((_, i) => Listener.open(host, port === 0 ? 0 : port + i)))
  const listeners = opened.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  const failure = opened.find((result) => result.status === 'rejected')
  if (failure === undefined) return listeners
  await closeAll(listeners)
  throw failure.reason
}

async function closeAll(listeners: readonly Listener[]): Promise<void> {
  await Promise.all(listeners.map((listener) => listener.close()))
}

/** A broker's links to all the others, each made when it is first needed. */
function peers(queue: WaitQueue, brokers: ReadonlyMap<number, Broker>): (nodeId: number) => Link<Broker> {
  const links = new Map<number, Link<Broker>>()
  return (nodeId) => {
    const known = links.get(nodeId)
    if (known !== undefined) return known
    const link = new Link(queue, () => brokers.get(nodeId))
    links.set(nodeId, link)
    return link
  }
}

function found<T>(all: ReadonlyMap<number, T>, nodeId: number): T {
  const one = all.get(nodeId)
  if (one === undefined) throw new Error(`there is no broker ${nodeId}`)
  return one
}

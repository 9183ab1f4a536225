import type { Duplex } from 'node:stream'
import { handlersByKey, servedBy } from './apis/handlers.ts'
import { Broker } from './broker.ts'
import { RealClock } from './clock.ts'
import { BrokerConfig } from './config/broker-config.ts'
import { Controller } from './controller/controller.ts'
import { Events } from './events.ts'
import { Link } from './link.ts'
import { Listener } from './network/listener.ts'
import { BrokerServer } from './network/server.ts'
import { type SocketFactory, socketFactory } from './network/socket-factory.ts'
import { type ClusterOptions, type ReadOptions, readOptions } from './options.ts'
import { Random } from './random.ts'
import { everything, type Release, releaseOf } from './release.ts'
import { WaitQueue } from './waiting.ts'

/** Of a release's features those that work here: a client may rely on what is finalized. */
const WORKING_FEATURES: ReadonlySet<string> = new Set(['metadata.version'])

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
  private readonly queue = new WaitQueue(new RealClock())
  private readonly servers: readonly BrokerServer[]
  private stopping: Promise<void> | undefined

  private constructor(options: ReadOptions, config: BrokerConfig, release: Release, listeners: readonly Listener[]) {
    const { queue, events } = this
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
        config,
        queue,
        random: random.fork(nodeId),
        events,
        controller: new Link(queue, () => controller),
      })
      brokers.set(nodeId, broker)
      return new BrokerServer(broker, handlersByKey, listeners[i] as Listener)
    })

    const addresses = this.servers.map(({ broker, port }) => ({ broker, host: options.host, port }))
    queue.turn(() => {
      for (const { broker, host, port } of addresses) {
        controller.registerBroker({ nodeId: broker.nodeId, rack: broker.rack, host, port })
      }
      controller.createFirstTopics(options.topics)
    })
    this.bootstrapServers = addresses.map(({ host, port }) =>
      host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`,
    )
    this.socketFactory = socketFactory((host, port) => this.serverAt(host, port)?.connect())
  }

  /**
   * Starts a cluster: one broker on a free loopback port, with automatic topic creation, unless told otherwise.
   *
   * @throws RangeError, ConfigError or KafkaError that names the option, config or topic which is wrong; Node's system
   * error when the address cannot be listened on.
   */
  static async start(options: ClusterOptions = {}): Promise<KafkaCluster> {
    const wanted = readOptions(options)
    const config = new BrokerConfig(wanted.config, wanted.nodes.length)
    const release = wanted.version === undefined ? everything : releaseOf(wanted.version)
    const listeners = await openListeners(wanted)
    try {
      return new KafkaCluster(wanted, config, release, listeners)
    } catch (error) {
      await closeAll(listeners)
      throw error
    }
  }

  /** A connection to the first broker that needs no socket: what is written is requests, what is read is responses. */
  connect(): Duplex {
    return (this.servers[0] as BrokerServer).connect()
  }

  /** Stops every broker and lets go of all that the cluster holds. Connections end at once. May be called again. */
  stop(): Promise<void> {
    this.stopping ??= this.stopOnce()
    return this.stopping
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  private async stopOnce(): Promise<void> {
    this.queue.stop()
    await Promise.all(this.servers.map((server) => server.stop()))
  }

  private serverAt(host: string, port: number): BrokerServer | undefined {
    return this.bootstrapServers.includes(`${host}:${port}`)
      ? this.servers.find((server) => server.port === port)
      : undefined
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

function found<T>(all: ReadonlyMap<number, T>, nodeId: number): T {
  const one = all.get(nodeId)
  if (one === undefined) throw new Error(`there is no broker ${nodeId}`)
  return one
}

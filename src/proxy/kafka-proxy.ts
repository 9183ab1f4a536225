import type { Socket } from 'node:net'
import { type Clock, RealClock } from '../broker/clock.ts'
import { type ConnectionEvent, Events } from '../broker/events.ts'
import { Interception } from '../broker/network/interception.ts'
import { Random } from '../broker/random.ts'
import { TimelineRecorder } from '../broker/timeline/recorder.ts'
import { Timeline } from '../broker/timeline/timeline.ts'
import { WaitQueue } from '../broker/wait-queue.ts'
import { HandlerList } from '../intercept/handler-list.ts'
import { Interceptable } from '../intercept/interceptable.ts'
import { apiInfo } from '../protocol/api-keys.ts'
import { ACTIVITY, type ProxyActivity } from './activity.ts'
import { Frames } from './answers.ts'
import { ProxyConnection } from './connection.ts'
import { type Dial, dialler } from './dial.ts'
import { type Endpoint, Endpoints, type Node } from './endpoints.ts'
import { KnownLeaders } from './known-leaders.ts'
import { type KafkaProxyOptions, type ReadProxyOptions, readProxyOptions } from './options.ts'
import { probe, type Upstream } from './probe.ts'
import type { Shared } from './shared.ts'
import { TopicNames } from './topic-names.ts'

/** A broker of upstream, as a handler is told of the node that a request is for (`info.broker`). */
export interface ProxiedBroker {
  /** -1 as long as upstream has not told. */
  readonly nodeId: number
  /** Where upstream is, not where clients find it. */
  readonly host: string
  readonly port: number
}

/**
 * Stands in front of a cluster that is there already, be it Kafka or another one that speaks its protocol: what no handler of `use` is about goes
 * through as it came, save that clients are told to find every broker here.
 *
 * ```ts
 * await using proxy = await KafkaProxy.start({ upstream: 'kafka.staging.internal:9092' })
 * proxy.use(kafka.produce({ topic: 'orders' }, () => KafkaResponse.error('NOT_LEADER_OR_FOLLOWER'), { once: true }))
 * const client = new Kafka({ brokers: proxy.bootstrapServers })
 * ```
 */
export class KafkaProxy extends Interceptable implements AsyncDisposable {
  /** The upstream cluster's id; undefined where it tells nobody who has not said who he is. */
  readonly clusterId: string | undefined
  /** Connections and requests, as a cluster tells of them. */
  readonly events: Events
  /** What became of requests, where the proxy was started with `timeline`. */
  readonly timeline: Timeline
  private readonly clock: Clock = new RealClock()
  private readonly queue = new WaitQueue(this.clock)
  private readonly endpoints: Endpoints
  private readonly shared: Shared
  private readonly dial: Dial
  private readonly connections = new Set<ProxyConnection>()
  private readonly activity: ProxyActivity
  private readonly ended = new AbortController()
  private connectionsSoFar = 0
  private lastClosed: () => void = () => {}
  private stopping: Promise<void> | undefined

  static {
    // For the matchers, and not seen from outside.
    const tell = function (this: KafkaProxy): ProxyActivity {
      return this.activity
    }
    Object.defineProperty(KafkaProxy.prototype, ACTIVITY, { get: tell })
  }

  private constructor(options: ReadProxyOptions, dial: Dial, clusterId: string | undefined) {
    const { seed, handlers, timeline, onUnknownApi: unknown, host, port, waitTimeout, settleTime } = options
    const chance = new Random(seed)
    super(
      new HandlerList(
        handlers,
        () => chance.next() / 2 ** 32,
        (key) => apiInfo.has(key),
      ),
    )
    const { clock, queue } = this
    this.clusterId = clusterId
    this.dial = dial
    this.events = new Events()
    const { events } = this
    const recorder = timeline === undefined ? undefined : new TimelineRecorder(clock, events, timeline)
    this.timeline = new Timeline(recorder)
    const { connections, ended } = this
    this.activity = { queue, connections, waitTimeout, settleTime, stopped: ended.signal }
    this.endpoints = new Endpoints(host, port, (socket, endpoint) => this.accept(socket, endpoint), { clock, dial })
    const brokerOf = (nodeId: number): ProxiedBroker => this.brokerOf(nodeId)
    this.shared = {
      clock,
      queue,
      events,
      interception: new Interception(this.handlers, events, { random: chance.fork(1), brokerOf, recorder }),
      frames: new Frames(),
      topics: new TopicNames(),
      leaders: new KnownLeaders(),
      unknown,
      find: (nodeId, upstream, localHost) => {
        const endpoint = this.endpoints.find(upstream)
        if (endpoint !== undefined) endpoint.nodeId = nodeId
        return endpoint?.addressFor(localHost)
      },
      fits: (localHost) => this.endpoints.fit(localHost),
      listen: (unheard) => Promise.all(unheard.map((node) => this.endpoints.in(node))),
    }
  }

  /**
   * Asks upstream for its brokers, and listens in front of each of them.
   * @throws UpstreamError when upstream cannot be reached, or is no Kafka; TypeError for an option that there is not, RangeError for one
   * that is wrong; Node's system error when the address cannot be listened on
   */
  static async start(options: KafkaProxyOptions): Promise<KafkaProxy> {
    const wanted = readProxyOptions(options)
    const dial = dialler(wanted.tls)
    const clock = new RealClock()
    const found = await probe(wanted.upstream, { dial, clock, timeoutMs: wanted.startTimeout })
    const clusterId = found.find((one) => one.clusterId !== null)?.clusterId ?? undefined
    const proxy = new KafkaProxy(wanted, dial, clusterId)
    try {
      for (const node of nodesOf(found)) await proxy.endpoints.in(node)
    } catch (error) {
      await proxy.stop()
      throw error
    }
    return proxy
  }

  /** Where clients find the brokers, `host:port` each: hand them to any client. */
  get bootstrapServers(): string[] {
    return this.endpoints.brokers.map(({ address }) => address)
  }

  /** The brokers of upstream that are known so far. */
  get brokers(): readonly ProxiedBroker[] {
    return this.endpoints.brokers.map(({ nodeId, upstream }) => ({ nodeId, ...upstream }))
  }

  /** Closes every connection and every listener; upstream goes on. May be called again. */
  stop(): Promise<void> {
    this.stopping ??= this.stopOnce()
    return this.stopping
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  private async stopOnce(): Promise<void> {
    this.handlers.stop()
    this.queue.stop()
    this.ended.abort(new Error('the proxy was stopped while a test waited'))
    const closed = new Promise<void>((resolve) => {
      this.lastClosed = resolve
      if (this.connections.size === 0) resolve()
    })
    for (const connection of this.connections) connection.destroy()
    await Promise.all([closed, this.endpoints.close()])
  }

  private brokerOf(nodeId: number): ProxiedBroker {
    return this.brokers.find((broker) => broker.nodeId === nodeId) ?? { nodeId, host: '', port: -1 }
  }

  private accept(socket: Socket, endpoint: Endpoint): void {
    if (this.stopping !== undefined) {
      socket.destroy()
      return
    }
    const { events } = this
    const { nodeId, port } = endpoint
    const remoteHost = plain(socket.remoteAddress)
    const localHost = plain(socket.localAddress)
    const remote = `${remoteHost}:${socket.remotePort ?? 0}`
    const id = `${localHost}:${port}-${remote}-${this.connectionsSoFar++}`
    const event: ConnectionEvent = { nodeId, connectionId: id, remote }
    const connection = new ProxyConnection(socket, this.dial, {
      id,
      remoteHost,
      localHost,
      endpoint,
      shared: this.shared,
      onClose: (closed, reason) => {
        this.connections.delete(closed)
        events.emit('connection:close', () => (reason === undefined ? event : { ...event, reason }))
        if (this.connections.size === 0) this.lastClosed()
      },
    })
    this.connections.add(connection)
    events.emit('connection:open', () => event)
  }
}

/** Where to listen: in front of every broker that upstream tells of, in the order of their ids, or of the addresses that were given. */
function nodesOf(found: readonly Upstream[]): readonly Node[] {
  const told = found.find(({ brokers }) => brokers !== undefined && brokers.length > 0)?.brokers
  if (told !== undefined) return told.toSorted((one, other) => one.nodeId - other.nodeId)
  return found.map(({ address }) => ({ nodeId: -1, ...address }))
}

/** An IPv4 address as such, also where the socket calls it by IPv6. */
function plain(address: string | undefined): string {
  return (address ?? '').replace(/^::ffff:/, '')
}

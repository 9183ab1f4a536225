import type { Release } from '../protocol/release.ts'
import { servedBy } from './apis/handlers.ts'
import type { Broker } from './broker.ts'
import type { BrokerConfig } from './config/broker-config.ts'
import { BrokerSessions } from './controller/broker-sessions.ts'
import { Controller } from './controller/controller.ts'
import { moveReplicasAway } from './controller/decommission.ts'
import type { Events } from './events.ts'
import { Link } from './link.ts'
import { Links } from './links.ts'
import type { Deliveries } from './network/deliveries.ts'
import type { Interception } from './network/interception.ts'
import type { Listener, OpenListener } from './network/listener.ts'
import { Node, type Surroundings } from './node.ts'
import { type BrokerNode, checkedNodes, type ReadOptions } from './options.ts'
import { Random } from './random.ts'
import type { WaitQueue } from './wait-queue.ts'

const LOOPBACK_NAMES: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '::1'])

/** Of a release's features those that work here: a client may rely on what is finalized. */
const WORKING_FEATURES: ReadonlySet<string> = new Set([
  'metadata.version',
  'eligible.leader.replicas.version',
  'transaction.version',
])

/** What the nodes of a cluster are made with. */
export interface NodesOptions {
  readonly options: ReadOptions
  readonly config: BrokerConfig
  readonly release: Release
  readonly queue: WaitQueue
  readonly events: Events
  readonly interception: Interception
  /** One for each node of the options. */
  readonly listeners: readonly Listener[]
  readonly listen: OpenListener
  /** Of all connections in memory. */
  readonly deliveries: Deliveries
}

/** The machines of a cluster and what stands between them: the network, and the controller that knows of them. */
export class Nodes {
  readonly clusterId: string
  readonly links: Links
  readonly controller: Controller
  /** The brokers that run, by node id. */
  readonly brokers: ReadonlyMap<number, Broker>
  /** Of all connections in memory. */
  readonly deliveries: Deliveries
  private readonly around: Surroundings
  private readonly random: Random
  private readonly host: string
  private readonly list: Node[]
  private closed = false

  /** Every broker has joined by the end, and the first topics are there. */
  constructor({ options, config, release, queue, events, interception, listeners, listen, deliveries }: NodesOptions) {
    this.deliveries = deliveries
    const random = new Random(options.seed)
    this.random = random
    this.host = options.host
    this.clusterId = random.uuid()
    const brokers = new Map<number, Broker>()
    this.brokers = brokers
    // Apart from the other sources: what is lost on a link disturbs nothing else.
    const links = new Links(queue, new Random(~options.seed), config.int('request.timeout.ms'), events)
    this.links = links
    const features = release.features.filter(({ name }) => WORKING_FEATURES.has(name))
    const controller = new Controller({
      queue,
      events,
      config,
      random: random.fork(0),
      features,
      linkTo: (to) => {
        // The next incarnation registers anew, and follows the log from its beginning.
        const registered = brokers.get(to)
        const far = (): Broker | undefined => (brokers.get(to) === registered ? registered : undefined)
        return new Link(queue, far, { links, from: 'controller', to })
      },
    })
    this.controller = controller
    queue.whenever([links.changed], () => controller.deliver())
    new BrokerSessions({
      queue,
      links,
      image: controller.image,
      timeoutMs: config.int('broker.session.timeout.ms'),
      epochOf: (nodeId) => brokers.get(nodeId)?.lifecycle.epoch,
      expired: (nodeId) => controller.fenceBroker(nodeId),
    })
    const { clusterId } = this
    const served = servedBy(release)
    const common = { clusterId, release, served, features, events, queue, config, controller, links }
    this.around = { ...common, interception, deliveries, advertised: new Map(), brokers, listen }
    this.list = options.nodes.map(
      (node, i) => new Node(this.around, node, listeners[i] as Listener, random.fork(node.nodeId)),
    )
    queue.turn(() => controller.createFirstTopics(options.topics))
  }

  /** In the order of the options; those that were added later come last. */
  get all(): readonly Node[] {
    return this.list
  }

  byId(nodeId: number): Node | undefined {
    return this.list.find((node) => node.nodeId === nodeId)
  }

  /** The node with an address; a loopback listener is found by any name of it, as over TCP. */
  at(host: string, port: number): Node | undefined {
    return this.list.find(
      (node) =>
        node.port === port && (node.host === host || (LOOPBACK_NAMES.has(node.host) && LOOPBACK_NAMES.has(host))),
    )
  }

  /**
   * Adds a node, whose broker joins at once.
   * @throws RangeError for a node id that is taken or cannot be one; Node's system error when there is no port to listen on; Error once they are closed
   */
  async add(node: BrokerNode): Promise<Node> {
    const [checked = node] = checkedNodes([node])
    const { nodeId } = checked
    const refuse = (): void => {
      if (this.closed) throw new Error('the cluster is stopped')
      if (this.byId(nodeId) !== undefined) throw new RangeError(`addBroker: the nodeId ${nodeId} is taken`)
    }
    refuse()
    const listener = await this.around.listen(this.host, 0)
    try {
      refuse()
    } catch (error) {
      await listener.close()
      throw error
    }
    const added = new Node(this.around, checked, listener, this.random.fork(nodeId))
    this.list.push(added)
    return added
  }

  /** Takes a node out for good, after its replicas have moved to others. */
  async decommission(node: Node): Promise<void> {
    const { nodeId } = node
    const { controller } = this
    const { queue } = this.around
    await new Promise<void>((resolve, reject) => {
      queue.turn(() => queue.await(moveReplicasAway(nodeId, controller), { done: () => resolve(), failed: reject }))
    })
    await node.retire()
    const place = this.list.indexOf(node)
    if (place === -1) return
    this.list.splice(place, 1)
    queue.turn(() => controller.unregisterBroker(nodeId))
  }

  /** Lets go of everything at once. */
  async close(): Promise<void> {
    this.closed = true
    await Promise.all(this.list.map((node) => node.close()))
  }
}

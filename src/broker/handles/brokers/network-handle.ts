import { inspect } from 'node:util'
import { type Endpoint, endpointName, type LinkConditions } from '../../link-conditions.ts'
import type { Links } from '../../links.ts'
import type { OpenConnection } from '../../network/connected-client.ts'
import type { Nodes } from '../../nodes.ts'
import type { WaitQueue } from '../../wait-queue.ts'
import { Handle } from '../handle.ts'
import { BrokerHandle } from './broker-handle.ts'

/** An end of the network that is no broker. */
export class EndpointHandle {
  /** `controller` or `clients`. */
  readonly name: 'controller' | 'clients'

  /** @internal */
  constructor(name: 'controller' | 'clients') {
    this.name = name
  }
}

/** What can be named as an end of the network: a broker, `cluster.controller`, or `cluster.network.clients`. */
export type NetworkEnd = BrokerHandle | EndpointHandle

/** The link between two ends of the network, in both directions. */
export class LinkHandle extends Handle {
  readonly #links: Links
  readonly #queue: WaitQueue
  readonly #ends: readonly [Endpoint, Endpoint]

  /** @internal */
  constructor(links: Links, queue: WaitQueue, ends: readonly [Endpoint, Endpoint]) {
    super()
    this.#links = links
    this.#queue = queue
    this.#ends = ends
  }

  /** Whether what is sent over it can arrive: both ends run, and no split lies between them. */
  get isUp(): boolean {
    return this.#links.isUp(...this.#ends)
  }

  /** What happens on it now. */
  get conditions(): Required<LinkConditions> {
    return this.#links.conditionsOf(...this.#ends)
  }

  /**
   * Sets what happens on the way: `delay` ms until anything arrives, in its order, counted from when it was sent, also for what is under way;
   * `drop` from 0 to 1, how much is lost, a whole request or answer each time, while the connection stays: brokers send again what is not answered
   * for 30 s, clients after a timeout of their own. What is left out stays as it is.
   * @throws RangeError for a delay that is no number of ms from 0 on, and a drop that is not from 0 to 1; TypeError for anything else
   */
  set(conditions: LinkConditions): void {
    const other = Object.keys(conditions).find((name) => name !== 'delay' && name !== 'drop')
    if (other !== undefined)
      throw new TypeError(`a link has no condition ${other}: it has delay, in ms, and drop, from 0 to 1`)
    const { delay = 0, drop = 0 } = conditions
    if (!Number.isSafeInteger(delay) || delay < 0)
      throw new RangeError(`delay: a whole number of ms from 0 on is wanted, not ${delay}`)
    if (!(drop >= 0 && drop <= 1)) throw new RangeError(`drop: a number from 0 to 1 is wanted, not ${drop}`)
    this.#queue.turn(() => this.#links.set(...this.#ends, conditions))
  }
}

/** The network between brokers, controller and clients. */
export class NetworkHandle extends Handle {
  /** The clients, to be named on a side of a split; where none names them they reach every broker. */
  readonly clients: EndpointHandle = new EndpointHandle('clients')
  readonly #nodes: Pick<Nodes, 'all'>
  readonly #links: Links
  readonly #queue: WaitQueue
  readonly #startedMs: number

  /** @internal */
  constructor(nodes: Pick<Nodes, 'all'>, links: Links, queue: WaitQueue, startedMs: number) {
    super()
    this.#nodes = nodes
    this.#links = links
    this.#queue = queue
    this.#startedMs = startedMs
  }

  /** The connections that are open, by broker and then in the order in which they were opened: who is there, and what was asked for last. */
  get connections(): readonly OpenConnection[] {
    return this.#nodes.all.flatMap(({ server }) => server?.openConnections(this.#startedMs) ?? [])
  }

  /** Whether no split cuts it. */
  get isWhole(): boolean {
    return this.#links.isWhole
  }

  /**
   * Cuts the network: nothing passes between the sides, until {@link heal} or another split. Brokers that no side names are each alone.
   * The controller stands with the majority of all brokers, unless a side names it; where there is no majority it is alone, and no metadata
   * changes. Clients reach every broker, unless a side names them.
   * @throws RangeError when an end is on two sides; TypeError for what is no list of ends of this network
   */
  split(...sides: readonly (readonly NetworkEnd[])[]): void {
    const ends = sides.map((side) => {
      if (!Array.isArray(side)) throw new TypeError('split: each side is a list of ends, as in split([a], [b, c])')
      return side.map((end: NetworkEnd) => this.#endpointOf(end))
    })
    const all = ends.flat()
    const twice = all.find((end, i) => all.indexOf(end) !== i)
    if (twice !== undefined) throw new RangeError(`split: ${endpointName(twice)} is on two sides`)
    if (!all.includes('controller')) this.#sideOfMajority(ends)?.push('controller')
    this.#queue.turn(() => this.#links.split(ends, all.includes('clients')))
  }

  /**
   * Makes the network whole, and every link healthy: what is under way arrives at once. What was lost (`drop`) is sent again by whoever sent it, once
   * they have waited for an answer in vain.
   */
  heal(): void {
    this.#queue.turn(() => this.#links.heal())
  }

  /**
   * The link between two ends: two brokers, a broker and `cluster.controller`, a broker and `clients`.
   * @throws RangeError for ends that nothing passes between; TypeError for what is no end of this network
   */
  link(one: NetworkEnd, other: NetworkEnd): LinkHandle {
    const ends = [this.#endpointOf(one), this.#endpointOf(other)] as const
    if (ends[0] === ends[1]) throw new RangeError(`link: two ends are wanted, not ${endpointName(ends[0])} and itself`)
    if (!ends.some((end) => typeof end === 'number')) throw new RangeError('link: clients never talk to the controller')
    return new LinkHandle(this.#links, this.#queue, ends)
  }

  #endpointOf(end: NetworkEnd): Endpoint {
    if (end instanceof EndpointHandle) return end.name
    if (end instanceof BrokerHandle && end.isOneOf(this.#nodes.all)) return end.nodeId
    const wanted = 'a broker of this cluster (cluster.broker(1)), cluster.controller or cluster.network.clients'
    throw new TypeError(`an end of the network is wanted, ${wanted}, not ${inspect(end, { depth: 0 })}`)
  }

  #sideOfMajority(sides: readonly Endpoint[][]): Endpoint[] | undefined {
    const majority = Math.floor(this.#nodes.all.length / 2) + 1
    return sides.find((side) => side.filter((end) => typeof end === 'number').length >= majority)
  }
}

import { Events } from './events.ts'
import type { Endpoint, LinkConditions } from './link-conditions.ts'
import type { Random } from './random.ts'
import { Signal } from './signal.ts'
import type { WaitQueue } from './wait-queue.ts'

/** Kafka's default of `request.timeout.ms`. */
export const REQUEST_TIMEOUT_MS: number = 30_000

const HEALTHY: Required<LinkConditions> = Object.freeze({ delay: 0, drop: 0 })

/** Something that is under way on the network, and minds what becomes of it. */
interface Traffic {
  /** Other links are up, late or lossy than before. */
  networkChanged(): void
}

/** The network between brokers and controller: who reaches whom, how late, and how surely. */
export class Links {
  /** Marked when anyone may reach others than before. */
  readonly changed: Signal = new Signal()
  /** The cluster's own: what is under way is neither end's. */
  readonly queue: WaitQueue
  readonly random: Random
  private readonly traffic = new Set<Traffic>()
  private readonly down = new Set<Endpoint>()
  private readonly paused = new Set<Endpoint>()
  private readonly conditions = new Map<string, Required<LinkConditions>>()
  /** The side on which each end stands; undefined: the network is whole. */
  private sides: ReadonlyMap<Endpoint, number> | undefined
  private clientsOnSide = false
  private readonly events: Events

  /**
   * How long a request waits that was lost on the way, or whose answer was, in ms: `request.timeout.ms`.
   */
  readonly requestTimeoutMs: number

  constructor(
    queue: WaitQueue,
    random: Random,
    requestTimeoutMs: number = REQUEST_TIMEOUT_MS,
    events: Events = new Events(),
  ) {
    this.events = events
    this.requestTimeoutMs = requestTimeoutMs
    this.queue = queue
    this.random = random
  }

  /** Whether what is sent from one end to the other can arrive. */
  isUp(from: Endpoint, to: Endpoint): boolean {
    if (this.down.has(from) || this.down.has(to)) return false
    if (from === to || this.sides === undefined) return true
    if (!this.clientsOnSide && (from === 'clients' || to === 'clients')) return true
    return this.sideOf(from) === this.sideOf(to)
  }

  /** Whether one end hears from the other: it is reached both ways, not everything is lost, and what stands there answers. */
  hears(one: Endpoint, other: Endpoint): boolean {
    return this.isUp(other, one) && !this.paused.has(other) && this.conditionsOf(other, one).drop < 1
  }

  /** Whether every link is healthy: nothing is late or lost, anywhere. */
  get isHealthy(): boolean {
    return this.conditions.size === 0
  }

  conditionsOf(from: Endpoint, to: Endpoint): Required<LinkConditions> {
    return this.conditions.get(key(from, to)) ?? HEALTHY
  }

  /** Sets what happens on the way between two ends, in both directions. */
  set(one: Endpoint, other: Endpoint, conditions: LinkConditions): void {
    for (const direction of [key(one, other), key(other, one)]) {
      const { delay, drop } = { ...HEALTHY, ...this.conditions.get(direction), ...conditions }
      if (delay === 0 && drop === 0) this.conditions.delete(direction)
      else this.conditions.set(direction, { delay, drop })
    }
    this.events.emit('network:link', () => ({ ends: [one, other], ...this.conditionsOf(one, other) }))
    this.tell()
  }

  /**
   * Cuts the network into sides: nothing passes between them. Ends that none of them names are alone.
   * @param clientsToo whether clients stand on a side; otherwise they reach whom they reached before
   */
  split(sides: readonly (readonly Endpoint[])[], clientsToo: boolean): void {
    this.sides = new Map(sides.flatMap((side, index) => side.map((end) => [end, index] as const)))
    this.clientsOnSide = clientsToo
    this.events.emit('network:split', () => ({ sides }))
    this.tell()
  }

  /** Makes the network whole, and every link healthy. */
  heal(): void {
    this.sides = undefined
    this.conditions.clear()
    this.events.emit('network:heal', () => ({}))
    this.tell()
  }

  /** Whether the network is whole. */
  get isWhole(): boolean {
    return this.sides === undefined
  }

  /** Whether the controller stands on a side of the network: one that is on none can do nothing. */
  get hasController(): boolean {
    return this.sides === undefined || this.sides.has('controller')
  }

  /** Notes whether anything runs at an end. */
  setRunning(end: Endpoint, running: boolean): void {
    if (running) this.down.delete(end)
    else this.down.add(end)
    this.paused.delete(end)
    this.tell()
  }

  /** Notes whether what runs at an end stands still. */
  setPaused(end: Endpoint, paused: boolean): void {
    if (paused) this.paused.add(end)
    else this.paused.delete(end)
    this.tell()
  }

  /** @internal */
  add(traffic: Traffic): void {
    this.traffic.add(traffic)
  }

  /** @internal */
  remove(traffic: Traffic): void {
    this.traffic.delete(traffic)
  }

  /** Who is on no side stands on one of its own. */
  private sideOf(end: Endpoint): number | string {
    return this.sides?.get(end) ?? `alone ${end}`
  }

  private tell(): void {
    for (const traffic of this.traffic) traffic.networkChanged()
    this.changed.mark()
  }
}

function key(from: Endpoint, to: Endpoint): string {
  return `${from}>${to}`
}

import type { Timer } from './clock.ts'
import type { Endpoint } from './link-conditions.ts'
import type { Links } from './links.ts'
import type { Task, WaitQueue } from './wait-queue.ts'

/** The way from one end of the cluster's network to another. */
export interface Route {
  readonly links: Links
  readonly from: Endpoint
  readonly to: Endpoint
}

/** Something under way. */
interface Sent {
  readonly sentMs: number
  readonly sent: Task
}

/**
 * What travels one way through the network: what is sent first arrives first. The delay of a link counts from when something was sent, and is the one
 * that the link has when it arrives: on a link that is made quick again all that is under way arrives at once.
 */
export class Direction {
  /** Where what has arrived goes on, unless it knows better itself. */
  readonly queue: WaitQueue
  private readonly route: Route | undefined
  private readonly whileCut: 'arrives' | 'waits'
  /** In the order in which it was sent. */
  private underWay: Sent[] = []
  private nextArrival: Timer | undefined
  /** How much of it arrives in the turn that is under way, and has not yet. */
  private arriving = 0

  /**
   * @param route left out: a way that is always healthy; then what is sent arrives in `queue`
   * @param whileCut what becomes of what is under way when the way is cut: it arrives all the same (whoever sent it has been told, and minds no
   * more), or waits until the way is whole again
   */
  constructor(queue: WaitQueue, route: Route | undefined, whileCut: 'arrives' | 'waits' = 'arrives') {
    this.queue = route?.links.queue ?? queue
    this.route = route
    this.whileCut = whileCut
  }

  get isUp(): boolean {
    const { route } = this
    return route === undefined || route.links.isUp(route.from, route.to)
  }

  /** Whether nothing is late or lost, nor under way. */
  get isIdeal(): boolean {
    return this.underWay.length + this.arriving === 0 && (this.route === undefined || this.route.links.isHealthy)
  }

  /** Decides whether something that is sent now is lost. */
  loses(): boolean {
    const { route } = this
    if (route === undefined || route.links.isHealthy) return false
    const { drop } = route.links.conditionsOf(route.from, route.to)
    return drop > 0 && route.links.random.next() < drop * 2 ** 32
  }

  /** Has something arrive: on a healthy way within the same turn, after the change that sends it. */
  carry(sent: Task): void {
    const { route, queue, underWay } = this
    if (route === undefined || (this.isIdeal && !this.isHeldUp)) {
      queue.enqueue(sent)
      return
    }
    if (underWay.length === 0) route.links.add(this)
    underWay.push({ sentMs: queue.clock.now(), sent })
    this.networkChanged()
  }

  /** Forgets what is under way: nobody waits for it. */
  close(): void {
    this.nextArrival?.cancel()
    this.nextArrival = undefined
    this.underWay = []
    this.route?.links.remove(this)
  }

  /** @internal Has arrive what is due, and looks again when the next is. */
  networkChanged(): void {
    const { route, queue, underWay } = this
    this.nextArrival?.cancel()
    this.nextArrival = undefined
    if (route === undefined || this.isHeldUp) return
    const { delay } = route.links.conditionsOf(route.from, route.to)
    const nowMs = queue.clock.now()
    const due = underWay.findIndex(({ sentMs }) => sentMs + delay > nowMs)
    for (const { sent } of underWay.splice(0, due === -1 ? underWay.length : due)) {
      this.arriving++
      queue.enqueue({ queue: sent.queue, run: () => this.arrive(sent) })
    }
    const [next] = underWay
    if (next === undefined) route.links.remove(this)
    else this.nextArrival = queue.after(next.sentMs + delay - nowMs, () => this.networkChanged())
  }

  private arrive(sent: Task): void {
    this.arriving--
    sent.run()
  }

  private get isHeldUp(): boolean {
    return this.whileCut === 'waits' && !this.isUp
  }
}

import type { Endpoint, Links } from './links.ts'
import type { WaitQueue } from './wait-queue.ts'

/** The way from one end of the cluster's network to another. */
export interface Route {
  readonly links: Links
  readonly from: Endpoint
  readonly to: Endpoint
}

/** What travels one way through the network: what is sent first arrives first. */
export class Direction {
  private readonly queue: WaitQueue
  private readonly route: Route | undefined
  /** When the last of what is under way arrives, ms; 0: nothing is. */
  private lastArrivalMs = 0

  /** @param route left out: a way that is always healthy; then what is sent arrives in `queue` */
  constructor(queue: WaitQueue, route: Route | undefined) {
    this.queue = route?.links.queue ?? queue
    this.route = route
  }

  get isUp(): boolean {
    const { route } = this
    return route === undefined || route.links.isUp(route.from, route.to)
  }

  /** Whether nothing is late or lost, nor under way. */
  get isIdeal(): boolean {
    return this.lastArrivalMs === 0 && (this.route === undefined || this.route.links.isHealthy)
  }

  /** Decides whether something that is sent now is lost. */
  loses(): boolean {
    const { route } = this
    if (route === undefined || route.links.isHealthy) return false
    const { drop } = route.links.conditionsOf(route.from, route.to)
    return drop > 0 && route.links.random.next() < drop * 2 ** 32
  }

  /** Has something arrive: within the same turn on an ideal way, after the change that sends it. */
  carry(arrive: () => void): void {
    const { route, queue } = this
    if (route === undefined || this.isIdeal) {
      queue.post(arrive)
      return
    }
    const nowMs = queue.clock.now()
    const { delay } = route.links.conditionsOf(route.from, route.to)
    this.lastArrivalMs = Math.max(nowMs + delay, this.lastArrivalMs)
    if (this.lastArrivalMs === nowMs) {
      this.lastArrivalMs = 0
      queue.post(arrive)
    } else queue.after(this.lastArrivalMs - nowMs, arrive)
  }
}

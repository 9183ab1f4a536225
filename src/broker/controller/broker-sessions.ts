import type { Timer } from '../clock.ts'
import type { Links } from '../links.ts'
import type { WaitQueue } from '../wait-queue.ts'
import type { MetadataImage } from './metadata-image.ts'

/** What the sessions of brokers are kept with. */
export interface BrokerSessionsOptions {
  readonly queue: WaitQueue
  readonly links: Links
  readonly image: MetadataImage
  /** `broker.session.timeout.ms` */
  readonly timeoutMs: number
  /** The epoch in which a broker that runs is registered: what its heartbeats would say. Undefined when none runs. */
  epochOf(nodeId: number): number | undefined
  /** Called when a broker was not heard of for that long. */
  expired(nodeId: number): void
}

/**
 * Which brokers the controller hears of (Kafka's `BrokerHeartbeatManager`). Heartbeats over a healthy network would change nothing, and
 * are not sent: a session lasts as long as broker and controller reach each other and the broker does not stand still nor has started anew, and ends
 * `broker.session.timeout.ms` later.
 */
export class BrokerSessions {
  private readonly options: BrokerSessionsOptions
  /** Of the brokers that are not heard of: when they are given up. */
  private readonly ending = new Map<number, Timer>()

  constructor(options: BrokerSessionsOptions) {
    this.options = options
    const { queue, links, image } = options
    queue.whenever([links.changed, image.changed], () => this.check())
  }

  private check(): void {
    const { queue, links, image, timeoutMs, epochOf, expired } = this.options
    for (const id of this.ending.keys()) if (image.broker(id) === undefined) this.forget(id)
    for (const { id, epoch, fenced } of image.brokers()) {
      // Another incarnation is no sign of life of this one.
      const beats = links.hears('controller', id) && epochOf(id) === epoch
      const isMissed = !fenced && links.hasController && !beats
      if (!isMissed) this.forget(id)
      else if (!this.ending.has(id)) {
        const ends = queue.after(timeoutMs, () => {
          this.ending.delete(id)
          expired(id)
        })
        this.ending.set(id, ends)
      }
    }
  }

  private forget(nodeId: number): void {
    this.ending.get(nodeId)?.cancel()
    this.ending.delete(nodeId)
  }
}

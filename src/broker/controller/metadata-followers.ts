import { KafkaError } from '../../protocol/errors.ts'
import type { Link } from '../link.ts'
import { Signal } from '../signal.ts'
import type { WaitQueue } from '../wait-queue.ts'
import type { MetadataLog } from './metadata-log.ts'
import type { MetadataRecord } from './metadata-record.ts'

/** What follows the metadata log: a broker. */
export interface MetadataFollower {
  readonly queue: WaitQueue
  /** Takes records, the first of which stands at `baseOffset`; what it has already it passes over. */
  applyMetadata(records: readonly MetadataRecord[], baseOffset: number): void
}

interface Follower {
  readonly nodeId: number
  readonly link: Link<MetadataFollower>
  /** Which incarnation of the broker it is. */
  readonly boot: number | undefined
  /** What it has not said yet to have. */
  nextOffset: number
  /** Something is on its way to it. */
  busy: boolean
}

/** The brokers that follow the metadata log: how far each is, and what is on its way to it. */
export class MetadataFollowers {
  /** Marked when a broker has taken records. */
  readonly delivered: Signal = new Signal()
  private readonly log: MetadataLog
  private readonly linkTo: (nodeId: number) => Link<MetadataFollower>
  private readonly byId = new Map<number, Follower>()

  /** @param linkTo how to reach a broker once it is registered */
  constructor(log: MetadataLog, linkTo: (nodeId: number) => Link<MetadataFollower>) {
    this.log = log
    this.linkTo = linkTo
  }

  /** In the order in which they were registered first. */
  all(): Iterable<Pick<Follower, 'nodeId' | 'link' | 'nextOffset'>> {
    return this.byId.values()
  }

  /** Which incarnation of a broker follows. */
  bootOf(nodeId: number): number | undefined {
    return this.byId.get(nodeId)?.boot
  }

  /** Has a broker that has registered follow the log from its beginning. */
  add(nodeId: number, boot: number | undefined): void {
    this.byId.set(nodeId, { nodeId, link: this.linkTo(nodeId), boot, nextOffset: 0, busy: false })
  }

  /** Sends each broker that can be reached what it does not have yet, one delivery after the other. */
  deliver(): void {
    for (const follower of this.byId.values()) this.deliverTo(follower)
  }

  private deliverTo(follower: Follower): void {
    const { nodeId, link, nextOffset } = follower
    if (follower.busy || nextOffset === this.log.endOffset || !link.isUp) return
    const records = this.log.read(nextOffset)
    follower.busy = true
    const over = (endOffset: number): void => {
      follower.busy = false
      follower.nextOffset = endOffset
      this.delivered.mark()
      if (this.byId.get(nodeId) === follower) this.deliverTo(follower)
    }
    link.send(
      (broker) => broker.applyMetadata(records, nextOffset),
      () => over(nextOffset + records.length),
      (error) => {
        if (!(error instanceof KafkaError)) throw error
        over(nextOffset)
      },
    )
  }
}

import { Direction } from '../direction.ts'
import type { Links } from '../links.ts'
import type { WaitQueue } from '../wait-queue.ts'

/**
 * One direction between a client and its broker, as late and as surely as the cluster's network has it. A split loses no bytes of a connection,
 * as TCP sends them again: they arrive when it is over.
 */
export class ClientWay {
  private readonly direction: Direction
  /** What waits until the network is whole again, in order. */
  private held: (() => void)[] = []

  constructor(queue: WaitQueue, links: Links, nodeId: number, towards: 'broker' | 'client') {
    const [from, to] = towards === 'broker' ? (['clients', nodeId] as const) : ([nodeId, 'clients'] as const)
    this.direction = new Direction(queue, { links, from, to })
  }

  /** Whether bytes cannot pass now. */
  get isCut(): boolean {
    return !this.direction.isUp
  }

  /** Has bytes arrive; at once on a healthy way. */
  bring(arrive: () => void): void {
    if (this.isCut) this.held.push(arrive)
    else if (this.direction.isIdeal) arrive()
    else this.direction.carry(arrive)
  }

  /** Decides whether a whole request or answer is lost. */
  loses(): boolean {
    return this.direction.loses()
  }

  /** The network has changed: what was held goes on, if it can. */
  networkChanged(): void {
    if (this.held.length === 0 || this.isCut) return
    const { held } = this
    this.held = []
    for (const arrive of held) this.direction.carry(arrive)
  }
}

import { Direction } from '../direction.ts'
import type { Links } from '../links.ts'
import type { WaitQueue } from '../wait-queue.ts'

/**
 * One direction between a client and its broker, as late and as surely as the cluster's network has it. A split loses no bytes of a connection,
 * as TCP sends them again: they arrive when it is over.
 */
export class ClientWay {
  private readonly direction: Direction

  constructor(queue: WaitQueue, links: Links, nodeId: number, towards: 'broker' | 'client') {
    const [from, to] = towards === 'broker' ? (['clients', nodeId] as const) : ([nodeId, 'clients'] as const)
    this.direction = new Direction(queue, { links, from, to }, 'waits')
  }

  /** Has bytes arrive; at once on a healthy way. */
  bring(arrive: () => void): void {
    if (this.direction.isIdeal && this.direction.isUp) arrive()
    else this.direction.carry({ queue: this.direction.queue, run: arrive })
  }

  /** Decides whether a whole request or answer is lost. */
  loses(): boolean {
    return this.direction.loses()
  }

  /** The connection is over: what is under way is lost. */
  close(): void {
    this.direction.close()
  }
}

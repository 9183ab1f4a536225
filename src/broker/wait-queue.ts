import type { Clock, Timer } from './clock.ts'
import type { Outcome, Waiter } from './signal.ts'
import { type Reply, startReply } from './waiting.ts'

/**
 * One change at a time. Everything that happens in a cluster (a frame that arrives, a timer, a call from a test) is a
 * turn: it changes what it will, and when it is over those who waited for what changed are asked, in the order in which
 * they were marked. Their answers may change things again, and belong to the same turn.
 */
export class WaitQueue {
  readonly clock: Clock
  /** Whom to ask when the turn is over; more slots than there are, so that a turn need not make them anew. */
  private readonly marked: (Waiter | undefined)[] = []
  private markedCount = 0
  private readonly timers = new Set<Timer>()
  private busy = false
  private stopped = false

  constructor(clock: Clock) {
    this.clock = clock
  }

  /** Runs a change, then asks whom it marked. A turn within a turn is part of the outer one. */
  turn<T>(change: () => T): T {
    if (this.busy) return change()
    this.busy = true
    try {
      return change()
    } finally {
      this.askMarked()
    }
  }

  private askMarked(): void {
    const bugs: unknown[] = []
    // The list grows while it is walked: an answer may mark others.
    for (let i = 0; i < this.markedCount; i++) {
      const waiter = this.marked[i]
      this.marked[i] = undefined
      try {
        waiter?.ask()
      } catch (error) {
        // One listener's bug is no reason for the others never to be asked again.
        bugs.push(error)
      }
    }
    this.markedCount = 0
    this.busy = false
    if (bugs.length > 0) throw bugs[0]
  }

  /** Has `change` run as a turn of its own, `delayMs` milliseconds from now. */
  after(delayMs: number, change: () => void): Timer {
    if (this.stopped) return { cancel: () => {} }
    const timer = this.clock.setTimer(delayMs, () => {
      this.timers.delete(handle)
      this.turn(change)
    })
    const handle: Timer = {
      cancel: () => {
        if (this.timers.delete(handle)) timer.cancel()
      },
    }
    this.timers.add(handle)
    return handle
  }

  /** Starts a reply if it waits, and tells its end: at once for an answer that is there. */
  await<T>(reply: Reply<T>, outcome: Outcome<T>): () => void {
    return this.turn(() => startReply(this, reply, outcome))
  }

  /** Lets go of every timer; nothing happens by itself any more. */
  stop(): void {
    this.stopped = true
    for (const timer of this.timers) timer.cancel()
  }

  /** @internal */
  enqueue(waiter: Waiter): void {
    if (this.stopped) return
    this.marked[this.markedCount++] = waiter
    if (!this.busy) this.turn(() => {})
  }
}

import type { Clock, Timer } from './clock.ts'

/** A cluster's clock as a test holds it. */
export interface ClusterClock extends Clock {
  /**
   * Moves virtual time on by so many ms, firing what is due on the way.
   * @throws TypeError when the cluster's time is not the test's to move
   */
  advance(ms: number): Promise<void>
  /**
   * Moves virtual time on from timer to timer until the condition holds. While consumers are connected, or the network is split, there is
   * always a timer left: a condition that never holds is waited for without end.
   * @throws Error when it does not hold and no timer is left; TypeError when the cluster's time is not the test's to move
   */
  runUntil(condition: () => boolean | Promise<boolean>): Promise<void>
}

/** A clock that cannot be moved, or can in its own way, as a test holds it. */
export function clusterClock(clock: Clock & Partial<ClusterClock>): ClusterClock {
  const { advance, runUntil } = clock
  if (advance !== undefined && runUntil !== undefined) return clock as ClusterClock
  const refuse = (): Promise<never> =>
    Promise.reject(new TypeError("the cluster's time is not virtual: start it with { clock: 'virtual' } to move it"))
  return {
    now: () => clock.now(),
    setTimer: (delayMs, callback) => clock.setTimer(delayMs, callback),
    advance: refuse,
    runUntil: refuse,
  }
}

interface VirtualTimer {
  readonly at: number
  readonly callback: () => void
}

/** A clock that moves only when a test says so. */
export class VirtualClock implements ClusterClock {
  private time: number
  /** In the order in which they were set, which is the order of those that are due together. */
  private readonly timers = new Set<VirtualTimer>()
  // Captured here: whoever fakes the timers of Node.js later does not stop connections from settling.
  private readonly nextTurn = globalThis.setImmediate

  /** @param startMs what `now` says at first, ms since the epoch. Default: the real time, which clients stamp records with. */
  constructor(startMs: number = Date.now()) {
    this.time = startMs
  }

  now(): number {
    return this.time
  }

  setTimer(delayMs: number, callback: () => void): Timer {
    // Up to a whole ms: `now` is what records are stamped with, and theirs are whole.
    const timer = { at: this.time + Math.ceil(Math.max(0, delayMs)), callback }
    this.timers.add(timer)
    return { cancel: () => this.timers.delete(timer) }
  }

  /**
   * Moves the time on by `ms`, firing what is due on the way, each timer at its own moment. Before the first, between two,
   * and after the last, connections in memory settle: what was answered is heard, and what that leads to is asked.
   */
  async advance(ms: number): Promise<void> {
    if (!Number.isSafeInteger(ms) || ms < 0) {
      throw new RangeError(`time moves forwards, by whole ms: advance wants 0 or more, not ${String(ms)}`)
    }
    const end = this.time + ms
    await this.settle()
    while (this.fireNext(end)) await this.settle()
    this.time = Math.max(this.time, end)
  }

  /**
   * Moves the time on from timer to timer until `condition` holds.
   * @throws Error when it does not, and no timer is left that could change that
   */
  async runUntil(condition: () => boolean | Promise<boolean>): Promise<void> {
    await this.settle()
    while (!(await condition())) {
      if (!this.fireNext(Number.POSITIVE_INFINITY)) {
        throw new Error('runUntil: the condition does not hold, and the cluster has no timer left to wait for')
      }
      await this.settle()
    }
  }

  private fireNext(latest: number): boolean {
    let next: VirtualTimer | undefined
    for (const timer of this.timers) if (next === undefined || timer.at < next.at) next = timer
    if (next === undefined || next.at > latest) return false
    this.timers.delete(next)
    this.time = Math.max(this.time, next.at)
    next.callback()
    return true
  }

  /** A turn of the event loop: connections in memory deliver within one. */
  private settle(): Promise<void> {
    return new Promise((resolve) => {
      this.nextTurn(() => resolve())
    })
  }
}

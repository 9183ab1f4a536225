import type { Clock, Timer } from './clock.ts'
import { runUntilBy } from './handles/time/run-until.ts'
import { type ClockSurroundings, settle } from './handles/time/settling.ts'
import type { WaitOptions } from './handles/waits/limited-waits.ts'

/** A cluster's clock as a test holds it. */
export interface ClusterClock extends Clock {
  /**
   * Moves virtual time on by so many ms, firing what is due on the way, each timer at its own moment. Before the first, between two, and after
   * the last, connections in memory settle: what was answered is heard, and what that leads to is asked. Asked for again meanwhile it goes on after
   * that: two at once add up.
   * @throws RangeError for what is no whole number of ms from 0 on; TypeError when the cluster's time is not the test's to move
   */
  advance(ms: number): Promise<void>
  /**
   * Moves virtual time on from timer to timer until the condition holds, or the promise is fulfilled, whose value is the result. While consumers are connected, or the network is split, there is
   * always a timer left: what ends a wait in vain is real time, at most the cluster's `waitTimeout` unless told otherwise.
   *
   * ```ts
   * await cluster.clock.runUntil(() => received.length === 3)
   * await cluster.clock.runUntil(consumer.disconnect())
   * ```
   * @throws UnmetWaitError when it does not hold, and no timer is left or the time is up; the reason of the signal, or of the test's, when it is aborted; what the
   * condition throws, or the promise is rejected with; TypeError when the cluster's time is not the test's to move
   */
  runUntil: RunUntil
}

/** What {@link ClusterClock.runUntil} is. */
export interface RunUntil {
  (condition: () => boolean | Promise<boolean>, options?: WaitOptions): Promise<void>
  <T>(promise: PromiseLike<T>, options?: WaitOptions): Promise<T>
}

/** Those of a clock that has no cluster. */
const ALONE: ClockSurroundings = { activity: () => 0, waitTimeout: 2000 }

/** A clock that cannot be moved, or can in its own way, as a test holds it. */
export function clusterClock(clock: Clock & Partial<ClusterClock>): ClusterClock {
  const { advance, runUntil } = clock
  if (advance !== undefined && runUntil !== undefined) return clock as ClusterClock
  const refuse = (): Promise<never> => Promise.reject(new TypeError(NOT_YOURS))
  return {
    now: () => clock.now(),
    setTimer: (delayMs, callback) => clock.setTimer(delayMs, callback),
    advance: refuse,
    runUntil: refuse,
  }
}

const NOT_YOURS =
  "the cluster's time is not virtual: start it with { clock: 'virtual' } to move it, " +
  'or with { clock: { advanceTimers: vi.advanceTimersByTimeAsync } } to move faked timers with it'

interface VirtualTimer {
  readonly at: number
  readonly callback: () => void
}

/** A clock that moves only when a test says so. */
export class VirtualClock implements ClusterClock {
  private time: number
  /** In the order in which they were set, which is the order of those that are due together. */
  private readonly timers = new Set<VirtualTimer>()
  private readonly around: ClockSurroundings
  private readonly inTurn: InTurn = oneAfterTheOther()

  /** @param startMs what `now` says at first, ms since the epoch. Default: the real time, which clients stamp records with. */
  constructor(startMs: number = Date.now(), around: ClockSurroundings = ALONE) {
    this.time = startMs
    this.around = around
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

  async advance(ms: number): Promise<void> {
    checkAdvance(ms)
    await this.inTurn(async () => {
      const end = this.time + ms
      await settle(this.around)
      while (this.fireNext(end)) await settle(this.around)
      this.time = Math.max(this.time, end)
    })
  }

  readonly runUntil: RunUntil = runUntilBy({
    around: () => this.around,
    now: () => this.time,
    move: async () => {
      if (!this.fireNext(Number.POSITIVE_INFINITY)) return false
      await settle(this.around)
      return true
    },
  })

  private fireNext(latest: number): boolean {
    let next: VirtualTimer | undefined
    for (const timer of this.timers) if (next === undefined || timer.at < next.at) next = timer
    if (next === undefined || next.at > latest) return false
    this.timers.delete(next)
    this.time = Math.max(this.time, next.at)
    next.callback()
    return true
  }
}

/** Does something when all is done that was handed over before. */
export type InTurn = (move: () => Promise<void>) => Promise<void>

export function oneAfterTheOther(): InTurn {
  let last = Promise.resolve()
  return (move) => {
    const moved = last.then(move)
    last = moved.catch(() => {})
    return moved
  }
}

/** @throws RangeError for what time cannot be moved by */
export function checkAdvance(ms: number): void {
  if (!Number.isSafeInteger(ms) || ms < 0) {
    throw new RangeError(`time moves forwards, by whole ms: advance wants 0 or more, not ${String(ms)}`)
  }
}

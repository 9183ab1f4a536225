import { type Clock, dateIsFaked, nextFakedTimer, RealClock, type Timer, timersAreFaked } from '../../clock.ts'
import { type ClusterClock, checkAdvance, type InTurn, oneAfterTheOther, type RunUntil } from '../../cluster-clock.ts'
import { runUntilBy } from './run-until.ts'
import { aTurn, type ClockSurroundings, settle } from './settling.ts'

/** Timers that a test has faked, and moves. */
export interface FakedTimers {
  /**
   * Moves the faked timers on by so many ms: `vi.advanceTimersByTimeAsync`, `jest.advanceTimersByTimeAsync`, sinon's `clock.tickAsync`, or one
   * that returns at once, such as `vi.advanceTimersByTime`, which is called for one timer after the other, or `(ms) => mock.timers.tick(ms)`, which
   * is called for one ms after the other, as `node:test` does not show when its timers are due.
   */
  readonly advanceTimers: (ms: number) => unknown
}

/** How often `runUntil` looks, in ms, where it is not shown when timers are due, and what moves them takes a while. */
const LONGEST_STEP_MS = 10

/**
 * The time of faked timers: the cluster's are among them, so that all, whoever set them, fire in the order in which they are due, be it
 * `advance` that moves them or the test itself.
 */
export class CoupledClock implements ClusterClock {
  private readonly timers: Clock
  private readonly advanceTimers: (ms: number) => unknown
  private readonly around: ClockSurroundings
  private readonly nextFaked = nextFakedTimer()
  private readonly inTurn: InTurn = oneAfterTheOther()
  /** When the cluster's own timers are due. */
  private readonly due = new Set<{ readonly at: number }>()
  /** Whether what moves the timers has done so before it returns; undefined before it was tried. */
  private movesAtOnce: boolean | undefined

  /** @throws Error when timers are not faked */
  constructor({ advanceTimers }: FakedTimers, around: ClockSurroundings) {
    if (!timersAreFaked() || !dateIsFaked()) {
      throw new Error(
        'clock: { advanceTimers } wants timers that are faked, setTimeout and Date at the least, before the cluster is started: ' +
          'call vi.useFakeTimers() first',
      )
    }
    // Those that are the global ones now: the faked ones.
    this.timers = new RealClock()
    this.advanceTimers = advanceTimers
    this.around = around
  }

  now(): number {
    return this.timers.now()
  }

  setTimer(delayMs: number, callback: () => void): Timer {
    // Up to a whole ms, as on virtual time; faked timers go down to one.
    const delay = Math.ceil(Math.max(0, delayMs))
    const entry = { at: this.now() + delay }
    this.due.add(entry)
    const timer = this.timers.setTimer(delay, () => {
      this.due.delete(entry)
      callback()
    })
    return {
      cancel: () => {
        this.due.delete(entry)
        timer.cancel()
      },
    }
  }

  async advance(ms: number): Promise<void> {
    checkAdvance(ms)
    await this.inTurn(() => this.move(ms))
  }

  private async move(ms: number): Promise<void> {
    await settle(this.around)
    const atOnce = await this.tick(0)
    this.movesAtOnce = atOnce
    for (let left = ms; left > 0; ) {
      const step = Math.min(left, atOnce ? this.untilNextTimer(1) : this.untilOwnTimer())
      await this.step(step, atOnce)
      left -= step
    }
    await settle(this.around)
  }

  readonly runUntil: RunUntil = runUntilBy({
    around: () => this.around,
    now: () => this.now(),
    move: async () => {
      this.movesAtOnce ??= await this.tick(0)
      const ms = this.untilNextTimer(this.movesAtOnce ? 1 : LONGEST_STEP_MS)
      if (ms === Number.POSITIVE_INFINITY) return false
      await this.step(ms, this.movesAtOnce)
      return true
    },
  })

  private async step(ms: number, atOnce: boolean): Promise<void> {
    const before = this.around.activity()
    await this.tick(ms)
    if (atOnce) await aTurn()
    if (!atOnce || this.around.activity() !== before) await settle(this.around)
  }

  /** @returns whether what moves the timers has done so before it returns */
  private async tick(ms: number): Promise<boolean> {
    const moved = this.advanceTimers(ms)
    const atOnce = typeof (moved as PromiseLike<unknown> | undefined)?.then !== 'function'
    await moved
    return atOnce
  }

  /**
   * Until any faked timer is due, in ms.
   * @param blindly how far to go where that is not shown
   */
  private untilNextTimer(blindly: number): number {
    const next = this.nextFaked()
    return next === undefined ? Math.min(blindly, this.untilOwnTimer()) : Math.max(1, Math.ceil(next - this.now()))
  }

  /** Until a timer of the cluster is due, in ms, one at the least. */
  private untilOwnTimer(): number {
    let next = Number.POSITIVE_INFINITY
    for (const { at } of this.due) next = Math.min(next, at)
    return Math.max(1, Math.ceil(next - this.now()))
  }
}

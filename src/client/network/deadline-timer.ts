import { type Clock, elapsed, type Timer } from '../time.ts'

/** One timer for many deadlines: it is set for the next of them, and again while there is one. */
export class DeadlineTimer {
  private readonly clock: Clock
  private readonly next: () => number
  private readonly onMissed: () => void
  private timer: Timer | undefined
  /** Infinite without a timer. */
  private due = Number.POSITIVE_INFINITY

  /**
   * @param next the earliest deadline of all, as `elapsed` counts; infinite when there is none
   * @param onMissed is called when it has passed
   */
  constructor(clock: Clock, next: () => number, onMissed: () => void) {
    this.clock = clock
    this.next = next
    this.onMissed = onMissed
  }

  /** To be called when there is a new deadline. One that went away needs no call: the timer finds out. */
  watch(): void {
    const due = this.next()
    if (due >= this.due || due === Number.POSITIVE_INFINITY) return
    const rest = due - elapsed(this.clock)
    if (rest <= 0) {
      this.onMissed()
      return
    }
    this.timer?.cancel()
    this.due = due
    this.timer = this.clock.setTimer(rest, () => {
      this.timer = undefined
      this.due = Number.POSITIVE_INFINITY
      this.watch()
    })
  }

  stop(): void {
    this.timer?.cancel()
    this.timer = undefined
    this.due = Number.POSITIVE_INFINITY
  }
}

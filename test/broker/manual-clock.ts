import type { Clock, Timer } from '../../src/broker/clock.ts'

/** A clock that moves only when told. */
export class ManualClock implements Clock {
  private time: number
  private readonly timers = new Set<{ at: number; callback: () => void }>()

  /** @param startMs milliseconds since the epoch; any fixed moment does. */
  constructor(startMs = 1_700_000_000_000) {
    this.time = startMs
  }

  /** How many timers are set. */
  get pending(): number {
    return this.timers.size
  }

  now(): number {
    return this.time
  }

  setTimer(delayMs: number, callback: () => void): Timer {
    const timer = { at: this.time + Math.max(0, delayMs), callback }
    this.timers.add(timer)
    return { cancel: () => this.timers.delete(timer) }
  }

  /** Moves the time on, calling what is due in order, each at its own moment. */
  advance(ms: number): void {
    const end = this.time + ms
    for (;;) {
      const due = [...this.timers].filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0]
      if (due === undefined) break
      this.timers.delete(due)
      this.time = Math.max(this.time, due.at)
      due.callback()
    }
    this.time = end
  }
}

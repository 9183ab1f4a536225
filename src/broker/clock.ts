/** What is left of a timer that was set: the right to call it off. */
export interface Timer {
  cancel(): void
}

/** A cluster's only source of time (law 2). */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number
  /** Calls `callback` once, `delayMs` milliseconds from now. */
  setTimer(delayMs: number, callback: () => void): Timer
}

/** The longest delay that Node's timers take, in ms; a longer one would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

/** The machine's own time. The timers are looked up at construction, so that those faked later do not reach it. */
export class RealClock implements Clock {
  private readonly set = globalThis.setTimeout
  private readonly clear = globalThis.clearTimeout
  private readonly date = globalThis.Date

  now(): number {
    return this.date.now()
  }

  setTimer(delayMs: number, callback: () => void): Timer {
    const { set, clear } = this
    let handle = wait(delayMs)
    return { cancel: () => clear(handle) }

    function wait(remainingMs: number): ReturnType<typeof setTimeout> {
      if (remainingMs <= LONGEST_TIMER_MS) return set(callback, remainingMs)
      return set(() => {
        handle = wait(remainingMs - LONGEST_TIMER_MS)
      }, LONGEST_TIMER_MS)
    }
  }
}

/** Real time, whatever was faked since memkafka was loaded: how long a test has patience for. */
export const patience: Clock = new RealClock()

/** A turn of the event loop, whatever was faked since memkafka was loaded. */
export const nextTurn: (callback: () => void) => unknown = globalThis.setImmediate

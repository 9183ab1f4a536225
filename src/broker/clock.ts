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

  /** @param process whether the process `stays` until then, or `may end before` */
  setTimer(delayMs: number, callback: () => void, process: 'stays' | 'may end before' = 'stays'): Timer {
    const { set, clear } = this
    let handle = wait(delayMs)
    return { cancel: () => clear(handle) }

    function wait(remainingMs: number): ReturnType<typeof setTimeout> {
      const last = remainingMs <= LONGEST_TIMER_MS
      const next = (): void => {
        handle = wait(remainingMs - LONGEST_TIMER_MS)
      }
      const timer = last ? set(callback, remainingMs) : set(next, LONGEST_TIMER_MS)
      if (process === 'may end before') timer.unref()
      return timer
    }
  }
}

/** What is faked with timers, as it was when memkafka was loaded: whoever does so later holds up no connection. */
export const unfaked: Readonly<Pick<typeof globalThis, 'queueMicrotask' | 'setTimeout'>> &
  Pick<typeof process, 'nextTick'> = Object.freeze({
  nextTick: process.nextTick,
  queueMicrotask: globalThis.queueMicrotask,
  setTimeout: globalThis.setTimeout,
})

/** The `Date` of when memkafka was loaded. */
const loadedDate = globalThis.Date

/** Whether somebody has faked `setTimeout` by now. @sinonjs/fake-timers, which is vitest's and jest's too, marks what it fakes. */
export function timersAreFaked(): boolean {
  return globalThis.setTimeout !== unfaked.setTimeout || Object.hasOwn(globalThis.setTimeout, 'clock')
}

/** Whether somebody has faked `Date` by now. */
export function dateIsFaked(): boolean {
  return globalThis.Date !== loadedDate || Object.hasOwn(globalThis.Date, 'clock')
}

/**
 * Tells when the next of the timers is due that are faked now, where what fakes them shows it, as @sinonjs/fake-timers does; `Infinity` when
 * there is none, undefined where it is not shown.
 */
export function nextFakedTimer(): () => number | undefined {
  const clock: unknown = Reflect.get(globalThis.setTimeout, 'clock')
  return () => {
    const timers: unknown = (clock as { timers?: unknown } | undefined)?.timers
    if (typeof timers !== 'object' || timers === null) return undefined
    let next = Number.POSITIVE_INFINITY
    const all: Iterable<{ callAt?: unknown }> = timers instanceof Map ? timers.values() : Object.values(timers)
    for (const { callAt } of all) {
      if (typeof callAt !== 'number') return undefined
      next = Math.min(next, callAt)
    }
    return next
  }
}

/** Real time, whatever was faked since memkafka was loaded: how long a test has patience for. */
export const patience: Clock = new RealClock()

/** A turn of the event loop, whatever was faked since memkafka was loaded. */
export const nextTurn: (callback: () => void) => unknown = globalThis.setImmediate

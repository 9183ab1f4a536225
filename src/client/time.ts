import { randomBytes } from 'node:crypto'

/** What is left of a timer that was set: the right to call it off. */
export interface Timer {
  cancel(): void
}

/** A client's only source of time. The clock of a cluster in this process is one. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number
  /** Milliseconds since any moment, which go on as they did when the time of day is set. Default: `now`. */
  elapsed?(): number
  /** Calls `callback` once, `delayMs` milliseconds from now. */
  setTimer(delayMs: number, callback: () => void): Timer
}

/** A client's only source of chance: back-off, random partitions, the nonces of SCRAM. */
export interface Random {
  /** An integer from 0 to `bound` - 1. */
  below(bound: number): number
  bytes(length: number): Uint8Array
}

/** The machine's own time. The timers are looked up when they are set, so that whoever fakes them reaches the client too. */
export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  setTimer(delayMs, callback) {
    const handle = setTimeout(callback, Math.min(delayMs, LONGEST_TIMER_MS))
    return { cancel: () => clearTimeout(handle) }
  },
}

/** What deadlines are measured by: not by the time of day, which may be set meanwhile. */
export function elapsed(clock: Clock): number {
  return clock.elapsed === undefined ? clock.now() : clock.elapsed()
}

/** The longest delay that Node's timers take, in ms (24.8 days); a longer one would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

// Captured here: whoever fakes the timers of Node.js later does not stop readers.
const atNextTurn = globalThis.setImmediate

/** Resolves when the event loop has come round, so that sockets and timers had their turn. No time has to pass on a clock. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    atNextTurn(() => resolve())
  })
}

/** The machine's own chance. */
export const systemRandom: Random = {
  below: (bound) => Math.floor(Math.random() * bound),
  bytes: (length) => randomBytes(length),
}

/** Resolves in `delayMs` milliseconds; rejects with the signal's reason when it is aborted before. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason)
    const abort = (): void => {
      timer.cancel()
      reject(signal?.reason)
    }
    const timer = clock.setTimer(delayMs, () => {
      signal?.removeEventListener('abort', abort)
      resolve()
    })
    signal?.addEventListener('abort', abort, { once: true })
  })
}

import timers from 'node:timers'
import timersPromises from 'node:timers/promises'
import { promisify } from 'node:util'
import type { Timer } from '../../broker/clock.ts'
import type { Replacements } from './replacements.ts'
import { inContext, type World } from './world.ts'

/** What is left of a promise that waits. */
interface WaitOptions {
  readonly signal?: AbortSignal
}

/** The longest that Node.js waits; whatever is longer, or shorter than 1, is 1 ms. */
const LONGEST_MS = 2 ** 31 - 1

type Callback = (...args: unknown[]) => void

/** What the faked `setTimeout`, `setInterval` and `setImmediate` give back, as Node.js's. */
class FakeTimer {
  readonly id: number
  private readonly set: () => Timer
  private timer: Timer
  private isReferenced = true

  constructor(id: number, set: () => Timer) {
    this.id = id
    this.set = set
    this.timer = set()
  }

  ref(): this {
    this.isReferenced = true
    return this
  }

  unref(): this {
    this.isReferenced = false
    return this
  }

  hasRef(): boolean {
    return this.isReferenced
  }

  refresh(): this {
    this.timer.cancel()
    this.timer = this.set()
    return this
  }

  close(): this {
    this.timer.cancel()
    return this
  }

  [Symbol.toPrimitive](): number {
    return this.id
  }

  [Symbol.dispose](): void {
    this.close()
  }
}

/** Has timers be those of a world. */
export function fakedTimers(world: World, replacements: Replacements): void {
  const { clearTimeout: realClear, clearInterval: realClearInterval, clearImmediate: realClearImmediate } = globalThis
  let ids = 0
  const byId = new Map<number, FakeTimer>()

  const setTimeout = (callback: Callback, delay?: number, ...args: unknown[]): FakeTimer => {
    const run = contextual(callback)
    const ms = delayOf(delay)
    const id = ++ids
    return new FakeTimer(id, () =>
      world.setTimer(ms, () => {
        byId.delete(id)
        run(...args)
      }),
    )
  }
  const setInterval = (callback: Callback, delay?: number, ...args: unknown[]): FakeTimer => {
    const run = contextual(callback)
    const ms = delayOf(delay)
    const timer: FakeTimer = new FakeTimer(++ids, () =>
      world.setTimer(ms, () => {
        timer.refresh()
        run(...args)
      }),
    )
    return timer
  }
  const setImmediate = (callback: Callback, ...args: unknown[]): FakeTimer => {
    const run = contextual(callback)
    return new FakeTimer(++ids, () => world.setImmediate(() => run(...args)))
  }
  const clearing =
    (real: (timer: never) => void) =>
    (timer: unknown): void => {
      const faked = timer instanceof FakeTimer ? timer : byId.get(Number(timer))
      if (faked !== undefined) faked.close()
      else if (timer !== null && timer !== undefined) real(timer as never)
    }
  // Whoever keeps a timer by its number, as browsers do, finds it again.
  const numbered =
    <A extends unknown[]>(set: (...args: A) => FakeTimer) =>
    (...args: A): FakeTimer => {
      const timer = set(...args)
      byId.set(timer.id, timer)
      return timer
    }

  const waits = promises(world)
  const faked = {
    setTimeout: Object.assign(numbered(setTimeout), { [promisify.custom]: waits.setTimeout }),
    setInterval: numbered(setInterval),
    setImmediate: Object.assign(setImmediate, { [promisify.custom]: waits.setImmediate }),
    clearTimeout: clearing(realClear),
    clearInterval: clearing(realClearInterval),
    clearImmediate: clearing(realClearImmediate),
  }
  for (const [name, value] of Object.entries(faked)) {
    replacements.replace(globalThis, name, value)
    replacements.replace(timers, name, value)
  }
  for (const [name, value] of Object.entries(waits)) replacements.replace(timersPromises, name, value)
  const realTimeout = AbortSignal.timeout
  replacements.replace(AbortSignal, 'timeout', (ms: number): AbortSignal => {
    // Who refuses it is asked.
    if (!Number.isInteger(ms) || ms < 0) return realTimeout(ms)
    const controller = new AbortController()
    const late = (): void =>
      controller.abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError'))
    world.setTimer(ms, late)
    return controller.signal
  })
}

/** `timers/promises` */
function promises(world: World) {
  const waiting = <T>(set: (done: () => void) => Timer, value: T, { signal }: WaitOptions = {}): Promise<T> =>
    new Promise((resolve, reject) => {
      const aborted = (): Error =>
        Object.assign(new Error('The operation was aborted', { cause: signal?.reason }), ABORTED)
      if (signal?.aborted === true) return reject(aborted())
      const abort = (): void => {
        timer.cancel()
        reject(aborted())
      }
      const timer = set(() => {
        signal?.removeEventListener('abort', abort)
        resolve(value)
      })
      signal?.addEventListener('abort', abort, { once: true })
    })
  const setTimeout = <T>(delay?: number, value?: T, options?: WaitOptions): Promise<T | undefined> =>
    waiting((done) => world.setTimer(delayOf(delay), done), value, options)
  const setImmediate = <T>(value?: T, options?: WaitOptions): Promise<T | undefined> =>
    waiting((done) => world.setImmediate(done), value, options)
  async function* setInterval<T>(delay?: number, value?: T, options?: WaitOptions): AsyncGenerator<T | undefined> {
    let ticks = 0
    let ticked = (): void => {}
    let timer: Timer | undefined
    const set = (): void => {
      timer = world.setTimer(delayOf(delay), () => {
        if (options?.signal?.aborted === true) return
        set()
        ticks++
        ticked()
      })
    }
    set()
    const next = (done: () => void): Timer => {
      ticked = done
      return { cancel: () => {} }
    }
    try {
      for (; ; ticks--) {
        // Ticks that nobody has taken yet are taken first.
        if (ticks === 0) await waiting(next, undefined, options)
        yield value
      }
    } finally {
      timer?.cancel()
    }
  }
  const scheduler = {
    wait: (delay: number, options?: WaitOptions): Promise<void> => setTimeout(delay, undefined, options),
    yield: (): Promise<void> => setImmediate(),
  }
  return { setTimeout, setImmediate, setInterval, scheduler }
}

const ABORTED = { name: 'AbortError', code: 'ABORT_ERR' }

function contextual(callback: unknown): Callback {
  if (typeof callback === 'function') return inContext(callback as Callback)
  throw Object.assign(new TypeError('The "callback" argument must be of type function'), {
    code: 'ERR_INVALID_ARG_TYPE',
  })
}

/** Node.js makes 1 ms of it. Whoever asks so asks again at once, as kafkajs's connections do for ever: a timer may be late, and theirs is a little. */
const NEGATIVE_MS = 10

function delayOf(delay: unknown): number {
  const ms = Number(delay)
  if (ms < 0) return NEGATIVE_MS
  return ms >= 1 && ms <= LONGEST_MS ? Math.trunc(ms) : 1
}

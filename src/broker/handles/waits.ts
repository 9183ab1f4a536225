import { type Clock, patience } from '../clock.ts'
import type { WaitQueue } from '../wait-queue.ts'

/** How long a wait of a test goes on. */
export interface WaitOptions {
  /** At most so many ms of real time, whatever the cluster's clock says and whatever timers are faked. Default: the cluster's `waitTimeout`. */
  readonly timeout?: number
  /** Until this is aborted: the wait rejects with its reason. */
  readonly signal?: AbortSignal
}

/** What a test waited for did not come. The message says what came in its place. */
export class UnmetWaitError extends Error {
  override readonly name = 'UnmetWaitError'
}

/** What is waited for. */
export interface Wanted<T> {
  /** In words that go on after 'waited 2000 ms for': `3 records in orders`. */
  readonly what: string
  /** What was waited for, once it is there; undefined before. Asked at once, and then after each turn of the cluster. */
  look(): T | undefined
  /** What there is in its place, for the error that says that it did not come: sentences, in as many lines as it takes. */
  seen(): string
}

/** Has tests wait for what happens in a cluster: they are told after the change that brings it, and nobody asks in between. */
export class Waits {
  /** Of the test that is under way, where something knows of it: what aborts it ends its waits. */
  signal: AbortSignal | undefined
  private readonly queue: WaitQueue
  private readonly timeoutMs: number
  private readonly ends = new Set<() => void>()
  private isOver = false

  constructor(queue: WaitQueue, timeoutMs: number) {
    this.queue = queue
    this.timeoutMs = timeoutMs
  }

  /**
   * Resolves with what is looked for.
   * @throws UnmetWaitError when the time is up; the signal's reason when it is aborted; Error when the cluster stops; whatever `look` throws
   */
  until<T>({ what, look, seen }: Wanted<T>, { timeout = this.timeoutMs, signal }: WaitOptions = {}): Promise<T> {
    if (typeof timeout !== 'number' || !(timeout >= 0)) {
      return Promise.reject(new RangeError(`timeout: a number of ms from 0 on is wanted, not ${String(timeout)}`))
    }
    const signals = [signal, this.signal].filter((one) => one !== undefined)
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    const leave: (() => void)[] = []
    const settle = (tell: () => void): void => {
      for (const step of leave.splice(0)) step()
      tell()
    }
    const tryLook = (): void => {
      try {
        const found = look()
        if (found !== undefined) settle(() => resolve(found))
      } catch (error) {
        settle(() => reject(error))
      }
    }
    const fail = (reason: unknown): void => settle(() => reject(reason))
    const aborted = signals.find((one) => one.aborted)
    if (aborted !== undefined) fail(aborted.reason)
    else if (this.isOver) fail(stopped(what))
    else {
      leave.push(this.queue.watch(tryLook))
      const timer = limit(patience, timeout, () => fail(new UnmetWaitError(unmet(what, timeout, seen))))
      leave.push(() => timer.cancel())
      for (const one of signals) {
        const abort = (): void => fail(one.reason)
        one.addEventListener('abort', abort, { once: true })
        leave.push(() => one.removeEventListener('abort', abort))
      }
      const end = (): void => fail(stopped(what))
      this.ends.add(end)
      leave.push(() => this.ends.delete(end))
      tryLook()
    }
    return promise
  }

  /** Ends every wait: nothing happens any more. */
  stop(): void {
    this.isOver = true
    for (const end of [...this.ends]) end()
  }
}

/** `Infinity` is no limit. */
function limit(clock: Clock, timeoutMs: number, expire: () => void): { cancel(): unknown } {
  return timeoutMs === Number.POSITIVE_INFINITY ? { cancel: () => {} } : clock.setTimer(timeoutMs, expire)
}

function stopped(what: string): Error {
  return new Error(`the cluster was stopped while a test waited for ${what}`)
}

function unmet(what: string, timeout: number, seen: () => string): string {
  return `waited ${timeout} ms for ${what}, in vain.\n${seen()}`
}

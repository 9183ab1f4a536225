import { type Clock, patience } from '../../clock.ts'

/** How long a wait of a test goes on. */
export interface WaitOptions {
  /** At most so many ms of real time, whatever the cluster's clock says and whatever timers are faked. Default: the cluster's `waitTimeout`. */
  readonly timeout?: number
  /** Until this is aborted: the wait rejects with its reason. */
  readonly signal?: AbortSignal
}

/** The options that every wait has. */
export const WAIT_OPTIONS: readonly string[] = ['timeout', 'signal'] satisfies (keyof WaitOptions)[]

/** @throws RangeError for what is no limit of a wait */
export function checkTimeout(timeout: unknown): void {
  if (typeof timeout === 'number' && timeout >= 0) return
  throw new RangeError(`timeout: a number of ms from 0 on is wanted, not ${String(timeout)}`)
}

/** What a test waited for did not come. The message says what came in its place. */
export class UnmetWaitError extends Error {
  override readonly name = 'UnmetWaitError'
}

/** What is waited for, in words. */
export interface Told {
  /** In words that go on after 'waited 2000 ms for': `3 records in orders`. */
  readonly what: string
  /** What there is in its place, for the error that says that it did not come: sentences, in as many lines as it takes. */
  seen(): string
}

/** What is waited for, where it takes promises to look. */
export interface WantedLater<T> extends Told {
  /** What was waited for, once it is there; undefined before. One look at a time. It must change nothing. */
  look(): Promise<T | undefined>
}

/** The limits of all waits in one cluster, whichever way it is known there that something has happened. */
export abstract class LimitedWaits {
  /** Of the test that is under way, where something knows of it: what aborts it ends its waits. */
  signal: AbortSignal | undefined
  /** Whether what happened is told of every test that fails: then an error of a wait need not tell it, too. */
  isStoryTold = false
  protected readonly timeoutMs: number
  private readonly ends = new Set<() => void>()
  private isOver = false

  constructor(timeoutMs: number) {
    this.timeoutMs = timeoutMs
  }

  /** Resolves with what is looked for, however often that takes a look. @throws UnmetWaitError when the time is up */
  abstract eventually<T>(wanted: WantedLater<T>, options?: WaitOptions): Promise<T>

  /** Resolves once nothing happens in the cluster for now, as far as that can be known there. @throws UnmetWaitError */
  abstract quiet(options?: WaitOptions): Promise<void>

  /** Ends every wait: nothing happens any more. */
  stop(): void {
    this.isOver = true
    for (const end of [...this.ends]) end()
  }

  /** Waits within limits for what `begin` tells; the function that it returns ends that. */
  protected wait<T>(
    { what, seen }: Told,
    options: WaitOptions | undefined,
    begin: (resolve: (found: T) => void, reject: (reason: unknown) => void) => () => void,
  ): Promise<T> {
    const { timeout = this.timeoutMs, signal } = options ?? {}
    try {
      checkTimeout(timeout)
    } catch (error) {
      return Promise.reject(error)
    }
    const signals = [signal, this.signal].filter((one) => one !== undefined)
    const aborted = signals.find((one) => one.aborted)
    if (aborted !== undefined) return Promise.reject(aborted.reason)
    if (this.isOver) return Promise.reject(stopped(what))
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    const leave: (() => void)[] = []
    let isSettled = false
    const settle = (tell: () => void): void => {
      isSettled = true
      for (const step of leave.splice(0)) step()
      tell()
    }
    const fail = (reason: unknown): void => settle(() => reject(reason))
    const end = begin((found) => settle(() => resolve(found)), fail)
    if (isSettled) {
      end()
      return promise
    }
    leave.push(end)
    const asked: Asked = {}
    Error.captureStackTrace(asked, this.wait)
    const timer = limit(patience, timeout, () => fail(placed(new UnmetWaitError(unmet(what, timeout, seen)), asked)))
    leave.push(() => timer.cancel())
    for (const one of signals) {
      const abort = (): void => fail(one.reason)
      one.addEventListener('abort', abort, { once: true })
      leave.push(() => one.removeEventListener('abort', abort))
    }
    const stop = (): void => fail(placed(stopped(what), asked))
    this.ends.add(stop)
    leave.push(() => this.ends.delete(stop))
    return promise
  }
}

/** Where a wait began. V8 makes no text of it before someone reads it. */
export interface Asked {
  readonly stack?: string
}

/** What ends a wait, a timer or a stop, has no line of the test on its stack: the line that waits stands there instead. */
export function placed<E extends Error>(error: E, { stack = '' }: Asked): E {
  error.stack = `${error.name}: ${error.message}${stack.slice(stack.indexOf('\n'))}`
  return error
}

/** `Infinity` is no limit. */
function limit(clock: Clock, timeoutMs: number, expire: () => void): { cancel(): unknown } {
  return timeoutMs === Number.POSITIVE_INFINITY ? { cancel: () => {} } : clock.setTimer(timeoutMs, expire)
}

function stopped(what: string): Error {
  return new Error(`the cluster was stopped while a test waited for ${what}`)
}

/** The text of an {@link UnmetWaitError}. */
export function unmet(what: string, timeout: number, seen: () => string): string {
  return `waited ${timeout} ms for ${what}, in vain.\n${seen()}`
}

import { type Clock, nextTurn, patience } from '../clock.ts'
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

/** What is waited for, where it takes promises to look. */
export interface WantedLater<T> extends Omit<Wanted<T>, 'look'> {
  /** As of {@link Wanted}; one look at a time. It must change nothing. */
  look(): Promise<T | undefined>
}

/** What a handle of this package keeps its {@link Waits} under, in every copy of it and in every realm: nothing of a handle on another cluster. */
export const WAITS: unique symbol = Symbol.for('memkafka.waits') as typeof WAITS

/** A handle that tests can wait with for whatever happens in its cluster. */
export interface Waiter {
  readonly [WAITS]: Waits
}

/** How many turns of the event loop nothing arrives before a cluster is quiet: an answer, and what a client asks next, take one each, or two. */
const IDLE_TURNS = 5

/** Has tests wait for what happens in a cluster: they are told after the change that brings it, and nobody asks in between. */
export class Waits {
  /** Of the test that is under way, where something knows of it: what aborts it ends its waits. */
  signal: AbortSignal | undefined
  private readonly queue: WaitQueue
  private readonly timeoutMs: number
  private readonly ends = new Set<() => void>()
  private readonly isArriving: () => boolean
  private isOver = false

  /** @param isArriving whether a request has arrived in part */
  constructor(queue: WaitQueue, timeoutMs: number, isArriving: () => boolean = () => false) {
    this.queue = queue
    this.timeoutMs = timeoutMs
    this.isArriving = isArriving
  }

  /**
   * Resolves with what is looked for.
   * @throws UnmetWaitError when the time is up; the signal's reason when it is aborted; Error when the cluster stops; whatever `look` throws
   */
  until<T>({ look, ...told }: Wanted<T>, options?: WaitOptions): Promise<T> {
    return this.wait(told, options, (resolve, reject) => {
      const tryLook = (): void => {
        try {
          const found = look()
          if (found !== undefined) resolve(found)
        } catch (error) {
          reject(error)
        }
      }
      const leave = this.queue.watch(tryLook)
      tryLook()
      return leave
    })
  }

  /** The same, of what takes promises to look at: after a turn it is looked at once more, when the look that is under way is over. */
  eventually<T>({ look, ...told }: WantedLater<T>, options?: WaitOptions): Promise<T> {
    return this.wait(told, options, (resolve, reject) => {
      let isLooking = false
      let isStale = false
      let isOver = false
      const lookOn = async (): Promise<void> => {
        isLooking = true
        do {
          isStale = false
          const found = await look()
          if (found !== undefined) resolve(found)
        } while (isStale && !isOver)
        isLooking = false
      }
      const again = (): void => {
        if (isLooking) isStale = true
        else lookOn().catch(reject)
      }
      const leave = this.queue.watch(again)
      again()
      return () => {
        isOver = true
        leave()
      }
    })
  }

  /**
   * Resolves once the cluster is quiet: nothing is on its way to a broker or from it, and for some turns of the event loop nothing arrives. Whoever waits
   * for more (a Fetch for records, a request at a gate, a resolver or a link with a delay, all that is due later) is quiet too; what code under test or a
   * client does by itself before it asks a broker again nobody can know.
   * @throws as {@link until} does
   */
  quiet({ timeout = this.timeoutMs, ...options }: WaitOptions = {}): Promise<void> {
    let turns = 0
    const what = 'the cluster to be quiet'
    const seen = (): string => `It went on all the time, ${turns} times in all.`
    const startedMs = patience.now()
    // Time alone does not make it fail: a machine that stands still for a while is quiet, too.
    return this.wait(
      { what, seen },
      { ...options, timeout: checked(timeout, Number.POSITIVE_INFINITY) },
      (resolve, reject) => {
        let idle = 0
        let wasBusy = false
        let isOver = false
        const leave = this.queue.watch(() => {
          turns++
          wasBusy = true
        })
        const next = (): void => {
          if (isOver) return
          const isBusy = wasBusy || this.isArriving()
          wasBusy = false
          idle = isBusy ? 0 : idle + 1
          if (isBusy && patience.now() - startedMs >= timeout) reject(new UnmetWaitError(unmet(what, timeout, seen)))
          else if (idle > IDLE_TURNS) resolve()
          else nextTurn(next)
        }
        nextTurn(next)
        return () => {
          isOver = true
          leave()
        }
      },
    )
  }

  /** Ends every wait: nothing happens any more. */
  stop(): void {
    this.isOver = true
    for (const end of [...this.ends]) end()
  }

  /** Waits within limits for what `begin` tells; the function that it returns ends that. */
  private wait<T>(
    { what, seen }: Omit<Wanted<T>, 'look'>,
    { timeout = this.timeoutMs, signal }: WaitOptions = {},
    begin: (resolve: (found: T) => void, reject: (reason: unknown) => void) => () => void,
  ): Promise<T> {
    if (typeof timeout !== 'number' || !(timeout >= 0)) {
      return Promise.reject(new RangeError(`timeout: a number of ms from 0 on is wanted, not ${String(timeout)}`))
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
    const timer = limit(patience, timeout, () => fail(new UnmetWaitError(unmet(what, timeout, seen))))
    leave.push(() => timer.cancel())
    for (const one of signals) {
      const abort = (): void => fail(one.reason)
      one.addEventListener('abort', abort, { once: true })
      leave.push(() => one.removeEventListener('abort', abort))
    }
    const stop = (): void => fail(stopped(what))
    this.ends.add(stop)
    leave.push(() => this.ends.delete(stop))
    return promise
  }
}

/** This limit instead of one, where that is one at all. */
function checked(timeout: number, instead: number): number {
  return typeof timeout === 'number' && timeout >= 0 ? instead : timeout
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

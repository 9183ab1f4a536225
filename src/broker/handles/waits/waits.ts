import { nextTurn, patience, type Timer } from '../../clock.ts'
import type { WaitQueue } from '../../wait-queue.ts'
import {
  checkTimeout,
  LimitedWaits,
  type Told,
  UnmetWaitError,
  unmet,
  type WaitOptions,
  type WantedLater,
} from './limited-waits.ts'

/** What is waited for. */
export interface Wanted<T> extends Told {
  /** What was waited for, once it is there; undefined before. Asked at once, and then after each turn of the cluster. */
  look(): T | undefined
}

/** What a handle of this package keeps its {@link LimitedWaits} under, in every copy of it and in every realm: nothing of a handle on another cluster. */
export const WAITS: unique symbol = Symbol.for('memkafka.waits') as typeof WAITS

/** A handle that tests can wait with for whatever happens in its cluster. */
export interface Waiter {
  readonly [WAITS]: LimitedWaits
}

/** How many turns of the event loop nothing arrives before a cluster is quiet: an answer, and what a client asks next, take one each, or two. */
const IDLE_TURNS = 5

/** Has tests wait for what happens in a cluster: they are told after the change that brings it, and nobody asks in between. */
export class Waits extends LimitedWaits {
  private readonly queue: WaitQueue
  private readonly isArriving: () => boolean

  /** @param isArriving whether a request has arrived in part */
  constructor(queue: WaitQueue, timeoutMs: number, isArriving: () => boolean = () => false) {
    super(timeoutMs)
    this.queue = queue
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

  /** As {@link until}: after a turn it is looked at once more, when the look that is under way is over. */
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
  async quiet({ timeout = this.timeoutMs, ...options }: WaitOptions = {}): Promise<void> {
    checkTimeout(timeout)
    let turns = 0
    const what = `${this.place} to be quiet`
    const seen = (): string => this.wentOn(turns)
    const startedMs = patience.now()
    // Time alone does not make it fail: a machine that stands still for a while is quiet, too.
    return this.wait({ what, seen }, { ...options, timeout: Number.POSITIVE_INFINITY }, (resolve, reject) => {
      let idle = 0
      let wasBusy = false
      let isOver = false
      let pause: Timer | undefined
      const leave = this.queue.watch(() => {
        turns++
        wasBusy = true
      })
      const next = (): void => {
        if (isOver) return
        const passedMs = patience.now() - startedMs
        const isUnderWay = this.isUnderWay(passedMs, timeout)
        const isBusy = wasBusy || isUnderWay
        wasBusy = false
        idle = isBusy ? 0 : idle + 1
        if (isBusy && passedMs >= timeout) reject(new UnmetWaitError(unmet(what, timeout, seen)))
        else if (idle > IDLE_TURNS) resolve()
        else if (isUnderWay && this.pauseMs > 0) pause = patience.setTimer(this.pauseMs, afterPause)
        else nextTurn(next)
      }
      const afterPause = (): void => {
        wasBusy = false
        next()
      }
      nextTurn(next)
      return () => {
        isOver = true
        pause?.cancel()
        leave()
      }
    })
  }

  /** What is to be quiet, in words. */
  protected get place(): string {
    return 'the cluster'
  }

  /** How long, in ms, until it is asked again what is under way; 0: in the next turn of the event loop. */
  protected get pauseMs(): number {
    return 0
  }

  /**
   * Whether something is on its way of which no turn has told yet.
   * @param _passedMs for how long it has been waited
   * @param _timeoutMs for how long it is waited at most
   */
  protected isUnderWay(_passedMs: number, _timeoutMs: number): boolean {
    return this.isArriving()
  }

  /** What is told of a place that is not quiet in time. @param turns how many there were meanwhile */
  protected wentOn(turns: number): string {
    return `It went on all the time, ${turns} times in all.`
  }
}

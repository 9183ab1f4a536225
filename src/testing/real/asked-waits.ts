import { type Clock, patience } from '../../broker/clock.ts'
import {
  checkTimeout,
  LimitedWaits,
  type Told,
  type WaitOptions,
  type WantedLater,
} from '../../broker/handles/waits/limited-waits.ts'
import { sleep } from '../../client/time.ts'
import { mayPass } from './passing.ts'

/** How long, in ms, until a cluster is asked again that tells nobody of its changes: more each time, up to so much. */
const FIRST_BACKOFF_MS = 20
const LONGEST_BACKOFF_MS = 500

/** How long a cluster may take, in ms, to say what is there. */
const ANSWER_MS = 10_000

/** The waits of tests in a cluster that tells nobody of its changes: it is asked again after a back-off. */
export class AskedWaits extends LimitedWaits {
  private readonly settleMs: number
  private readonly clock: Clock

  /**
   * @param timeoutMs of a wait that is not told otherwise
   * @param settleMs after which what may still come is taken to have come
   */
  constructor(timeoutMs: number, settleMs: number, clock: Clock = patience) {
    super(timeoutMs)
    this.settleMs = settleMs
    this.clock = clock
  }

  /**
   * How long, in ms, answers are waited for that the cluster owes at once: longer than a test may want to wait for something to happen, as a broker may
   * take its time even to say that nothing has.
   */
  get answerMs(): number {
    return Math.max(this.timeoutMs, ANSWER_MS)
  }

  /** Looks until it is there. What may pass, as a coordinator that is moving, is no end. */
  eventually<T>({ look, ...told }: WantedLater<T>, options?: WaitOptions): Promise<T> {
    const tryLook = async (): Promise<T | undefined> => {
      try {
        return await look()
      } catch (error) {
        if (!mayPass(error)) throw error
        return undefined
      }
    }
    return this.lookOn(told, options, tryLook, async (signal) => {
      for (let times = 0; ; times++) {
        await this.backOff(times, signal)
        const found = await tryLook()
        if (found !== undefined) return found
      }
    })
  }

  /**
   * Looks once, however little time there is, as on memkafka, where that takes none: what is there is found, and what is not there is told. From then on
   * the time counts in which it may still come.
   */
  async lookOn<T>(
    told: Told,
    options: WaitOptions | undefined,
    look: (signal: AbortSignal) => Promise<T | undefined>,
    goOn: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const { timeout = this.timeoutMs } = options ?? {}
    checkTimeout(timeout)
    const first = { ...options, timeout: Math.max(timeout, ANSWER_MS) }
    const { found } = await this.during(told, first, async (signal) => ({ found: await look(signal) }))
    return found === undefined ? this.during(told, options, goOn) : found
  }

  /**
   * Asks for something that changes nothing when it is asked for twice, and again where a broker cannot tell yet, as while a coordinator moves, or is
   * made with the first group of a cluster.
   * @throws UnmetWaitError that tells what was answered last; whatever will not pass
   */
  async answer<T>(what: string, ask: () => Promise<T>): Promise<T> {
    let last = 'There was no answer.'
    const look = async (): Promise<{ readonly value: T }> => {
      try {
        return { value: await ask() }
      } catch (error) {
        last = `The last answer was: ${error instanceof Error ? error.message : String(error)}`
        throw error
      }
    }
    return (await this.eventually({ what, look, seen: () => last }, { timeout: this.answerMs })).value
  }

  /** Lets a while pass: nobody outside of such a cluster can know whether all that is on its way has arrived. */
  async quiet({ timeout, signal }: WaitOptions = {}): Promise<void> {
    const settleMs = Math.min(this.settleMs, timeout ?? this.settleMs)
    const told: Told = { what: 'the cluster to settle', seen: () => 'It was given less time than that takes.' }
    const limits = { timeout: Number.POSITIVE_INFINITY, ...(signal === undefined ? {} : { signal }) }
    await this.during(told, limits, (over) => sleep(this.clock, settleMs, over))
  }

  /** Has something go on within the limits of a wait: its signal is aborted when they are reached. */
  during<T>(told: Told, options: WaitOptions | undefined, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const over = new AbortController()
    return this.wait<T>(told, options, (resolve, reject) => {
      work(over.signal).then(resolve, (error: unknown) => {
        if (!over.signal.aborted) reject(error)
      })
      return () => over.abort()
    })
  }

  /** A while that grows with how often there was one before. */
  backOff(times: number, signal: AbortSignal): Promise<void> {
    return sleep(this.clock, Math.min(FIRST_BACKOFF_MS * 1.5 ** times, LONGEST_BACKOFF_MS), signal)
  }
}

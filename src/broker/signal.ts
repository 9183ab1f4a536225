import type { Timer } from './clock.ts'
import type { Task, WaitQueue } from './wait-queue.ts'

/** Something that can change. Whoever waits for it is asked again once the change is over. */
export class Signal {
  private readonly waiters = new Set<Waiter>()

  /** Says that it has changed. Cheap, and safe in the middle of a change: the queue asks the waiters afterwards. */
  mark(): void {
    for (const waiter of this.waiters) waiter.mark()
  }

  /** @internal */
  add(waiter: Waiter): void {
    this.waiters.add(waiter)
  }

  /** @internal */
  remove(waiter: Waiter): void {
    this.waiters.delete(waiter)
  }
}

/** What to wait for. */
export interface Wait<T> {
  /** What may bring the answer. */
  readonly on: Iterable<Signal>
  /** The answer, or undefined while there is none. Asked when the wait begins, then after each change of a signal. */
  ask(): T | undefined
  /** Whether there was no answer just now, and nothing has changed since: it is first asked after a change. */
  readonly wasAsked?: boolean
  /** How long to wait at most; left out: for ever. */
  readonly deadline?: Deadline<T>
}

/** When a wait is over whatever happens, and with what. */
export interface Deadline<T> {
  /** In ms from the beginning of the wait. */
  readonly afterMs: number
  /** The answer once that time is up. */
  answer(): T
}

/** Where the end of a wait is told. */
export interface Outcome<T> {
  done(answer: T): void
  failed(error: unknown): void
}

/** One started wait: it stands at its signals, and is asked by the queue. */
export class Waiter implements Task {
  readonly queue: WaitQueue
  private readonly wait: Wait<unknown>
  private readonly outcome: Outcome<unknown>
  private timer: Timer | undefined
  /** Whether its deadline is taken care of. */
  private timed = false
  private ended = false
  private marked = false

  constructor(queue: WaitQueue, wait: Wait<unknown>, outcome: Outcome<unknown>) {
    this.queue = queue
    this.wait = wait
    this.outcome = outcome
  }

  start(): void {
    for (const signal of this.wait.on) signal.add(this)
    if (this.wait.wasAsked === true) {
      this.timeLater()
      return
    }
    // Asked through the queue, not at once: whoever starts a wait may be in the middle of a change.
    this.mark()
  }

  mark(): void {
    if (this.marked || this.ended) return
    if (this.queue.isStopped) {
      // A signal of the cluster outlives the brokers that waited for it: it is not to hold what they held.
      this.stop()
      return
    }
    this.marked = true
    this.queue.enqueue(this)
  }

  /** Asks whether the wait is over. Called by the queue alone. */
  run(): void {
    this.marked = false
    if (this.ended) return
    let answer: unknown
    try {
      answer = this.wait.ask()
      if (answer === undefined) this.timeLater()
    } catch (error) {
      this.stop()
      this.outcome.failed(error)
      return
    }
    if (answer !== undefined) this.end(answer)
  }

  stop(): void {
    this.ended = true
    this.timer?.cancel()
    for (const signal of this.wait.on) signal.remove(this)
  }

  /** Most waits end within the turn in which they begin: only those that do not are worth a timer. */
  private timeLater(): void {
    const { deadline } = this.wait
    if (deadline === undefined || this.timed) return
    this.timed = true
    this.queue.enqueueLast({ queue: this.queue, run: () => this.setTimer(deadline) })
  }

  private setTimer(deadline: Deadline<unknown>): void {
    if (this.ended) return
    if (deadline.afterMs <= 0) this.expire(deadline)
    else this.timer = this.queue.after(deadline.afterMs, () => this.expire(deadline))
  }

  private expire(deadline: Deadline<unknown>): void {
    if (this.ended) return
    try {
      this.end(this.wait.ask() ?? deadline.answer())
    } catch (error) {
      this.stop()
      this.outcome.failed(error)
    }
  }

  private end(answer: unknown): void {
    this.stop()
    this.outcome.done(answer)
  }
}

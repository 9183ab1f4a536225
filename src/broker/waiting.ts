import type { Clock, Timer } from './clock.ts'

/**
 * What a handler gives back: the answer, or what it waits for. No promise is made before `network` (law 3).
 */
export type Reply<T> = T | Waiting<T>

/** Where the end of a wait is told. */
interface Outcome<T> {
  done(answer: T): void
  failed(error: unknown): void
}

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

/** An answer that is not there yet. Inert until a `WaitQueue` starts it. */
export class Waiting<T> {
  private readonly begin: (queue: WaitQueue, outcome: Outcome<T>) => () => void

  private constructor(begin: (queue: WaitQueue, outcome: Outcome<T>) => () => void) {
    this.begin = begin
  }

  static until<T>(wait: Wait<T>): Waiting<T> {
    return new Waiting((queue, outcome) => {
      const waiter = new Waiter(queue, wait as Wait<unknown>, outcome as Outcome<unknown>)
      waiter.start()
      return () => waiter.stop()
    })
  }

  /** Waits for all of them and makes one answer of their answers, in the order given. The first failure ends it. */
  static all<T, U>(replies: readonly Reply<T>[], combine: (answers: T[]) => U): Reply<U> {
    if (!replies.some((reply) => reply instanceof Waiting)) return combine(replies as T[])
    return new Waiting((queue, outcome) => {
      const answers: T[] = new Array(replies.length)
      const cancels: (() => void)[] = []
      let missing = replies.length
      let over = false
      const cancel = (): void => {
        over = true
        for (const cancelOne of cancels) cancelOne()
      }
      const arrived = (index: number, answer: T): void => {
        if (over) return
        answers[index] = answer
        missing--
        if (missing === 0) settle(outcome, () => combine(answers))
      }
      const failed = (error: unknown): void => {
        if (over) return
        cancel()
        outcome.failed(error)
      }
      replies.forEach((reply, index) => {
        cancels.push(startReply(queue, reply, { done: (answer) => arrived(index, answer), failed }))
      })
      return cancel
    })
  }

  /** The same wait with its answer made into another. */
  map<U>(change: (answer: T) => U): Waiting<U> {
    return new Waiting((queue, outcome) =>
      this.begin(queue, {
        done: (answer) => settle(outcome, () => change(answer)),
        failed: (error) => outcome.failed(error),
      }),
    )
  }

  /** Goes on with another reply, which may wait in its turn. */
  chain<U>(next: (answer: T) => Reply<U>): Waiting<U> {
    return new Waiting((queue, outcome) => {
      let cancel: () => void = () => {}
      const cancelFirst = this.begin(queue, {
        done: (answer) => {
          try {
            cancel = startReply(queue, next(answer), outcome)
          } catch (error) {
            outcome.failed(error)
          }
        },
        failed: (error) => outcome.failed(error),
      })
      return () => {
        cancelFirst()
        cancel()
      }
    })
  }

  /** The same wait with its failure made into an answer, or into another failure. */
  recover(change: (error: unknown) => T): Waiting<T> {
    return new Waiting((queue, outcome) =>
      this.begin(queue, {
        done: (answer) => outcome.done(answer),
        failed: (error) => settle(outcome, () => change(error)),
      }),
    )
  }

  /** @internal Begins to wait; the function returned gives up. */
  start(queue: WaitQueue, outcome: Outcome<T>): () => void {
    return this.begin(queue, outcome)
  }
}

/** Applies `change` to a reply, whether it is there or still awaited. */
export function mapReply<T, U>(reply: Reply<T>, change: (answer: T) => U): Reply<U> {
  return reply instanceof Waiting ? reply.map(change) : change(reply)
}

/** Goes on from a reply, whether it is there or still awaited, with one that may wait. */
export function chainReply<T, U>(reply: Reply<T>, next: (answer: T) => Reply<U>): Reply<U> {
  return reply instanceof Waiting ? reply.chain(next) : next(reply)
}

/** Asks for a reply; what it fails with, at once or after a wait, is made into an answer, or into another failure. */
export function recoverReply<T>(ask: () => Reply<T>, change: (error: unknown) => T): Reply<T> {
  try {
    const reply = ask()
    return reply instanceof Waiting ? reply.recover(change) : reply
  } catch (error) {
    return change(error)
  }
}

function startReply<T>(queue: WaitQueue, reply: Reply<T>, outcome: Outcome<T>): () => void {
  if (reply instanceof Waiting) return reply.start(queue, outcome)
  outcome.done(reply)
  return () => {}
}

function settle<T>(outcome: Outcome<T>, answer: () => T): void {
  let value: T
  try {
    value = answer()
  } catch (error) {
    outcome.failed(error)
    return
  }
  outcome.done(value)
}

/** One started wait. */
class Waiter {
  private readonly queue: WaitQueue
  private readonly wait: Wait<unknown>
  private readonly outcome: Outcome<unknown>
  private timer: Timer | undefined
  private ended = false
  private marked = false

  constructor(queue: WaitQueue, wait: Wait<unknown>, outcome: Outcome<unknown>) {
    this.queue = queue
    this.wait = wait
    this.outcome = outcome
  }

  start(): void {
    for (const signal of this.wait.on) signal.add(this)
    // Asked through the queue, not at once: whoever starts a wait may be in the middle of a change.
    this.mark()
  }

  mark(): void {
    if (this.marked || this.ended) return
    this.marked = true
    this.queue.enqueue(this)
  }

  /** Called by the queue alone. */
  ask(): void {
    this.marked = false
    if (this.ended) return
    const { deadline } = this.wait
    let answer: unknown
    try {
      answer = this.wait.ask()
      if (answer === undefined && this.timer === undefined && deadline !== undefined) {
        if (deadline.afterMs <= 0) answer = deadline.answer()
        else this.timer = this.queue.after(deadline.afterMs, () => this.expire(deadline))
      }
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

/**
 * One change at a time. Everything that happens in a cluster (a frame that arrives, a timer, a call from a test) is a
 * turn: it changes what it will, and when it is over those who waited for what changed are asked, in the order in which
 * they were marked. Their answers may change things again, and belong to the same turn.
 */
export class WaitQueue {
  readonly clock: Clock
  /** Whom to ask when the turn is over; more slots than there are, so that a turn need not make them anew. */
  private readonly marked: (Waiter | undefined)[] = []
  private markedCount = 0
  private readonly timers = new Set<Timer>()
  private busy = false
  private stopped = false

  constructor(clock: Clock) {
    this.clock = clock
  }

  /** Runs a change, then asks whom it marked. A turn within a turn is part of the outer one. */
  turn<T>(change: () => T): T {
    if (this.busy) return change()
    this.busy = true
    try {
      return change()
    } finally {
      this.askMarked()
    }
  }

  private askMarked(): void {
    const bugs: unknown[] = []
    // The list grows while it is walked: an answer may mark others.
    for (let i = 0; i < this.markedCount; i++) {
      const waiter = this.marked[i]
      this.marked[i] = undefined
      try {
        waiter?.ask()
      } catch (error) {
        // One listener's bug is no reason for the others never to be asked again.
        bugs.push(error)
      }
    }
    this.markedCount = 0
    this.busy = false
    if (bugs.length > 0) throw bugs[0]
  }

  /** Has `change` run as a turn of its own, `delayMs` milliseconds from now. */
  after(delayMs: number, change: () => void): Timer {
    if (this.stopped) return { cancel: () => {} }
    const timer = this.clock.setTimer(delayMs, () => {
      this.timers.delete(handle)
      this.turn(change)
    })
    const handle: Timer = {
      cancel: () => {
        if (this.timers.delete(handle)) timer.cancel()
      },
    }
    this.timers.add(handle)
    return handle
  }

  /** Starts a reply if it waits, and tells its end: at once for an answer that is there. */
  await<T>(reply: Reply<T>, outcome: Outcome<T>): () => void {
    return this.turn(() => startReply(this, reply, outcome))
  }

  /** Lets go of every timer; nothing happens by itself any more. */
  stop(): void {
    this.stopped = true
    for (const timer of this.timers) timer.cancel()
  }

  /** @internal */
  enqueue(waiter: Waiter): void {
    if (this.stopped) return
    this.marked[this.markedCount++] = waiter
    if (!this.busy) this.turn(() => {})
  }
}

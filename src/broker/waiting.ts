import { type Outcome, type Wait, Waiter } from './signal.ts'
import type { WaitQueue } from './wait-queue.ts'

/**
 * What a handler gives back: the answer, or what it waits for. No promise is made before `network` (law 3).
 */
export type Reply<T> = T | Waiting<T>

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
    if (replies.length === 1) return (replies[0] as Waiting<T>).map((answer) => combine([answer]))
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
    return new Waiting((queue, outcome) => this.begin(queue, new Mapped(change, outcome)))
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

  /** The same wait, but after so many ms another answer. */
  within(afterMs: number, answer: () => T): Waiting<T> {
    return new Waiting((queue, outcome) => {
      let giveUp: () => void = () => {}
      const timer = queue.after(afterMs, () => {
        giveUp()
        settle(outcome, answer)
      })
      giveUp = this.begin(queue, {
        done: (value) => {
          timer.cancel()
          outcome.done(value)
        },
        failed: (error) => {
          timer.cancel()
          outcome.failed(error)
        },
      })
      return () => {
        timer.cancel()
        giveUp()
      }
    })
  }

  /** The same wait with its failure made into an answer, or into another failure. */
  recover(change: (error: unknown) => T): Waiting<T> {
    return new Waiting((queue, outcome) => this.begin(queue, new Recovered(change, outcome)))
  }

  /** @internal Begins to wait; the function returned gives up. */
  start(queue: WaitQueue, outcome: Outcome<T>): () => void {
    return this.begin(queue, outcome)
  }
}

/** Where a wait is told whose answer is made into another. */
class Mapped<T, U> implements Outcome<T> {
  private readonly change: (answer: T) => U
  private readonly outcome: Outcome<U>

  constructor(change: (answer: T) => U, outcome: Outcome<U>) {
    this.change = change
    this.outcome = outcome
  }

  done(answer: T): void {
    let changed: U
    try {
      changed = this.change(answer)
    } catch (error) {
      this.outcome.failed(error)
      return
    }
    this.outcome.done(changed)
  }

  failed(error: unknown): void {
    this.outcome.failed(error)
  }
}

/** Where a wait is told whose failure is made into an answer. */
class Recovered<T> implements Outcome<T> {
  private readonly change: (error: unknown) => T
  private readonly outcome: Outcome<T>

  constructor(change: (error: unknown) => T, outcome: Outcome<T>) {
    this.change = change
    this.outcome = outcome
  }

  done(answer: T): void {
    this.outcome.done(answer)
  }

  failed(error: unknown): void {
    settle(this.outcome, () => this.change(error))
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

/** @internal Starts a reply if it waits, and tells its end; the function returned gives up. */
export function startReply<T>(queue: WaitQueue, reply: Reply<T>, outcome: Outcome<T>): () => void {
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

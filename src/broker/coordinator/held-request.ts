import { Signal } from '../signal.ts'
import { type Reply, Waiting } from '../waiting.ts'

/** A request that a coordinator holds until there is something to tell. The first answer counts. */
export class HeldRequest<T> {
  private readonly answered = new Signal()
  private answer: { readonly value: T } | undefined

  /** Answers it; whoever waits hears of it once the change is over. */
  complete(value: T): void {
    if (this.answer !== undefined) return
    this.answer = { value }
    this.answered.mark()
  }

  /** The answer if it is there, else the wait for it. */
  reply(): Reply<T> {
    if (this.answer !== undefined) return this.answer.value
    return Waiting.until({ on: [this.answered], ask: () => this.answer }).map(({ value }) => value)
  }
}

import type { Struct } from '../../intercept/entity-layout.ts'
import type { InterceptedRequest } from '../../intercept/handler.ts'
import type { Answer } from '../apis/handler.ts'
import { Signal } from '../signal.ts'
import type { WaitQueue } from '../wait-queue.ts'
import { chainReply, type Reply, startReply, Waiting } from '../waiting.ts'
import type { Outcome } from './outcome.ts'
import type { Work } from './resolving.ts'

interface Listener {
  readonly done: (answer: object | undefined) => void
  readonly failed: (error: unknown) => void
}

/** The work of a request as a handler sees it: done once, by whoever asks for it first. */
export class Performance implements Work {
  private readonly request: InterceptedRequest
  private readonly queue: WaitQueue
  private readonly run: (changed?: Struct) => Reply<Outcome>
  private begun = false
  private outcome: Outcome | undefined
  private failure: { readonly error: unknown } | undefined
  /** Whether the outcome is what a resolver holds in its hand. */
  private decoded = false
  private readonly ended = new Signal()
  private readonly listeners: Listener[] = []
  private giveUp: () => void = () => {}

  /** @param run does the work, of the request as it is or of a changed one */
  constructor(request: InterceptedRequest, queue: WaitQueue, run: (changed?: Struct) => Reply<Outcome>) {
    this.request = request
    this.queue = queue
    this.run = run
  }

  get isBegun(): boolean {
    return this.begun
  }

  /** Goes on from what the work comes to. */
  after(next: (outcome: Outcome) => Reply<Outcome>, changed?: Struct): Reply<Outcome> {
    if (this.outcome !== undefined) return next(this.outcome)
    if (!this.begun) {
      this.begun = true
      return chainReply(this.run(changed), (outcome) => {
        this.outcome = outcome
        return next(outcome)
      })
    }
    const ask = (): Outcome | undefined => {
      if (this.failure !== undefined) throw this.failure.error
      return this.outcome
    }
    return Waiting.until<Outcome>({ on: [this.ended], ask }).chain(next)
  }

  perform(done: Listener['done'], failed: Listener['failed']): void {
    if (this.failure !== undefined) failed(this.failure.error)
    else if (this.outcome !== undefined) this.give(this.outcome, { done, failed })
    else this.listeners.push({ done, failed })
    if (this.begun) return
    this.begun = true
    const end = (tell: (listener: Listener) => void): void => {
      this.ended.mark()
      for (const listener of this.listeners.splice(0)) tell(listener)
    }
    const broke = (error: unknown): void => {
      this.failure = { error }
      end((listener) => listener.failed(error))
    }
    try {
      this.giveUp = startReply(this.queue, this.run(), {
        done: (outcome) => {
          this.outcome = outcome
          end((listener) => this.give(outcome, listener))
        },
        failed: broke,
      })
    } catch (error) {
      broke(error)
    }
  }

  cancel(): void {
    this.giveUp()
  }

  /** Decodes the answer, once: handlers of the broker leave out what has its default, and what they give may be shared. */
  private give(outcome: Outcome, { done, failed }: Listener): void {
    if (typeof outcome.answer !== 'object') {
      done(undefined)
      return
    }
    try {
      const { api, version } = this.request
      const answer = this.decoded
        ? outcome.answer
        : api.response.decode(api.response.encode(outcome.answer as object, version), version)
      this.decoded = true
      this.outcome = { ...outcome, answer: answer as Answer<unknown> }
      done(answer as object)
    } catch (error) {
      failed(error)
    }
  }
}

import { Signal } from './signal.ts'
import type { WaitQueue } from './wait-queue.ts'
import { type Reply, Waiting } from './waiting.ts'

/**
 * How a broker reaches another broker or the controller: nothing holds a reference to what stands at the far end.
 * A request is what the far end is to do; it is delivered, and answered, within the same turn.
 */
export class Link<Far> {
  private readonly queue: WaitQueue
  private readonly far: () => Far

  /** @param far finds the far end when a request is delivered. */
  constructor(queue: WaitQueue, far: () => Far) {
    this.queue = queue
    this.far = far
  }

  /** Delivers a request; `onReply` hears the answer, `onError` what the far end threw. */
  send<T>(request: (far: Far) => Reply<T>, onReply: (answer: T) => void, onError: (error: unknown) => void): void {
    this.queue.turn(() => {
      let reply: Reply<T>
      try {
        reply = request(this.far())
      } catch (error) {
        onError(error)
        return
      }
      this.queue.await(reply, { done: onReply, failed: onError })
    })
  }

  /** Delivers a request and waits for its answer; what the far end threw is thrown to whoever waits. */
  ask<T>(request: (far: Far) => Reply<T>): Waiting<T> {
    const arrived = new Signal()
    let outcome: (() => T) | undefined
    this.send(
      request,
      (answer) => {
        outcome = () => answer
        arrived.mark()
      },
      (error) => {
        outcome = () => {
          throw error
        }
        arrived.mark()
      },
    )
    return Waiting.until({ on: [arrived], ask: () => outcome?.() })
  }
}

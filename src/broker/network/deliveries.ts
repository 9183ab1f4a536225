import { unfaked } from '../clock.ts'

const { nextTick, queueMicrotask } = unfaked

/**
 * What is on its way over connections in memory, in its order, one thing at a time: before the next arrives all that the last one has set off is
 * done, promises included. So it is with sockets, and clients rely on it: kafkajs loses a batch for good when two of its connections bring
 * something in the same breath.
 */
export class Deliveries {
  private readonly waiting: (() => void)[] = []
  private busy = false
  /** How many things have arrived so far. */
  count = 0

  /**
   * Has something arrive, never before the caller has returned.
   * @param _from the end that sends: what comes from one end comes in its order, whoever else decides who is next
   */
  post(deliver: () => void, _from?: object): void {
    this.waiting.push(deliver)
    if (this.busy) return
    this.busy = true
    nextTick(this.next)
  }

  private readonly next = (): void => {
    // Ticks come after all microtasks: those that this delivery sets off, too.
    queueMicrotask(this.goOn)
    this.count++
    this.waiting.shift()?.()
  }

  private readonly goOn = (): void => {
    this.busy = this.waiting.length > 0
    if (this.busy) nextTick(this.next)
  }
}

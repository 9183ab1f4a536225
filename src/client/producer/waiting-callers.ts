import type { Outcomes } from './producer-core.ts'
import type { ProducerMessage } from './producer-message.ts'

/** Who waits for one message, or for many: it is told of each once. */
export interface Caller {
  succeeded(message: ProducerMessage): void
  failed(message: ProducerMessage, error: unknown): void
}

/** Who waits for which message. */
export class WaitingCallers implements Outcomes {
  /** One message can be sent several times at once: then several wait for it, the first for the first time. */
  private readonly callers = new Map<ProducerMessage, Caller | Caller[]>()

  readonly hasRoom = (): boolean => true

  readonly whenRoom = (): Promise<void> => Promise.resolve()

  readonly succeeded = (message: ProducerMessage): void => {
    this.next(message)?.succeeded(message)
  }

  readonly failed = (message: ProducerMessage, error: Error): void => {
    this.next(message)?.failed(message, error)
  }

  /** To be called before the message is sent. */
  add(message: ProducerMessage, caller: Caller): void {
    const others = this.callers.get(message)
    if (others === undefined) this.callers.set(message, caller)
    else if (Array.isArray(others)) others.push(caller)
    else this.callers.set(message, [others, caller])
  }

  /** The message was not taken. Returns whether somebody waited for it. */
  remove(message: ProducerMessage, caller: Caller): boolean {
    const callers = this.callers.get(message)
    if (Array.isArray(callers)) {
      const place = callers.lastIndexOf(caller)
      if (place < 0) return false
      callers.splice(place, 1)
      if (callers.length === 0) this.callers.delete(message)
      return true
    }
    return callers === caller && this.callers.delete(message)
  }

  private next(message: ProducerMessage): Caller | undefined {
    const callers = this.callers.get(message)
    if (!Array.isArray(callers)) {
      this.callers.delete(message)
      return callers
    }
    const first = callers.shift()
    if (callers.length === 0) this.callers.delete(message)
    return first
  }
}

import { KafkaError } from '../protocol/errors.ts'
import type { Timer } from './clock.ts'
import { Direction, type Route } from './direction.ts'
import { type Deadline, Signal } from './signal.ts'
import type { WaitQueue } from './wait-queue.ts'
import { type Reply, Waiting } from './waiting.ts'

/** What can stand at the far end of a link: its work is done in its own part of the cluster's queue. */
export interface Station {
  readonly queue: WaitQueue
}

/** How long a request waits whose answer, or which itself, was lost on the way, in ms: Kafka's `request.timeout.ms` of brokers. */
export const REQUEST_TIMEOUT_MS: number = 30_000

/**
 * How a broker reaches another broker or the controller: nothing holds a reference to what stands at the far end.
 * A request is what the far end is to do; while the network is healthy it is delivered, and answered, within the same turn, after
 * the change that sends it.
 */
export class Link<Far extends Station> {
  private readonly queue: WaitQueue
  private readonly far: () => Far | undefined
  private readonly route: Route | undefined
  /** Requests that are not answered yet. */
  private readonly pending = new Set<Pending>()
  /** Whether it hears of changes in the network; once it did, until the first change that finds it idle. */
  private isHeard = false
  private readonly outward: Direction
  private readonly homeward: Direction

  /**
   * @param queue of what sends
   * @param far finds the far end when a request is delivered; undefined: nothing runs there
   * @param route its way through the network; left out: one that is always healthy
   */
  constructor(queue: WaitQueue, far: () => Far | undefined, route?: Route) {
    this.queue = queue
    this.far = far
    this.route = route
    this.outward = new Direction(queue, route)
    this.homeward = new Direction(queue, route === undefined ? undefined : { ...route, from: route.to, to: route.from })
  }

  /** Whether what is sent now can arrive. */
  get isUp(): boolean {
    return this.outward.isUp && this.homeward.isUp && this.far() !== undefined
  }

  /**
   * Delivers a request; `onReply` hears the answer, `onError` what the far end threw, NETWORK_EXCEPTION when it cannot be reached any
   * more or cannot be, and REQUEST_TIMED_OUT when request or answer were lost. Nobody is told before the change that sends is over.
   *
   * @param withinMs after how long it is REQUEST_TIMED_OUT also where the far end takes its time; null: never, as it may wait for news
   */
  send<T>(
    request: (far: Far) => Reply<T>,
    onReply: (answer: T) => void,
    onError: (error: unknown) => void,
    withinMs: number | null = null,
  ): void {
    const call: Pending = { onError, ended: false, timer: undefined }
    this.pending.add(call)
    if (!this.isHeard) {
      this.isHeard = true
      this.route?.links.add(this)
    }
    if (!this.isUp) this.queue.post(() => this.fail(call, new Unreachable()))
    else if (this.outward.loses()) this.lose(call)
    else this.outward.carry(() => this.deliver(call, request, onReply))
    if (withinMs !== null) this.timeLater(call, withinMs)
  }

  /**
   * Delivers a request and waits for its answer; what the far end threw is thrown to whoever waits. While the far end cannot be
   * reached the request waits too, and after `withinMs` (null: never) it is REQUEST_TIMED_OUT.
   */
  ask<T>(request: (far: Far) => Reply<T>, withinMs: number | null = REQUEST_TIMEOUT_MS): Waiting<T> {
    const arrived = new Signal()
    let outcome: (() => T) | undefined
    let asked = false
    const send = (): void => {
      asked = true
      this.send(
        request,
        (answer) => {
          outcome = () => answer
          arrived.mark()
        },
        (error) => {
          if (isUnreachable(error)) asked = false
          else
            outcome = () => {
              throw error
            }
          arrived.mark()
        },
      )
    }
    send()
    const settled = Waiting.until({
      on: this.route === undefined ? [arrived] : [arrived, this.route.links.changed],
      ask: () => {
        if (outcome === undefined && !asked && this.isUp) send()
        return outcome
      },
      ...(withinMs === null ? {} : { deadline: timeOut<() => T>(withinMs) }),
    })
    return settled.map((tell) => tell())
  }

  /** @internal What is under way on a way that is no more is lost, and whoever sent it hears so. */
  networkChanged(): void {
    if (this.pending.size === 0) {
      this.isHeard = false
      this.route?.links.remove(this)
    }
    if (this.isUp) return
    for (const call of this.pending) this.fail(call, new Unreachable())
  }

  private deliver<T>(call: Pending, request: (far: Far) => Reply<T>, onReply: (answer: T) => void): void {
    if (call.ended) return
    const far = this.far()
    if (far === undefined) {
      this.fail(call, new Unreachable())
      return
    }
    far.queue.perform(() => {
      let reply: Reply<T>
      try {
        reply = request(far)
      } catch (error) {
        this.answer(call, () => this.refuse(call, error))
        return
      }
      far.queue.await(reply, {
        done: (answer) => this.answer(call, () => this.settle(call, () => onReply(answer))),
        failed: (error) => this.answer(call, () => this.refuse(call, error)),
      })
    })
  }

  private answer(call: Pending, arrive: () => void): void {
    if (call.ended) return
    if (this.homeward.loses()) this.lose(call)
    else this.homeward.carry(arrive)
  }

  private lose(call: Pending): void {
    if (call.timer === undefined) this.time(call, REQUEST_TIMEOUT_MS)
  }

  /** Most requests are answered within the turn that sends them: only the others are worth a timer. */
  private timeLater(call: Pending, withinMs: number): void {
    const { queue } = this
    queue.enqueueLast({
      queue,
      run: () => {
        if (!call.ended && call.timer === undefined) this.time(call, withinMs)
      },
    })
  }

  private time(call: Pending, withinMs: number): void {
    call.timer = this.queue.after(withinMs, () => this.fail(call, new KafkaError('REQUEST_TIMED_OUT')))
  }

  /** The far end could not be reached by what it asked in its turn: that is no reason to ask it again. */
  private refuse(call: Pending, error: unknown): void {
    this.fail(call, isUnreachable(error) ? new KafkaError('NETWORK_EXCEPTION') : error)
  }

  private fail(call: Pending, error: unknown): void {
    this.settle(call, () => call.onError(error))
  }

  private settle(call: Pending, tell: () => void): void {
    if (call.ended) return
    call.ended = true
    call.timer?.cancel()
    this.pending.delete(call)
    this.queue.perform(tell)
  }
}

function timeOut<T>(afterMs: number): Deadline<T> {
  return {
    afterMs,
    answer: () => {
      throw new KafkaError('REQUEST_TIMED_OUT')
    },
  }
}

/** Whether a request failed for want of a way to the far end, and may be sent again once there is one. */
export function isUnreachable(error: unknown): boolean {
  return Unreachable.is(error)
}

class Unreachable extends KafkaError {
  // Every KafkaError passes for an instance of this class, which inherits how that is told.
  readonly #unreachable = true

  constructor() {
    super('NETWORK_EXCEPTION')
  }

  static is(error: unknown): boolean {
    return typeof error === 'object' && error !== null && #unreachable in error
  }
}

/** A request under way. */
interface Pending {
  readonly onError: (error: unknown) => void
  ended: boolean
  /** When it is given up. */
  timer: Timer | undefined
}

import { KafkaError } from '../protocol/errors.ts'
import type { Timer } from './clock.ts'
import { Direction, type Route } from './direction.ts'
import { REQUEST_TIMEOUT_MS } from './links.ts'
import { type Deadline, type Outcome, Signal } from './signal.ts'
import type { Task, WaitQueue } from './wait-queue.ts'
import { type Reply, Waiting } from './waiting.ts'

/** What can stand at the far end of a link: its work is done in its own part of the cluster's queue. */
export interface Station {
  readonly queue: WaitQueue
}

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

  /** `request.timeout.ms` of whoever sends. */
  get requestTimeoutMs(): number {
    return this.route?.links.requestTimeoutMs ?? REQUEST_TIMEOUT_MS
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
    const call = new Call<Far, T>(this.outward.queue, this, request, onReply, onError)
    this.pending.add(call)
    if (!this.isHeard) {
      this.isHeard = true
      this.route?.links.add(this)
    }
    if (!this.isUp) this.queue.post(() => this.fail(call, new Unreachable()))
    else if (this.outward.loses()) this.lose(call)
    else this.outward.carry(call)
    if (withinMs !== null) this.timeLater(call, withinMs)
  }

  /**
   * Delivers a request and waits for its answer; what the far end threw is thrown to whoever waits. While the far end cannot be
   * reached the request waits too, and after `withinMs` (null: never) it is REQUEST_TIMED_OUT.
   */
  ask<T>(request: (far: Far) => Reply<T>, withinMs: number | null = this.requestTimeoutMs): Waiting<T> {
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

  /** @internal A request has arrived at the far end. */
  deliver(call: Travelling): void {
    if (call.ended) return
    const far = this.far()
    if (far === undefined) this.fail(call, new Unreachable())
    else if (far.queue.isPaused) far.queue.perform(() => call.serve(far))
    else call.serve(far)
  }

  /** @internal The far end has answered. */
  sendBack(call: Travelling): void {
    if (call.ended) return
    if (this.homeward.loses()) this.lose(call)
    else this.homeward.carry(call)
  }

  /** @internal The answer has arrived here. */
  arrive(call: Travelling): void {
    this.settle(call, () => call.tell())
  }

  private lose(call: Pending): void {
    if (call.timer === undefined) this.time(call, this.requestTimeoutMs)
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

/** What a link knows of a request under way. */
interface Pending {
  readonly onError: (error: unknown) => void
  ended: boolean
  /** When it is given up. */
  timer: Timer | undefined
}

/** What a link does with a request under way, whatever it asks. */
interface Travelling extends Pending, Task {
  /** Has the far end answer. */
  serve(far: Station): void
  /** Tells whoever sent the request. */
  tell(): void
}

/** The way of a request: the link that it was sent over. */
type Way = Pick<Link<Station>, 'deliver' | 'sendBack' | 'arrive'>

/** A request on its way there, and its answer on the way back. */
class Call<Far extends Station, T> implements Travelling, Outcome<T> {
  readonly queue: WaitQueue
  readonly onError: (error: unknown) => void
  ended = false
  timer: Timer | undefined
  private readonly way: Way
  private readonly request: (far: Far) => Reply<T>
  private readonly onReply: (answer: T) => void
  private outcome: { readonly answer: T } | { readonly error: unknown } | undefined

  constructor(
    queue: WaitQueue,
    way: Way,
    request: (far: Far) => Reply<T>,
    onReply: (answer: T) => void,
    onError: (error: unknown) => void,
  ) {
    this.queue = queue
    this.way = way
    this.request = request
    this.onReply = onReply
    this.onError = onError
  }

  /** It has arrived where it was sent. */
  run(): void {
    if (this.outcome === undefined) this.way.deliver(this)
    else this.way.arrive(this)
  }

  serve(far: Station): void {
    let reply: Reply<T>
    try {
      // Its link has no other far end than those that the request is for.
      reply = this.request(far as Far)
    } catch (error) {
      this.failed(error)
      return
    }
    far.queue.await(reply, this)
  }

  done(answer: T): void {
    this.outcome = { answer }
    this.way.sendBack(this)
  }

  failed(error: unknown): void {
    // The far end could not reach what it asked in its turn: that is no reason to ask it again.
    this.outcome = { error: isUnreachable(error) ? new KafkaError('NETWORK_EXCEPTION') : error }
    this.way.sendBack(this)
  }

  tell(): void {
    const { outcome } = this
    if (outcome === undefined) return
    if ('answer' in outcome) this.onReply(outcome.answer)
    else this.onError(outcome.error)
  }
}

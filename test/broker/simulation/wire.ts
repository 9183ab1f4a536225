import { CLOSE_CONNECTION, type Handler, NO_RESPONSE, type RequestContext } from '../../../src/broker/apis/handler.ts'
import { handlersByKey } from '../../../src/broker/apis/handlers.ts'
import type { Broker } from '../../../src/broker/broker.ts'
import type { Timer } from '../../../src/broker/clock.ts'
import { KafkaError } from '../../../src/protocol/errors.ts'
import type { Api, Input } from '../../../src/protocol/message.ts'
import type { Network } from './network.ts'

/** What comes of a request: an answer, none where none is wanted, or the end of the connection. */
export type Outcome<Response> =
  | { readonly answer: Input<Response>; readonly lost?: never }
  | { readonly answer?: never; readonly lost: 'disconnected' | 'timed out' | 'no response' }

interface Request {
  readonly api: Api<never, unknown>
  readonly version: number
  readonly body: unknown
  readonly call: Call
}

interface Call {
  resume: ((outcome: Outcome<unknown>) => void) | undefined
  timer: Timer | undefined
}

/**
 * A client's connection to one incarnation of a broker, without bytes: requests go to the handlers as they are. Like a connection it keeps their
 * order, has one served at a time, waits while a broker stands still or the network is cut, ends with the broker, and is late or loses a request or an
 * answer where the link is so. A client that gives it up does not call back what it has sent.
 */
export class Wire {
  readonly nodeId: number
  private readonly network: Network
  private readonly clientId: string
  readonly broker: Broker | undefined
  private readonly calls = new Set<Call>()
  private readonly arrived: Request[] = []
  private readonly held: (() => void)[] = []
  private busy = false
  private givenUp = false
  private inwardMs = 0
  private outwardMs = 0

  constructor(network: Network, nodeId: number, clientId: string) {
    this.network = network
    this.nodeId = nodeId
    this.clientId = clientId
    this.broker = network.brokerAt(nodeId)
  }

  /** Whether it is of use to the client. */
  get isOpen(): boolean {
    return !this.givenUp && this.broker !== undefined && this.network.brokerAt(this.nodeId) === this.broker
  }

  /** Sends a request; what comes of it is told later, never within this call. */
  send<Req, Res>(api: Api<Req, Res>, version: number, body: Req, timeoutMs: number): Effect<Res> {
    return (resume) => {
      const call: Call = { resume: resume as (outcome: Outcome<unknown>) => void, timer: undefined }
      if (!this.isOpen) {
        this.settle(call, { lost: 'disconnected' })
        return
      }
      this.calls.add(call)
      call.timer = this.network.clock.setTimer(timeoutMs, () => {
        this.settle(call, { lost: 'timed out' })
        this.end()
      })
      const request: Request = { api: api as unknown as Api<never, unknown>, version, body, call }
      if (this.network.loses(this.nodeId)) return
      this.inwardMs = this.carry(this.inwardMs, () => this.arrive(request))
    }
  }

  /** The network is another one than before, or some brokers are. */
  changed(): void {
    if (this.network.brokerAt(this.nodeId) !== this.broker) {
      this.end()
      this.held.length = 0
      this.arrived.length = 0
      this.busy = false
    } else if (this.held.length > 0 && !this.network.isCut(this.nodeId)) {
      for (const move of this.held.splice(0)) move()
    }
  }

  /** Whether it still has anything to do. */
  get isIdle(): boolean {
    return this.calls.size === 0 && this.held.length === 0 && this.arrived.length === 0 && !this.busy
  }

  private end(): void {
    this.givenUp = true
    for (const call of this.calls) this.settle(call, { lost: 'disconnected' })
  }

  /** Has something arrive at the other end, after all that was sent before. */
  private carry(lastMs: number, arrive: () => void): number {
    const { network, nodeId } = this
    if (network.isCut(nodeId) || this.held.length > 0) {
      this.held.push(arrive)
      return lastMs
    }
    const nowMs = network.clock.now()
    const atMs = Math.max(nowMs + network.delayMs(nodeId), lastMs)
    if (atMs === nowMs) arrive()
    else {
      network.clock.setTimer(atMs - nowMs, () => {
        if (network.isCut(nodeId)) this.held.push(arrive)
        else arrive()
      })
    }
    return atMs
  }

  private arrive(request: Request): void {
    this.arrived.push(request)
    if (!this.busy) this.serveNext()
  }

  private serveNext(): void {
    const request = this.arrived.shift()
    const { broker } = this
    if (request === undefined || broker === undefined) return
    this.busy = true
    broker.queue.perform(() => this.serve(request, broker))
  }

  private serve({ api, version, body, call }: Request, broker: Broker): void {
    const handler = handlersByKey.get(api.key) as Handler<unknown, unknown>
    const context: RequestContext = {
      version,
      clientId: this.clientId,
      clientHost: '127.0.0.1',
      endpointOf: (nodeId) => {
        const known = broker.image.broker(nodeId)
        return known === undefined ? undefined : { nodeId, host: 'memory', port: 9000 + nodeId, rack: known.rack }
      },
      broker,
    }
    const failed = (error: unknown): void => {
      if (error instanceof KafkaError) this.answer(call, handler.fail(body, error.code, context))
      else {
        this.network.bugs.push(error)
        this.answer(call, CLOSE_CONNECTION)
      }
    }
    try {
      broker.queue.await(handler.handle(body, context), { done: (answer) => this.answer(call, answer), failed })
    } catch (error) {
      failed(error)
    }
  }

  private answer(call: Call, answer: Input<unknown> | typeof NO_RESPONSE | typeof CLOSE_CONNECTION): void {
    const outcome: Outcome<unknown> =
      answer === NO_RESPONSE
        ? { lost: 'no response' }
        : answer === CLOSE_CONNECTION
          ? { lost: 'disconnected' }
          : { answer: answer as Input<unknown> }
    if (!this.network.loses(this.nodeId)) {
      this.outwardMs = this.carry(this.outwardMs, () => this.hear(call, outcome))
    }
    this.busy = false
    if (this.arrived.length > 0) this.network.later(() => this.busy || this.serveNext())
  }

  private hear(call: Call, outcome: Outcome<unknown>): void {
    const [first] = this.calls
    // The answer to an earlier request is missing: no client knows what to do with this one, and the connection ends.
    if (call.resume !== undefined && first !== call) this.end()
    else this.settle(call, outcome)
  }

  private settle(call: Call, outcome: Outcome<unknown>): void {
    const { resume } = call
    if (resume === undefined) return
    call.resume = undefined
    call.timer?.cancel()
    this.calls.delete(call)
    this.network.later(() => resume(outcome))
  }
}

type Effect<Response> = (resume: (outcome: Outcome<Response>) => void) => void

import type { Struct } from '../../intercept/entity-layout.ts'
import { HandlerFault } from '../../intercept/handler.ts'
import type { Names } from '../../intercept/request-entries.ts'
import { ErrorCode, KafkaError } from '../../protocol/errors.ts'
import { encodeResponse } from '../../protocol/frame.ts'
import type { AnyApi } from '../../protocol/message.ts'
import { LeaderHints } from '../apis/current-leader.ts'
import { type Answer, CLOSE_CONNECTION, type Handler, NO_RESPONSE, type RequestContext } from '../apis/handler.ts'
import type { Clock } from '../clock.ts'
import type { WaitQueue } from '../wait-queue.ts'
import { type Reply, Waiting } from '../waiting.ts'
import { BrokerNames } from './broker-names.ts'
import type { Call } from './call.ts'
import type { Origin } from './dispatch.ts'
import type { Interception } from './interception.ts'
import { withLeaderHints } from './leader-hints.ts'
import type { Outcome } from './outcome.ts'
import { BadRequestError, described, type Header, readBody } from './request-reader.ts'
import { tellUnexpected } from './unexpected.ts'
import { type Answered, faulty } from './wire-faults.ts'

/** A request and what becomes of it. */
export class Exchange implements Call {
  private readonly handler: Handler<unknown, unknown>
  private readonly context: RequestContext
  private readonly origin: Origin
  private readonly header: Header
  private request: unknown

  constructor(handler: Handler<unknown, unknown>, header: Header, context: RequestContext, origin: Origin) {
    this.handler = handler
    this.header = header
    this.context = context
    this.origin = origin
  }

  get api(): AnyApi {
    return this.handler.api as unknown as AnyApi
  }

  get version(): number {
    return this.context.version
  }

  get body(): unknown {
    return this.request
  }

  get client(): Call['client'] {
    const { clientId, clientHost } = this.context
    return { id: clientId, host: clientHost, connectionId: this.origin.id }
  }

  get nodeId(): number {
    return this.context.broker.nodeId
  }

  get clock(): Clock {
    return this.context.broker.clock
  }

  get queue(): WaitQueue {
    return this.context.broker.queue
  }

  get names(): Names {
    return new BrokerNames(this.context.broker)
  }

  hinted(answer: Struct, names: Names): Struct {
    const { version } = this.context
    const apiKey = this.handler.api.key
    return withLeaderHints(answer, { apiKey, version }, new LeaderHints(this.context), names)
  }

  /**
   * Reads the request, has a handler of `use` answer, or else the broker, and encodes what they say.
   * @throws BadRequestError when the frame cannot be read
   */
  answer(frame: Buffer, interception: Interception): Reply<Answered> {
    try {
      this.request = readBody(this.handler.api, frame, this.header)
      const { version, clientId, broker } = this.context
      this.origin.client?.note(this.handler.api, version, clientId, this.request, broker.clock.now())
      if (!interception.isIdle) return this.intercepted(interception)
      const reply = this.serve(this.request)
      if (!(reply instanceof Waiting)) return this.encode(reply)
      return reply.map((answer) => this.encode(answer)).recover((error) => this.broken(error))
    } catch (error) {
      if (error instanceof BadRequestError) throw error
      return this.broken(error)
    }
  }

  /** Has the handlers of `use` answer, and the broker what they leave to it. */
  private intercepted(interception: Interception): Reply<Answered> {
    const reply = interception.serve(this, (body) => this.serve(body))
    const encode = ({ answer, reason, faults = [] }: Outcome): Answered =>
      faults.reduce((answered, fault) => faulty(answered, fault, interception.random), this.encode(answer, reason))
    return reply instanceof Waiting ? reply.map(encode).recover((error) => this.broken(error)) : encode(reply)
  }

  /** Has the broker's own handler answer the request, or what others have left of it. */
  private serve(body: unknown): Reply<Answer<unknown>> {
    try {
      const reply = this.handler.handle(body, this.context)
      return reply instanceof Waiting ? reply.recover((error) => this.failed(body, error)) : reply
    } catch (error) {
      return this.failed(body, error)
    }
  }

  /** Whatever the broker trips over is answered, as Kafka does: with an error of its own, or with UNKNOWN_SERVER_ERROR. */
  private failed(body: unknown, error: unknown): Answer<unknown> {
    const { handler, context } = this
    if (error instanceof KafkaError) return handler.fail(body, error.code, context)
    this.tell(error)
    return handler.fail(body, ErrorCode.UNKNOWN_SERVER_ERROR, context)
  }

  private encode(answer: Answer<unknown>, reason = 'which failed and wants no answer'): Answered {
    if (answer === NO_RESPONSE) return { frames: [] }
    if (answer === CLOSE_CONNECTION) return { frames: [], close: `${described(this.header)}, ${reason}` }
    const { requestApiVersion, correlationId } = this.header
    return { frames: encodeResponse(this.handler.api, requestApiVersion, correlationId, answer) }
  }

  /** Where there is nothing to answer with: the connection ends. */
  private broken(error: unknown): never {
    this.tell(error)
    // What a handler threw was told, with the handler.
    const met = error instanceof HandlerFault ? 'a handler that threw' : `an unexpected error: ${error}`
    throw new Error(`${described(this.header)} and met ${met}`, { cause: error })
  }

  /** Tells of what nobody expected, and of the handler of `use` whose it was. */
  private tell(thrown: unknown): void {
    const { handler, context, origin } = this
    const { broker, version, clientId } = context
    const request = { nodeId: broker.nodeId, connectionId: origin.id, api: handler.api.name, version, clientId }
    tellUnexpected(broker.events, thrown, request, described(this.header))
  }
}

import { inspect } from 'node:util'
import { ErrorCode, KafkaError } from '../../protocol/errors.ts'
import { encodeResponse } from '../../protocol/frame.ts'
import { type Answer, CLOSE_CONNECTION, type Handler, NO_RESPONSE, type RequestContext } from '../apis/handler.ts'
import { type Reply, Waiting } from '../waiting.ts'
import type { Interception } from './interception.ts'
import { BadRequestError, described, type Header, readBody } from './request-reader.ts'

/** What goes back to the client. */
export interface Answered {
  /** What is written, in order; nothing where the request wants no answer. */
  readonly frames: readonly Buffer[]
  /** Why the connection is closed instead. */
  readonly close?: string
}

/** A decoded request on its way to an answer, and who is to give one. */
export interface Call {
  readonly handler: Handler<unknown, unknown>
  readonly body: unknown
  readonly context: RequestContext
  readonly connectionId: string
}

/** A request and what becomes of it. */
export class Exchange implements Call {
  readonly handler: Call['handler']
  readonly context: RequestContext
  readonly connectionId: string
  private readonly header: Header
  private request: unknown

  constructor(handler: Call['handler'], header: Header, context: RequestContext, connectionId: string) {
    this.handler = handler
    this.header = header
    this.context = context
    this.connectionId = connectionId
  }

  get body(): unknown {
    return this.request
  }

  /**
   * Reads the request, has a handler of `use` answer, or else the broker, and encodes what they say.
   * @throws BadRequestError when the frame cannot be read
   */
  answer(frame: Buffer, interception: Interception): Reply<Answered> {
    try {
      this.request = readBody(this.handler.api, frame, this.header)
      const reply = interception.isIdle ? this.serve() : interception.serve(this, () => this.serve())
      if (!(reply instanceof Waiting)) return this.encode(reply)
      return reply.map((answer) => this.encode(answer)).recover((error) => this.broken(error))
    } catch (error) {
      if (error instanceof BadRequestError) throw error
      return this.broken(error)
    }
  }

  /** Has the broker's own handler answer. */
  private serve(): Reply<Answer<unknown>> {
    try {
      const reply = this.handler.handle(this.body, this.context)
      return reply instanceof Waiting ? reply.recover((error) => this.failed(error)) : reply
    } catch (error) {
      return this.failed(error)
    }
  }

  /** Whatever the broker trips over is answered, as Kafka does: with an error of its own, or with UNKNOWN_SERVER_ERROR. */
  private failed(error: unknown): Answer<unknown> {
    const { handler, body, context } = this
    if (error instanceof KafkaError) return handler.fail(body, error.code, context)
    this.tell(error)
    return handler.fail(body, ErrorCode.UNKNOWN_SERVER_ERROR, context)
  }

  private encode(answer: Answer<unknown>): Answered {
    if (answer === NO_RESPONSE) return { frames: [] }
    if (answer === CLOSE_CONNECTION) {
      return { frames: [], close: `${described(this.header)}, which failed and wants no answer` }
    }
    const { requestApiVersion, correlationId } = this.header
    return { frames: encodeResponse(this.handler.api, requestApiVersion, correlationId, answer) }
  }

  /** Where there is nothing to answer with: the connection ends. */
  private broken(error: unknown): never {
    this.tell(error)
    throw new Error(`${described(this.header)} and met an unexpected error: ${error}`, { cause: error })
  }

  private tell(error: unknown): void {
    const { handler, context, connectionId } = this
    const { broker, version, clientId } = context
    const request = { nodeId: broker.nodeId, connectionId, api: handler.api.name, version, clientId }
    broker.events.emit('unhandledException', () => ({ error, request }))
    // A test whose handler throws would otherwise see no more than a connection that closes.
    if (!broker.events.heard('unhandledException')) {
      process.emitWarning(`${described(this.header)} and met an unexpected error: ${inspect(error)}`, 'MemkafkaWarning')
    }
  }
}

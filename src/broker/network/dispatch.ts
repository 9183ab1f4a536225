import { ErrorCode, KafkaError } from '../../protocol/errors.ts'
import { decodeRequestHeader, encodeResponse } from '../../protocol/frame.ts'
import { ApiVersions } from '../../protocol/messages/api-versions.ts'
import {
  type Answer,
  CLOSE_CONNECTION,
  type Endpoint,
  type Handler,
  NO_RESPONSE,
  type RequestContext,
} from '../apis/handler.ts'
import type { Broker } from '../broker.ts'
import { serves } from '../release.ts'
import { type Reply, Waiting } from '../waiting.ts'
import type { Interception } from './interception.ts'

/** How a request reached the broker. */
export interface Origin {
  readonly id: string
  readonly remoteHost: string
  readonly localHost: string
}

/** What goes back to the client. */
export interface Answered {
  /** What is written, in order; nothing where the request wants no answer. */
  readonly frames: readonly Buffer[]
  /** Why the connection is closed instead. */
  readonly close?: string
}

/** What a broker serves: by API key. */
export type Handlers = ReadonlyMap<number, Handler<unknown, unknown>>

/** A decoded request on its way to an answer. */
export interface Call {
  readonly handler: Handler<unknown, unknown>
  readonly body: unknown
  readonly context: RequestContext
  readonly connectionId: string
}

/** What a dispatcher works with. */
export interface DispatchOptions {
  readonly broker: Broker
  readonly handlers: Handlers
  readonly interception: Interception
  endpointOf(nodeId: number, origin: Origin): Endpoint | undefined
}

/** Finds the handler of a frame, has it answer, and encodes the answer. */
export class Dispatch {
  private readonly options: DispatchOptions

  constructor(options: DispatchOptions) {
    this.options = options
  }

  /**
   * Serves one frame.
   * @throws ProtocolError when it cannot be decoded, and an Error when nobody serves it: Kafka closes the connection.
   */
  request(frame: Buffer, origin: Origin): Reply<Answered> {
    const { broker, handlers, interception, endpointOf } = this.options
    const header = decodeRequestHeader(frame)
    const { requestApiKey, requestApiVersion: version, correlationId, clientId } = header
    const handler = handlers.get(requestApiKey)
    const range = broker.served.get(requestApiKey)
    if (handler === undefined || range === undefined) {
      throw new Error(`a request with the unknown API key ${requestApiKey}`)
    }
    const { api } = handler
    if (!serves(broker.release, api.key, version) || version < range.min || version > range.max) {
      if (api === ApiVersions) return { frames: unsupportedVersion(correlationId, range) }
      throw new Error(`${api.name} version ${version}, which is not served (${range.min} to ${range.max} are)`)
    }
    // Kafka does not look at what follows a request; librdkafka sends three bytes too many with some of its Metadata v13.
    const body = api.request.decode(frame, version, header.bodyOffset, 'ignore')
    const context: RequestContext = {
      version,
      clientId,
      clientHost: origin.remoteHost,
      endpointOf: (nodeId) => endpointOf(nodeId, origin),
      broker,
    }
    const call = { handler, body, context, connectionId: origin.id }
    const encode = (answer: Answer<unknown>): Answered => {
      if (answer === NO_RESPONSE) return { frames: [] }
      if (answer === CLOSE_CONNECTION) return { frames: [], close: `${api.name} failed and wants no answer` }
      return { frames: encodeResponse(api, version, correlationId, answer) }
    }
    const failed = (error: unknown): never => {
      broker.events.emit('unhandledException', () => ({ error, request: { api: api.name, version, clientId } }))
      throw error
    }
    try {
      const reply = interception.isIdle ? serve(call) : interception.serve(call, serve)
      return reply instanceof Waiting ? reply.map(encode).recover(failed) : encode(reply)
    } catch (error) {
      return failed(error)
    }
  }
}

/** Has the broker's own handler answer. */
function serve({ handler, body, context }: Call): Reply<Answer<unknown>> {
  const failed = (error: unknown): Answer<unknown> => {
    if (!(error instanceof KafkaError) || handler.fail === undefined) throw error
    return handler.fail(body, error.code, context)
  }
  try {
    const reply = handler.handle(body, context)
    return reply instanceof Waiting ? reply.recover(failed) : reply
  } catch (error) {
    return failed(error)
  }
}

/** KIP-511: whoever asks in an unknown version is told, in version 0, which versions of ApiVersions there are. */
function unsupportedVersion(correlationId: number, range: { min: number; max: number }): Buffer[] {
  return encodeResponse(ApiVersions, 0, correlationId, {
    errorCode: ErrorCode.UNSUPPORTED_VERSION,
    apiKeys: [{ apiKey: ApiVersions.key, minVersion: range.min, maxVersion: range.max }],
  })
}

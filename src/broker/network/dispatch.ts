import { apiInfo } from '../../protocol/api-keys.ts'
import { ErrorCode, KafkaError } from '../../protocol/errors.ts'
import { decodeRequestHeader, encodeResponse } from '../../protocol/frame.ts'
import { ProtocolError } from '../../protocol/message.ts'
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

/** As much of a client id as a message about it shows. */
const SHOWN_CHARS = 100

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

/** A frame that Kafka closes the connection at, with what is wrong with it, for people. */
export class BadRequestError extends Error {
  override readonly name = 'BadRequestError'
}

/** Finds the handler of a frame, has it answer, and encodes the answer. */
export class Dispatch {
  private readonly options: DispatchOptions

  constructor(options: DispatchOptions) {
    this.options = options
  }

  /**
   * Serves one frame.
   * @throws BadRequestError when it cannot be read or nobody serves it: Kafka closes the connection.
   */
  request(frame: Buffer, origin: Origin): Reply<Answered> {
    const { broker, handlers, interception, endpointOf } = this.options
    const header = readHeader(frame)
    const { requestApiKey, requestApiVersion: version, correlationId, clientId } = header
    const handler = handlers.get(requestApiKey)
    const range = broker.served.get(requestApiKey)
    if (handler === undefined || range === undefined) {
      throw new BadRequestError(`${described(header)}, an API that is not served`)
    }
    const { api } = handler
    if (!serves(broker.release, api.key, version) || version < range.min || version > range.max) {
      if (api === ApiVersions) return { frames: unsupportedVersion(correlationId, range) }
      throw new BadRequestError(`${described(header)}, a version that is not served (${range.min} to ${range.max} are)`)
    }
    const context: RequestContext = {
      version,
      clientId,
      clientHost: origin.remoteHost,
      endpointOf: (nodeId) => endpointOf(nodeId, origin),
      broker,
    }
    const encode = (answer: Answer<unknown>): Answered => {
      if (answer === NO_RESPONSE) return { frames: [] }
      if (answer === CLOSE_CONNECTION) return { frames: [], close: `${described(header)} failed, and wants no answer` }
      return { frames: encodeResponse(api, version, correlationId, answer) }
    }
    const unexpected = (error: unknown): void => {
      const request = { nodeId: broker.nodeId, connectionId: origin.id, api: api.name, version, clientId }
      broker.events.emit('unhandledException', () => ({ error, request }))
    }
    const broken = (error: unknown): never => {
      unexpected(error)
      throw new Error(`${described(header)} met an unexpected error: ${error}`, { cause: error })
    }
    const serve = ({ body }: Call): Reply<Answer<unknown>> => {
      const failed = (error: unknown): Answer<unknown> => {
        if (error instanceof KafkaError) return handler.fail(body, error.code, context)
        unexpected(error)
        return handler.fail(body, ErrorCode.UNKNOWN_SERVER_ERROR, context)
      }
      try {
        const reply = handler.handle(body, context)
        return reply instanceof Waiting ? reply.recover(failed) : reply
      } catch (error) {
        return failed(error)
      }
    }
    try {
      const call = { handler, body: readBody(api, frame, header), context, connectionId: origin.id }
      const reply = interception.isIdle ? serve(call) : interception.serve(call, serve)
      return reply instanceof Waiting ? reply.map(encode).recover(broken) : encode(reply)
    } catch (error) {
      if (error instanceof BadRequestError) throw error
      return broken(error)
    }
  }
}

type Header = ReturnType<typeof decodeRequestHeader>

function readHeader(frame: Buffer): Header {
  try {
    return decodeRequestHeader(frame)
  } catch (error) {
    if (error instanceof ProtocolError)
      throw new BadRequestError(`it sent a frame that is no request: ${error.message}`)
    throw error
  }
}

function readBody(api: Handler<unknown, unknown>['api'], frame: Buffer, header: Header): unknown {
  try {
    // Kafka does not look at what follows a request; librdkafka sends three bytes too many with some of its Metadata v13.
    return api.request.decode(frame, header.requestApiVersion, header.bodyOffset, 'ignore')
  } catch (error) {
    if (error instanceof ProtocolError) throw new BadRequestError(`${described(header)}, unreadable: ${error.message}`)
    throw error
  }
}

/** Who sent what, for people. */
function described({ requestApiKey, requestApiVersion, clientId }: Header): string {
  const name = apiInfo.get(requestApiKey)?.name ?? `API ${requestApiKey}`
  // Quoted: a client id may be anything, and this is to be one line.
  const sender =
    clientId === null || clientId === '' ? 'it' : `client ${JSON.stringify(clientId.slice(0, SHOWN_CHARS))}`
  return `${sender} sent ${name} v${requestApiVersion}`
}

/** KIP-511: whoever asks in an unknown version is told, in version 0, which versions of ApiVersions there are. */
function unsupportedVersion(correlationId: number, range: { min: number; max: number }): Buffer[] {
  return encodeResponse(ApiVersions, 0, correlationId, {
    errorCode: ErrorCode.UNSUPPORTED_VERSION,
    apiKeys: [{ apiKey: ApiVersions.key, minVersion: range.min, maxVersion: range.max }],
  })
}

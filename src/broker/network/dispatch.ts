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

/** Finds the handler of a frame, has it answer, and encodes the answer. */
export class Dispatch {
  private readonly broker: Broker
  private readonly handlers: Handlers
  private readonly endpointOf: (nodeId: number, origin: Origin) => Endpoint | undefined

  constructor(
    broker: Broker,
    handlers: Handlers,
    endpointOf: (nodeId: number, origin: Origin) => Endpoint | undefined,
  ) {
    this.broker = broker
    this.handlers = handlers
    this.endpointOf = endpointOf
  }

  /**
   * Serves one frame.
   * @throws ProtocolError when it cannot be decoded, and an Error when nobody serves it: Kafka closes the connection.
   */
  request(frame: Buffer, origin: Origin): Reply<Answered> {
    const { broker } = this
    const startedMs = broker.clock.now()
    const header = decodeRequestHeader(frame)
    const handler = this.handlers.get(header.requestApiKey)
    const range = broker.served.get(header.requestApiKey)
    if (handler === undefined || range === undefined)
      throw new Error(`a request with the unknown API key ${header.requestApiKey}`)

    let version = header.requestApiVersion
    const context: RequestContext = {
      version,
      clientId: header.clientId,
      clientHost: origin.remoteHost,
      endpointOf: (nodeId) => this.endpointOf(nodeId, origin),
      broker,
    }
    const encode = (answer: Answer<unknown>): Answered => {
      broker.events.emit('request:end', () => ({
        nodeId: broker.nodeId,
        connectionId: origin.id,
        api: handler.api.name,
        version: header.requestApiVersion,
        clientId: header.clientId,
        durationMs: broker.clock.now() - startedMs,
      }))
      if (answer === NO_RESPONSE) return { frames: [] }
      if (answer === CLOSE_CONNECTION) return { frames: [], close: `${handler.api.name} failed and wants no answer` }
      return { frames: encodeResponse(handler.api, version, header.correlationId, answer) }
    }

    if (!serves(broker.release, handler.api.key, version) || version < range.min || version > range.max) {
      if (handler.api !== ApiVersions) {
        throw new Error(
          `${handler.api.name} version ${version}, which is not served (${range.min} to ${range.max} are)`,
        )
      }
      // KIP-511: whoever asks in an unknown version is told, in version 0, which versions of ApiVersions there are.
      version = 0
      return encode({
        errorCode: ErrorCode.UNSUPPORTED_VERSION,
        apiKeys: [{ apiKey: ApiVersions.key, minVersion: range.min, maxVersion: range.max }],
      })
    }

    // Kafka does not look at what follows a request; librdkafka sends three bytes too many with some of its Metadata v13.
    const body = handler.api.request.decode(frame, version, header.bodyOffset, 'ignore')
    const failed = (error: unknown): Answered => {
      if (error instanceof KafkaError && handler.fail !== undefined)
        return encode(handler.fail(body, error.code, context))
      throw error
    }
    let reply: Reply<Answer<unknown>>
    try {
      reply = handler.handle(body, context)
    } catch (error) {
      return failed(error)
    }
    return reply instanceof Waiting ? reply.map(encode).recover(failed) : encode(reply)
  }
}

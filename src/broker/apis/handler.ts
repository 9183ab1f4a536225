import type { Api, Input } from '../../protocol/message.ts'
import type { Broker } from '../broker.ts'
import type { Reply } from '../waiting.ts'
import { errorAnswer } from './error-answer.ts'

/** What is known of a request besides its body. */
export interface RequestContext {
  /** The version of the API that the request is in. */
  readonly version: number
  readonly clientId: string | null
  /** The client's address as Kafka prints it, without a port: '127.0.0.1'. */
  readonly clientHost: string
  /** The address of the node's listener that the client of this connection can reach; undefined for an unknown node. */
  endpointOf(nodeId: number): Endpoint | undefined
  /** The broker that the request reached, and its rooms. */
  readonly broker: Broker
}

/** Where a client finds a node. */
export interface Endpoint {
  readonly nodeId: number
  readonly host: string
  readonly port: number
  readonly rack: string | null
}

/** A handler's answer to a request that wants none: Produce with acks=0. */
export const NO_RESPONSE: unique symbol = Symbol('no response')

/** A handler's answer where Kafka closes the connection without one. */
export const CLOSE_CONNECTION: unique symbol = Symbol('close connection')

/** What a handler gives: a response, no response, or the end of the connection. */
export type Answer<Response> = Input<Response> | typeof NO_RESPONSE | typeof CLOSE_CONNECTION

/** One API as this broker serves it. */
export interface Handler<Request, Response> {
  readonly api: Api<Request, Response>
  handle(request: Request, context: RequestContext): Reply<Answer<Response>>
  /** The answer of this API to a request that fails as a whole: Kafka's `AbstractRequest.getErrorResponse`. */
  fail(request: Request, errorCode: number, context: RequestContext): Answer<Response>
}

/**
 * Declares a handler: thin, it translates between a message and one call on the room below. How its answer carries an error
 * of the whole request follows from the schemas, unless `fail` knows better.
 */
export function handler<Request, Response>(
  api: Api<Request, Response>,
  handle: (request: Request, context: RequestContext) => Reply<Answer<NoInfer<Response>>>,
  fail: (request: Request, errorCode: number, context: RequestContext) => Answer<NoInfer<Response>> = (
    request,
    errorCode,
    { version },
  ) => errorAnswer(api, request, errorCode, version),
): Handler<Request, Response> {
  return { api, handle, fail }
}

import type { Api, Input } from '../protocol/message.ts'
import { type InterceptedRequest, PASSTHROUGH, type RequestHandler, type Resolution } from './handler.ts'

/** Which requests of an API a handler is about: all that it says must hold. */
export interface RequestPredicate<Request> {
  /** The node that the request reached. */
  readonly node?: number
  /** The whole of it, or a pattern that is found in it. A client without an id has the empty one. */
  readonly clientId?: string | RegExp
  /** The version of the API that the request is in. */
  readonly version?: number
  /** Anything about the decoded request. */
  readonly body?: (request: Request) => boolean
}

/** What a resolver is given. */
export interface ResolverInfo<Request> {
  /** The decoded request. */
  readonly request: Request
  readonly requestId: number
  readonly version: number
  readonly client: InterceptedRequest['client']
  /** The node that the request reached. */
  readonly nodeId: number
  /** `return passthrough()`: let the request go its way, and ask no other handler. */
  passthrough(): typeof PASSTHROUGH
}

/** Answers a request: a response (what is left out has its default), `passthrough()`, or nothing: the next handler is asked. */
export type Resolver<Request, Response> = (
  info: ResolverInfo<Request>,
) => Input<Response> | typeof PASSTHROUGH | undefined | Promise<Input<Response> | typeof PASSTHROUGH | undefined>

/** When a handler answers, and how often. */
export interface RespondOptions<Request> {
  /** Left out: every request of the API. */
  readonly when?: RequestPredicate<Request>
  /** Only the first request that it is about. */
  readonly once?: boolean
}

/** A handler that answers requests of one API in the place of the broker, or lets them pass. */
export function respond<Request, Response>(
  api: Api<Request, Response>,
  resolver: Resolver<Request, Response>,
  { when = {}, once = false }: RespondOptions<Request> = {},
): RequestHandler {
  return {
    description: `${api.name}${once ? ' once' : ''}`,
    once,
    // By key: an API of the CommonJS build is another object than that of the ES modules.
    matches: (request) => request.api.key === api.key && holds(when, request as InterceptedRequest<Request>),
    resolve: (request) => {
      const { requestId, version, client, nodeId, body } = request as InterceptedRequest<Request>
      const info = { request: body, requestId, version, client, nodeId, passthrough: () => PASSTHROUGH }
      return resolver(info as ResolverInfo<Request>) as Resolution | Promise<Resolution>
    },
  }
}

function holds<Request>(predicate: RequestPredicate<Request>, request: InterceptedRequest<Request>): boolean {
  const { node, clientId, version, body } = predicate
  if (node !== undefined && node !== request.nodeId) return false
  if (version !== undefined && version !== request.version) return false
  if (clientId !== undefined && !namesClient(clientId, request.client.id ?? '')) return false
  return body === undefined || body(request.body)
}

function namesClient(wanted: string | RegExp, clientId: string): boolean {
  // Not `test`: where the pattern is global that begins where it left off with the client before.
  return typeof wanted === 'string' ? wanted === clientId : clientId.search(wanted) !== -1
}

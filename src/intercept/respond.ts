import type { Api } from '../protocol/message.ts'
import type { RequestHandler } from './handler.ts'
import { anyApi, madeHandler, type Resolver } from './made-handler.ts'

/** Which requests of an API a handler is about: all that it says must hold. */
export interface RespondPredicate<Request> {
  /** The node that the request reached. */
  readonly node?: number
  /** The whole of it, or a pattern that is found in it. A client without an id has the empty one. */
  readonly clientId?: string | RegExp
  /** The version of the API that the request is in. */
  readonly version?: number
  /** Anything about the decoded request. */
  readonly body?: (request: Request) => boolean
}

/** When a handler answers, and how often. */
export interface RespondOptions<Request> {
  /** Left out: every request of the API. */
  readonly when?: RespondPredicate<Request>
  /** Only the first request that it is about. */
  readonly once?: boolean
}

/** A handler for requests of one API, by the API itself: what `kafka.<api>` does by its name. */
export function respond<Request, Response>(
  api: Api<Request, Response>,
  resolver: Resolver<Request, Response>,
  { when: { body, ...predicate } = {}, once = false }: RespondOptions<Request> = {},
): RequestHandler {
  return madeHandler({
    word: `respond(${api.name})`,
    madeBy: respond,
    api: anyApi(api),
    predicate,
    resolver,
    options: { once, ...(body === undefined ? {} : { when: body }) },
  })
}

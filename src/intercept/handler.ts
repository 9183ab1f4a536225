import type { AnyApi, Input } from '../protocol/message.ts'

/** A request as a handler sees it, before anyone has served it. */
export interface InterceptedRequest<Body = unknown> {
  /** Unique in the cluster. */
  readonly requestId: number
  readonly api: AnyApi
  readonly version: number
  /** The decoded request. */
  readonly body: Body
  readonly client: { readonly id: string | null; readonly host: string; readonly connectionId: string }
  /** The node that the request reached. */
  readonly nodeId: number
}

/** A resolver's word for: let it go its way, and ask no other handler. The same in every copy of this module. */
export const PASSTHROUGH: unique symbol = Symbol.for('memkafka.passthrough')

/** What a handler says to a request: a response, that it passes, or (undefined) that another one may be asked. */
export type Resolution = Input<object> | typeof PASSTHROUGH | undefined

/** Something that may answer requests in the place of a broker: a value, which `use` puts to work. */
export interface RequestHandler {
  /** How it is listed: `Fetch`, `Produce from billing`, … */
  readonly description: string
  /** Whether the request is any of its business. */
  matches(request: InterceptedRequest): boolean
  /** The answer. Called once for each request that it matches. */
  resolve(request: InterceptedRequest): Resolution | Promise<Resolution>
  /** Whether it answers but one request, the first that it matches. */
  readonly once: boolean
}

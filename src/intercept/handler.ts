import type { AnyApi, Input } from '../protocol/message.ts'
import type { Dimension, Entity } from './entity.ts'
import type { EntityPredicate } from './entity-predicate.ts'
import type { At, KafkaResponse } from './kafka-response.ts'

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

/** A resolver's word for: let it go its way, and ask no other handler. Not a unique symbol, which async functions would widen. */
export type Passthrough = symbol & { readonly description: 'memkafka.passthrough' }

/** The same in every copy of this module. */
export const PASSTHROUGH: Passthrough = Symbol.for('memkafka.passthrough') as Passthrough

/** What a handler says to a request: an answer, a response, that it passes, or (undefined) that another one may be asked. */
export type Resolution = KafkaResponse | Input<object> | Passthrough | undefined

/** What of a request a handler is about. */
export interface Match {
  /** The topics, partitions, groups, … that it is about: one for each entry of the request that is its. */
  readonly entities: readonly Entity[]
}

/** What a resolver is given. */
export interface ResolverInfo<Request, Response, Broker = unknown> {
  /** The decoded request. */
  readonly request: Request
  readonly requestId: number
  /** `Produce`, `Fetch`, … */
  readonly api: string
  readonly version: number
  readonly client: InterceptedRequest['client']
  /** The node that the request reached. */
  readonly nodeId: number
  /** The broker that the request reached, as a test holds it. */
  readonly broker: Broker
  readonly match: Match
  /** Aborted when the client is gone, when the handlers are reset, and when the cluster stops. */
  readonly signal: AbortSignal
  /** So many ms of the cluster's time. Rejects when `signal` is aborted. */
  delay(ms: number): Promise<void>
  /** `return passthrough()`: let what matches go its way, and ask no other handler. */
  passthrough(): Passthrough
  /**
   * Has the work done, and gives the decoded answer: change it, and return it or nothing. Undefined where there is no answer, as to a Produce
   * with acks=0. Done once, however often it is called.
   */
  perform(): Promise<Response | undefined>
}

/** When a handler acts, and how often. What is told here is spent when it matches, before anything is awaited. */
export interface HandlerOptions<Request = unknown> {
  /** The first request that matches, and no other. */
  readonly once?: boolean
  /** So many requests that match. */
  readonly times?: number
  /** So many requests that match pass first. */
  readonly skip?: number
  /** How likely it acts on a request that matches, from 0 to 1; by the cluster's seed. */
  readonly probability?: number
  /** Only while this holds. */
  readonly when?: (request: Request) => boolean
  /** Whether it acts before the broker has done the work, or after. Default: as Kafka would, for errors; otherwise before. */
  readonly at?: At
}

/** Tells which requests are meant: what a gate takes. */
export interface RequestMatcher {
  /** How it is listed: `kafka.produce({ topic: 'orders' })`, … */
  readonly description: string
  /** The API that it is about; undefined: any. */
  readonly api: AnyApi | undefined
  /** Where it was made: file, line and column. */
  readonly madeAt: string
  readonly options: HandlerOptions
  /** What it is about, beyond what `matches` tells. */
  readonly entities: EntityPredicate
  /** What `entities` asks for. */
  readonly dimensions: readonly Dimension[]
  /** @internal Whether it asks what only the decoded request tells, besides entities. */
  readonly asksBody?: boolean
  /** Whether the request is any of its business, whatever entities are in it. */
  matches(request: InterceptedRequest): boolean
}

/** Something that may answer requests in the place of a broker: a value, which `use` puts to work. */
export interface RequestHandler extends RequestMatcher {
  /** The answer. Called once for each request that it matches. */
  resolve(info: ResolverInfo<unknown, unknown>): Resolution | Promise<Resolution>
  /** @internal It is no longer among the handlers. */
  removed?(): void
}

/** A request that a handler acted on. */
export interface HandlerCall {
  readonly requestId: number
  /** `Produce`, `Fetch`, … */
  readonly api: string
  readonly version: number
  readonly client: InterceptedRequest['client']
  readonly nodeId: number
  /** The decoded request. */
  readonly request: unknown
  readonly match: Match
}

/** What a handler threw that is no answer: which handler, and what. */
export class HandlerFault extends Error {
  override readonly name = 'HandlerFault'
  readonly handler: RequestMatcher

  constructor(handler: RequestMatcher, cause: unknown) {
    super(`${handler.description}, added at ${handler.madeAt}, threw: ${String(cause)}`, { cause })
    this.handler = handler
  }
}

import type { BrokerHandle } from '../broker/handles/brokers/broker-handle.ts'
import type { HandlerOptions, RequestHandler, RequestMatcher } from '../intercept/handler.ts'
import {
  type AnyPredicate,
  anyApi,
  madeHandler,
  type RequestPredicate,
  type Resolver,
} from '../intercept/made-handler.ts'
import { nearest } from '../intercept/nearest.ts'
import type { AnyApi, Api } from '../protocol/message.ts'
import * as apis from './apis.ts'

/** Makes handlers and matchers for requests of one API. */
export interface KafkaWord<Request, Response> {
  /** A handler: what becomes of the requests that are meant. */
  (
    predicate: RequestPredicate<Request>,
    resolver: Resolver<Request, Response, BrokerHandle>,
    options?: HandlerOptions<Request>,
  ): RequestHandler
  /** A matcher, as `cluster.gate` takes it. Left out: every request of the API. */
  (predicate?: RequestPredicate<Request>): RequestMatcher
}

type Apis = typeof apis

/** A word for each API of Kafka, and `all`. */
export type KafkaWords = {
  readonly [Name in keyof Apis as Uncapitalize<Name>]: Apis[Name] extends Api<infer Request, infer Response>
    ? KafkaWord<Request, Response>
    : never
} & {
  /** Requests of every API. */
  readonly all: AllWord
}

/** Makes handlers and matchers for requests of whatever API. */
export interface AllWord {
  (
    predicate: AnyPredicate | ((request: object) => boolean),
    resolver: Resolver<object, object, BrokerHandle>,
    options?: HandlerOptions<object>,
  ): RequestHandler
  (predicate?: AnyPredicate | ((request: object) => boolean)): RequestMatcher
}

/**
 * What becomes of requests, in msw's words: a sibling of its `http`, `graphql` and `ws`.
 *
 * ```ts
 * cluster.use(
 *   kafka.produce({ topic: 'orders' }, () => KafkaResponse.error('NOT_LEADER_OR_FOLLOWER'), { times: 2 }),
 *   kafka.fetch({ clientId: /billing/ }, async ({ delay, passthrough }) => { await delay(200); return passthrough() }),
 * )
 * ```
 */
export const kafka: KafkaWords = words()

function words(): KafkaWords {
  const known: Record<string, unknown> = { all: wordFor('all', undefined) }
  for (const [name, api] of Object.entries(apis)) {
    const word = name.charAt(0).toLowerCase() + name.slice(1)
    known[word] = wordFor(word, anyApi(api as Api<object, object>))
  }
  // What is asked for and not there is a mistake where it is near to what is; all else is what tools ask of any object.
  return new Proxy(known, {
    get: (target, name) => {
      if (typeof name !== 'string' || Object.hasOwn(target, name)) return Reflect.get(target, name)
      const meant = nearest(name, Object.keys(target))
      if (meant !== undefined) throw new TypeError(`kafka.${name}: there is no such API; kafka.${meant} is meant?`)
      return Reflect.get(target, name)
    },
  }) as unknown as KafkaWords
}

function wordFor(name: string, api: AnyApi | undefined): unknown {
  const word = (predicate?: object, resolver?: (info: never) => unknown, options?: HandlerOptions<never>): unknown =>
    madeHandler({ word: `kafka.${name}`, madeBy: word, api, predicate, resolver, options })
  return word
}

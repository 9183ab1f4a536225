import { types } from 'node:util'
import { type InterceptedRequest, PASSTHROUGH, type RequestHandler, type Resolution } from '../../intercept/handler.ts'
import type { HandlerList } from '../../intercept/handler-list.ts'
import type { AnyApi } from '../../protocol/message.ts'
import type { Answer } from '../apis/handler.ts'
import type { ClusterEvents, Events, RequestEvent } from '../events.ts'
import { Signal } from '../signal.ts'
import type { WaitQueue } from '../wait-queue.ts'
import { chainReply, mapReply, type Reply, Waiting } from '../waiting.ts'
import type { Call } from './exchange.ts'

const watched: readonly (keyof ClusterEvents)[] = [
  'request:start',
  'request:match',
  'request:unhandled',
  'request:end',
  'response:mocked',
  'response:bypass',
]

/** Offers requests to the handlers of `use`, and tells the events of a request. Costs nothing while there is neither. */
export class Interception {
  private readonly handlers: HandlerList
  private readonly events: Events
  private requests = 0

  constructor(handlers: HandlerList, events: Events) {
    this.handlers = handlers
    this.events = events
  }

  /** Whether requests need not pass here: nobody answers them, and nobody hears of them. */
  get isIdle(): boolean {
    return this.handlers.isEmpty && !watched.some((type) => this.events.heard(type))
  }

  /** Serves a request by the first handler that answers it, or else by the broker. */
  serve(call: Call, broker: (call: Call) => Reply<Answer<unknown>>): Reply<Answer<unknown>> {
    const { events } = this
    const { context, handler, body, connectionId } = call
    const request: InterceptedRequest = {
      requestId: ++this.requests,
      api: handler.api as unknown as AnyApi,
      version: context.version,
      body,
      client: { id: context.clientId, host: context.clientHost, connectionId },
      nodeId: context.broker.nodeId,
    }
    const event = eventOf(request)
    const { clock } = context.broker
    const startedMs = clock.now()
    events.emit('request:start', () => event)

    const resolved = this.resolve(this.handlers.matching(request), request, event, context.broker.queue)
    const answer = chainReply(resolved, ({ resolution }): Reply<Answer<unknown>> => {
      if (resolution !== undefined && resolution !== PASSTHROUGH) {
        events.emit('response:mocked', () => event)
        return resolution as Answer<unknown>
      }
      if (resolution === undefined && !this.handlers.isEmpty) events.emit('request:unhandled', () => event)
      return mapReply(broker(call), (served) => {
        events.emit('response:bypass', () => event)
        return served
      })
    })
    return mapReply(answer, (given) => {
      events.emit('request:end', () => ({ ...event, durationMs: clock.now() - startedMs }))
      return given
    })
  }

  /** Asks one handler after the other until one does not leave it to the next. */
  private resolve(
    handlers: Iterator<RequestHandler>,
    request: InterceptedRequest,
    event: RequestEvent,
    queue: WaitQueue,
  ): Reply<Resolved> {
    for (let next = handlers.next(); !next.done; next = handlers.next()) {
      this.events.emit('request:match', () => event)
      const resolution = next.value.resolve(request)
      // Of any realm: a test may run in a context of its own.
      if (types.isPromise(resolution)) {
        return settled(resolution as Promise<Resolution>, queue).chain((resolved) =>
          resolved.resolution === undefined ? this.resolve(handlers, request, event, queue) : resolved,
        )
      }
      if (resolution !== undefined) return { resolution }
    }
    return { resolution: undefined }
  }
}

interface Resolved {
  readonly resolution: Resolution
}

/** What a resolver that takes its time comes to; nothing but its own connection waits for it. */
function settled(promise: Promise<Resolution>, queue: WaitQueue): Waiting<Resolved> {
  const signal = new Signal()
  let outcome: (() => Resolved) | undefined
  const settle = (result: () => Resolved): void =>
    queue.turn(() => {
      outcome = result
      signal.mark()
    })
  promise.then(
    (resolution) => settle(() => ({ resolution })),
    (error: unknown) =>
      settle(() => {
        throw error
      }),
  )
  return Waiting.until({ on: [signal], ask: () => outcome?.() })
}

function eventOf({ requestId, nodeId, client, api, version }: InterceptedRequest): RequestEvent {
  return { requestId, nodeId, connectionId: client.connectionId, api: api.name, version, clientId: client.id }
}

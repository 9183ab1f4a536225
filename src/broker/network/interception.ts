import { entitiesIn } from '../../intercept/answer-entries.ts'
import type { Entity } from '../../intercept/entity.ts'
import { type Claim, EntityError } from '../../intercept/entity-error.ts'
import { type EntityLayout, layoutOf, type Struct } from '../../intercept/entity-layout.ts'
import { aboutEntry, isAbout } from '../../intercept/entity-predicate.ts'
import { HandlerFault, type InterceptedRequest, PASSTHROUGH, type RequestHandler } from '../../intercept/handler.ts'
import type { HandlerList } from '../../intercept/handler-list.ts'
import { type At, KafkaResponse } from '../../intercept/kafka-response.ts'
import { entriesOf, keyOf, type Names, type RequestEntry } from '../../intercept/request-entries.ts'
import { checkedResolution } from '../../intercept/resolution.ts'
import { Produce } from '../../protocol/messages/produce.ts'
import { type Answer, CLOSE_CONNECTION, NO_RESPONSE } from '../apis/handler.ts'
import type { ClusterEvents, Events, RequestEvent } from '../events.ts'
import { Random } from '../random.ts'
import type { TimelineRecorder } from '../timeline/recorder.ts'
import type { RequestRecord } from '../timeline/request-record.ts'
import { chainReply, mapReply, type Reply, Waiting } from '../waiting.ts'
import type { Call } from './call.ts'
import { atUsually, insteadOfAnswer, type Outcome, withFault } from './outcome.ts'
import { Performance } from './performance.ts'
import { type Resolved, resolving } from './resolving.ts'

const watched: readonly (keyof ClusterEvents)[] = [
  'request:start',
  'request:match',
  'request:unhandled',
  'request:end',
  'response:mocked',
  'response:bypass',
]

/** What interception takes besides its handlers. */
export interface InterceptionOptions {
  /** Chance of its own: what handlers do disturbs nothing else. */
  readonly random?: Random
  /** A broker as a test holds it. */
  readonly brokerOf?: (nodeId: number) => unknown
  /** Who writes down what becomes of each request, if anyone does. */
  readonly recorder?: TimelineRecorder | undefined
}

/** A request on its way through the handlers: what is left of it, and who is still to be asked. */
interface Stage {
  readonly exchange: Intercepted
  readonly body: Struct
  /** All that it asks for. */
  readonly present: readonly RequestEntry[]
  /** What no handler has taken yet. */
  readonly free: readonly RequestEntry[]
  /** Whether a handler has taken a request that asks for nothing by name. */
  readonly isTaken: boolean
  /** The place of the next handler. */
  readonly next: number
}

/** What stays the same on the way. */
interface Intercepted {
  readonly call: Call
  readonly request: InterceptedRequest
  readonly layout: EntityLayout
  readonly names: Names
  readonly handlers: readonly RequestHandler[]
  readonly broker: (body: unknown) => Reply<Answer<unknown>>
  /** Where it is written down what becomes of it, if it is. */
  record: RequestRecord | undefined
  /** Whether a handler has said what becomes of it. */
  isHandled: boolean
  /** Whether a handler had a say in the answer. */
  isMocked: boolean
}

/** A handler at work on its part of a request. */
interface Turn {
  readonly handler: RequestHandler
  /** As the handler found it. */
  readonly stage: Stage
  readonly claim: Claim
  /** The work, of which the handler's part is no other handler's any more. */
  readonly work: Performance
}

/** Offers requests to the handlers of `use`, and tells the events of a request. Costs nothing while there is neither. */
export class Interception {
  /** Of what is to be wrong by chance. */
  readonly random: Random
  private readonly handlers: HandlerList
  private readonly events: Events
  private readonly brokerOf: (nodeId: number) => unknown
  private readonly recorder: TimelineRecorder | undefined
  private requests = 0

  constructor(handlers: HandlerList, events: Events, options: InterceptionOptions = {}) {
    this.handlers = handlers
    this.events = events
    this.random = options.random ?? new Random(0)
    this.brokerOf = options.brokerOf ?? ((nodeId) => ({ nodeId }))
    this.recorder = options.recorder
  }

  /** Whether requests need not pass here: nobody answers them, nobody hears of them, and nobody writes them down. */
  get isIdle(): boolean {
    if (!this.handlers.isEmpty || this.recorder !== undefined) return false
    // By its places: asked for every request, it is to leave nothing on the heap.
    for (let i = 0; i < watched.length; i++) if (this.events.heard(watched[i] as keyof ClusterEvents)) return false
    return true
  }

  /** Whether a request of an API is to pass here: a handler may be about it, somebody hears of it, or it is written down. */
  wants(apiKey: number): boolean {
    if (this.isIdle) return false
    if (this.recorder !== undefined || watched.some((type) => this.events.heard(type))) return true
    return this.handlers.listHandlers().some(({ api }) => api === undefined || api.key === apiKey)
  }

  /** Serves a request: each part of it by the first handler that takes it, and what no handler takes by the broker. */
  serve(call: Call, broker: (body: unknown) => Reply<Answer<unknown>>): Reply<Outcome> {
    const { events, recorder } = this
    const exchange = this.exchangeOf(call, broker)
    const { request, layout, names } = exchange
    const { clock } = call
    const startedMs = clock.now()
    events.emit('request:start', () => eventOf(request))
    const { body } = call
    // Known before anything is done: a fetch session has another epoch then.
    const isAnyones = exchange.handlers.some((handler) => matches(handler, request))
    const isWanted = isAnyones || recorder !== undefined
    const present = isWanted ? entriesOf(layout, body as Struct, names) : []
    const stage = { exchange, body: body as Struct, present, free: present, isTaken: false, next: 0 }
    const reply =
      recorder === undefined
        ? this.pass(stage)
        : recorder.recorded({ request, layout, names, present }, (record) => {
            exchange.record = record
            return this.pass(stage)
          })
    return mapReply(reply, (outcome) => {
      events.emit(exchange.isMocked ? 'response:mocked' : 'response:bypass', () => eventOf(request))
      events.emit('request:end', () => ({ ...eventOf(request), durationMs: clock.now() - startedMs }))
      return outcome
    })
  }

  private exchangeOf(call: Call, broker: Intercepted['broker']): Intercepted {
    const { api, version, body, client, nodeId, names } = call
    const request: InterceptedRequest = { requestId: ++this.requests, api, version, body, client, nodeId }
    const layout = layoutOf(api, version)
    const handlers = this.handlers.listHandlers()
    return {
      call,
      request,
      layout,
      names,
      handlers,
      broker,
      record: undefined,
      isHandled: false,
      isMocked: false,
    }
  }

  /** Asks one handler after the other until one does not leave it to the next; the broker, when all do. */
  private pass(stage: Stage): Reply<Outcome> {
    const { exchange } = stage
    for (let next = stage.next; next < exchange.handlers.length; next++) {
      const handler = exchange.handlers[next] as RequestHandler
      if (this.handlers.isSpent(handler) || !matches(handler, exchange.request)) continue
      const entries = taken(handler, stage)
      if (entries === undefined) continue
      const turn = this.turnOf(handler, { ...stage, next: next + 1 }, entries === 'on the answer' ? [] : entries)
      if (entries === 'on the answer') return this.onTheAnswer(turn)
      if (!this.spend(turn, entitiesOf(entries))) continue
      return handler.options.at === 'after' ? turn.work.after(() => this.ask(turn)) : this.ask(turn)
    }
    if (!exchange.isHandled && !this.handlers.isEmpty)
      this.events.emit('request:unhandled', () => eventOf(exchange.request))
    exchange.record?.works()
    return mapReply(exchange.broker(stage.body), (answer) => ({ answer }))
  }

  private turnOf(handler: RequestHandler, stage: Stage, entries: readonly RequestEntry[]): Turn {
    const { exchange, body, present, free } = stage
    const { layout, names, call } = exchange
    const ours = new Set(entries.map(({ key }) => key))
    const isFree = new Set(free.map(({ key }) => key))
    const others = present.filter(({ key }) => !isFree.has(key))
    const { dimensions } = handler
    const about = (entity: Entity): boolean => isAbout(handler.entities, entity)
    const claim: Claim = { layout, names, body, present, entries, others, dimensions, isAbout: about }
    const left = free.filter(({ key }) => !ours.has(key))
    const work = new Performance(exchange.request, call.queue, (changed) =>
      this.pass({ ...stage, body: changed ?? body, free: left, isTaken: true }),
    )
    return { handler, stage, claim, work }
  }

  /** What it is about only the answer tells: the work is done first. */
  private onTheAnswer(turn: Turn): Reply<Outcome> {
    const { handler, claim, work } = turn
    const { layout, names, body, others } = claim
    return work.after((outcome) => {
      if (typeof outcome.answer !== 'object') return outcome
      const depth = layout.depthOf(handler.dimensions)
      const path = layout.answer.slice(0, depth)
      const taken = new Set(others.map(({ entity }) => keyOf(path, entity)))
      const entities = entitiesIn(layout, body, outcome.answer as Struct, depth, names).filter(
        (entity) => claim.isAbout(entity) && !taken.has(keyOf(path, entity)),
      )
      return entities.length > 0 && this.spend(turn, entities) ? this.ask(turn, entities) : outcome
    })
  }

  private spend({ handler, stage }: Turn, entities: readonly Entity[]): boolean {
    const { request, record } = stage.exchange
    const acts = told(handler, () => this.handlers.spend(handler, request, { entities }))
    if (acts) record?.actedOn(handler)
    if (acts) this.events.emit('request:match', () => eventOf(request))
    return acts
  }

  private ask(turn: Turn, found?: readonly Entity[]): Reply<Outcome> {
    const { handler, claim, work, stage } = turn
    const { request, call, record } = stage.exchange
    const entities = found ?? entitiesOf(claim.entries)
    const resolved = resolving({
      handler,
      request,
      match: { entities },
      broker: this.brokerOf(request.nodeId),
      queue: call.queue,
      handlers: this.handlers,
      work,
    })
    const isHeld = resolved instanceof Waiting
    if (isHeld) record?.heldBy(handler)
    return chainReply(resolved, (given) => {
      if (isHeld) record?.letGo(handler)
      return told(handler, () => this.apply(turn, given))
    })
  }

  /** Does what a resolver says. */
  private apply({ handler, stage, claim, work }: Turn, resolved: Resolved): Reply<Outcome> {
    const { exchange } = stage
    const resolution = checkedResolution(resolved.resolution, exchange.request)
    if (resolution === undefined) return work.isBegun ? work.after((outcome) => outcome) : this.pass(stage)
    exchange.isHandled = true
    if (resolution === PASSTHROUGH) return work.after((outcome) => outcome)
    exchange.isMocked = true
    const isVerdict = resolution instanceof KafkaResponse
    exchange.record?.did(handler, isVerdict ? resolution.verdict.kind : 'response')
    if (!isVerdict) return { answer: wantsAnswer(exchange) ? resolution : NO_RESPONSE }
    const { verdict } = resolution
    const at = resolution.at ?? handler.options.at
    if (verdict.kind === 'error')
      return this.fail(new EntityError(claim, verdict.error), stage, claim, work, at ?? atUsually(verdict.error.name))
    if (verdict.kind === 'response') return { answer: wantsAnswer(exchange) ? verdict.body : NO_RESPONSE }
    const given = insteadOfAnswer(verdict, handler)
    if (given !== undefined && at !== 'after') return work.isBegun ? work.after(() => given) : given
    return work.after((outcome) => {
      if (given !== undefined) return given
      const changed = withFault(outcome, verdict, claim)
      // There was nothing that could be corrupted: the next one may have it.
      if (changed === outcome) this.handlers.takeBack(handler, exchange.request)
      return changed
    })
  }

  /** An error for the part of a request that a handler has taken. */
  private fail(
    error: EntityError,
    { exchange, free, ...stage }: Stage,
    claim: Claim,
    work: Performance,
    at: At,
  ): Reply<Outcome> {
    // There is no answer to put an error in.
    const unanswered = !wantsAnswer(exchange)
    const put = ({ answer, ...outcome }: Outcome): Outcome => {
      if (unanswered) return { answer: CLOSE_CONNECTION, reason: 'a handler answers it with an error' }
      if (typeof answer !== 'object') return { ...outcome, answer }
      const { call, names } = exchange
      const failed = error.over(answer as Struct)
      return { ...outcome, answer: call.hinted?.(failed, names) ?? failed }
    }
    if (at === 'after' || work.isBegun || !error.canBeTaken) return work.after(put, error.whole)
    const { rest } = error
    if (rest === undefined) return put({ answer: {} })
    const ours = new Set(claim.entries.map(({ key }) => key))
    const left = (entries: readonly RequestEntry[]): RequestEntry[] => entries.filter(({ key }) => !ours.has(key))
    const passed = this.pass({
      ...stage,
      exchange,
      body: rest,
      present: left(stage.present),
      free: left(free),
      isTaken: true,
    })
    return mapReply(passed, put)
  }
}

/** What of a request a handler takes: `on the answer` where only that tells. */
function taken(
  handler: RequestHandler,
  { exchange, present, free, isTaken }: Stage,
): readonly RequestEntry[] | 'on the answer' | undefined {
  if (handler.dimensions.length === 0) return free.length > 0 || (present.length === 0 && !isTaken) ? free : undefined
  const found: RequestEntry[] = []
  for (const entry of free) {
    const about = aboutEntry(handler.entities, entry, exchange.layout)
    if (about === 'on the answer') return about
    if (about) found.push(entry)
  }
  return found.length > 0 ? found : undefined
}

function matches(handler: RequestHandler, request: InterceptedRequest): boolean {
  return told(handler, () => handler.matches(request))
}

/** Whatever a handler throws is known to be its. */
function told<T>(handler: RequestHandler, act: () => T): T {
  try {
    return act()
  } catch (error) {
    throw error instanceof HandlerFault ? error : new HandlerFault(handler, error)
  }
}

/** A producer with acks=0 would take whatever comes for the answer to its next request. */
function wantsAnswer({ request: { api, body } }: Intercepted): boolean {
  return api.key !== Produce.key || (body as { acks?: unknown }).acks !== 0
}

function entitiesOf(entries: readonly RequestEntry[]): Entity[] {
  return entries.map(({ entity }) => entity)
}

function eventOf({ requestId, nodeId, client, api, version }: InterceptedRequest): RequestEvent {
  return { requestId, nodeId, connectionId: client.connectionId, api: api.name, version, clientId: client.id }
}

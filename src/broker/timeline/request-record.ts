import type { EntityLayout, Struct } from '../../intercept/entity-layout.ts'
import type { InterceptedRequest, RequestMatcher } from '../../intercept/handler.ts'
import type { RequestEntry as EntryOfRequest, Names } from '../../intercept/request-entries.ts'
import { type Offsets, offsetsAsked, readAnswer } from './answer-reading.ts'
import { labelsOf } from './entity-labels.ts'
import type { Kept } from './entry-buffer.ts'
import { isTellingRequest } from './telling.ts'
import type { HandlerAct, RequestEntry, RequestError, RequestOutcome } from './timeline-entry.ts'

/** A request as interception knows it. */
export interface SeenRequest {
  readonly request: InterceptedRequest
  readonly layout: EntityLayout
  readonly names: Names
  /** What it asks for. */
  readonly present: readonly EntryOfRequest[]
}

/** What comes again and again while nothing happens: it says the same however much happens meanwhile. */
const HEARTBEATS: ReadonlySet<string> = new Set(['Heartbeat', 'ConsumerGroupHeartbeat', 'ShareGroupHeartbeat'])

type Act = { -readonly [Name in keyof HandlerAct]: HandlerAct[Name] }

/** A request on its way: interception says what becomes of it. Of its body nothing is kept. */
export class RequestRecord implements Kept {
  readonly place: number
  readonly requestId: number
  readonly connectionId: string
  readonly apiKey: number
  readonly clientId: string | null
  private readonly nodeId: number
  private readonly api: string
  private readonly version: number
  private readonly at: number
  private readonly entities: readonly string[]
  /** All that has happened before other than requests: what stands on different sides of that is not put together. */
  private readonly chapter: number
  private readonly now: () => number
  private readonly ended: (record: RequestRecord) => void
  private readonly handlers: Act[] = []
  private offsets: Offsets
  private answered: RequestOutcome | undefined
  private errors: readonly RequestError[] = []
  private isEmpty = false
  private worked = false
  private by = 'broker'
  private holders = 0
  private durationMs: number | undefined
  private count = 1
  private same: string | undefined
  private lastAt: number

  constructor(
    { request, layout, names, present }: SeenRequest,
    place: number,
    chapter: number,
    now: () => number,
    ended: (record: RequestRecord) => void,
  ) {
    this.place = place
    this.requestId = request.requestId
    this.connectionId = request.client.connectionId
    this.apiKey = request.api.key
    this.clientId = request.client.id
    this.nodeId = request.nodeId
    this.api = request.api.name
    this.version = request.version
    this.at = now()
    this.lastAt = this.at
    this.entities = labelsOf(present)
    this.offsets = offsetsAsked(layout, request.body as Struct, names)
    this.chapter = chapter
    this.now = now
    this.ended = ended
  }

  /** The broker begins with it. */
  works(): void {
    this.worked = true
  }

  /** A handler acts on it. */
  actedOn({ description, madeAt }: RequestMatcher): void {
    this.handlers.push({ description, madeAt, did: 'passes' })
  }

  /** A handler has it, and does not say at once what becomes of it. */
  heldBy(handler: RequestMatcher): void {
    this.holders++
    this.did(handler, 'holds')
  }

  letGo(handler: RequestMatcher): void {
    this.holders--
    this.did(handler, 'passes')
  }

  /** A handler has said what becomes of it. */
  did({ description, madeAt }: RequestMatcher, did: HandlerAct['did']): void {
    const act = this.handlers.findLast((one) => one.description === description && one.madeAt === madeAt)
    if (act !== undefined) act.did = did
    if (did !== 'passes' && did !== 'holds') this.by = description
  }

  /** What it comes to, if that is an answer. */
  answer(answer: object, { request, layout, names }: SeenRequest): void {
    const { errors, offsets, isEmpty } = readAnswer(layout, request.body as Struct, answer as Struct, names)
    this.errors = errors
    this.offsets = { ...this.offsets, ...offsets }
    this.isEmpty = isEmpty
    this.end(errors.length === 0 ? 'ok' : 'error')
  }

  /** It comes to this. */
  end(outcome: RequestOutcome): void {
    if (this.answered !== undefined) return
    this.answered = outcome
    this.durationMs = this.now() - this.at
    this.ended(this)
  }

  get isTelling(): boolean {
    const { outcome, errors, handlers, api } = this
    return isTellingRequest({ outcome, errors, handlers, api })
  }

  /** Whether it is what is said again and again as long as nothing happens. */
  private get isIdle(): boolean {
    return this.answered === 'ok' && this.handlers.length === 0 && (this.isEmpty || HEARTBEATS.has(this.api))
  }

  /** Counts another one that is the same in everything but when; false: it is not. */
  takes(next: RequestRecord): boolean {
    if (this.chapter !== next.chapter && !next.isIdle) return false
    if (this.sameness !== next.sameness) return false
    this.count++
    this.lastAt = next.at
    this.offsets = next.offsets
    this.durationMs = Math.max(this.durationMs ?? 0, next.durationMs ?? 0)
    return true
  }

  /** Asked once it has ended. */
  private get sameness(): string {
    this.same ??= this.told()
    return this.same
  }

  private told(): string {
    const { nodeId, clientId, api, version, entities, answered, errors, isEmpty, worked, by, handlers } = this
    return JSON.stringify([
      [nodeId, clientId, api, version, answered, isEmpty, worked, by],
      // Clients ask for the same partitions in another order each time.
      entities.toSorted(),
      errors.map(({ error, entities: having }) => [error, having.toSorted()]),
      handlers.map(({ description, madeAt, did }) => [description, madeAt, did]),
    ])
  }

  private get outcome(): RequestOutcome {
    return this.answered ?? (this.holders > 0 ? 'held' : 'waiting')
  }

  entry(): RequestEntry {
    return {
      kind: 'request',
      at: this.at,
      requestId: this.requestId,
      connectionId: this.connectionId,
      nodeId: this.nodeId,
      clientId: this.clientId,
      api: this.api,
      version: this.version,
      entities: this.entities,
      offsets: this.offsets,
      outcome: this.outcome,
      errors: this.errors,
      isEmpty: this.isEmpty,
      worked: this.worked,
      by: this.by,
      handlers: this.handlers.map((act) => ({ ...act })),
      durationMs: this.durationMs,
      count: this.count,
      lastAt: this.lastAt,
    }
  }
}

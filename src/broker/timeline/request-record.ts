import type { EntityLayout, Struct } from '../../intercept/entity-layout.ts'
import type { InterceptedRequest, RequestMatcher } from '../../intercept/handler.ts'
import type { RequestEntry as EntryOfRequest, Names } from '../../intercept/request-entries.ts'
import { NO_OFFSETS, type Offsets, offsetsAsked, readAnswer } from './answer-reading.ts'
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

/** A request on its way: interception says what becomes of it. Of its body nothing is kept; words are made of the rest when somebody asks. */
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
  private readonly present: readonly EntryOfRequest[]
  private labels: readonly string[] | undefined
  /** All that has happened before other than requests: what stands on different sides of that is not put together. */
  private readonly chapter: number
  private readonly now: () => number
  private readonly ended: (record: RequestRecord) => void
  private readonly handlers: Act[] = []
  private offsets: Offsets
  private answered: RequestOutcome | undefined
  private errors: readonly RequestError[] = NO_ERRORS
  private isEmpty = false
  private worked = false
  private by = 'broker'
  private holders = 0
  private durationMs: number | undefined
  private count = 1
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
    this.present = present
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
    if (offsets !== NO_OFFSETS) this.offsets = this.offsets === NO_OFFSETS ? offsets : { ...this.offsets, ...offsets }
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
    if (!this.isSameAs(next)) return false
    this.count++
    this.lastAt = next.at
    this.offsets = next.offsets
    this.durationMs = Math.max(this.durationMs ?? 0, next.durationMs ?? 0)
    return true
  }

  /** Whether all that it tells is the same. Asked once both have ended. */
  private isSameAs(other: RequestRecord): boolean {
    return (
      this.nodeId === other.nodeId &&
      this.clientId === other.clientId &&
      this.api === other.api &&
      this.version === other.version &&
      this.answered === other.answered &&
      this.isEmpty === other.isEmpty &&
      this.worked === other.worked &&
      this.by === other.by &&
      areSame(this.handlers, other.handlers, isSameAct) &&
      areSame(this.errors, other.errors, isSameError) &&
      haveSame(this.entities, other.entities)
    )
  }

  /** What it names, each once. */
  private get entities(): readonly string[] {
    this.labels ??= labelsOf(this.present)
    return this.labels
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

const NO_ERRORS: readonly RequestError[] = []

function areSame<T>(ones: readonly T[], others: readonly T[], isSame: (one: T, other: T) => boolean): boolean {
  return ones.length === others.length && ones.every((one, i) => isSame(one, others[i] as T))
}

function isSameAct(one: Act, other: Act): boolean {
  return one.description === other.description && one.madeAt === other.madeAt && one.did === other.did
}

function isSameError(one: RequestError, other: RequestError): boolean {
  return one.error === other.error && haveSame(one.entities, other.entities)
}

/** Clients ask for the same partitions in another order each time. */
function haveSame(ones: readonly string[], others: readonly string[]): boolean {
  if (ones.length !== others.length) return false
  if (ones.every((one, i) => one === others[i])) return true
  const sorted = others.toSorted()
  return ones.toSorted().every((one, i) => one === sorted[i])
}

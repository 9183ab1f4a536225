import { entitiesIn, withErrors } from './answer-entries.ts'
import { type Dimension, type Entity, isTopicName } from './entity.ts'
import type { AnswerError, EntityLayout, Struct } from './entity-layout.ts'
import { keyOf, type Names, type RequestEntry, without } from './request-entries.ts'

/** A request, and which part of it a handler has taken. */
export interface Claim {
  readonly layout: EntityLayout
  readonly names: Names
  readonly body: Struct
  /** All that the request asks for. */
  readonly present: readonly RequestEntry[]
  /** What of it is the handler's. */
  readonly entries: readonly RequestEntry[]
  /** What newer handlers have taken. */
  readonly others: readonly RequestEntry[]
  /** The dimensions that the handler asks for. */
  readonly dimensions: readonly Dimension[]
  /** Whether it is about an entity. */
  isAbout(entity: Entity): boolean
}

/** APIs whose entries are never taken out of a request: their error is put over the answer. */
const PUT_OVER: { readonly [api: string]: { readonly upTo: number } } = {
  // KIP-227: what a session is asked for must not change with what is answered.
  Fetch: { upTo: Number.POSITIVE_INFINITY },
  // The empty list means all.
  Metadata: { upTo: 0 },
}

/** An error for a part of a request. */
export class EntityError {
  /** Where it stands in the answer, see `EntityLayout.errorDepth`; undefined: there is no room for it. */
  readonly depth: number | undefined
  private readonly claim: Claim
  private readonly error: AnswerError

  constructor(claim: Claim, error: AnswerError) {
    const { layout, entries, present, dimensions } = claim
    this.claim = claim
    this.error = error
    const ours = new Set(entries.map(({ key }) => key))
    const others = present.filter(({ key }) => !ours.has(key))
    this.depth = layout.errorDepth(error.name, layout.depthOf(dimensions), (depth) => {
      const path = layout.answer.slice(0, depth)
      const spokenFor = new Set(entries.map(({ entity }) => keyOf(path, entity)))
      return !others.some(({ entity }) => spokenFor.has(keyOf(path, entity)))
    })
  }

  /** Whether what fails can be told without asking the broker for it. */
  get canBeTaken(): boolean {
    const { depth } = this
    if (depth === undefined) return false
    if (depth === 0) return true
    const { layout, entries } = this.claim
    if (layout.version <= (PUT_OVER[layout.api.name]?.upTo ?? -1)) return false
    return entries.every(({ entity }) => this.isTold(entity))
  }

  /** The request without what fails; undefined: nothing is left to ask the broker for. */
  get rest(): Struct | undefined {
    const { layout, body, entries, names } = this.claim
    if (this.depth === 0) return undefined
    const left = without(layout, body, new Set(entries.map(({ key }) => key)), names)
    // Whoever asks for topics wants to know of the brokers too.
    return left === undefined && layout.api.name === 'Metadata' ? { ...body, topics: [] } : left
  }

  /** The whole request, as it is asked where the error is put over the answer. */
  get whole(): Struct {
    const { layout, body } = this.claim
    // A partition that fails is told at once, and no others are waited for.
    return layout.api.name === 'Fetch' && this.depth !== 0 ? { ...body, maxWaitMs: 0 } : body
  }

  /** The answer with the error put into it. */
  over(answer: Struct): Struct {
    const { layout, names, body, present, entries, others } = this.claim
    const { depth, error } = this
    if (depth === undefined) return answer
    if (depth === 0) return layout.wholeError(body, error)
    const path = layout.answer.slice(0, depth)
    const taken = new Set(others.map(({ entity }) => keyOf(path, entity)))
    // Where the error stands further out than what is asked for, all have it that hold such a one.
    const asked = Math.max(depth, layout.depthOf(this.claim.dimensions))
    const told = entitiesIn(layout, body, answer, asked, names).filter(
      (entity) => this.claim.isAbout(entity) && !taken.has(keyOf(path, entity)),
    )
    const ours = entries.flatMap(({ entity }) => (this.isTold(entity) ? [entity] : []))
    return withErrors(layout, body, answer, { entities: [...told, ...ours], depth, error }, present, names)
  }

  /** Whether the request names all that tells the entity in the answer. */
  private isTold(entity: Entity): boolean {
    return this.claim.layout.answer.slice(0, this.depth).every(({ namings }) =>
      namings.every(({ dimension }) => {
        // What is known of a topic may be either; a member need not be static.
        if (isTopicName(dimension)) return entity.topic !== undefined || entity.topicId !== undefined
        return dimension === 'instance' || entity[dimension] !== undefined
      }),
    )
  }
}

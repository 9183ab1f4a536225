import type { Dimension, Entity } from './entity.ts'
import type { EntityLayout } from './entity-layout.ts'
import type { RequestEntry } from './request-entries.ts'

/** Which topics, partitions and groups a handler is about; all that it says must hold of one and the same entry of a request. */
export interface EntityPredicate {
  /** A topic by its name or its id, or a pattern that is found in its name. */
  readonly topic?: string | RegExp
  readonly partition?: number
  readonly group?: string | RegExp
  /** A member by its id or its `group.instance.id`. */
  readonly member?: string | RegExp
  readonly transactionalId?: string | RegExp
}

type Asked = keyof EntityPredicate

/** By which dimensions each is known. */
const KNOWN_BY: { readonly [name in Asked]: readonly Dimension[] } = {
  topic: ['topic', 'topicId'],
  partition: ['partition'],
  group: ['group'],
  member: ['member', 'instance'],
  transactionalId: ['transactionalId'],
}

export const ENTITY_PREDICATES: readonly Asked[] = Object.keys(KNOWN_BY) as Asked[]

/** What a predicate says of entities. */
function askedBy(predicate: EntityPredicate): Asked[] {
  return ENTITY_PREDICATES.filter((name) => predicate[name] !== undefined)
}

/** The dimensions by which what a predicate asks for is known. */
export function dimensionsAsked(predicate: EntityPredicate): Dimension[] {
  return askedBy(predicate).flatMap((name) => [...KNOWN_BY[name]])
}

/** Which of these an API tells in no version. */
export function unknownTo(dimensions: ReadonlySet<Dimension>, predicate: EntityPredicate): Asked[] {
  return askedBy(predicate).filter((name) => !KNOWN_BY[name].some((dimension) => dimensions.has(dimension)))
}

/** What may be asked for, of an API that tells these. */
export function askable(dimensions: ReadonlySet<Dimension>): Asked[] {
  return ENTITY_PREDICATES.filter((name) => KNOWN_BY[name].some((dimension) => dimensions.has(dimension)))
}

/** Whether an entity is what is asked for. What it does not name it is not. */
export function isAbout(predicate: EntityPredicate, entity: Entity): boolean {
  return askedBy(predicate).every((name) => isOne(predicate, name, entity))
}

/** The same of an entry of a request; `on the answer` where only that tells. */
export function aboutEntry(
  predicate: EntityPredicate,
  { entity, meansAll }: RequestEntry,
  layout: EntityLayout,
): boolean | 'on the answer' {
  let isOpen = false
  for (const name of askedBy(predicate)) {
    if (KNOWN_BY[name].some((dimension) => entity[dimension] !== undefined)) {
      if (!isOne(predicate, name, entity)) return false
      continue
    }
    const known = (told: ReadonlySet<Dimension>): boolean => KNOWN_BY[name].some((dimension) => told.has(dimension))
    if (known(layout.requestDimensions) && !meansAll) return false
    if (!known(layout.answerDimensions)) return false
    isOpen = true
  }
  return isOpen ? 'on the answer' : true
}

function isOne(predicate: EntityPredicate, name: Asked, entity: Entity): boolean {
  const wanted = predicate[name]
  return KNOWN_BY[name].some((dimension) => {
    const value = entity[dimension]
    if (typeof wanted === 'object') {
      // The id of a topic is no name. Not `test`: where the pattern is global that begins where it left off.
      return typeof value === 'string' && dimension !== 'topicId' && value.search(wanted) !== -1
    }
    return value === wanted
  })
}

import { type Entity, interpreted } from './entity.ts'
import { type AnswerError, type EntityLayout, keyTypeOf, type Level, type Struct } from './entity-layout.ts'
import { identified, keyAt, keyOf, type Names, type RequestEntry } from './request-entries.ts'

/** The place of each element in the request, by its key. */
type Ranks = ReadonlyMap<string, number>

/** What an answer tells of, down to a depth: 1 are the elements of its outermost list. */
export function entitiesIn(
  layout: EntityLayout,
  request: Struct,
  answer: Struct,
  depth: number,
  names: Names,
): Entity[] {
  const found: Entity[] = []
  changedAt(layout, request, answer, depth, names, (entity, element) => {
    found.push(entity)
    return element
  })
  return found
}

/** An answer with what it tells at a depth changed; what is not changed stays the same object. */
export function changedAt(
  layout: EntityLayout,
  request: Struct,
  answer: Struct,
  depth: number,
  names: Names,
  change: (entity: Entity, element: Struct) => Struct,
): Struct {
  return new AnswerPath(layout, request, depth, names).change(answer, change)
}

/**
 * An answer with error entries put into it: over what is there, and where the request has it for what is not. All else is as
 * it was.
 * @param entities what fails, each with all names of the lists around it
 * @param order what the request asks for, in its order
 */
export function withErrors(
  layout: EntityLayout,
  request: Struct,
  answer: Struct,
  failing: { readonly entities: readonly Entity[]; readonly depth: number; readonly error: AnswerError },
  order: readonly RequestEntry[],
  names: Names,
): Struct {
  const { entities, depth, error } = failing
  if (depth === 0) return layout.wholeError(request, error)
  // An answer that failed as a whole has no entries: whoever reads it looks no further.
  if (layout.error !== undefined && answer[layout.error] !== undefined && answer[layout.error] !== 0) return answer
  const path = new AnswerPath(layout, request, depth, names)
  const missing = new Map(entities.map((entity) => [keyOf(path.levels, entity), entity]))
  const place = path.levels[depth - 1] as Level
  const found = new Set<string>()
  let changed = path.change(answer, (entity, element) => {
    const key = keyOf(path.levels, entity)
    if (!missing.has(key)) return element
    found.add(key)
    return { ...layout.errorElement(place, entity, error), ...namesOf(place, element) }
  })
  const ranks = ranksOf(path.levels, order)
  const absent = [...missing].flatMap(([key, entity]) => (found.has(key) ? [] : [entity]))
  const rankOf = (entity: Entity): number => ranks[depth - 1]?.get(keyOf(path.levels, entity)) ?? order.length
  absent.sort((a, b) => rankOf(a) - rankOf(b))
  for (const entity of absent) changed = inserted(path, changed, path.around, 0, { entity, error, ranks })
  return changed
}

/** The lists of an answer down to a depth. */
class AnswerPath {
  readonly layout: EntityLayout
  readonly levels: readonly Level[]
  /** What the request as a whole names. */
  readonly around: Entity
  private readonly keyType: number
  private readonly names: Names

  constructor(layout: EntityLayout, request: Struct, depth: number, names: Names) {
    this.layout = layout
    this.levels = layout.answer.slice(0, depth)
    this.around = layout.namedByWhole(request)
    this.keyType = keyTypeOf(request)
    this.names = names
  }

  /** The answer with its elements at the depth changed; what is not changed stays the same object. */
  change(answer: Struct, change: (entity: Entity, element: Struct) => Struct): Struct {
    return this.changed(answer, this.around, 0, change)
  }

  entityOf(level: Level, element: Struct, around: Entity): Entity {
    return identified(interpreted(this.layout.named(level, element, around), this.keyType), this.names)
  }

  private changed(
    holder: Struct,
    around: Entity,
    depth: number,
    change: (entity: Entity, element: Struct) => Struct,
  ): Struct {
    const level = this.levels[depth]
    if (level === undefined) return change(around, holder)
    const list = holder[level.list] as readonly Struct[] | null | undefined
    if (list === null || list === undefined) return holder
    const next = list.map((element) => this.changed(element, this.entityOf(level, element, around), depth + 1, change))
    return next.every((element, i) => element === list[i]) ? holder : { ...holder, [level.list]: next }
  }
}

/** For each depth the place of every element in the request. */
function ranksOf(levels: readonly Level[], order: readonly RequestEntry[]): Ranks[] {
  return levels.map((_, i) => {
    const path = levels.slice(0, i + 1)
    const ranks = new Map<string, number>()
    for (const { entity } of order) {
      const key = keyOf(path, entity)
      if (!ranks.has(key)) ranks.set(key, ranks.size)
    }
    return ranks
  })
}

/** Puts in an error entry that is not there, and what holds it if that is not there either. */
function inserted(
  path: AnswerPath,
  holder: Struct,
  around: Entity,
  depth: number,
  missing: { readonly entity: Entity; readonly error: AnswerError; readonly ranks: readonly Ranks[] },
): Struct {
  const { layout, levels } = path
  const { entity, error, ranks } = missing
  const level = levels[depth] as Level
  const isLast = depth === levels.length - 1
  const list = [...((holder[level.list] as readonly Struct[] | null | undefined) ?? [])]
  const there = list.map((element) => path.entityOf(level, element, around))
  const key = JSON.stringify(keyAt(level, entity))
  const place = isLast ? -1 : there.findIndex((sibling) => JSON.stringify(keyAt(level, sibling)) === key)
  if (place !== -1) {
    list[place] = inserted(path, list[place] as Struct, there[place] as Entity, depth + 1, missing)
    return { ...holder, [level.list]: list }
  }
  const element = layout.names(level, entity)
  const inner = path.entityOf(level, element, around)
  const made = isLast ? layout.errorElement(level, entity, error) : inserted(path, element, inner, depth + 1, missing)
  const rankOf = (one: Entity): number => ranks[depth]?.get(keyOf(levels.slice(0, depth + 1), one)) ?? -1
  const rank = rankOf(entity)
  // Behind what the request has before it, and before what it has behind it.
  const before = there.findLastIndex((sibling) => rankOf(sibling) < rank && rankOf(sibling) !== -1)
  const behind = there.findIndex((sibling) => rankOf(sibling) > rank)
  const at = before !== -1 ? before + 1 : behind !== -1 ? behind : list.length
  return { ...holder, [level.list]: list.toSpliced(at, 0, made) }
}

/** What of an element names it. */
function namesOf({ namings }: Level, element: Struct): Struct {
  return Object.fromEntries(
    namings.flatMap(({ field }) => (element[field] === undefined ? [] : [[field, element[field]]])),
  )
}

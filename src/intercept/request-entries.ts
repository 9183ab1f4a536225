import { ZERO_UUID } from '../protocol/uuid.ts'
import { type Entity, interpreted } from './entity.ts'
import { type EntityLayout, keyTypeOf, type Level, type Struct } from './entity-layout.ts'

/** What is known of a cluster besides the request: a broker asks its image, a proxy what Metadata it has seen. */
export interface Names {
  topicName(topicId: string): string | undefined
  topicId(topicName: string): string | undefined
  /** What a fetch session has had so far (KIP-227); undefined when there is no such session, or its next epoch is another one. */
  fetchSession(sessionId: number, sessionEpoch: number): Iterable<Entity> | undefined
}

/** One thing that a request asks for: a partition of a Produce, a group of a DescribeGroups; where it has no lists, all of it. */
export interface RequestEntry {
  readonly entity: Entity
  /** The same for every mention of it in the request. */
  readonly key: string
  /** It asks for all there are: which these are only its answer tells. */
  readonly meansAll: boolean
}

/** What a request asks for, in its order. */
export function entriesOf(layout: EntityLayout, body: Struct, names: Names): RequestEntry[] {
  const entries: RequestEntry[] = []
  const keyType = keyTypeOf(body)
  const add = (entity: Entity, meansAll: boolean): void => {
    entries.push(new NamedEntry(layout.request, identified(interpreted(entity, keyType), names), meansAll))
  }
  const whole = layout.namedByWhole(body)
  for (const remembered of ofFetchSession(layout, body, names)) add({ ...whole, ...remembered }, false)
  walk(layout, body, whole, 0, add)
  if (entries.length < 2) return entries
  const different = new Map<string, RequestEntry>()
  for (const entry of entries) if (!different.has(entry.key)) different.set(entry.key, entry)
  return different.size === entries.length ? entries : [...different.values()]
}

/** Its key is made when it is asked for: of most requests nobody does. */
class NamedEntry implements RequestEntry {
  readonly entity: Entity
  readonly meansAll: boolean
  readonly #path: readonly Level[]
  #key: string | undefined

  constructor(path: readonly Level[], entity: Entity, meansAll: boolean) {
    this.#path = path
    this.entity = entity
    this.meansAll = meansAll
  }

  get key(): string {
    this.#key ??= keyOf(this.#path, this.entity)
    return this.#key
  }
}

/** A request without some of its entries; undefined when nothing is left of it. */
export function without(
  layout: EntityLayout,
  body: Struct,
  taken: ReadonlySet<string>,
  names: Names,
): Struct | undefined {
  const keyType = keyTypeOf(body)
  const strip = (holder: Struct, around: Entity, depth: number): Struct | undefined => {
    const isTaken = (): boolean => {
      return taken.has(keyOf(layout.request, identified(interpreted(around, keyType), names)))
    }
    const level = layout.request[depth]
    if (level === undefined) return isTaken() ? undefined : holder
    const list = holder[level.list]
    if (layout.meansAll(list)) return isTaken() ? undefined : holder
    if (!Array.isArray(list)) return holder
    const left: unknown[] = []
    for (const element of list) {
      const entity = layout.named(level, element, around)
      if (!level.isPlain) {
        const stripped = strip(element as Struct, entity, depth + 1)
        if (stripped !== undefined) left.push(stripped)
      } else if (!taken.has(keyOf(layout.request, identified(interpreted(entity, keyType), names)))) left.push(element)
    }
    if (left.length === 0 && list.length > 0) return undefined
    return { ...holder, [level.list]: left }
  }
  return strip(body, layout.namedByWhole(body), 0)
}

/** Adds the name of a topic to its id, and its id to the name, where they are known. */
export function identified(entity: Entity, names: Names): Entity {
  const topic = typeof entity.topic === 'string' ? entity.topic : undefined
  const topicId = typeof entity.topicId === 'string' && entity.topicId !== ZERO_UUID ? entity.topicId : undefined
  if (topic === undefined && topicId === undefined) return entity
  const name = topic !== undefined && topic !== '' ? topic : topicId && names.topicName(topicId)
  const id = topicId ?? (topic && names.topicId(topic))
  if (name !== undefined && id !== undefined) return { ...entity, topic: name, topicId: id }
  const { topic: _topic, topicId: _topicId, ...rest } = entity
  return {
    ...rest,
    ...(name === undefined ? {} : { topic: name }),
    ...(id === undefined ? {} : { topicId: id }),
    ...(name === undefined && id === undefined ? { topic: '' } : {}),
  }
}

/** What tells an entity from the others at the end of a path. */
export function keyOf(path: readonly Level[], entity: Entity): string {
  return JSON.stringify(path.map((level) => keyAt(level, entity)))
}

/** What tells the elements of one list apart; a topic by its name, and by its id as long as nobody knows that. */
export function keyAt({ keys }: Level, entity: Entity): unknown[] {
  return keys.map((dimension) =>
    dimension === 'topic' ? (entity.topic ?? { id: entity.topicId }) : (entity[dimension] ?? null),
  )
}

function walk(
  layout: EntityLayout,
  holder: Struct,
  around: Entity,
  depth: number,
  add: (entity: Entity, meansAll: boolean) => void,
): void {
  const level = layout.request[depth]
  if (level === undefined) {
    add(around, false)
    return
  }
  const list = holder[level.list]
  if (layout.meansAll(list)) add(around, true)
  if (!Array.isArray(list)) return
  for (const element of list) {
    const entity = layout.named(level, element, around)
    if (level.isPlain) add(entity, false)
    else walk(layout, element as Struct, entity, depth + 1, add)
  }
}

/** KIP-227: a request of a session names no more than what is other than before. */
function ofFetchSession({ api, version }: EntityLayout, body: Struct, names: Names): Iterable<Entity> {
  if (api.name !== 'Fetch' || version < 7) return []
  const { sessionId, sessionEpoch, forgottenTopicsData } = body as {
    readonly sessionId: number
    readonly sessionEpoch: number
    readonly forgottenTopicsData: readonly { topic: string; topicId: string; partitions: readonly number[] }[]
  }
  if (sessionId === 0 || sessionEpoch <= 0) return []
  const session = names.fetchSession(sessionId, sessionEpoch) ?? []
  if (forgottenTopicsData.length === 0) return session
  const forgotten = new Set(
    forgottenTopicsData.flatMap(({ topic, topicId, partitions }) =>
      partitions.map((partition) => JSON.stringify([version < 13 ? topic : topicId, partition])),
    ),
  )
  return [...session].filter((entity) => {
    return !forgotten.has(JSON.stringify([version < 13 ? entity.topic : entity.topicId, entity.partition]))
  })
}

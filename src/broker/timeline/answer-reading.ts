import { type Entity, interpreted } from '../../intercept/entity.ts'
import { type EntityLayout, keyTypeOf, type Level, type Struct } from '../../intercept/entity-layout.ts'
import { identified, type Names } from '../../intercept/request-entries.ts'
import { errorName } from '../../protocol/errors.ts'
import { labelOf } from './entity-labels.ts'
import type { RequestError } from './timeline-entry.ts'

/** Where an API tells of one offset for each partition. */
const OFFSETS: Readonly<Record<string, { readonly request?: string; readonly answer?: string }>> = {
  Produce: { answer: 'baseOffset' },
  Fetch: { request: 'fetchOffset' },
  ListOffsets: { answer: 'offset' },
  OffsetCommit: { request: 'committedOffset' },
  OffsetFetch: { answer: 'committedOffset' },
  TxnOffsetCommit: { request: 'committedOffset' },
  DeleteRecords: { request: 'offset' },
}

/** By partition, as labelled. */
export type Offsets = Record<string, number>

/** Where there are none; not to be changed. */
export const NO_OFFSETS: Offsets = Object.freeze({})

/** What an answer tells that a timeline wants to know. */
interface ReadAnswer {
  readonly errors: readonly RequestError[]
  readonly offsets: Offsets
  /** Records could be in it, and none are. */
  readonly isEmpty: boolean
}

/** The offsets that a request tells of. */
export function offsetsAsked(layout: EntityLayout, body: Struct, names: Names): Offsets {
  const field = OFFSETS[layout.api.name]?.request
  if (field === undefined) return NO_OFFSETS
  const offsets: Offsets = {}
  const walk = new Walk(layout, body, names)
  walk.visit(layout.request, body, (named, _level, element) => noteOffset(offsets, walk, named, element[field]))
  return offsets
}

/** The errors, the offsets and whether there are records: looked for by the schema, once for each entry, and in no record. */
export function readAnswer(layout: EntityLayout, body: Struct, answer: Struct, names: Names): ReadAnswer {
  const field = OFFSETS[layout.api.name]?.answer
  const offsets: Offsets = field === undefined ? NO_OFFSETS : {}
  const errors: RequestError[] = []
  const couldHaveRecords = layout.answer.some(({ fields }) => fields.records?.type === 'records')
  let hasRecords = false
  if (layout.error !== undefined && isError(answer[layout.error])) errorIn(errors, answer[layout.error])
  const walk = new Walk(layout, body, names)
  walk.visit(layout.answer, answer, (named, { error }, element) => {
    if (error !== undefined && isError(element[error])) {
      const label = labelOf(walk.whole(named))
      const { entities } = errorIn(errors, element[error])
      if (label !== undefined && !entities.includes(label)) entities.push(label)
    }
    if (field !== undefined && element[field] !== undefined) noteOffset(offsets, walk, named, element[field])
    if (!couldHaveRecords) return
    const { records } = element
    if (Array.isArray(records) && records.some(({ length }) => length > 0)) hasRecords = true
  })
  return { errors, offsets, isEmpty: couldHaveRecords && !hasRecords && errors.length === 0 }
}

function isError(code: unknown): boolean {
  return typeof code === 'number' && code !== 0
}

/** The place of an error among those that were found; it is put there when it is new. */
function errorIn(errors: RequestError[], code: unknown): { readonly entities: string[] } {
  const name = errorName(code as number)
  let found = errors.find(({ error }) => error === name) as (RequestError & { readonly entities: string[] }) | undefined
  if (found === undefined) {
    found = { error: name, entities: [] }
    errors.push(found)
  }
  return found
}

function noteOffset(offsets: Offsets, walk: Walk, named: Entity, offset: unknown): void {
  // Below zero are Kafka's words for none, the first and the last.
  if (typeof offset !== 'number' || offset < 0 || named.partition === undefined) return
  const label = labelOf(walk.whole(named))
  if (label !== undefined) offsets[label] = offset
}

/** @param named what is named on the way to the element: see {@link Walk.whole} */
type Visit = (named: Entity, level: Level, element: Struct) => void

/** The lists of a request or an answer, from the outermost to the innermost. */
class Walk {
  private readonly layout: EntityLayout
  private readonly names: Names
  private readonly around: Entity
  private readonly keyType: number

  constructor(layout: EntityLayout, body: Struct, names: Names) {
    this.layout = layout
    this.names = names
    this.around = layout.namedByWhole(body)
    this.keyType = keyTypeOf(body)
  }

  visit(levels: readonly Level[], holder: Struct, visit: Visit): void {
    this.walk(levels, 0, holder, this.around, visit)
  }

  /** With all that is known of what is named. Found out only where somebody wants it: most answers are without errors. */
  whole(named: Entity): Entity {
    return identified(interpreted(named, this.keyType), this.names)
  }

  private walk(levels: readonly Level[], depth: number, holder: Struct, around: Entity, visit: Visit): void {
    const level = levels[depth]
    if (level === undefined) return
    const list = holder[level.list]
    if (!Array.isArray(list)) return
    for (const element of list) {
      // An answer that a handler has made up may be anything.
      if (level.isPlain || typeof element !== 'object' || element === null) continue
      const entity = this.layout.named(level, element, around)
      visit(entity, level, element as Struct)
      this.walk(levels, depth + 1, element as Struct, entity, visit)
    }
  }
}

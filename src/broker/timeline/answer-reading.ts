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

/** What an answer tells that a timeline wants to know. */
interface ReadAnswer {
  readonly errors: readonly RequestError[]
  readonly offsets: Offsets
  /** Records could be in it, and none are. */
  readonly isEmpty: boolean
}

/** The offsets that a request tells of. */
export function offsetsAsked(layout: EntityLayout, body: Struct, names: Names): Offsets {
  const offsets: Offsets = {}
  const field = OFFSETS[layout.api.name]?.request
  if (field === undefined) return offsets
  new Walk(layout, body, names).visit(layout.request, body, (entity, _level, element) =>
    noteOffset(offsets, entity(), element[field]),
  )
  return offsets
}

/** The errors, the offsets and whether there are records: looked for by the schema, once for each entry, and in no record. */
export function readAnswer(layout: EntityLayout, body: Struct, answer: Struct, names: Names): ReadAnswer {
  const byName = new Map<string, string[]>()
  const offsets: Offsets = {}
  const field = OFFSETS[layout.api.name]?.answer
  const couldHaveRecords = layout.answer.some(({ fields }) => fields.records?.type === 'records')
  let hasRecords = false
  const note = (code: unknown, label: () => string | undefined): void => {
    if (typeof code !== 'number' || code === 0) return
    const name = errorName(code)
    let labels = byName.get(name)
    if (labels === undefined) {
      labels = []
      byName.set(name, labels)
    }
    const told = label()
    if (told !== undefined && !labels.includes(told)) labels.push(told)
  }
  if (layout.error !== undefined) note(answer[layout.error], () => undefined)
  new Walk(layout, body, names).visit(layout.answer, answer, (entity, { error }, element) => {
    if (error !== undefined) note(element[error], () => labelOf(entity()))
    if (field !== undefined && element[field] !== undefined) noteOffset(offsets, entity(), element[field])
    const { records } = element
    if (couldHaveRecords && Array.isArray(records) && records.some(({ length }) => length > 0)) hasRecords = true
  })
  const errors = [...byName].map(([error, entities]) => ({ error, entities }))
  return { errors, offsets, isEmpty: couldHaveRecords && !hasRecords && errors.length === 0 }
}

function noteOffset(offsets: Offsets, entity: Entity, offset: unknown): void {
  // Below zero are Kafka's words for none, the first and the last.
  if (typeof offset !== 'number' || offset < 0 || entity.partition === undefined) return
  const label = labelOf(entity)
  if (label !== undefined) offsets[label] = offset
}

type Visit = (entity: () => Entity, level: Level, element: Struct) => void

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

  private walk(levels: readonly Level[], depth: number, holder: Struct, around: Entity, visit: Visit): void {
    const level = levels[depth]
    if (level === undefined) return
    const list = holder[level.list]
    if (!Array.isArray(list)) return
    for (const element of list) {
      // An answer that a handler has made up may be anything.
      if (level.isPlain || typeof element !== 'object' || element === null) continue
      const entity = this.layout.named(level, element, around)
      // Found out only where somebody wants it: most answers are without errors.
      visit(() => identified(interpreted(entity, this.keyType), this.names), level, element as Struct)
      this.walk(levels, depth + 1, element as Struct, entity, visit)
    }
  }
}

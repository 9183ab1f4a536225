import { ErrorCode, type ErrorName, errorMessage } from '../protocol/errors.ts'
import type { AnyApi } from '../protocol/message.ts'
import { type Field, type Fields, hasVersion } from '../protocol/schema.ts'
import {
  type Dimension,
  dimensionOf,
  type Entity,
  interpreted,
  isTopicName,
  type Naming,
  namingsOf,
  STANDS_FOR,
} from './entity.ts'
import { BESIDE_ERROR, ERROR_PLACES, IN_WORDS_TOO, REPEATED } from './error-places.ts'

export type Struct = { readonly [name: string]: unknown }

/** A list of a request or an answer whose elements name something. */
export interface Level {
  /** The field that holds the list. */
  readonly list: string
  /** The element's fields that name it; for a list of plain values the one naming is the value itself. */
  readonly namings: readonly Naming[]
  readonly isPlain: boolean
  /** What tells its elements apart in the answer. */
  readonly keys: readonly Dimension[]
  /** The field of an element that carries its error. */
  readonly error: string | undefined
  /** Of an element. */
  readonly fields: Fields
}

/** An error as it stands in an answer. */
export interface AnswerError {
  readonly name: ErrorName
  readonly message?: string | undefined
}

/** Versions in which a list that is empty, and not null, means all. */
const EMPTY_MEANS_ALL: { readonly [api: string]: { readonly upTo: number } } = {
  // Null came with version 1.
  Metadata: { upTo: 0 },
  DescribeTopicPartitions: { upTo: 0 },
}

/**
 * Where the request and the answer of an API name things in one version, and where errors stand: read from the schemas. Lists stand
 * in each other (partitions in topics in groups), never side by side, so each side is one path.
 */
export class EntityLayout {
  readonly api: AnyApi
  readonly version: number
  /** What the request as a whole names. */
  readonly whole: readonly Naming[]
  /** The lists of the request, from the outermost to the innermost. */
  readonly request: readonly Level[]
  /** The lists of the answer. */
  readonly answer: readonly Level[]
  /** The field of the answer itself that carries an error. */
  readonly error: string | undefined
  /** What the request tells of things. */
  readonly requestDimensions: ReadonlySet<Dimension>
  /** What the answer tells of things. */
  readonly answerDimensions: ReadonlySet<Dimension>

  constructor(api: AnyApi, version: number) {
    this.api = api
    this.version = version
    this.answer = levelsOf(api.name, api.response.fields, version, { underTopic: false })
    const wanted = new Set(this.answer.flatMap(dimensionsOf))
    this.request = levelsOf(api.name, api.request.fields, version, { underTopic: false, wanted })
    this.whole = namingsOf(api.name, api.request.fields, version, false)
    this.error = errorOf(api.response.fields, version)
    const asked = [...this.whole.map(({ dimension }) => dimension), ...this.request.flatMap(dimensionsOf)]
    this.requestDimensions = new Set(asked.flatMap(withMeaning))
    this.answerDimensions = new Set(this.answer.flatMap(dimensionsOf).flatMap(withMeaning))
  }

  /** Whether a list of the request means all there are. */
  meansAll(list: unknown): boolean {
    if (list === null) return true
    const upTo = EMPTY_MEANS_ALL[this.api.name]?.upTo ?? -1
    return this.version <= upTo && Array.isArray(list) && list.length === 0
  }

  /** What an element of a list names, on top of what the elements around it do. */
  named(level: Level, element: unknown, around: Entity): Entity {
    return namedBy(level.namings, level.isPlain ? undefined : (element as Struct), around, element)
  }

  /** What the request as a whole names. */
  namedByWhole(body: Struct): Entity {
    return interpreted(namedBy(this.whole, body, {}, undefined), keyTypeOf(body))
  }

  /** What may be asked for in requests of this version: told by the request, or by its answer. */
  get dimensions(): ReadonlySet<Dimension> {
    return new Set([...this.requestDimensions, ...this.answerDimensions])
  }

  /** How deep in the answer any of these is told: the number of lists around it. */
  depthOf(dimensions: Iterable<Dimension>): number {
    let depth = 0
    for (const dimension of dimensions) {
      const whole = this.whole.some((naming) => withMeaning(naming.dimension).includes(dimension))
      // A topic may be named by its name, by its id, or by both.
      const place = this.answer.findIndex((level) => dimensionsOf(level).flatMap(withMeaning).includes(dimension))
      if (!whole) depth = Math.max(depth, place + 1)
    }
    return depth
  }

  /**
   * At which depth of the answer an error stands: 0 in the answer itself, 1 beside the elements of its outermost list. Undefined: nowhere.
   * @param depth how deep that stands which is asked for
   * @param isOneBody whether all that an error at a depth would speak for has it
   */
  errorDepth(error: ErrorName, depth: number, isOneBody: (depth: number) => boolean): number | undefined {
    const beside = this.answer.flatMap((level, i) => (level.error === undefined ? [] : [i + 1]))
    if (beside.length === 0) return this.error === undefined ? undefined : 0
    const innermost = beside[beside.length - 1] as number
    const { whole, entries } = ERROR_PLACES[this.api.name] ?? {}
    if (entries?.includes(error)) return innermost
    const hasRoom = this.error !== undefined && (whole === undefined || whole.includes(error))
    const rooms = hasRoom ? [0, ...beside] : beside
    return rooms.find((room) => room >= depth && isOneBody(room)) ?? innermost
  }

  /** The answer to a request that fails as a whole. */
  wholeError(request: Struct, error: AnswerError): Struct {
    const answer: Record<string, unknown> = {}
    for (const name of REPEATED[this.api.name] ?? []) answer[name] = request[name]
    const message = error.message ?? (IN_WORDS_TOO.has(this.api.name) ? errorMessage(error.name) : undefined)
    return { ...answer, ...this.beside(this.api.response.fields, { ...error, message }, this.error as string) }
  }

  /** An element of the answer that carries an error, as Kafka makes it. */
  errorElement(level: Level, entity: Entity, error: AnswerError): Struct {
    return { ...this.names(level, entity), ...this.beside(level.fields, error, level.error as string) }
  }

  /** An element of the answer that has its names alone. */
  names(level: Level, entity: Entity): Struct {
    const element: Record<string, unknown> = {}
    for (const { dimension, field } of level.namings) {
      const value = entity[dimension]
      if (value !== undefined) element[field] = value
      else if (hasVersion((level.fields[field] as Field).nullable, this.version)) element[field] = null
    }
    return element
  }

  private beside(fields: Fields, error: AnswerError, place: string): Struct {
    const values: Record<string, unknown> = { [place]: ErrorCode[error.name] }
    for (const [name, value] of Object.entries(BESIDE_ERROR[this.api.name] ?? {})) {
      const field = fields[name]
      if (field === undefined || !hasVersion(field.versions, this.version)) continue
      if (value !== null || hasVersion(field.nullable, this.version)) values[name] = value
    }
    const { errorMessage } = fields
    if (error.message !== undefined && errorMessage !== undefined && hasVersion(errorMessage.versions, this.version)) {
      values.errorMessage = error.message
    }
    return values
  }
}

/** The layout of an API in a version. */
export function layoutOf(api: AnyApi, version: number): EntityLayout {
  const layouts = api.derived.by(noLayouts)
  let layout = layouts[version]
  if (layout === undefined) {
    layout = new EntityLayout(api, version)
    layouts[version] = layout
  }
  return layout
}

/** What may be asked for in some version of an API. */
export function dimensionsOfApi(api: AnyApi): ReadonlySet<Dimension> {
  return api.derived.by(readDimensions)
}

/** By version: filled in as they are needed. */
function noLayouts(): EntityLayout[] {
  return []
}

function readDimensions(api: AnyApi): ReadonlySet<Dimension> {
  const all = new Set<Dimension>()
  for (let version = api.versions.min; version <= api.versions.max; version++) {
    for (const dimension of layoutOf(api, version).dimensions) all.add(dimension)
  }
  return all
}

/** FindCoordinator: whether its keys are groups or transactional ids; in version 0 there were but groups. */
export function keyTypeOf(body: Struct): number {
  return typeof body.keyType === 'number' ? body.keyType : 0
}

function namedBy(namings: readonly Naming[], struct: Struct | undefined, around: Entity, plain: unknown): Entity {
  const entity: { -readonly [Name in Dimension]?: string | number } = { ...around }
  for (const { dimension, field } of namings) {
    const value = struct === undefined ? plain : struct[field]
    if (typeof value === 'string' || typeof value === 'number') entity[dimension] = value
  }
  return entity
}

interface Search {
  readonly underTopic: boolean
  /** Only what names one of these, or holds what does. */
  readonly wanted?: ReadonlySet<Dimension>
}

function levelsOf(api: string, fields: Fields, version: number, search: Search): Level[] {
  const paths: Level[][] = []
  for (const [list, field] of Object.entries(fields)) {
    if (field.element === null || !hasVersion(field.versions, version)) continue
    const path = pathOf(api, list, field, field.element, version, search)
    if (path !== undefined) paths.push(path)
  }
  return paths.find((path) => path.some(({ error }) => error !== undefined)) ?? paths[0] ?? []
}

function pathOf(
  api: string,
  list: string,
  field: Field,
  element: Field,
  version: number,
  { underTopic, wanted }: Search,
): Level[] | undefined {
  let path: Level[]
  if (element.fields === null) {
    const dimension = dimensionOf(api, list, field, underTopic)
    if (dimension === undefined) return undefined
    path = [levelOf(list, [{ dimension, field: '' }], wanted)]
  } else {
    const { fields } = element
    const namings = namingsOf(api, fields, version, underTopic)
    if (namings.length === 0) return undefined
    const isTopic = underTopic || namings.some(({ dimension }) => isTopicName(dimension))
    const inner = levelsOf(api, fields, version, wanted ? { underTopic: isTopic, wanted } : { underTopic: isTopic })
    path = [{ ...levelOf(list, namings, wanted), isPlain: false, error: errorOf(fields, version), fields }, ...inner]
  }
  if (wanted !== undefined && !path.flatMap(dimensionsOf).some((dimension) => wanted.has(dimension))) return undefined
  return path
}

function levelOf(list: string, namings: readonly Naming[], wanted: ReadonlySet<Dimension> | undefined): Level {
  const told = namings.map(({ dimension }) => dimension).filter((dimension) => wanted?.has(dimension) ?? true)
  // A topic's id and its name are one key.
  const keys = [...new Set(told.map((dimension) => (isTopicName(dimension) ? 'topic' : dimension)))]
  return { list, namings, isPlain: true, keys, error: undefined, fields: {} }
}

/** The first one: that of a topic's configs stands after its own. */
function errorOf(fields: Fields, version: number): string | undefined {
  return Object.entries(fields).find(([, field]) => field.errorCode && hasVersion(field.versions, version))?.[0]
}

function dimensionsOf({ namings }: Level): Dimension[] {
  return namings.map(({ dimension }) => dimension)
}

function withMeaning(dimension: Dimension): Dimension[] {
  return [dimension, ...(STANDS_FOR[dimension] ?? [])]
}

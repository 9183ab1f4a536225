import { isDeepStrictEqual } from 'node:util'
import { isObject, type Json } from '../../http/json.ts'
import { compareArrays } from './json-arrays.ts'
import { toldDifference } from './json-difference.ts'
import type { Documents, Place } from './json-documents.ts'
import { at, type Comparison, type Found, type JsonPath, limit, type Side } from './json-found.ts'
import { isSchema, type JsonNode, nodeOf } from './json-node.ts'
import { compareObjects } from './json-objects.ts'

/** Two schemas that are compared: the one that wrote, and the one that is to read. */
export interface JsonPair {
  readonly writer: Documents
  readonly reader: Documents
}

/** Why a schema does not accept all that another one accepts, by the rules that the registry has; nothing when it does. */
export function jsonDifferences(pair: JsonPair): readonly string[] {
  const diff = new JsonDiff(pair)
  const root = (documents: Documents): JsonNode => nodeOf(documents, documents.main.root, documents.main)
  return diff.compare(root(pair.writer), root(pair.reader), ['#']).map(([kind, path]) => toldDifference(kind, path))
}

/** Only what breaks compatibility is found: what a reader can live with is not told. */
class JsonDiff implements Comparison {
  readonly #pair: JsonPair
  /** Pairs that are being compared: recursive schemas come back to themselves. */
  readonly #open: (readonly [JsonNode, JsonNode])[] = []

  constructor(pair: JsonPair) {
    this.#pair = pair
  }

  /** The schema that a keyword holds; undefined when it holds none. */
  child(side: Side, { document }: Place, raw: unknown): JsonNode | undefined {
    return isSchema(raw) ? nodeOf(this.#pair[side], raw, document) : undefined
  }

  compare(original: JsonNode | undefined, update: JsonNode | undefined, path: JsonPath): Found {
    if (original === undefined) return update === undefined ? [] : [['SCHEMA_ADDED', at(path)]]
    if (update === undefined) return []
    const isOpen = this.#open.some(([one, other]) => isSame(one, original) && isSame(other, update))
    if (isOpen) return []
    this.#open.push([original, update])
    try {
      return this.#compare(original, update, path)
    } finally {
      this.#open.pop()
    }
  }

  isCompatible(original: JsonNode | undefined, update: JsonNode | undefined, path: JsonPath): boolean {
    return this.compare(original, update, path).length === 0
  }

  #compare(original: JsonNode, update: JsonNode, path: JsonPath): Found {
    if (original.kind === 'combined' && update.kind === 'combined') return this.#combined(original, update, path)
    if (update.kind === 'combined') {
      // What was one may become one of several.
      const candidates = update.parts.length === 1 || update.criterion !== 'allOf' ? update.parts : []
      if (candidates.some((part) => this.isCompatible(original, part, path))) return []
    }
    if (original.kind === 'combined') {
      // What had to be all of several may be one of them alone.
      const candidates = original.parts.length === 1 || original.criterion === 'allOf' ? original.parts : []
      if (candidates.some((part) => this.isCompatible(part, update, path))) return []
    }
    if (original.kind !== update.kind || original.kind === 'combined' || update.kind === 'combined') {
      if (original.kind === 'nothing' || update.kind === 'anything') return []
      const isBytes = (node: JsonNode): boolean => node.raw['connect.type'] === 'bytes'
      return isBytes(original) && isBytes(update) ? [] : [['TYPE_CHANGED', at(path)]]
    }
    switch (original.kind) {
      case 'string':
        return strings(original.raw, update.raw, path)
      case 'number':
        return [
          ...numbers(original.raw, update.raw, path),
          ...(update.isInteger && !original.isInteger ? [['TYPE_NARROWED', at(path)] as const] : []),
        ]
      case 'const':
        return isDeepStrictEqual(original.raw.const, update.raw.const)
          ? []
          : [['ENUM_ARRAY_CHANGED', at(path, 'const')]]
      case 'enum':
        return enums(original.raw.enum, update.raw.enum, path)
      case 'not':
        return this.#not(original, update, path)
      case 'object':
        return compareObjects(this, original, update, path)
      case 'array':
        return compareArrays(this, original, update, path)
      default:
        return []
    }
  }

  /** What is not to be has to be less than it was. */
  #not(original: JsonNode, update: JsonNode, path: JsonPath): Found {
    const was = this.child('writer', original.place, original.raw.not)
    const is = this.child('reader', update.place, update.raw.not)
    const turned = new JsonDiff({ writer: this.#pair.reader, reader: this.#pair.writer })
    return turned.isCompatible(is, was, [...path, 'not']) ? [] : [['NOT_TYPE_EXTENDED', at(path, 'not')]]
  }

  #combined(
    original: Extract<JsonNode, { kind: 'combined' }>,
    update: Extract<JsonNode, { kind: 'combined' }>,
    path: JsonPath,
  ): Found {
    const [before, now] = [original.parts.length, update.parts.length]
    const isExtended =
      update.criterion === 'anyOf' ||
      (before === 1 && now === 1) ||
      (before === 1 && update.criterion === 'oneOf') ||
      (now === 1 && original.criterion === 'allOf')
    if (original.criterion !== update.criterion && !isExtended) return [['COMBINED_TYPE_CHANGED', at(path)]]
    const found: [string, string][] = []
    if (before < now && update.criterion === 'allOf') found.push(['PRODUCT_TYPE_EXTENDED', at(path)])
    if (before > now && original.criterion !== 'allOf') found.push(['SUM_TYPE_NARROWED', at(path)])
    const edges = original.parts.map((part, i) =>
      update.parts.flatMap((other, j) =>
        this.isCompatible(part, other, [...path, original.criterion, String(i)]) ? [j] : [],
      ),
    )
    if (matched(edges) < Math.min(before, now)) found.push(['COMBINED_TYPE_SUBSCHEMAS_CHANGED', at(path)])
    return found
  }
}

function strings(original: Json, update: Json, path: JsonPath): Found {
  const { pattern: was } = original
  const { pattern: is } = update
  const pattern: Found =
    is === undefined || was === is
      ? []
      : [[was === undefined ? 'PATTERN_ADDED' : 'PATTERN_CHANGED', at(path, 'pattern')]]
  return [
    ...limit(original, update, path, 'maxLength', 'MAX_LENGTH', true),
    ...limit(original, update, path, 'minLength', 'MIN_LENGTH', false),
    ...pattern,
  ]
}

function numbers(original: Json, update: Json, path: JsonPath): Found {
  return [
    ...limit(original, update, path, 'maximum', 'MAXIMUM', true),
    ...limit(original, update, path, 'minimum', 'MINIMUM', false),
    ...limit(original, update, path, 'exclusiveMaximum', 'EXCLUSIVE_MAXIMUM', true),
    ...limit(original, update, path, 'exclusiveMinimum', 'EXCLUSIVE_MINIMUM', false),
    ...multiples(original.multipleOf, update.multipleOf, path),
  ]
}

function multiples(was: unknown, is: unknown, path: JsonPath): Found {
  if (typeof is !== 'number' || was === is) return []
  if (typeof was !== 'number') return [['MULTIPLE_OF_ADDED', at(path, 'multipleOf')]]
  if (isMultiple(is, was)) return [['MULTIPLE_OF_EXPANDED', at(path, 'multipleOf')]]
  return isMultiple(was, is) ? [] : [['MULTIPLE_OF_CHANGED', at(path, 'multipleOf')]]
}

function isMultiple(number: number, of: number): boolean {
  const times = number / of
  return of !== 0 && Math.abs(times - Math.round(times)) < 1e-9
}

function enums(was: unknown, is: unknown, path: JsonPath): Found {
  const [before, now] = [was, is].map((list) => (Array.isArray(list) ? list : []))
  if (before === undefined || now === undefined || includesAll(now, before)) return []
  return [[includesAll(before, now) ? 'ENUM_ARRAY_NARROWED' : 'ENUM_ARRAY_CHANGED', at(path, 'enum')]]
}

function includesAll(list: readonly unknown[], all: readonly unknown[]): boolean {
  return all.every((one) => list.some((other) => isDeepStrictEqual(one, other)))
}

function isSame(one: JsonNode, other: JsonNode): boolean {
  const by = (node: JsonNode): string | undefined => (node.kind === 'combined' ? node.by : undefined)
  return (
    one.kind === other.kind && by(one) === by(other) && one.place.raw === other.place.raw && isObject(one.place.raw)
  )
}

/** How many can be paired at most: by augmenting paths. */
function matched(edges: readonly (readonly number[])[]): number {
  const taken = new Map<number, number>()
  const augment = (from: number, tried: Set<number>): boolean =>
    (edges[from] ?? []).some((to) => {
      if (tried.has(to)) return false
      tried.add(to)
      const holder = taken.get(to)
      if (holder !== undefined && !augment(holder, tried)) return false
      taken.set(to, from)
      return true
    })
  return edges.filter((_, from) => augment(from, new Set())).length
}

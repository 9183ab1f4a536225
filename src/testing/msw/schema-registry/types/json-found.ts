import type { Json } from '../../http/json.ts'
import type { Place } from './json-documents.ts'
import type { JsonNode } from './json-node.ts'

/** What is wrong, and where. */
export type Found = readonly (readonly [kind: string, path: string])[]
export type JsonPath = readonly string[]
export type Side = 'writer' | 'reader'

/** What looks at two schemas, and at what is in them. */
export interface Comparison {
  /** The schema that a keyword holds; undefined when it holds none. */
  child(side: Side, place: Place, raw: unknown): JsonNode | undefined
  /** What breaks from one to the other. */
  compare(original: JsonNode | undefined, update: JsonNode | undefined, path: JsonPath): Found
}

/** Where something is found: the path of a keyword, if one is named. */
export function at(path: JsonPath, ...more: readonly string[]): string {
  const parts = [...path, ...more]
  return parts.length === 1 ? `${parts[0]}/` : parts.join('/')
}

/** What a limit is that may have been changed: tighter limits break. */
export function limit(
  original: Json,
  update: Json,
  path: JsonPath,
  keyword: string,
  kind: string,
  isUpper: boolean,
): Found {
  const was = original[keyword]
  const is = update[keyword]
  if (typeof is !== 'number') return []
  if (typeof was !== 'number') return [[`${kind}_ADDED`, at(path, keyword)]]
  if (isUpper && is < was) return [[`${kind}_DECREASED`, at(path, keyword)]]
  return !isUpper && is > was ? [[`${kind}_INCREASED`, at(path, keyword)]] : []
}

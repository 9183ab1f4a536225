import { isObject, type Json } from '../../http/json.ts'
import { at, type Comparison, type Found, type JsonPath, limit, type Side } from './json-found.ts'
import type { JsonNode } from './json-node.ts'
import { openness, unevaluated } from './json-openness.ts'

/** Objects: what had to be there, what could be, and what else was let in. */
export function compareObjects(diff: Comparison, original: JsonNode, update: JsonNode, path: JsonPath): Found {
  return [
    ...required(original.raw, update.raw, path),
    ...properties(diff, original, update, path),
    ...dependencies(diff, original, update, path),
    ...additional(diff, original, update, path),
    ...unevaluated(diff, original, update, path, 'unevaluatedProperties', 'UNEVALUATED_PROPERTIES'),
    ...limit(original.raw, update.raw, path, 'maxProperties', 'MAX_PROPERTIES', true),
    ...limit(original.raw, update.raw, path, 'minProperties', 'MIN_PROPERTIES', false),
  ]
}

function members(raw: Json, keyword: string): Json {
  const value = raw[keyword]
  return isObject(value) ? value : {}
}

function requires({ required: names }: Json, name: string): boolean {
  return Array.isArray(names) && names.includes(name)
}

function hasDefault(raw: unknown): boolean {
  return isObject(raw) && 'default' in raw
}

function required(original: Json, update: Json, path: JsonPath): Found {
  const now = members(update, 'properties')
  return Object.keys(members(original, 'properties')).flatMap((name): Found => {
    if (!Object.hasOwn(now, name) || requires(original, name) || !requires(update, name)) return []
    return hasDefault(now[name]) ? [] : [['REQUIRED_ATTRIBUTE_ADDED', at(path, 'required', name)]]
  })
}

function properties(diff: Comparison, original: JsonNode, update: JsonNode, path: JsonPath): Found {
  const before = members(original.raw, 'properties')
  const now = members(update.raw, 'properties')
  const names = new Set([...Object.keys(before), ...Object.keys(now)])
  return [...names].flatMap((name) => {
    const here = [...path, 'properties', name]
    const was = Object.hasOwn(before, name) ? diff.child('writer', original.place, before[name]) : undefined
    const is = Object.hasOwn(now, name) ? diff.child('reader', update.place, now[name]) : undefined
    if (was !== undefined && is !== undefined) return diff.compare(was, is, here)
    if (was !== undefined) return removed(diff, was, update, name, here)
    return is === undefined ? [] : added(diff, original, is, requires(update.raw, name), now[name], name, here)
  })
}

/** What is left out may still come, from whoever wrote by the old schema. */
function removed(diff: Comparison, was: JsonNode, update: JsonNode, name: string, path: JsonPath): Found {
  const open = openness(diff, 'reader', update, name)
  if (open === 'open') return []
  if (open !== undefined) {
    const found = diff.compare(was, open, path)
    if (found.length === 0) return []
    return [...found, ['PROPERTY_REMOVED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL', at(path)]]
  }
  return was.kind === 'nothing' ? [] : [['PROPERTY_REMOVED_FROM_CLOSED_CONTENT_MODEL', at(path)]]
}

/** What is new may have come already, as something else, where the old schema let in what it did not know. */
function added(
  diff: Comparison,
  original: JsonNode,
  is: JsonNode,
  isRequired: boolean,
  raw: unknown,
  name: string,
  path: JsonPath,
): Found {
  const open = openness(diff, 'writer', original, name)
  if (open === 'open') {
    if (is.kind === 'anything') return []
    if (!isRequired) return [['OPTIONAL_PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL', at(path)]]
    const kind = hasDefault(raw)
      ? 'REQUIRED_PROPERTY_WITH_DEFAULT_ADDED_TO_OPEN_CONTENT_MODEL'
      : 'REQUIRED_PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL'
    return [[kind, at(path)]]
  }
  const found = open === undefined ? [] : diff.compare(open, is, path)
  return [
    ...found,
    ...(found.length > 0 ? ([['PROPERTY_ADDED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL', at(path)]] as const) : []),
    ...(isRequired && !hasDefault(raw)
      ? ([['REQUIRED_PROPERTY_ADDED_TO_UNOPEN_CONTENT_MODEL', at(path)]] as const)
      : []),
  ]
}

function additional(diff: Comparison, original: JsonNode, update: JsonNode, path: JsonPath): Found {
  return additionalOnes(diff, original, update, path, 'additionalProperties', 'ADDITIONAL_PROPERTIES')
}

/** Of properties or items: what is let in that is not named. */
export function additionalOnes(
  diff: Comparison,
  original: JsonNode,
  update: JsonNode,
  path: JsonPath,
  keyword: string,
  kind: string,
): Found {
  const was = original.raw[keyword]
  const is = update.raw[keyword]
  const here = [...path, keyword]
  if ((was === false) !== (is === false)) return is === false ? [[`${kind}_REMOVED`, at(here)]] : []
  const [before, now] = [child('writer', original, was), child('reader', update, is)]
  if (before === undefined) return now === undefined ? [] : [[`${kind}_NARROWED`, at(here)]]
  return now === undefined ? [] : diff.compare(before, now, here)

  function child(side: Side, node: JsonNode, raw: unknown): JsonNode | undefined {
    return isObject(raw) ? diff.child(side, node.place, raw) : undefined
  }
}

function dependencies(diff: Comparison, original: JsonNode, update: JsonNode, path: JsonPath): Found {
  const before = dependenciesOf(original.raw)
  const now = dependenciesOf(update.raw)
  return Object.keys(now).flatMap((name): Found => {
    const here = [...path, 'dependencies', name]
    const was = before[name]
    const is = now[name]
    if (Array.isArray(is)) {
      if (!Array.isArray(was)) return [['DEPENDENCY_ARRAY_ADDED', at(here)]]
      if (is.every((one) => was.includes(one))) return []
      return [
        [was.every((one) => is.includes(one)) ? 'DEPENDENCY_ARRAY_EXTENDED' : 'DEPENDENCY_ARRAY_CHANGED', at(here)],
      ]
    }
    const [old, young] = [diff.child('writer', original.place, was), diff.child('reader', update.place, is)]
    if (young === undefined) return []
    return old === undefined ? [['DEPENDENCY_SCHEMA_ADDED', at(here)]] : diff.compare(old, young, here)
  })
}

/** One keyword up to draft-07, and two since. */
function dependenciesOf(raw: Json): Json {
  return {
    ...members(raw, 'dependencies'),
    ...members(raw, 'dependentSchemas'),
    ...members(raw, 'dependentRequired'),
  }
}

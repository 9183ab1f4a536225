import { isObject } from '../../http/json.ts'
import { at, type Comparison, type Found, type JsonPath, type Side } from './json-found.ts'
import type { JsonNode } from './json-node.ts'

/**
 * What becomes of a property that an object's schema does not name: `open` lets in anything, a schema what it accepts, undefined nothing.
 */
export function openness(
  diff: Comparison,
  side: Side,
  { raw, place }: JsonNode,
  name: string,
): 'open' | JsonNode | undefined {
  const { patternProperties, additionalProperties, unevaluatedProperties } = raw
  const patterns = isObject(patternProperties) ? Object.entries(patternProperties) : []
  const pattern = patterns.find(([expression]) => isMatch(expression, name))
  if (pattern !== undefined) return diff.child(side, place, pattern[1])
  if (isObject(additionalProperties)) return diff.child(side, place, additionalProperties)
  if (additionalProperties === false) return undefined
  if (isObject(unevaluatedProperties)) return diff.child(side, place, unevaluatedProperties)
  if (unevaluatedProperties === false) return undefined
  // The registry calls a schema with patterns half open, whatever they are.
  return patterns.length === 0 ? 'open' : undefined
}

/** The same of items that an array's schema does not name. */
export function itemOpenness(diff: Comparison, side: Side, { raw, place }: JsonNode): 'open' | JsonNode | undefined {
  const { additionalItems, unevaluatedItems } = raw
  if (isObject(additionalItems)) return diff.child(side, place, additionalItems)
  if (additionalItems === false) return undefined
  if (isObject(unevaluatedItems)) return diff.child(side, place, unevaluatedItems)
  return unevaluatedItems === false ? undefined : 'open'
}

/** `unevaluatedProperties` and `unevaluatedItems`, of 2019-09. */
export function unevaluated(
  diff: Comparison,
  original: JsonNode,
  update: JsonNode,
  path: JsonPath,
  keyword: string,
  kind: string,
): Found {
  const was = diff.child('writer', original.place, original.raw[keyword])
  const is = diff.child('reader', update.place, update.raw[keyword])
  const here = [...path, keyword]
  if (is === undefined) return []
  if (is.kind === 'nothing') return was?.kind === 'nothing' ? [] : [[`${kind}_REMOVED`, at(here)]]
  if (was?.kind === 'nothing' || is.kind === 'anything') return []
  if (was === undefined || was.kind === 'anything') return [[`${kind}_NARROWED`, at(here)]]
  return diff.compare(was, is, here)
}

function isMatch(expression: string, name: string): boolean {
  try {
    return new RegExp(expression, 'u').test(name)
  } catch {
    return false
  }
}

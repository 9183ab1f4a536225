import { at, type Comparison, type Found, type JsonPath, limit, type Side } from './json-found.ts'
import type { JsonNode } from './json-node.ts'
import { additionalOnes } from './json-objects.ts'
import { itemOpenness, unevaluated } from './json-openness.ts'

/** Arrays: all items alike, or each by its place. */
export function compareArrays(diff: Comparison, original: JsonNode, update: JsonNode, path: JsonPath): Found {
  const [before, now] = [tuple(original), tuple(update)]
  return [
    ...diff.compare(allItems(diff, 'writer', before), allItems(diff, 'reader', now), [...path, 'items']),
    ...items(diff, before, now, path),
    ...additionalOnes(diff, before.node, now.node, path, 'additionalItems', 'ADDITIONAL_ITEMS'),
    ...unevaluated(diff, original, update, path, 'unevaluatedItems', 'UNEVALUATED_ITEMS'),
    ...limit(original.raw, update.raw, path, 'maxItems', 'MAX_ITEMS', true),
    ...limit(original.raw, update.raw, path, 'minItems', 'MIN_ITEMS', false),
    ...limit(original.raw, update.raw, path, 'maxContains', 'MAX_CONTAINS', true),
    ...limit(original.raw, update.raw, path, 'minContains', 'MIN_CONTAINS', false),
    ...(update.raw.uniqueItems === true && original.raw.uniqueItems !== true
      ? ([['UNIQUE_ITEMS_ADDED', at(path, 'uniqueItems')]] as const)
      : []),
  ]
}

/** An array as it was written up to 2019-09: a list of `items`, and `additionalItems` after it. */
interface Tuple {
  readonly node: JsonNode
  readonly items: readonly unknown[] | undefined
}

function tuple(node: JsonNode): Tuple {
  const { raw } = node
  if (Array.isArray(raw.prefixItems)) {
    const { items: additionalItems, ...rest } = raw
    return { node: { ...node, raw: { ...rest, additionalItems } }, items: raw.prefixItems }
  }
  return { node, items: Array.isArray(raw.items) ? raw.items : undefined }
}

function allItems(diff: Comparison, side: Side, { node, items: list }: Tuple): JsonNode | undefined {
  return list === undefined ? diff.child(side, node.place, node.raw.items) : undefined
}

function items(diff: Comparison, before: Tuple, now: Tuple, path: JsonPath): Found {
  const old = before.items ?? []
  const young = now.items ?? []
  return Array.from({ length: Math.max(old.length, young.length) }, (_, i) => i).flatMap((i): Found => {
    const here = [...path, 'items', String(i)]
    const was = diff.child('writer', before.node.place, old[i])
    const is = diff.child('reader', now.node.place, young[i])
    if (was !== undefined && is !== undefined) return diff.compare(was, is, here)
    if (was !== undefined) return removed(diff, was, now.node, here)
    return is === undefined ? [] : added(diff, before.node, is, here)
  })
}

function removed(diff: Comparison, was: JsonNode, update: JsonNode, path: JsonPath): Found {
  const open = itemOpenness(diff, 'reader', update)
  if (open === 'open') return []
  if (open === undefined) return was.kind === 'nothing' ? [] : [['ITEM_REMOVED_FROM_CLOSED_CONTENT_MODEL', at(path)]]
  const found = diff.compare(was, open, path)
  return found.length === 0 ? [] : [...found, ['ITEM_REMOVED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL', at(path)]]
}

function added(diff: Comparison, original: JsonNode, is: JsonNode, path: JsonPath): Found {
  const open = itemOpenness(diff, 'writer', original)
  if (open === 'open') return is.kind === 'anything' ? [] : [['ITEM_ADDED_TO_OPEN_CONTENT_MODEL', at(path)]]
  if (open === undefined) return []
  const found = diff.compare(open, is, path)
  return found.length === 0 ? [] : [...found, ['ITEM_ADDED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL', at(path)]]
}

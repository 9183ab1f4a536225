import { isObject, type Json } from '../../http/json.ts'
import type { Document, Documents, Place, RawSchema } from './json-documents.ts'

/** How several schemas are put together. */
export type Criterion = 'allOf' | 'anyOf' | 'oneOf'

/** What a schema is about. */
export type NodeKind =
  | 'anything'
  | 'nothing'
  | 'string'
  | 'number'
  | 'boolean'
  | 'null'
  | 'object'
  | 'array'
  | 'enum'
  | 'const'
  | 'not'

/** A schema, as the registry looks at it: each about one thing, or several put together. */
export type JsonNode =
  | { readonly kind: NodeKind; readonly place: Place; readonly raw: Json; readonly isInteger: boolean }
  | {
      readonly kind: 'combined'
      readonly place: Place
      readonly raw: Json
      readonly criterion: Criterion
      readonly parts: readonly JsonNode[]
    }

const TYPES: Readonly<Record<string, NodeKind>> = {
  string: 'string',
  number: 'number',
  integer: 'number',
  boolean: 'boolean',
  null: 'null',
  object: 'object',
  array: 'array',
}

/** What a schema without a `type` is about, by its keywords. */
const KEYWORDS: readonly (readonly [NodeKind, readonly string[]])[] = [
  [
    'array',
    ['items', 'prefixItems', 'additionalItems', 'unevaluatedItems', 'minItems', 'maxItems', 'uniqueItems', 'contains'],
  ],
  [
    'object',
    [
      'properties',
      'required',
      'minProperties',
      'maxProperties',
      'dependencies',
      'dependentRequired',
      'dependentSchemas',
      'patternProperties',
      'additionalProperties',
      'unevaluatedProperties',
      'propertyNames',
    ],
  ],
  ['number', ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf']],
  ['string', ['minLength', 'maxLength', 'pattern', 'format']],
]

const CRITERIA: readonly Criterion[] = ['allOf', 'anyOf', 'oneOf']

/** Looks at a schema. `$ref`s are followed, as far as the schema itself is one. */
export function nodeOf(documents: Documents, raw: RawSchema, document: Document): JsonNode {
  const place: Place = { document, raw }
  if (typeof raw === 'boolean') return simple(raw ? 'anything' : 'nothing', place, {})
  const parts: JsonNode[] = []
  if (typeof raw.$ref === 'string') {
    const found = documents.find(raw.$ref, document)
    if (found === undefined) throw new Error(`the $ref '${raw.$ref}' leads nowhere`)
    const referred = followed(documents, found, [place])
    // Up to draft-07 nothing beside a $ref counts.
    if (!document.isModern) return referred
    parts.push(referred)
  }
  if (Array.isArray(raw.enum)) parts.push(simple('enum', place, raw))
  for (const criterion of CRITERIA) {
    const schemas = raw[criterion]
    if (!Array.isArray(schemas)) continue
    const inner = schemas.filter(isSchema).map((one) => nodeOf(documents, one, document))
    parts.push({ kind: 'combined', place, raw: {}, criterion, parts: inner })
  }
  if (isSchema(raw.not)) parts.push(simple('not', place, raw))
  if ('const' in raw) parts.push(simple('const', place, raw))
  parts.push(...typed(place, raw))
  const [only, second] = parts
  if (only === undefined) return simple('anything', place, raw)
  return second === undefined ? only : { kind: 'combined', place, raw, criterion: 'allOf', parts }
}

export function isSchema(value: unknown): value is RawSchema {
  return typeof value === 'boolean' || isObject(value)
}

/** A $ref that leads to a $ref, and back to where one has been, is about nothing in particular. */
function followed(documents: Documents, place: Place, been: readonly Place[]): JsonNode {
  if (been.some(({ raw }) => raw === place.raw)) return simple('anything', place, {})
  if (isObject(place.raw) && typeof place.raw.$ref === 'string' && !place.document.isModern) {
    const next = documents.find(place.raw.$ref, place.document)
    if (next !== undefined) return followed(documents, next, [...been, place])
  }
  return nodeOf(documents, place.raw, place.document)
}

function typed(place: Place, raw: Json): readonly JsonNode[] {
  const { type } = raw
  if (typeof type === 'string') return [ofType(type, place, raw)]
  if (Array.isArray(type)) {
    const parts = type.map((one) => ofType(String(one), place, raw))
    return [{ kind: 'combined', place, raw, criterion: 'anyOf', parts }]
  }
  return KEYWORDS.filter(([, keywords]) => keywords.some((keyword) => keyword in raw))
    .slice(0, 1)
    .map(([kind]) => simple(kind, place, raw))
}

function ofType(type: string, place: Place, raw: Json): JsonNode {
  return { kind: TYPES[type] ?? 'anything', place, raw, isInteger: type === 'integer' }
}

function simple(kind: NodeKind, place: Place, raw: Json): JsonNode {
  return { kind, place, raw, isInteger: false }
}

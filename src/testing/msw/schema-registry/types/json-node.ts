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
      /** What puts them together: a keyword, a list of types, or that they stand in one schema. */
      readonly by: Criterion | 'types' | 'schema'
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

/**
 * Looks at a schema. `$ref`s are followed, as far as the schema itself is one.
 * @param been where a `$ref` has led from
 */
export function nodeOf(
  documents: Documents,
  raw: RawSchema,
  document: Document,
  been: readonly Place[] = [],
): JsonNode {
  const place: Place = { document, raw }
  if (typeof raw === 'boolean') return simple(raw ? 'anything' : 'nothing', place, {})
  const parts: JsonNode[] = []
  if (typeof raw.$ref === 'string') {
    const found = documents.find(raw.$ref, document)
    if (found === undefined) throw new Error(`the $ref '${raw.$ref}' leads nowhere`)
    const way = [...been, place]
    // A $ref that leads back to where one has been is about nothing in particular.
    const isBack = way.some((one) => one.raw === found.raw)
    const referred = isBack ? simple('anything', found, {}) : nodeOf(documents, found.raw, found.document, way)
    // Up to draft-07 nothing beside a $ref counts.
    if (!document.isModern) return referred
    parts.push(referred)
  }
  if (Array.isArray(raw.enum)) parts.push(simple('enum', place, raw))
  for (const criterion of CRITERIA) {
    const schemas = raw[criterion]
    if (!Array.isArray(schemas)) continue
    const inner = (): readonly JsonNode[] => schemas.filter(isSchema).map((one) => nodeOf(documents, one, document))
    parts.push(combined(place, {}, criterion, criterion, inner))
  }
  if (isSchema(raw.not)) parts.push(simple('not', place, raw))
  if ('const' in raw) parts.push(simple('const', place, raw))
  parts.push(...typed(place, raw))
  const [only, second] = parts
  if (only === undefined) return simple('anything', place, raw)
  return second === undefined ? only : combined(place, raw, 'allOf', 'schema', () => parts)
}

/** Schemas that contain themselves are looked at no further than somebody asks. */
function combined(
  place: Place,
  raw: Json,
  criterion: Criterion,
  by: Criterion | 'types' | 'schema',
  make: () => readonly JsonNode[],
): JsonNode {
  let made: readonly JsonNode[] | undefined
  return {
    kind: 'combined',
    place,
    raw,
    criterion,
    by,
    get parts() {
      made ??= make()
      return made
    },
  }
}

export function isSchema(value: unknown): value is RawSchema {
  return typeof value === 'boolean' || isObject(value)
}

function typed(place: Place, raw: Json): readonly JsonNode[] {
  const { type } = raw
  if (typeof type === 'string') return [ofType(type, place, raw)]
  if (Array.isArray(type)) {
    return [combined(place, raw, 'anyOf', 'types', () => type.map((one) => ofType(String(one), place, raw)))]
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

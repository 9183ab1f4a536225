/** Changes that a reader of the new schema cannot live with, as the registry calls them: all others are compatible. */
export type JsonDifferenceKind = string

/** By the sentence that is said of them. */
const SENTENCES: readonly (readonly [sentence: (path: string) => string, kinds: RegExp])[] = [
  [
    (path) => `The keyword at path '${path}' in the %s schema is not present in the %s schema`,
    /^(MAXIMUM|MINIMUM|EXCLUSIVE_MAXIMUM|EXCLUSIVE_MINIMUM|MULTIPLE_OF|MAX_LENGTH|MIN_LENGTH|PATTERN|REQUIRED_ATTRIBUTE|MAX_PROPERTIES|MIN_PROPERTIES|DEPENDENCY_ARRAY|DEPENDENCY_SCHEMA|MAX_ITEMS|MIN_ITEMS|MAX_CONTAINS|MIN_CONTAINS|UNIQUE_ITEMS)_ADDED$|^(ADDITIONAL|UNEVALUATED)_(ITEMS|PROPERTIES)_REMOVED$/,
  ],
  [
    (path) => `The value at path '${path}' in the %s schema is more than its value in the %s schema`,
    /_INCREASED$|^MULTIPLE_OF_EXPANDED$/,
  ],
  [(path) => `The value at path '${path}' in the %s schema is less than its value in the %s schema`, /_DECREASED$/],
  [
    (path) => `The value at path '${path}' is different between the %s and %s schema`,
    /^(PATTERN|MULTIPLE_OF|DEPENDENCY_ARRAY)_CHANGED$/,
  ],
  [
    (path) => `A type at path '${path}' is different between the %s schema and the %s schema`,
    /^(TYPE_CHANGED|TYPE_NARROWED|COMBINED_TYPE_CHANGED|COMBINED_TYPE_SUBSCHEMAS_CHANGED|ENUM_ARRAY_CHANGED)$/,
  ],
  [
    (path) => `An array or combined type at path '${path}' has fewer elements in the %s schema than the %s schema`,
    /_NARROWED$/,
  ],
  [
    (path) => `An array or combined type at path '${path}' has more elements in the %s schema than the %s schema`,
    /_EXTENDED$/,
  ],
  [
    (path) =>
      `The %s schema has an open content model and has a property or item at path '${path}' which is missing in the %s schema`,
    /_ADDED_TO_OPEN_CONTENT_MODEL$/,
  ],
  [
    (path) =>
      `The %s schema has an unopen content model and has a required property at path '${path}' which is missing in the %s schema`,
    /^REQUIRED_PROPERTY_ADDED_TO_UNOPEN_CONTENT_MODEL$/,
  ],
  [
    (path) =>
      `The %s has a closed content model and is missing a property or item present at path '${path}' in the %s schema`,
    /_REMOVED_FROM_CLOSED_CONTENT_MODEL$/,
  ],
  [
    (path) =>
      `A property or item is missing in the %s schema but present at path '${path}' in the %s schema and is not covered by its partially open content model`,
    /_REMOVED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL$/,
  ],
  [
    (path) =>
      `The %s schema has a property or item at path '${path}' which is missing in the %s schema and is not covered by its partially open content model`,
    /_ADDED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL$/,
  ],
]

/** A difference as the registry tells it. */
export function toldDifference(kind: JsonDifferenceKind, path: string): string {
  const sentence = SENTENCES.find(([, kinds]) => kinds.test(kind))?.[0](path) ?? ''
  return `{errorType:"${kind}", description:"${sentence}'}`
}

import type { ParsedSchema } from './types/schema-type.ts'

/** The levels, by what of each is asked: whether the new schema reads the old data, the old one the new data, and of how many versions. */
const LEVELS: Readonly<Record<string, { backward: boolean; forward: boolean; all: boolean }>> = {
  NONE: { backward: false, forward: false, all: false },
  BACKWARD: { backward: true, forward: false, all: false },
  BACKWARD_TRANSITIVE: { backward: true, forward: false, all: true },
  FORWARD: { backward: false, forward: true, all: false },
  FORWARD_TRANSITIVE: { backward: false, forward: true, all: true },
  FULL: { backward: true, forward: true, all: false },
  FULL_TRANSITIVE: { backward: true, forward: true, all: true },
}

/** A version with which a schema has to get on. */
export interface PreviousSchema {
  readonly version: number
  readonly schemaType: string
  readonly text: string
  parsed(): Promise<ParsedSchema>
}

/** A level by its name, however it is written; undefined when there is none. */
export function levelOf(name: string): string | undefined {
  const level = name.toUpperCase()
  return Object.hasOwn(LEVELS, level) ? level : undefined
}

const MOST_SHOWN = 10 * 1024

/**
 * Why a schema is not compatible, in the registry's words; nothing when it is. The latest is asked first, and the first that disagrees is the last one asked.
 * @param previous the versions that are there, in their order
 */
export async function incompatibilities(
  level: string,
  schema: ParsedSchema,
  schemaType: string,
  previous: readonly PreviousSchema[],
): Promise<readonly string[]> {
  const { backward, forward, all } = LEVELS[level] ?? { backward: true, forward: false, all: false }
  if (!backward && !forward) return []
  const latestFirst = [...previous].reverse()
  for (const other of all ? latestFirst : latestFirst.slice(0, 1)) {
    const found = await against(other, schema, schemaType, { backward, forward })
    if (found.length > 0) return [...found, `{validateFields: 'false', compatibility: '${level}'}`]
  }
  return []
}

async function against(
  other: PreviousSchema,
  schema: ParsedSchema,
  schemaType: string,
  { backward, forward }: { readonly backward: boolean; readonly forward: boolean },
): Promise<readonly string[]> {
  if (other.schemaType !== schemaType) return ['Incompatible because of different schema type']
  const old = await other.parsed()
  const found = [
    ...(forward ? old.cannotRead(schema).map((sentence) => filled(sentence, 'old', 'new')) : []),
    ...(backward ? schema.cannotRead(old).map((sentence) => filled(sentence, 'new', 'old')) : []),
  ]
  if (found.length === 0) return []
  const shown =
    other.text.length <= MOST_SHOWN ? `'${other.text}'` : `<truncated> '${other.text.slice(0, MOST_SHOWN)}...'`
  return [...found, `{oldSchemaVersion: ${other.version}}`, `{oldSchema: ${shown}}`]
}

function filled(sentence: string, reader: string, writer: string): string {
  return sentence.replace('%s', reader).replace('%s', writer)
}

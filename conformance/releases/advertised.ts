import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The first and the last of an API's versions. */
export type Versions = readonly [min: number, max: number]

/** What a broker shows in ApiVersions: the versions of each API, by its key. */
export type ApiTable = ReadonlyMap<number, Versions>

/** What the brokers of Kafka's releases show. */
export interface Advertised {
  /** The releases, oldest first, each as the patch that was read: `2.8.2`. */
  readonly patches: readonly string[]
  /** The names of the APIs, by their keys. */
  readonly names: ReadonlyMap<number, string>
  /** By patch. */
  readonly tables: ReadonlyMap<string, ApiTable>
}

/** Where what the releases' own jars tell is kept: a row for each API, a column for each release. */
export const FILE: string = join(import.meta.dirname, 'advertised.tsv')

const NONE = '-'

/** What is kept. */
export function readAdvertised(text: string = readFileSync(FILE, 'utf8')): Advertised {
  const [head = [], ...rows] = text.split('\n').flatMap((line) => (line === '' ? [] : [line.split('\t')]))
  const patches = head.slice(2)
  const names = new Map(rows.map(([key, name = '']) => [Number(key), name]))
  const tables = patches.map((patch, i): [string, ApiTable] => {
    const cells = rows.map((row): [number, string] => [Number(row[0]), row[i + 2] ?? NONE])
    return [patch, new Map(cells.flatMap(([key, cell]) => (cell === NONE ? [] : [[key, versionsOf(cell)]])))]
  })
  return { patches, names, tables: new Map(tables) }
}

/** The text that is kept. */
export function advertisedText({ patches, names, tables }: Advertised): string {
  const rows = [...names]
    .sort(([a], [b]) => a - b)
    .map(([key, name]) => [key, name, ...patches.map((patch) => told(tables.get(patch)?.get(key)))])
  return [['key', 'name', ...patches], ...rows].map((row) => `${row.join('\t')}\n`).join('')
}

/** `0-2`; `-` for none. */
export function told(versions: Versions | undefined): string {
  return versions === undefined ? NONE : versions.join('-')
}

/** The release of a patch: `2.8` of `2.8.2`, `0.10.2` of `0.10.2.2`. */
export function releaseOfPatch(patch: string): string {
  return patch.slice(0, patch.lastIndexOf('.'))
}

/** From it on KRaft is production ready (KIP-833), and memkafka passes for it. */
export const FIRST_KRAFT = [3, 3] as const

/** Whether a patch is of this release or a later one. */
export function isFrom(patch: string, [firstMajor, firstMinor]: readonly [number, number]): boolean {
  const [major = 0, minor = 0] = patch.split('.').map(Number)
  return major > firstMajor || (major === firstMajor && minor >= firstMinor)
}

function versionsOf(cell: string): Versions {
  const [min, max] = cell.split('-').map(Number)
  if (min === undefined || max === undefined) throw new Error(`"${cell}" in ${FILE} is not a range of versions`)
  return [min, max]
}

import { isDeepStrictEqual } from 'node:util'

/** One request and what came of it. */
export interface Exchange {
  /** `Produce`, in the version that the case is about; `Metadata v12` for another; with what the script calls it: `Produce: again`. */
  readonly request: string
  /** The answer, normalised; `closed`, `no answer`, or a value that the script found worth comparing. */
  readonly outcome: unknown
  /** It was held before it was answered. */
  readonly waits?: true
}

/** What a case saw in one version, in order. */
export type Transcript = readonly Exchange[]

/** A case with what it saw, each transcript once: versions that saw the same are told together, '0-3' or '4,6-7'. */
export type CaseTranscripts = Readonly<Record<string, Transcript>>

/** Where two transcripts differ, a line each. Empty when they are equal. */
function differencesBetween(kafka: unknown, memkafka: unknown, path = ''): string[] {
  if (isDeepStrictEqual(kafka, memkafka)) return []
  if (Array.isArray(kafka) && Array.isArray(memkafka)) {
    const length = Math.max(kafka.length, memkafka.length)
    return Array.from({ length }).flatMap((_, i) => differencesBetween(kafka[i], memkafka[i], `${path}[${i}]`))
  }
  if (isObject(kafka) && isObject(memkafka)) {
    const names = new Set([...Object.keys(kafka), ...Object.keys(memkafka)])
    return [...names].flatMap((name) =>
      differencesBetween(kafka[name], memkafka[name], path === '' ? name : `${path}.${name}`),
    )
  }
  return [`${path}: Kafka ${JSON.stringify(kafka)}, memkafka ${JSON.stringify(memkafka)}`]
}

/** The same for the transcripts of one run of a case: each line begins with the request that it is about. */
export function compareTranscripts(kafka: Transcript, memkafka: Transcript): string[] {
  const length = Math.max(kafka.length, memkafka.length)
  return Array.from({ length }).flatMap((_, i) => {
    const name = kafka[i]?.request ?? memkafka[i]?.request ?? ''
    return differencesBetween(kafka[i], memkafka[i]).map(
      (line) => `${i + 1}. ${name}: ${line.replace(/^outcome\.?/, '')}`,
    )
  })
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Puts the versions that saw the same together. */
export function merge(transcripts: ReadonlyMap<number, Transcript>): CaseTranscripts {
  const groups: { readonly versions: number[]; readonly transcript: Transcript }[] = []
  for (const [version, transcript] of transcripts) {
    const same = groups.find((group) => isDeepStrictEqual(group.transcript, transcript))
    if (same === undefined) groups.push({ versions: [version], transcript })
    else same.versions.push(version)
  }
  return Object.fromEntries(groups.map(({ versions, transcript }) => [rangesOf(versions), transcript]))
}

/** The transcript of one version; undefined when there is none. */
export function transcriptOf(transcripts: CaseTranscripts, version: number): Transcript | undefined {
  return Object.entries(transcripts).find(([ranges]) => includes(ranges, version))?.[1]
}

/** `0-3,5` of ascending numbers. */
export function rangesOf(versions: readonly number[]): string {
  const ranges: [first: number, last: number][] = []
  for (const version of versions) {
    const last = ranges.at(-1)
    if (last !== undefined && last[1] === version - 1) last[1] = version
    else ranges.push([version, version])
  }
  return ranges.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(',')
}

function includes(ranges: string, version: number): boolean {
  return ranges.split(',').some((range) => {
    const [first, last = first] = range.split('-').map(Number) as [number, number?]
    return version >= first && version <= last
  })
}

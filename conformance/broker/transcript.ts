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
    // Where one script came to its end too soon, what the other asked afterwards says nothing.
    if (kafka.length > 0 && memkafka.length > 0 && i > Math.min(kafka.length, memkafka.length)) return []
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
  return Object.entries(transcripts).find(([ranges]) => versionsIn(ranges).includes(version))?.[1]
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

/** The numbers of `0-3,5`. */
function versionsIn(ranges: string): number[] {
  return ranges.split(',').flatMap((range) => {
    const [first, last = first] = range.split('-').map(Number) as [number, number?]
    return Array.from({ length: last - first + 1 }, (_, i) => first + i)
  })
}

/** `Fetch v12: by an old leader`, with or without a range of versions. */
const WITH_VERSION = /^(\w+) v(\d[\d-]*)(.*)$/s

/** Tells at once what was answered alike in versions that follow each other: `Fetch v4-11: by an old leader`. */
export function foldVersions(transcript: Transcript): Transcript {
  const folded: { readonly versions: number[]; readonly exchange: Exchange }[] = []
  for (const exchange of transcript) {
    const before = folded.at(-1)
    const version = Number(WITH_VERSION.exec(exchange.request)?.[2])
    if (before !== undefined && isNextVersion(before.versions, version) && isSameBut(before.exchange, exchange)) {
      before.versions.push(version)
    } else folded.push({ versions: [version], exchange })
  }
  return folded.map(({ versions, exchange }) => {
    const inVersions = (_: string, api: string, __: string, rest: string) => `${api} v${rangesOf(versions)}${rest}`
    return { ...exchange, request: exchange.request.replace(WITH_VERSION, inVersions) }
  })
}

function isNextVersion(versions: readonly number[], version: number): boolean {
  return version === (versions.at(-1) ?? Number.NaN) + 1
}

function isSameBut({ request: one, ...first }: Exchange, { request: other, ...second }: Exchange): boolean {
  const [, api, , rest] = WITH_VERSION.exec(one) ?? []
  const [, otherApi, , otherRest] = WITH_VERSION.exec(other) ?? []
  return api === otherApi && rest === otherRest && isDeepStrictEqual(first, second)
}

/** What {@link foldVersions} was given. */
export function unfoldVersions(transcript: Transcript): Transcript {
  return transcript.flatMap((exchange) => {
    const [, api, ranges, rest] = WITH_VERSION.exec(exchange.request) ?? []
    if (ranges === undefined) return [exchange]
    return versionsIn(ranges).map((version) => ({ ...exchange, request: `${api} v${version}${rest}` }))
  })
}

/** What Kafka answered, kept: `recorded/<release>/<API>.json`, the transcripts of each case. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type CaseTranscripts, foldVersions, unfoldVersions } from './transcript.ts'

const folder = join(import.meta.dirname, 'recorded')

/** The transcripts of an API's cases, by the names of the cases. */
export type Recorded = Readonly<Record<string, CaseTranscripts>>

/** The releases of which there are recorded answers: `3.9.2`. */
export function recordedReleases(): readonly string[] {
  return existsSync(folder) ? readdirSync(folder) : []
}

/** What was recorded of an API; empty when nothing was. */
export function readRecorded(release: string, api: string): Recorded {
  const file = join(folder, release, `${api}.json`)
  if (!existsSync(file)) return {}
  const recorded = JSON.parse(readFileSync(file, 'utf8')) as Recorded
  return mapValues(recorded, (transcripts) => mapValues(transcripts, unfoldVersions))
}

/** Keeps what was recorded of an API, a line for each exchange. */
export function writeRecorded(release: string, api: string, recorded: Recorded): void {
  mkdirSync(join(folder, release), { recursive: true })
  const cases = Object.entries(recorded).map(([name, transcripts]) => {
    const versions = Object.entries(transcripts).map(([ranges, transcript]) => {
      const lines = foldVersions(transcript).map((exchange) => `      ${JSON.stringify(exchange)}`)
      return `    ${JSON.stringify(ranges)}: [\n${lines.join(',\n')}\n    ]`
    })
    return `  ${JSON.stringify(name)}: {\n${versions.join(',\n')}\n  }`
  })
  writeFileSync(join(folder, release, `${api}.json`), `{\n${cases.join(',\n')}\n}\n`)
}

function mapValues<From, To>(values: Readonly<Record<string, From>>, to: (value: From) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, to(value)]))
}

/** Runs the cases on Kafka and on memkafka, and tells what both answered. */

import { hasVersion, parseVersions } from '../../src/protocol/schema.ts'
import { type ApiCases, type Case, versionsOf } from './case.ts'
import { type CaseDifference, caseDifferences } from './differences.ts'
import { runCase, type Served } from './run-case.ts'
import type { Shape } from './shapes.ts'
import type { Side } from './side.ts'
import { compareTranscripts, type Transcript } from './transcript.ts'

/** One case in one version on both sides. */
export interface Compared {
  readonly api: string
  readonly case: string
  /** undefined: it is a scenario. */
  readonly version: number | undefined
  /** Of Kafka. */
  readonly transcript: Transcript
  /** Where memkafka differs, a line each. */
  readonly differences: readonly string[]
  /** The entry of the list that allows them. */
  readonly allowed?: CaseDifference
}

export interface Sides {
  readonly kafka: Side
  readonly memkafka: Side
  /** Kafka's: '4.4.0'. */
  readonly release: string
  /** Of both. */
  readonly shape: Shape
  /** What both serve. */
  readonly served: Served
}

/** Those of the cases that a cluster of this shape is for, in each of their versions. */
function* runsOf(cases: readonly ApiCases[], served: Served, shape: Shape): Generator<[Case, number]> {
  for (const { cases: ofApi } of cases) {
    for (const one of ofApi) {
      if (one.shape !== shape) continue
      for (const version of versionsOf(one, served)) yield [one, version]
    }
  }
}

/** What it is called when it is told of. */
export function told({ api, case: name, version }: Compared): string {
  return `${api}${version === undefined ? '' : ` v${version}`}: ${name}`
}

/** Runs cases on both sides, one after the other. */
export async function* compare(cases: readonly ApiCases[], sides: Sides): AsyncGenerator<Compared> {
  const { kafka, memkafka, release, shape, served } = sides
  // Names are the runs' own also where these brokers have seen runs before.
  let run = Date.now() % 1_000_000_000
  for (const [one, version] of runsOf(cases, served, shape)) {
    let found = await compareOnce(one, version, ++run)
    // Nothing tells whether a real broker held an answer or was only slow: what it holds it holds again.
    for (let again = 0; again < 2 && isToBeAskedAgain(found); again++) {
      found = await compareOnce(one, version, ++run)
    }
    yield found
  }

  async function compareOnce(one: Case, version: number, run: number): Promise<Compared> {
    const theirs = await runCase(kafka, one, version, run, served)
    const ours = await runCase(memkafka, one, version, run, served)
    const differences = compareTranscripts(theirs.transcript, ours.transcript)
    if (theirs.failure !== undefined) differences.push(`Kafka: the script failed: ${theirs.failure}`)
    if (ours.failure !== undefined) differences.push(`memkafka: the script failed: ${ours.failure}`)
    const common = {
      api: one.of,
      case: one.name,
      version: one.api === undefined ? undefined : version,
      transcript: theirs.transcript,
      differences,
    }
    const allowed = allowedDifference(one, version, release)
    return allowed === undefined ? common : { ...common, allowed }
  }
}

/** The entry of the list that a case in this version is told in. */
export function allowedDifference({ of, name }: Case, version: number, release: string): CaseDifference | undefined {
  return caseDifferences.find(
    (entry) =>
      entry.case === `${of}: ${name}` &&
      (entry.kafka === undefined || entry.kafka === release) &&
      (entry.versions === undefined || hasVersion(parseVersions(entry.versions), version)),
  )
}

/** One that differs on purpose need not hold what it holds twice. */
function isToBeAskedAgain({ allowed, differences }: Compared): boolean {
  return allowed === undefined && differences.some(isAboutWaiting)
}

function isAboutWaiting(line: string): boolean {
  return line.includes(' waits: ') || line.includes('"held"')
}

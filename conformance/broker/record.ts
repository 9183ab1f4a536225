/**
 * Asks the real Kafka every case and keeps its answers, which `npm test` holds memkafka against where there is no Java.
 *
 *   npm run conformance:record                                 every case, on every release that is compared
 *   npm run conformance:record -- --release 3.9.2 --only Fetch,Produce
 *   npm run conformance:record -- --only Scenarios --case killed   those with this in their names; what is kept of others stays
 */
import { isDeepStrictEqual } from 'node:util'
import { giveUp, readCommandLine, wrongUsage } from '../command-line.ts'
import { startKafka } from '../kafka/kafka.ts'
import { allCases } from './all-cases.ts'
import { type Case, versionsOf } from './case.ts'
import { kafkaOptions } from './kafka-options.ts'
import { ownSide } from './own-side.ts'
import { realSide } from './real-side.ts'
import { readRecorded, writeRecorded } from './recorded.ts'
import { releaseName, releases } from './releases.ts'
import { commonTo, runCase, type Served, servedBy } from './run-case.ts'
import { type Shape, shapes } from './shapes.ts'
import type { Side } from './side.ts'
import { type CaseTranscripts, compareTranscripts, merge, type Transcript } from './transcript.ts'

const { values } = readCommandLine({
  options: { release: { type: 'string' }, only: { type: 'string' }, case: { type: 'string', default: '' } },
})
const wanted = allCases
  .filter(({ name }) => values.only === undefined || values.only.split(',').includes(name))
  .map((of) => ({ ...of, wanted: of.cases.filter(({ name }) => name.includes(values.case)) }))
  .filter((of) => of.wanted.length > 0)
const wantedReleases = releases.filter((release) => values.release === undefined || values.release === release)
if (wanted.length === 0 || wantedReleases.length === 0) {
  wrongUsage(
    wanted.length === 0
      ? `no such cases of ${values.only ?? 'any API'}`
      : `there are the releases ${releases.join(', ')}`,
  )
}

let unstable = 0
let runs = 0
for (const release of wantedReleases) {
  const recorded = new Map<string, Map<string, CaseTranscripts>>()
  for (const shape of shapes) {
    if (wanted.every((of) => of.wanted.every((one) => one.shape !== shape))) continue
    await record(release, shape, recorded)
  }
  for (const { name: of, cases } of wanted) {
    const found = recorded.get(of)
    const kept = readRecorded(release, of)
    const inOrder = cases.flatMap(({ name }) => {
      const transcripts = name.includes(values.case) ? found?.get(name) : kept[name]
      return transcripts === undefined ? [] : [[name, transcripts] as const]
    })
    if (inOrder.length > 0 || Object.keys(kept).length > 0) {
      writeRecorded(release, of, Object.fromEntries(inOrder))
    }
  }
}
if (unstable > 0) {
  console.error(`${unstable} cases fail, or are not the same from run to run: they cannot be recorded`)
  process.exitCode = 1
}

async function record(
  release: string,
  shape: Shape,
  recorded: Map<string, Map<string, CaseTranscripts>>,
): Promise<void> {
  console.log(`Kafka ${release}, ${shape.name}`)
  const running = await startKafka(kafkaOptions(release, shape)).catch(giveUp)
  const kafka = await realSide(`Kafka ${release}`, running.bootstrapServers, running)
  try {
    const served = await servedByBoth(kafka, release, shape)
    for (const { name: of, wanted: cases } of wanted) {
      const ofApi = recorded.get(of) ?? new Map<string, CaseTranscripts>()
      recorded.set(of, ofApi)
      for (const one of cases) {
        if (one.shape === shape) ofApi.set(one.name, merge(await transcriptsOf(kafka, one, served)))
      }
      if (cases.some((one) => one.shape === shape)) console.log(`  ${of}`)
    }
  } finally {
    await kafka.stop()
    await running.stop()
  }
}

async function servedByBoth(kafka: Side, release: string, shape: Shape): Promise<Served> {
  const memkafka = await ownSide(releaseName(release), shape)
  try {
    return commonTo(await servedBy(kafka), await servedBy(memkafka))
  } finally {
    await memkafka.stop()
  }
}

async function transcriptsOf(kafka: Side, one: Case, served: Served): Promise<Map<number, Transcript>> {
  const transcripts = new Map<number, Transcript>()
  for (const version of versionsOf(one, served)) {
    const transcript = await stableTranscript(kafka, one, version, served)
    if (transcript !== undefined) transcripts.set(version, transcript)
  }
  return transcripts
}

/** What two runs after each other saw alike; an answer may be late on a busy machine. */
async function stableTranscript(
  kafka: Side,
  one: Case,
  version: number,
  served: Served,
): Promise<Transcript | undefined> {
  let before: Transcript | undefined
  for (let attempt = 0; attempt < 4; attempt++) {
    const { transcript, failure } = await runCase(kafka, one, version, nextRun(), served)
    if (failure !== undefined) {
      console.error(`${one.of} v${version}: ${one.name}: the script failed: ${failure}`)
      break
    }
    if (before !== undefined && isDeepStrictEqual(before, transcript)) return transcript
    if (attempt === 3 && before !== undefined) {
      for (const line of compareTranscripts(before, transcript))
        console.error(`${one.of} v${version}: ${one.name}: ${line}`)
    }
    before = transcript
  }
  unstable++
  return undefined
}

function nextRun(): number {
  runs++
  return runs
}

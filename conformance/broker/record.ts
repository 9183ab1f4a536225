/**
 * Asks the real Kafka every case and keeps its answers, which `npm test` holds memkafka against where there is no Java.
 *
 *   npm run conformance:record                                 every case, on every release that is compared
 *   npm run conformance:record -- --release 3.9.2 --only Fetch,Produce
 */
import { isDeepStrictEqual } from 'node:util'
import { giveUp, readCommandLine, wrongUsage } from '../command-line.ts'
import { startKafka } from '../kafka/kafka.ts'
import { type Case, versionsOf } from './case.ts'
import { allCases } from './cases/index.ts'
import { readRecorded, writeRecorded } from './recorded.ts'
import { releaseName, releases } from './releases.ts'
import { commonTo, runCase, type Served, servedBy } from './run-case.ts'
import { BROKER_CONFIGS, ownSide, realSide, type Side } from './side.ts'
import { type CaseTranscripts, compareTranscripts, merge, type Transcript } from './transcript.ts'

const { values } = readCommandLine({ options: { release: { type: 'string' }, only: { type: 'string' } } })
const wanted = allCases.filter(({ api }) => values.only === undefined || values.only.split(',').includes(api.name))
const wantedReleases = releases.filter((release) => values.release === undefined || values.release === release)
if (wanted.length === 0 || wantedReleases.length === 0) {
  wrongUsage(wanted.length === 0 ? `no cases of ${values.only}` : `there are the releases ${releases.join(', ')}`)
}

let unstable = 0
let runs = 0
for (const release of wantedReleases) {
  const recorded = new Map<string, Map<string, CaseTranscripts>>()
  for (const brokers of [1, 3] as const) {
    if (wanted.every(({ cases }) => cases.every((one) => one.brokers !== brokers))) continue
    await record(release, brokers, recorded)
  }
  for (const { api, cases } of wanted) {
    const found = recorded.get(api.name)
    const inOrder = cases.flatMap(({ name }) => {
      const transcripts = found?.get(name)
      return transcripts === undefined ? [] : [[name, transcripts] as const]
    })
    if (inOrder.length > 0 || Object.keys(readRecorded(release, api.name)).length > 0) {
      writeRecorded(release, api.name, Object.fromEntries(inOrder))
    }
  }
}
if (unstable > 0) {
  console.error(`${unstable} cases fail, or are not the same from run to run: they cannot be recorded`)
  process.exitCode = 1
}

async function record(
  release: string,
  brokers: 1 | 3,
  recorded: Map<string, Map<string, CaseTranscripts>>,
): Promise<void> {
  console.log(`Kafka ${release}, ${brokers === 1 ? 'one broker' : `${brokers} brokers`}`)
  const running = await startKafka({ version: release, brokers, configs: BROKER_CONFIGS }).catch(giveUp)
  const kafka = await realSide(`Kafka ${release}`, running.bootstrapServers)
  try {
    const served = await servedByBoth(kafka, release)
    for (const { api, cases } of wanted) {
      const ofApi = recorded.get(api.name) ?? new Map<string, CaseTranscripts>()
      recorded.set(api.name, ofApi)
      for (const one of cases) {
        if (one.brokers === brokers) ofApi.set(one.name, merge(await transcriptsOf(kafka, one, served)))
      }
      console.log(`  ${api.name}`)
    }
  } finally {
    await kafka.stop()
    await running.stop()
  }
}

async function servedByBoth(kafka: Side, release: string): Promise<Served> {
  const memkafka = await ownSide(releaseName(release), kafka.brokers)
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
      console.error(`${one.api.name} v${version}: ${one.name}: the script failed: ${failure}`)
      break
    }
    if (before !== undefined && isDeepStrictEqual(before, transcript)) return transcript
    if (attempt === 3 && before !== undefined) {
      for (const line of compareTranscripts(before, transcript))
        console.error(`${one.api.name} v${version}: ${one.name}: ${line}`)
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

import { lackingTools, type RunningKafka, startKafka } from '../kafka/kafka.ts'
import { notRun, type Part, type PartOptions, type PartResult } from '../part.ts'
import { allCases } from './cases/index.ts'
import { type Compared, compare } from './differential.ts'
import { Findings, unknownDifferences } from './findings.ts'
import { readRecorded } from './recorded.ts'
import { releaseName, releases } from './releases.ts'
import { commonTo, servedBy } from './run-case.ts'
import { section } from './section.ts'
import { BROKER_CONFIGS, ownSide, realSide } from './side.ts'
import { compareTranscripts, transcriptOf } from './transcript.ts'

const TITLE = 'The broker'

/** The scripted cases' part of `npm run conformance`. */
export const broker: Part = {
  name: 'broker',
  about: 'what memkafka and real brokers answer to the same requests, field by field',
  async run({ short }: PartOptions): Promise<PartResult> {
    const lacking = await lackingTools()
    if (lacking !== undefined) return notRun(TITLE, lacking)
    const all: Findings[] = []
    for (const release of short ? releases.slice(0, 1) : releases) {
      const findings = new Findings(release)
      all.push(findings)
      // Three brokers take longer to start than all that they are asked.
      for (const brokers of short ? [1] : [1, 3]) await compareOn(release, brokers, findings)
    }
    const names = new Set(allCases.flatMap(({ api, cases }) => cases.map(({ name }) => `${api.name}: ${name}`)))
    for (const name of unknownDifferences(names))
      all[0]?.fail(`the list of differences tells of a case that is not: ${name}`)
    return {
      passed: all.reduce((sum, { passed }) => sum + passed, 0),
      failed: all.reduce((sum, { failed }) => sum + failed, 0),
      notRun: [],
      section: section(TITLE, all),
    }
  },
}

async function compareOn(release: string, brokers: number, findings: Findings): Promise<void> {
  if (allCases.every(({ cases }) => cases.every((one) => one.brokers !== brokers))) return
  console.log(`Kafka ${release}, ${brokers === 1 ? 'one broker' : `${brokers} brokers`}`)
  let running: RunningKafka
  try {
    running = await startKafka({ version: release, brokers, configs: BROKER_CONFIGS })
  } catch (error) {
    findings.fail(error instanceof Error ? error.message : String(error))
    return
  }
  const kafka = await realSide(`Kafka ${release}`, running.bootstrapServers)
  const memkafka = await ownSide(releaseName(release), brokers)
  try {
    const served = commonTo(await servedBy(kafka), await servedBy(memkafka))
    findings.serves(served)
    for await (const found of compare(allCases, { kafka, memkafka, release, served })) {
      findings.add(found, outdated(found, release))
    }
  } finally {
    await kafka.stop()
    await memkafka.stop()
    await running.stop()
  }
}

/** Where what is recorded is not what Kafka answers now. */
function outdated({ api, case: name, version, transcript }: Compared, release: string): string[] {
  const recorded = transcriptOf(readRecorded(release, api)[name] ?? {}, version)
  const renew = `npm run conformance:record -- --release ${release} --only ${api}`
  if (recorded === undefined) return [`nothing is recorded: ${renew}`]
  const old = compareTranscripts(transcript, recorded)
  return old.length === 0 ? [] : [`what is recorded is not what Kafka answers (${renew}): ${old[0]}`]
}

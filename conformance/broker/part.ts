import { lackingTools, type RunningKafka, startKafka } from '../kafka/kafka.ts'
import { notRun, type Part, type PartOptions, type PartResult } from '../part.ts'
import { allCases } from './all-cases.ts'
import type { ApiCases } from './case.ts'
import { type Compared, compare } from './differential.ts'
import { Findings, unknownDifferences } from './findings.ts'
import { kafkaOptions } from './kafka-options.ts'
import { ownSide } from './own-side.ts'
import { realSide } from './real-side.ts'
import { readRecorded } from './recorded.ts'
import { releaseName, releases } from './releases.ts'
import { commonTo, servedBy } from './run-case.ts'
import { section } from './section.ts'
import { type Shape, shapes, THREE_BROKERS } from './shapes.ts'
import { compareTranscripts, transcriptOf } from './transcript.ts'

const TITLE = 'The broker'

/** How many scenarios the short form has: each stops and starts brokers, which takes real ones seconds. */
const FEW_SCENARIOS = 2

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
      for (const shape of shapes) await compareOn(release, shape, short ? inShort(shape) : allCases, findings)
    }
    const names = new Set(allCases.flatMap(({ cases }) => cases.map(({ of, name }) => `${of}: ${name}`)))
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

/** Those of the short form: three brokers take longer to start than all that they are asked. */
function inShort(shape: Shape): readonly ApiCases[] {
  if (shape === THREE_BROKERS) return []
  return shape.restarts ? allCases.map((of) => ({ ...of, cases: of.cases.slice(0, FEW_SCENARIOS) })) : allCases
}

async function compareOn(release: string, shape: Shape, cases: readonly ApiCases[], findings: Findings): Promise<void> {
  if (cases.every((of) => of.cases.every((one) => one.shape !== shape))) return
  console.log(`Kafka ${release}, ${shape.name}`)
  let running: RunningKafka
  try {
    running = await startKafka(kafkaOptions(release, shape))
  } catch (error) {
    findings.fail(error instanceof Error ? error.message : String(error))
    return
  }
  const kafka = await realSide(`Kafka ${release}`, running.bootstrapServers, running)
  const memkafka = await ownSide(releaseName(release), shape)
  try {
    const served = commonTo(await servedBy(kafka), await servedBy(memkafka))
    findings.serves(served)
    for await (const found of compare(cases, { kafka, memkafka, release, shape, served })) {
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
  const recorded = transcriptOf(readRecorded(release, api)[name] ?? {}, version ?? 0)
  const renew = `npm run conformance:record -- --release ${release} --only ${api}`
  if (recorded === undefined) return [`nothing is recorded: ${renew}`]
  const old = compareTranscripts(transcript, recorded)
  return old.length === 0 ? [] : [`what is recorded is not what Kafka answers (${renew}): ${old[0]}`]
}

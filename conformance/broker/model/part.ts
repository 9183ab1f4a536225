import fc from 'fast-check'
import { lackingTools, NEWEST, type RunningKafka, startKafka } from '../../kafka/kafka.ts'
import { notRun, type Part, type PartOptions, type PartResult } from '../../part.ts'
import { ownSide } from '../own-side.ts'
import { realSide } from '../real-side.ts'
import { releaseName } from '../releases.ts'
import { commonTo, type Served, servedBy } from '../run-case.ts'
import { ONE_BROKER } from '../shapes.ts'
import type { Side } from '../side.ts'
import { compareTranscripts } from '../transcript.ts'
import { type Action, history } from './actions.ts'
import { following, noting } from './pace.ts'
import { play } from './play.ts'

const TITLE = 'The model'
const DEFAULT_SEED = 1
const HISTORIES = 300
const HISTORIES_IN_SHORT = 30

/** How often a difference has to show before it is one: a real broker on a busy machine may be late. */
const TIMES = 3

/** The random histories' part of `npm run conformance`. */
export const model: Part = {
  name: 'model',
  about: 'random histories of topics, records, sessions and groups, on both sides alike',
  async run({ short, seed = DEFAULT_SEED }: PartOptions): Promise<PartResult> {
    const lacking = await lackingTools()
    if (lacking !== undefined) return notRun(TITLE, lacking)
    const count = short ? HISTORIES_IN_SHORT : HISTORIES
    const failure = await differing(NEWEST, seed, count)
    if (failure !== undefined) console.log(`failed: ${failure}`)
    const told = failure === undefined ? 'None differs.' : 'One differs, or could not be told.'
    return {
      passed: failure === undefined ? count : 0,
      failed: failure === undefined ? 0 : 1,
      notRun: [],
      section: `## ${TITLE}

Random histories of a small world (topics made, changed and deleted; batches good and bad, idempotent and not; fetches with
sessions; offsets by time; members that join, sync, die and leave; commits) are played on memkafka and on Kafka ${NEWEST}, and
every answer compared: ${count} histories of up to 30 requests, in random versions. ${told}
`,
    }
  },
}

/** The shortest history that shows a difference, and the difference; undefined when there is none. */
async function differing(release: string, seed: number, count: number): Promise<string | undefined> {
  let running: RunningKafka
  try {
    running = await startKafka({ version: release, configs: ONE_BROKER.configs })
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
  const kafka = await realSide(`Kafka ${release}`, running.bootstrapServers)
  const memkafka = await ownSide(releaseName(release), ONE_BROKER)
  try {
    return await differingOn(kafka, memkafka, seed, count)
  } finally {
    await kafka.stop()
    await memkafka.stop()
    await running.stop()
  }
}

/** The same on sides that are there. */
async function differingOn(kafka: Side, memkafka: Side, seed: number, count: number): Promise<string | undefined> {
  const served = commonTo(await servedBy(kafka), await servedBy(memkafka))
  let run = Date.now() % 1_000_000_000
  let played = 0
  const property = fc.asyncProperty(history, async (actions) => {
    played++
    if (played % 50 === 0) console.log(`${played} histories`)
    for (let time = 1; ; time++) {
      const lines = await differences(actions, ++run, kafka, memkafka, served)
      if (lines.length === 0) return
      if (time === TIMES) {
        console.log(`a history of ${actions.length} differs, looking for a shorter one: ${lines[0]}`)
        throw new Error(lines.join('\n'))
      }
    }
  })
  const { failed, counterexample, errorInstance, seed: used } = await fc.check(property, { seed, numRuns: count })
  if (!failed) return undefined
  const [actions] = counterexample as [readonly Action[]]
  const steps = actions.map((action) => `  ${action.do} ${JSON.stringify(action.about)}`)
  return `seed ${used}:\n${steps.join('\n')}\n${errorInstance instanceof Error ? errorInstance.message : errorInstance}`
}

async function differences(
  actions: readonly Action[],
  run: number,
  kafka: Side,
  memkafka: Side,
  served: Served,
): Promise<string[]> {
  const moments: number[] = []
  const theirs = await play(noting(kafka, moments), actions, run, served)
  const ours = await play(following(memkafka, moments), actions, run, served)
  return compareTranscripts(theirs, ours)
}

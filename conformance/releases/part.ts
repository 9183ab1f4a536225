/**
 * What memkafka shows of itself when it passes for a release of Kafka, beside what the release shows: as its own jars tell it,
 * and for the newest ones of 3.x and 4.x as a running broker answers.
 */
import { KafkaStartError, NEWEST, NEWEST_3, startKafka } from '../kafka/kafka.ts'
import { MavenError } from '../maven.ts'
import type { Part, PartOptions, PartResult } from '../part.ts'
import { lacking } from '../tools.ts'
import { type Advertised, type ApiTable, readAdvertised } from './advertised.ts'
import { type Answers, answersOf, tableOf } from './answers.ts'
import { type Compared, compareTables, compareWithBroker, compareWithFacts, cut, sum } from './compared.ts'
import { derive } from './derive.ts'
import { answersOfMemkafka, servedByMemkafka } from './emulated.ts'
import { missing, section, TITLE } from './section.ts'

/** Those without ApiVersions: nobody shows anything. */
const BEFORE_API_VERSIONS = ['0.8.2.2', '0.9.0.1']

const RUNNING = [NEWEST_3, NEWEST]

export const releases: Part = {
  name: 'releases',
  about: 'what memkafka shows of itself when it passes for a release, beside what that release shows',
  run,
}

async function run({ short }: PartOptions): Promise<PartResult> {
  const advertised = readAdvertised()
  const nameOf = (key: number) => advertised.names.get(key) ?? `the API ${key}`
  const served = await servedByMemkafka()
  const found = new Map<string, Compared>()
  const add = (patch: string, compared: Compared) => {
    for (const line of compared.different) console.log(`Kafka ${patch}: ${line}`)
    found.set(patch, sum([found.get(patch) ?? { same: 0, different: [] }, compared]))
  }

  for (const patch of [...BEFORE_API_VERSIONS, ...advertised.patches]) {
    const expected = cut(tableIn(advertised.tables, patch), served)
    add(patch, compareWithFacts(patch, await answersOfMemkafka(patch), expected, nameOf))
  }
  for (const { name, versions, releases } of missing(advertised, served)) {
    console.log(`not served: ${name} ${versions}, shown by Kafka ${releases}`)
  }

  const notRun: string[] = []
  const running = new Map<string, readonly string[]>()
  const attempt = async (what: string, doIt: () => Promise<unknown>) => {
    try {
      await doIt()
    } catch (error) {
      if (!(error instanceof KafkaStartError || error instanceof MavenError)) throw error
      notRun.push(`${TITLE}, ${what}: ${error.message}`)
    }
  }
  if (!short) {
    await attempt("what the releases' jars tell", async () => {
      for (const [patch, compared] of await compareWithJars(advertised, nameOf)) add(patch, compared)
    })
    for (const version of RUNNING) {
      await attempt(`a broker of ${version}`, async () => {
        const { compared, lacking } = await compareWithRunning(version, advertised, served, nameOf)
        add(version, compared)
        running.set(version, lacking)
        for (const name of lacking) console.log(`not served: the feature ${name} of Kafka ${version}`)
      })
    }
  }

  const all = sum([...found.values()])
  const differences = new Map([...found].map(([patch, { different }]) => [patch, different]))
  return {
    passed: all.same,
    failed: all.different.length,
    notRun,
    section: section(advertised, served, differences, running),
  }
}

/** Whether what is kept is what the jars tell. */
async function compareWithJars(
  { patches, tables }: Advertised,
  nameOf: (key: number) => string,
): Promise<[patch: string, compared: Compared][]> {
  const without = await lacking(['java', 'javac', 'mvn'])
  if (without !== undefined) throw new MavenError(without)
  const derived = await derive(patches)
  return patches.map((patch) => {
    const { same, different } = compareTables(tableIn(tables, patch), tableIn(derived.tables, patch), nameOf)
    return [patch, { same, different: different.map((line) => `advertised.tsv is not what the jars tell: ${line}`) }]
  })
}

/** Asks a broker of the release, and memkafka that passes for it, the same. Tells of the features that memkafka lacks, too. */
async function compareWithRunning(
  version: string,
  { tables }: Advertised,
  served: ApiTable,
  nameOf: (key: number) => string,
): Promise<{ compared: Compared; lacking: readonly string[] }> {
  const kafka = await startKafka({ version })
  try {
    const theirs = await answersOf(kafka.bootstrapServers[0] as string)
    const ours = await answersOfMemkafka(version)
    const shown = tableOf(theirs.apiVersions.get(0) ?? { apiKeys: [] })
    const kept = compareTables(tableIn(tables, version), shown, nameOf)
    const [has, hasAll] = [ours, theirs].map((answers) => featureNames(answers)) as [string[], string[]]
    return {
      compared: sum([kept, compareWithBroker(ours, theirs, served, nameOf)]),
      lacking: hasAll.filter((name) => !has.includes(name)).sort(),
    }
  } finally {
    await kafka.stop()
  }
}

/** The newest answer to ApiVersions shows all features that there are. */
function featureNames({ apiVersions }: Answers): string[] {
  return ([...apiVersions.values()].at(-1)?.supportedFeatures ?? []).map(({ name }) => name)
}

function tableIn(tables: ReadonlyMap<string, ApiTable>, patch: string): ApiTable {
  return tables.get(patch) ?? new Map()
}

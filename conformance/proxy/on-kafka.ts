import { kafka } from '../clients/clusters.ts'
import { counts, exceptions, gathered, type Matrix, table } from '../clients/matrix.ts'
import { type Program, programs } from '../clients/programs.ts'
import type { Result } from '../clients/run.ts'
import { runThroughProxy } from '../clients/through.ts'
import { KafkaStartError, lackingTools, NEWEST, NEWEST_3 } from '../kafka/kafka.ts'
import { MavenError } from '../maven.ts'
import { notRun, type Part, type PartResult } from '../part.ts'

/** The releases before which the proxy is tried. */
const RELEASES: readonly string[] = [NEWEST, NEWEST_3]

/** Why so much fails on it anyway. */
const REFUSES = ' Kafka 4.x no longer serves what clients of before\n2.1 speak (KIP-896).'

/** On so many brokers a short run has clients go through: they show whether each is reached at its own address. */
const SHORT_SHAPES: readonly number[] = [3]

/** The proxy's parts before real brokers, one for each release: every client, or the quick ones before the newest in a short run. */
export const proxyOnKafka: readonly Part[] = RELEASES.map((version) => ({
  name: `proxy-${version}`,
  about: `the clients' programs through a KafkaProxy before Kafka ${version}`,
  run: async ({ short }) =>
    short && version !== NEWEST ? notRun(titleOf(version), 'no part of a short run') : runBeforeKafka(version, short),
}))

/** Runs clients through a proxy before Kafka of a release. */
async function runBeforeKafka(version: string, short: boolean): Promise<PartResult> {
  const wanted = programs.filter((program) => !short || program.short)
  try {
    const matrix = await gathered(wanted, results(version, wanted, short ? SHORT_SHAPES : undefined))
    return { ...counts(matrix), section: section(version, matrix) }
  } catch (error) {
    if (!(error instanceof KafkaStartError || error instanceof MavenError)) throw error
    return notRun(titleOf(version), (await lackingTools()) ?? (error.message.split('\n')[0] as string))
  }
}

async function* results(
  version: string,
  wanted: readonly Program[],
  shapes: readonly number[] | undefined,
): AsyncGenerator<Result, void, void> {
  for await (const cluster of kafka(version, shapes)) yield* runThroughProxy(wanted, [cluster])
}

function titleOf(version: string): string {
  return `Through the proxy before Kafka ${version}`
}

function section(version: string, matrix: Matrix): string {
  const shapes = [...new Set(matrix.results.map(({ brokers }) => brokers))]
  return `## ${titleOf(version)}

What real clients do when a \`KafkaProxy\` without handlers stands before real brokers: ✓ passed, – not offered by the client, × fails on
this Kafka without the proxy as well, or comes after what does and ends the program.${version === NEWEST ? REFUSES : ''}

${table(matrix)}

${shapes.map((brokers) => told(matrix, brokers)).join('\n')}
${exceptions(matrix)}`
}

function told(matrix: Matrix, brokers: number): string {
  const results = matrix.results.filter((result) => result.brokers === brokers)
  const { passed, failed } = counts({ ...matrix, results })
  const anyway = results.filter(({ outcome }) => outcome === 'fails anyway').length
  const where = `on ${brokers} broker${brokers === 1 ? '' : 's'}`
  return `- ${where}: ${passed} steps passed, ${failed} failed, ${anyway} fail without the proxy too.`
}

import { kafka } from '../clients/clusters.ts'
import { counts, exceptions, gathered, type Matrix, table } from '../clients/matrix.ts'
import { type Program, programs } from '../clients/programs.ts'
import type { Result } from '../clients/run.ts'
import { runThroughProxy } from '../clients/through.ts'
import { KafkaStartError, lackingTools, NEWEST, NEWEST_3 } from '../kafka/kafka.ts'
import { MavenError } from '../maven.ts'
import { notRun, type Part, type PartResult } from '../part.ts'

/** The releases before which the proxy is tried. */
export const releases: readonly string[] = [NEWEST, NEWEST_3]

/** On so many brokers a short run has clients go through: they show whether each is reached at its own address. */
const SHORT_SHAPES: readonly number[] = [3]

/** The proxy's parts before real brokers, one for each release. */
export const proxyOnKafka: readonly Part[] = releases.map((version) => ({
  name: `proxy-${version}`,
  about: `the quick ones of the clients' programs through a KafkaProxy before Kafka ${version}`,
  run: async ({ short }) => {
    if (!short) return runBeforeKafka(version)
    // One release is what a short run has the time for.
    if (version !== NEWEST) return notRun(titleOf(version), 'no part of a short run')
    return runBeforeKafka(version, { shapes: SHORT_SHAPES })
  },
}))

/**
 * Runs clients through a proxy before Kafka of a release.
 * @param shapes on how many brokers; default: on one and on three
 * @param all every client, and not the quick ones alone
 */
export async function runBeforeKafka(
  version: string,
  { shapes, all = false }: { readonly shapes?: readonly number[]; readonly all?: boolean } = {},
): Promise<PartResult> {
  const wanted = programs.filter((program) => all || program.short)
  try {
    const matrix = await gathered(wanted, results(version, wanted, shapes))
    return { ...counts(matrix), section: section(version, all, matrix) }
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

function section(version: string, all: boolean, matrix: Matrix): string {
  const shapes = [...new Set(matrix.results.map(({ brokers }) => brokers))]
  return `## ${titleOf(version)}

What ${all ? 'real clients' : 'the quick ones of the clients'} do when a \`KafkaProxy\` without handlers stands before real brokers: ✓ passed, – not offered by the client, × fails on
this Kafka without the proxy as well, or comes after what does and ends the program. Kafka 4.x no longer serves what clients of before
2.1 speak (KIP-896).

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

import { KafkaCluster } from '../../src/index.ts'
import { KafkaProxy } from '../../src/proxy/kafka-proxy.ts'
import { brokerConfigs } from '../../test/client/harness.ts'
import { runTests, type SuiteResult, suite } from '../client/suite.ts'
import { behindProxy, memkafka } from '../clients/clusters.ts'
import { counts, exceptions, type Matrix, runMatrix, table } from '../clients/matrix.ts'
import type { Part, PartOptions, PartResult } from '../part.ts'

/** What the client's own tests want: on fewer brokers some of them are skipped. */
const BROKERS = 3

/** The proxy's part of `npm run conformance`. */
export const proxy: Part = {
  name: 'proxy',
  about: "the clients' programs, and the tests of our own client, through a KafkaProxy without handlers",
  run,
}

async function run({ short }: PartOptions): Promise<PartResult> {
  const clusters = memkafka().map(behindProxy)
  // Three brokers show whether each is reached at its own address; one shows little more.
  const matrix = await runMatrix(short ? clusters.filter(({ brokers }) => brokers > 1) : clusters, short)
  const count = counts(matrix)
  if (short) return { ...count, section: section(matrix, '') }
  const tests = await ownTests()
  for (const what of tests.failed) console.log(`failed: ${what}`)
  return {
    passed: count.passed + tests.passed,
    failed: count.failed + tests.failed.length,
    notRun: count.notRun,
    section: section(matrix, told(tests)),
  }
}

/** The tests of `memkafka/client` that hold on any cluster, through a proxy. */
async function ownTests(): Promise<SuiteResult> {
  const cluster = await KafkaCluster.start({ brokers: BROKERS, config: brokerConfigs })
  try {
    const proxy = await KafkaProxy.start({ upstream: cluster.bootstrapServers })
    try {
      return await runTests(await suite(), proxy.bootstrapServers)
    } finally {
      await proxy.stop()
    }
  } finally {
    await cluster.stop()
  }
}

function told({ passed, skipped, failed }: SuiteResult): string {
  const skips = skipped === 0 ? '' : `, ${skipped} skipped`
  const lines = [
    'The tests of `memkafka/client` that hold on real Kafka, through a proxy before three brokers of memkafka:',
    '',
    `- ${passed} passed, ${failed.length} failed${skips}.`,
    ...failed.map((what) => `  - failed: ${what}`),
  ]
  return `\n${lines.join('\n')}\n`
}

function section(matrix: Matrix, tests: string): string {
  return `## Through the proxy

What real clients do when a \`KafkaProxy\` without handlers stands before memkafka, each step on one broker and on three: ✓ passed,
– not offered by the client. The steps are those of [Clients](#clients).

${table(matrix)}
${exceptions(matrix)}${tests}`
}

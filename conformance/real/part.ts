import { KafkaProxy } from '../../src/proxy/kafka-proxy.ts'
import { brokerConfigs } from '../../test/client/harness.ts'
import { releases } from '../client/part.ts'
import { KafkaStartError, lackingTools, NEWEST, startKafka } from '../kafka/kafka.ts'
import { MavenError } from '../maven.ts'
import { notRun, type Part, type PartOptions, type PartResult } from '../part.ts'
import type { Report } from './reporter.ts'
import { type Found, section, TITLE } from './section.ts'
import { runSuite, suite } from './suite.ts'

export const real: Part = {
  name: 'real',
  about: "the testing kit's own tests that need no emulator, on a real broker, and through a proxy before it",
  run,
}

/** Clients that are shown to users have topics be made when they write to them. */
const configs = { ...brokerConfigs, 'auto.create.topics.enable': 'true' }

async function run({ short }: PartOptions): Promise<PartResult> {
  const files = await suite(short)
  // Through the proxy come the same requests; where there is little time those of the handles will do.
  const throughProxy = short ? files.filter((file) => file.startsWith('test/testing/real/')) : files
  const found: Found[] = []
  const notRunHere: string[] = []
  for (const version of short ? [NEWEST] : releases) {
    try {
      found.push(...(await onKafka(version, files, throughProxy)))
    } catch (error) {
      if (!(error instanceof KafkaStartError || error instanceof MavenError)) throw error
      notRunHere.push(`${TITLE}, Kafka ${version}: ${error.message}`)
    }
  }
  if (found.length === 0) return notRun(TITLE, (await lackingTools()) ?? 'no broker started')
  return {
    passed: found.reduce((sum, { report }) => sum + report.passed, 0),
    failed: found.reduce((sum, { report }) => sum + report.failed.length, 0),
    notRun: notRunHere,
    section: section(files, found),
  }
}

/** On a broker, and then through a proxy before it. */
async function onKafka(version: string, files: readonly string[], throughProxy: readonly string[]): Promise<Found[]> {
  const kafka = await startKafka({ version, brokers: 1, configs })
  try {
    const direct = tell(`Kafka ${version}`, await runSuite(files, kafka.bootstrapServers))
    const proxy = await KafkaProxy.start({ upstream: kafka.bootstrapServers })
    try {
      return [direct, tell(`Kafka ${version}, through a proxy`, await runSuite(throughProxy, proxy.bootstrapServers))]
    } finally {
      await proxy.stop()
    }
  } finally {
    await kafka.stop()
  }
}

/** Tells on the console what came of a run. */
function tell(where: string, report: Report): Found {
  for (const what of report.failed) console.log(`${where}: failed: ${what}`)
  console.log(`${where}: ${report.passed} passed, ${report.failed.length} failed, ${report.skipped.length} skipped`)
  return { where, report }
}

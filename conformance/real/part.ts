import { readdir } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { brokerConfigs } from '../../test/client/harness.ts'
import { releases, tell } from '../client/part.ts'
import { runTests, type SuiteResult } from '../client/suite.ts'
import { KafkaStartError, lackingTools, NEWEST, startKafka } from '../kafka/kafka.ts'
import { MavenError } from '../maven.ts'
import { notRun, type Part, type PartOptions, type PartResult } from '../part.ts'

const TITLE = 'The testing kit on real Kafka'
const ROOT = join(import.meta.dirname, '../..')
const TESTS = join(ROOT, 'test/testing/real')

export const real: Part = {
  name: 'real',
  about: "the testing kit's handles, waits, matchers and fixture, on a real broker",
  run,
}

async function run({ short }: PartOptions): Promise<PartResult> {
  const versions = short ? [NEWEST] : releases
  const files = await suite()
  const lines: string[] = []
  const result = { passed: 0, failed: 0, notRun: [] as string[] }
  for (const version of versions) {
    try {
      const found = await onKafka(version, files)
      tell(version, found)
      result.passed += found.passed
      result.failed += found.failed.length
      lines.push(`- Kafka ${version}: ${found.passed} passed, ${found.failed.length} failed.`)
      lines.push(...found.failed.map((what) => `  - failed: ${what}`))
    } catch (error) {
      if (!(error instanceof KafkaStartError || error instanceof MavenError)) throw error
      result.notRun.push(`${TITLE}, Kafka ${version}: ${error.message}`)
      lines.push(`- Kafka ${version}: not run.`)
    }
  }
  if (result.notRun.length === versions.length) return notRun(TITLE, (await lackingTools()) ?? 'no broker started')
  return { ...result, section: section(files, lines) }
}

/** The test files that hold on memkafka and on real Kafka. */
async function suite(): Promise<string[]> {
  const files = (await readdir(TESTS)).filter((file) => file.endsWith('.test.ts')).sort()
  return files.map((file) => relative(ROOT, join(TESTS, file)))
}

async function onKafka(version: string, files: readonly string[]): Promise<SuiteResult> {
  const kafka = await startKafka({ version, brokers: 1, configs: brokerConfigs })
  try {
    return await runTests(files, kafka.bootstrapServers)
  } finally {
    await kafka.stop()
  }
}

function section(files: readonly string[], lines: readonly string[]): string {
  return [
    `## ${TITLE}`,
    '',
    'What a test holds in its hand of a cluster by its address alone, and the fixture with `MEMKAFKA_BOOTSTRAP`: the tests run on memkafka over TCP with all the others, and here on a real broker:',
    '',
    ...files.map((file) => `- \`${file}\``),
    '',
    ...lines,
    '',
  ].join('\n')
}

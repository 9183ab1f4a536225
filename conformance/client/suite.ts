import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { brokerConfigs } from '../../test/client/harness.ts'
import { CommandFailed, run } from '../children.ts'
import { startKafka } from '../kafka/kafka.ts'

/** What came of tests on one cluster. */
export interface SuiteResult {
  readonly passed: number
  readonly skipped: number
  /** The full names of those that failed, each with the first line of why. */
  readonly failed: readonly string[]
}

const ROOT = join(import.meta.dirname, '../..')
const TESTS = join(ROOT, 'test/client')

/** So many brokers that every test finds as many as it needs. */
const BROKERS = 3

/** How long one test may take, and all of them: brokers on a small machine are slow, but not as slow as this. */
const TEST_MS = 60_000
const SUITE_MS = 1_200_000

/** How a test file takes the harness; and the harness itself, which is no test. */
const USES_HARNESS = /from '(?:\.\.?\/)+harness\.ts'/

/** The test files that hold on real Kafka too: those whose cluster comes from the harness. */
export async function suite(): Promise<string[]> {
  const files = (await readdir(TESTS, { recursive: true })).filter((file) => file.endsWith('.test.ts')).sort()
  const texts = await Promise.all(files.map((file) => readFile(join(TESTS, file), 'utf8')))
  return files.filter((_, i) => USES_HARNESS.test(texts[i] as string)).map((file) => relative(ROOT, join(TESTS, file)))
}

/**
 * Runs the client's tests on real brokers of a release, one file after the other.
 * @param port of the first broker. Default: free ones
 * @param filter runs those files alone that have this in their path
 * @throws KafkaStartError, MavenError when there is no such Kafka
 */
export async function onKafka(version: string, port: number | undefined, filter = ''): Promise<SuiteResult> {
  const files = (await suite()).filter((file) => file.includes(filter))
  const kafka = await startKafka({
    version,
    brokers: BROKERS,
    configs: brokerConfigs,
    ...(port !== undefined && { port }),
  })
  try {
    return await runTests(files, kafka.bootstrapServers)
  } finally {
    await kafka.stop()
  }
}

/** Runs test files on brokers that are there, one file after the other. */
export async function runTests(files: readonly string[], bootstrapServers: readonly string[]): Promise<SuiteResult> {
  const folder = await mkdtemp(join(tmpdir(), 'client-suite-'))
  const outputFile = join(folder, 'report.json')
  const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs')
  const reporting = ['--reporter=json', `--outputFile=${outputFile}`]
  const limits = ['--no-file-parallelism', `--testTimeout=${TEST_MS}`, `--hookTimeout=${TEST_MS}`]
  const command = {
    file: process.execPath,
    args: [vitest, 'run', ...reporting, ...limits, ...files],
    cwd: ROOT,
    env: { MEMKAFKA_TEST_BOOTSTRAP: bootstrapServers.join(',') },
  }
  try {
    await run(command, SUITE_MS).catch((error: unknown) => {
      // A test that failed is a result; whatever else ended the run is not.
      if (!(error instanceof CommandFailed) || !existsSync(outputFile)) throw error
    })
    return read(await readFile(outputFile, 'utf8'))
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** What vitest's JSON reporter tells. */
interface Report {
  readonly numPassedTests: number
  readonly numPendingTests: number
  readonly testResults: readonly {
    readonly name: string
    readonly status: string
    readonly message: string
    readonly assertionResults: readonly {
      readonly fullName: string
      readonly status: string
      readonly failureMessages: readonly string[]
    }[]
  }[]
}

function read(json: string): SuiteResult {
  const report = JSON.parse(json) as Report
  const failed = report.testResults.flatMap(({ name, status, message, assertionResults }) => {
    const tests = assertionResults.filter((test) => test.status === 'failed')
    const file = relative(ROOT, name)
    // A file can fail as a whole, before any of its tests.
    if (tests.length === 0 && status === 'failed') return [`${file}: ${firstLine(message)}`]
    return tests.map(({ fullName, failureMessages }) => `${file}: ${fullName}: ${firstLine(failureMessages[0] ?? '')}`)
  })
  return { passed: report.numPassedTests, skipped: report.numPendingTests, failed }
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0] ?? ''
}

import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { CommandFailed, run } from '../children.ts'
import type { Report } from './reporter.ts'

const ROOT = join(import.meta.dirname, '../..')

/** Where tests lie that may hold on real Kafka: those of the kit, and what users are shown. */
const FOLDERS = ['test/testing', 'test/broker/handles', 'examples/recipes', 'examples/testing']

/**
 * How such a test comes to its cluster: by the helpers of the kit's tests, or by the fixture. What of a file needs memkafka is skipped there, with the reason.
 */
const ANY_CLUSTER = [
  /from '(?:\.\.?\/)+(?:testing\/)?a-cluster\.ts'/,
  /from '\.\/clusters\.ts'/,
  /MEMKAFKA_TEST_BOOTSTRAP/,
  /from 'memkafka\/vitest'/,
]
/** What has an example that is built on such a cluster come to it. */
const BY_RECIPES = /from '\.\/test\.ts'/

/** What is run by a vitest of its own, which one of the tests starts; and the shortest of examples, whose topic is nobody's: it would be left behind. */
const OTHERS = /^test\/testing\/vitest\/|^examples\/testing\/fixture\.test\.ts$/

/** How long one test may take, and all of them: brokers on a small machine are slow, but not as slow as this. */
const TEST_MS = 60_000
const SUITE_MS = 1_200_000

/** The test files that hold on memkafka and on real Kafka; in short only those of handles, waits and matchers. */
export async function suite(short: boolean): Promise<readonly string[]> {
  const folders = short ? FOLDERS.filter((folder) => folder.startsWith('test/')) : FOLDERS
  const files: string[] = []
  for (const folder of folders) {
    const found = (await readdir(join(ROOT, folder), { recursive: true })).filter((file) => file.endsWith('.test.ts'))
    files.push(...found.map((file) => relative(ROOT, join(ROOT, folder, file))).filter((file) => !OTHERS.test(file)))
  }
  const kept = await Promise.all(files.map(async (file) => holds(file, await readFile(join(ROOT, file), 'utf8'))))
  return files.filter((_, i) => kept[i]).sort()
}

function holds(file: string, text: string): boolean {
  if (file.startsWith('examples/') && BY_RECIPES.test(text)) return true
  return ANY_CLUSTER.some((how) => how.test(text))
}

/** Runs test files on brokers that are there, one file after the other. */
export async function runSuite(files: readonly string[], bootstrapServers: readonly string[]): Promise<Report> {
  const folder = await mkdtemp(join(tmpdir(), 'kit-suite-'))
  const report = join(folder, 'report.json')
  const bootstrap = bootstrapServers.join(',')
  const command = {
    file: process.execPath,
    args: [
      join(ROOT, 'node_modules/vitest/vitest.mjs'),
      'run',
      `--reporter=${join(import.meta.dirname, 'reporter.ts')}`,
      '--no-file-parallelism',
      `--testTimeout=${TEST_MS}`,
      `--hookTimeout=${TEST_MS}`,
      ...files,
    ],
    cwd: ROOT,
    env: {
      MEMKAFKA_REPORT: report,
      MEMKAFKA_BOOTSTRAP: bootstrap,
      MEMKAFKA_TEST_BOOTSTRAP: bootstrap,
      MEMKAFKA_ALLOW_WRITES: '1',
    },
  }
  try {
    await run(command, SUITE_MS).catch((error: unknown) => {
      // A test that failed is a result; whatever else ended the run is not.
      if (!(error instanceof CommandFailed) || !existsSync(report)) throw error
    })
    return JSON.parse(await readFile(report, 'utf8')) as Report
  } finally {
    await rm(folder, { recursive: true })
  }
}

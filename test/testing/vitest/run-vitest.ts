import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const VITEST = resolve(import.meta.dirname, '../../../node_modules/vitest/vitest.mjs')
const PROJECTS = resolve(import.meta.dirname, 'projects')

/** What became of a test, in a run of vitest. */
export interface Outcome {
  readonly status: 'passed' | 'failed' | 'skipped' | 'pending'
  /** What its errors say, as the reporter tells it. */
  readonly said: string
}

/** What became of a run of vitest. */
export interface Run {
  readonly tests: ReadonlyMap<string, Outcome>
  /** Errors of whole files, by the file's name. */
  readonly files: ReadonlyMap<string, string>
  readonly printed: string
  readonly code: number | null
}

interface Report {
  readonly testResults: readonly {
    readonly name: string
    readonly message: string
    readonly assertionResults: readonly {
      readonly title: string
      readonly status: Outcome['status']
      readonly failureMessages: readonly string[]
    }[]
  }[]
}

/** Runs one of the projects with a vitest of its own, in a process of its own. */
export async function runVitest(project: string, ...flags: readonly string[]): Promise<Run> {
  const folder = await mkdtemp(join(tmpdir(), 'memkafka-vitest-'))
  try {
    const report = join(folder, 'report.json')
    const config = join(PROJECTS, 'vitest.config.ts')
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`, '--no-color']
    const root = join(PROJECTS, project)
    const { code, printed } = await run(VITEST, ['run', '--root', root, '--config', config, ...reporters, ...flags])
    const text = await readFile(report, 'utf8').catch(() => {
      throw new Error(`vitest ended with ${code} and no report:\n${printed}`)
    })
    const { testResults }: Report = JSON.parse(text)
    const outcomes = testResults.flatMap(({ assertionResults }) => assertionResults)
    return {
      tests: new Map(outcomes.map((one) => [one.title, { status: one.status, said: one.failureMessages.join('\n') }])),
      files: new Map(testResults.map(({ name, message }) => [name.slice(root.length + 1), message])),
      printed,
      code,
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function run(script: string, args: readonly string[]): Promise<{ code: number | null; printed: string }> {
  // It is a run of its own, and no part of the one that starts it.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^VITEST|^TEST$/.test(name)))
  const child = spawn(process.execPath, [script, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const parts: Buffer[] = []
  child.stdout.on('data', (part: Buffer) => parts.push(part))
  child.stderr.on('data', (part: Buffer) => parts.push(part))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, printed: Buffer.concat(parts).toString() }))
  })
}

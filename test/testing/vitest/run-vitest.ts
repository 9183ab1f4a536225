import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
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
  /** How long it took, in ms, fixtures included. */
  readonly tookMs: number
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
      readonly duration?: number
    }[]
  }[]
}

/**
 * Runs one of the projects, or another folder, with a vitest of its own, in a process of its own.
 * @param more flags, and variables of its environment
 */
export async function runVitest(project: string, ...more: readonly (string | Record<string, string>)[]): Promise<Run> {
  const flags = more.filter((one) => typeof one === 'string')
  const variables = Object.assign({}, ...more.filter((one) => typeof one !== 'string'))
  const folder = await mkdtemp(join(tmpdir(), 'memkafka-vitest-'))
  try {
    const report = join(folder, 'report.json')
    const own = join(PROJECTS, project, 'vitest.config.ts')
    const config = existsSync(own) ? own : join(PROJECTS, 'vitest.config.ts')
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`, '--no-color']
    const root = resolve(PROJECTS, project)
    const args = ['run', '--root', root, '--config', config, ...reporters, ...flags]
    const { code, printed } = await runNode([VITEST, ...args], variables)
    // A run that does not come to its tests leaves no report.
    const { testResults }: Report = existsSync(report)
      ? JSON.parse(await readFile(report, 'utf8'))
      : { testResults: [] }
    const outcomes = testResults.flatMap(({ assertionResults }) => assertionResults)
    return {
      tests: new Map(
        outcomes.map(({ title, status, failureMessages, duration = 0 }) => [
          title,
          { status, said: failureMessages.join('\n'), tookMs: duration },
        ]),
      ),
      files: new Map(testResults.map(({ name, message }) => [name.slice(root.length + 1), message])),
      printed,
      code,
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Runs a script to its end. */
export function runNode(
  args: readonly string[],
  variables: Record<string, string> = {},
): Promise<{ code: number | null; printed: string }> {
  // It is a run of its own, and no part of the one that starts it.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^VITEST|^TEST$/.test(name)))
  const child = spawn(process.execPath, args, { env: { ...env, ...variables }, stdio: ['ignore', 'pipe', 'pipe'] })
  const parts: Buffer[] = []
  child.stdout.on('data', (part: Buffer) => parts.push(part))
  child.stderr.on('data', (part: Buffer) => parts.push(part))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, printed: Buffer.concat(parts).toString() }))
  })
}

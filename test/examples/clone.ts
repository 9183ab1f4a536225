/** Runs examples that are no tests of vitest, as their users run them, in a child process and with the sources of this clone as `memkafka`. */
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { rolldown } from 'rolldown'

export const root: string = resolve(import.meta.dirname, '../..')

/** What a program said, and how it ended. */
export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs a program on this Node.js to its end; ends it when the signal says so. */
export function run(args: readonly string[], folder: string, signal: AbortSignal): Promise<Ended> {
  const { promise, resolve: ended, reject } = Promise.withResolvers<Ended>()
  const child = spawn(process.execPath, args, { cwd: join(root, folder), signal, stdio: ['ignore', 'pipe', 'pipe'] })
  const said = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      said[stream] += text
    })
  }
  child.on('error', reject).on('close', (code) => ended({ code, ...said }))
  return promise
}

/** A folder inside the clone, from where installed packages are found, until it is disposed of. */
export function cacheFolder(): Disposable & { readonly path: string } {
  mkdirSync(join(root, '.cache'), { recursive: true })
  const path = mkdtempSync(join(root, '.cache/examples-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}

/** Writes the sources as CommonJS, as `npm run build` makes them. */
export async function writeCommonJs(folder: string): Promise<void> {
  const input = { index: join(root, 'src/index.ts'), testing: join(root, 'src/testing/index.ts') }
  const external = (id: string): boolean => !id.startsWith('.') && !id.startsWith('/')
  const build = await rolldown({ input, platform: 'node', external, transform: { target: 'node22.15' } })
  await build.write({ dir: folder, format: 'cjs' })
  await build.close()
  writeFileSync(join(folder, 'package.json'), '{ "type": "commonjs" }\n')
}

/** Runs jest on an example, and this Node.js with flags, if need be. */
export async function runJest(
  example: string,
  signal: AbortSignal,
  flags: readonly string[] = [],
): Promise<Ended & { readonly tests: JestTests }> {
  using built = cacheFolder()
  // As it is for users: what lies in node_modules jest does not transform.
  const memkafka = join(built.path, 'node_modules/memkafka')
  await writeCommonJs(memkafka)
  const sources = { '^memkafka$': join(memkafka, 'index.js'), '^memkafka/testing$': join(memkafka, 'testing.js') }
  const jest = join(root, 'node_modules/jest/bin/jest.js')
  const compiler = join(import.meta.dirname, 'typescript-6.ts')
  const args = [...flags, '--import', compiler, jest, '--runInBand', '--json']
  const ended = await run([...args, '--moduleNameMapper', JSON.stringify(sources)], example, signal)
  if (ended.stdout === '') throw new Error(ended.stderr)
  const { testResults } = JSON.parse(ended.stdout) as JestResults
  const results = testResults.flatMap(({ assertionResults }) => assertionResults)
  return { ...ended, tests: Object.fromEntries(results.map(({ fullName, status }) => [fullName, status])) }
}

/** By a test's name, how it ended. */
export type JestTests = Readonly<Record<string, string>>

interface JestResults {
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[]
  }[]
}

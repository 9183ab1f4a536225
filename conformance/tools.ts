import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Where everything that is fetched or built for the conformance runs is kept. */
export const cache: string = join(import.meta.dirname, '../.cache/conformance')

/** How each command-line tool is asked whether it works; that it is in the PATH is not enough. */
const asked: Readonly<Record<string, readonly string[]>> = {
  java: ['-version'],
  javac: ['-version'],
  mvn: ['-version'],
  go: ['version'],
  gcc: ['--version'],
  cargo: ['--version'],
  python3: ['-c', 'import venv, ensurepip'],
  kcat: ['-V'],
}

/** Which of these tools are not here, or do not work, in one line; undefined when all do. */
export async function lacking(tools: readonly string[]): Promise<string | undefined> {
  const answers = await Promise.allSettled(tools.map((tool) => run(tool, asked[tool] ?? ['--version'])))
  const without = tools.filter((_, i) => answers[i]?.status === 'rejected')
  return without.length === 0 ? undefined : `not here, or not working: ${without.join(', ')}`
}

/** Does it unless it was done for the same in this folder, and came to its end. Makes the folder. */
export async function once(folder: string, what: string, doIt: () => Promise<unknown>): Promise<void> {
  const done = join(folder, 'done')
  if (existsSync(done) && (await readFile(done, 'utf8')) === what) return
  await mkdir(folder, { recursive: true })
  await doIt()
  await writeFile(done, what)
}

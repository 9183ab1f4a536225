import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Command } from './process.ts'

const run = promisify(execFile)
const cache = join(import.meta.dirname, '../../.cache/bench/peers')

/** Compiles a program of this folder. Go keeps modules and what it compiled in caches of its own: a second time takes none. */
export async function goProgram(name: string): Promise<Command> {
  const file = join(cache, name)
  await run('go', ['build', '-o', file, '.'], { cwd: join(import.meta.dirname, name) })
  return { file, args: [] }
}

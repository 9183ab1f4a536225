import { join } from 'node:path'
import { run } from '../../conformance/children.ts'
import type { Command } from './process.ts'

const cache = join(import.meta.dirname, '../../.cache/bench/peers')

/** Compiles a program of this folder. Go keeps modules and what it compiled in caches of its own: a second time takes none. */
export async function goProgram(name: string): Promise<Command> {
  const file = join(cache, name)
  await run({ file: 'go', args: ['build', '-o', file, '.'], cwd: join(import.meta.dirname, name) })
  return { file, args: [] }
}

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { Guard } from '../../conformance/guard.ts'

/** A child that ends by itself only when nobody could wait for it. */
const patient = () => spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60_000)'], { stdio: 'ignore' })

async function folderWithData(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'guard-'))
  await writeFile(join(folder, 'data'), 'data')
  return folder
}

describe('the guard of child processes', () => {
  test('ends them and removes their folder at its end', async () => {
    const folder = await folderWithData()
    const guard = new Guard(folder)
    const children = [patient(), patient()]
    const exits = children.map((child) => once(child, 'exit'))
    for (const child of children) guard.watch(child)
    await guard.end()
    expect((await Promise.all(exits)).map(([, signal]) => signal)).toEqual(['SIGKILL', 'SIGKILL'])
    expect(existsSync(folder)).toBe(false)
  })

  test('has nothing to end but a folder to remove when they have ended', async () => {
    const folder = await folderWithData()
    const guard = new Guard(folder)
    const child = patient()
    guard.watch(child)
    const exit = once(child, 'exit')
    child.kill()
    await exit
    await guard.end()
    await guard.end()
    expect(existsSync(folder)).toBe(false)
  })

  test('ends them when its own process is killed', async () => {
    const folder = await folderWithData()
    const source = new URL('../../conformance/guard.ts', import.meta.url).href
    const script = `
      const { Guard } = await import(${JSON.stringify(source)})
      const { spawn } = await import('node:child_process')
      const child = spawn(process.execPath, ['-e', 'setInterval(() => process.stdout.write("."), 5)'], { stdio: ['ignore', 'inherit', 'ignore'], detached: true })
      new Guard(${JSON.stringify(folder)}).watch(child)
      process.stdin.resume()
    `
    const parent = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['pipe', 'pipe', 'ignore'] })
    await once(parent.stdout, 'data')
    parent.stdout.resume()
    // The grandchild holds the pipe as well: it ends when both have.
    const ended = once(parent.stdout, 'end')
    parent.kill('SIGKILL')
    await ended
  })
})

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { inspect } from 'node:util'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  exploreFaults,
  FaultsFoundError,
  NondeterminismError,
  record,
  replay,
} from '../../../src/testing/exploring/index.ts'
import { fragile, threeBrokers } from './services.ts'

let folder: string
let recordings: string
let file: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'memkafka-recording-'))
  recordings = join(folder, 'of', 'ci')
  file = join(recordings, 'memkafka-recording.json')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** What `fc.assert` throws of the fragile code, with its recording in the folder. */
async function explored(): Promise<unknown> {
  const faults = { kinds: ['kill', 'stop', 'start', 'heal'] as const, pause: 500 }
  const property = exploreFaults({ cluster: threeBrokers, faults, run: fragile, recordTo: recordings })
  try {
    await fc.assert(property, { seed: 1, numRuns: 100 })
  } catch (error) {
    return error
  }
  throw new Error('nothing was found')
}

test('what shows the error shows its message, and not the whole timeline after it', async () => {
  const error = (await explored()) as Error
  const found = error.cause as FaultsFoundError
  expect(found.recording.timeline).not.toEqual([])
  expect(Object.keys(found)).toEqual(['name'])
  expect(inspect(error, { depth: 9 })).not.toContain('timeline:')
})

test('the folder is made, and has the smallest failure in one file: what record gives of the error', async () => {
  const error = await explored()
  expect(readdirSync(recordings)).toEqual(['memkafka-recording.json'])
  const recording = JSON.parse(readFileSync(file, 'utf8'))
  expect(recording).toEqual(record(error))
  expect(recording).toMatchObject({
    memkafka: 'recording',
    version: 1,
    failure: expect.stringMatching(/^broker \d is gone$/),
    schedule: { seed: 0, order: 0, steps: [{ after: 0 }] },
  })
  expect(recording.timeline.length).toBeGreaterThan(0)
})

test('nothing is written where nothing fails', async () => {
  const property = exploreFaults({ cluster: threeBrokers, run: () => {}, recordTo: recordings })
  await fc.assert(property, { seed: 1, numRuns: 3 })
  expect(() => readdirSync(recordings)).toThrow('ENOENT')
})

test('it fails again from the file, and no more where the code is mended', async () => {
  const { failure } = record(await explored())
  await expect(replay(file, { run: fragile })).rejects.toThrow(FaultsFoundError)
  await expect(replay(file, { run: fragile })).rejects.toThrow(failure)
  await replay(file, { run: () => {} })
})

test('it fails again in another process', async () => {
  const { failure } = record(await explored())
  const script = `
    import { replay } from './src/testing/exploring/index.ts'
    import { fragile } from './test/testing/exploring/services.ts'
    await replay(process.argv[1], { run: fragile })`
  const cwd = fileURLToPath(new URL('../../..', import.meta.url))
  const flags = ['--input-type=module', '-e', script, file]
  const { status, stderr } = spawnSync(process.execPath, flags, { cwd, encoding: 'utf8' })
  expect(stderr).toContain(`FaultsFoundError: ${failure}`)
  expect(status).toBe(1)
})

test('a file with another event tells which one it is, and one that is cut off is no recording', async () => {
  await explored()
  const text = readFileSync(file, 'utf8')
  const recording = JSON.parse(text)
  recording.timeline.pop()
  writeFileSync(file, JSON.stringify(recording))
  const replayed = replay(file, { run: fragile })
  await expect(replayed).rejects.toThrow(NondeterminismError)
  await expect(replayed).rejects.toThrow(`Event ${recording.timeline.length + 1} differs`)
  writeFileSync(file, text.slice(0, 100))
  await expect(replay(file, { run: fragile })).rejects.toThrow(`${file} is no JSON, and no recording`)
})

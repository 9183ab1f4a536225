import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Worker } from 'node:worker_threads'
import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { exploreFaults, type FaultSchedule, faultSchedules, type Run } from '../../../src/testing/exploring/index.ts'
import { cluster, faults } from './looping.ts'

const script = fileURLToPath(new URL('looping.ts', import.meta.url))
const LAST_WORDS = 'node --inspect.\n\n'

interface Told {
  readonly stderr: string
  readonly schedule: FaultSchedule
}

/** What is said of code that does not let go of the thread, which is ended then. */
async function toldOf(what: string, { environment = {}, flags = [] }: Partial<Options> = {}): Promise<Told> {
  const env = { ...process.env, MEMKAFKA_SEED: '', ...environment }
  const child = spawn(process.execPath, [...flags, script, what], { env, stdio: ['ignore', 'ignore', 'pipe'] })
  const ended = once(child, 'close')
  onTestFinished(() => void child.kill('SIGKILL'))
  let stderr = ''
  for await (const chunk of child.stderr.setEncoding('utf8')) {
    stderr += chunk
    if (stderr.endsWith(LAST_WORDS)) child.kill('SIGKILL')
  }
  await ended
  if (!stderr.endsWith(LAST_WORDS)) throw new Error(`it has ended, and said: ${stderr}`)
  const schedule = /underFaults\(\{ run, laws \}, (.*)\)$/m.exec(stderr)?.[1] ?? 'null'
  return { stderr, schedule: JSON.parse(schedule) }
}

interface Options {
  readonly environment: Readonly<Record<string, string>>
  readonly flags: readonly string[]
}

/** What fast-check draws first of this seed. */
function firstOf(seed: number): FaultSchedule | undefined {
  return fc.sample(faultSchedules(cluster, faults), { seed, numRuns: 1 })[0]
}

test('a run that loops in promises is told of, and by its schedule it loops again', async () => {
  const { stderr, schedule } = await toldOf('now and then')
  expect(stderr).toContain('memkafka: a run has held the thread for 0.5 s')
  expect(stderr).toMatch(/ {2}at (?:step|inPromises) \(.*looping\.ts:\d+:\d+\)/)
  const again = await toldOf('again', { environment: { SCHEDULE: JSON.stringify(schedule) } })
  expect(again.schedule).toEqual(schedule)
})

test('the very first run is told of, too, in a loop without promises', async () => {
  const { stderr, schedule } = await toldOf('at once', { environment: { MEMKAFKA_SEED: '42' } })
  expect(stderr).toMatch(/ {2}at inItself \(.*looping\.ts:\d+:\d+\)/)
  expect(schedule).toEqual(firstOf(42))
})

test('where a loop is that goes by way of Node.js itself is told, too', async () => {
  const { stderr } = await toldOf('in ticks')
  expect(stderr).toMatch(/here:\n(?: {2}at .*looping\.ts:\d+:\d+\n)? {2}at inTicks \(.*looping\.ts:\d+:\d+\)\n/)
})

test('a run of what is made smaller is told of by what it was made', async () => {
  const { schedule } = await toldOf('while it shrinks', { environment: { MEMKAFKA_SEED: '42' } })
  expect(schedule).not.toEqual(firstOf(42))
})

test('a replay is told of by its schedule', async () => {
  const { schedule } = await toldOf('in a replay')
  expect(schedule).toMatchObject({ seed: 7, steps: [{ after: 5, do: 'kill', broker: 2 }] })
})

test('nothing is said of runs that let go, and nothing holds up their process', async () => {
  await expect(toldOf('never')).rejects.toThrow(/^it has ended, and said: $/)
})

test('where no worker is allowed, it is explored all the same', async () => {
  const flags = ['--permission', '--allow-fs-read=*']
  await expect(toldOf('never', { flags })).rejects.toThrow(/^it has ended, and said: $/)
})

/** How many workers are started in this process meanwhile, all of which have ended afterwards. */
async function workersOf(task: () => Promise<unknown>): Promise<number> {
  const ends: Promise<unknown>[] = []
  const started = (worker: Worker): void => void ends.push(once(worker, 'exit'))
  process.on('worker', started)
  try {
    await task()
    await Promise.all(ends)
    return ends.length
  } finally {
    process.off('worker', started)
  }
}

const run = ({ sleep }: Run): Promise<void> => sleep(10)

test('an exploration has one worker, whatever comes between its runs, which ends with it and leaves nothing behind', async () => {
  const before = process.getActiveResourcesInfo()
  const property = exploreFaults({ cluster, run }).beforeEach(async (earlier) => {
    await earlier()
    await new Promise(setImmediate)
  })
  expect(await workersOf(() => fc.assert(property, { numRuns: 10 }))).toBe(1)
  const left = process.getActiveResourcesInfo()
  for (const one of before) if (left.includes(one)) left.splice(left.indexOf(one), 1)
  expect(left).toEqual([])
  expect(await workersOf(() => fc.assert(property, { numRuns: 10 }))).toBe(1)
})

test('the worker ends where an exploration breaks off', async () => {
  let runs = 0
  const property = exploreFaults({ cluster, run }).beforeEach(() => {
    if (++runs > 1) throw new Error('no database')
  })
  expect(await workersOf(() => expect(fc.assert(property)).rejects.toThrow('no database'))).toBe(1)
})

test('a property that nobody runs has none', async () => {
  const property = exploreFaults({ cluster, run })
  expect(await workersOf(async () => fc.sample(property as never, 3))).toBe(0)
})

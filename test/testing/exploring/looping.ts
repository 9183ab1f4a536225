/**
 * Code that never lets go of the thread, explored in a process of its own: `looping.ts <what>`. A test that starts it reads what is said on stderr.
 */
import fc from 'fast-check'
import { watchedExploration } from '../../../src/testing/exploring/explore.ts'
import {
  explorationParameters,
  type FaultSchedule,
  type Recording,
  type Run,
} from '../../../src/testing/exploring/index.ts'
import { watchedReplay } from '../../../src/testing/exploring/replay.ts'

/** How long the thread may be held here, ms. */
const HELD_MS = 500

export const cluster = { brokers: 3, topics: { orders: {} } }
export const faults = { steps: 3 }

/** Before anything is faked. */
const realNow = performance.now.bind(performance)

async function step(): Promise<void> {}

async function inPromises(): Promise<never> {
  for (;;) await step()
}

/** Node.js's own code has as much to do with it as this. */
async function inTicks(): Promise<never> {
  for (;;) await new Promise<void>((resolve) => process.nextTick(resolve))
}

function inItself(): never {
  for (;;);
}

const always = (): never => {
  throw new Error('as always')
}

/** Holds the thread, with others, longer than it may be held at once. */
async function lettingGo({ sleep }: Run): Promise<void> {
  for (let i = 0; i < 40; i++) {
    for (const from = realNow(); realNow() - from < HELD_MS / 20; );
    await sleep(1)
  }
}

/** Whether it does is by chance, which is the same when the schedule is. */
async function nowAndThen({ sleep }: Run): Promise<void> {
  await sleep(100)
  if (Math.random() < 0.3) await inPromises()
}

async function explored(run: (run: Run) => unknown, parameters: fc.Parameters<[FaultSchedule]> = {}): Promise<void> {
  const property = watchedExploration({ cluster, faults, run }, HELD_MS)
  await fc.assert(property, explorationParameters({ numRuns: 100, ...parameters }))
}

const recording: Recording = {
  memkafka: 'recording',
  version: 1,
  schedule: { cluster, seed: 7, order: 0, steps: [{ after: 5, do: 'kill', broker: 2 }], rest: 0 },
  failure: 'as always',
  timeline: [],
}

let runs = 0
const tasks: Readonly<Record<string, () => Promise<void>>> = {
  'now and then': () => explored(nowAndThen),
  again: () => {
    const schedule = JSON.parse(process.env.SCHEDULE ?? '')
    return watchedReplay({ ...recording, schedule }, { run: nowAndThen }, HELD_MS)
  },
  'at once': () => explored(() => inItself()),
  'in ticks': () => explored(() => inTicks()),
  // Run once more, what fails is made smaller.
  'while it shrinks': () => explored(() => (++runs > 2 ? inItself() : always())),
  'in a replay': () => watchedReplay(recording, { run: inPromises }, HELD_MS),
  never: () => explored(lettingGo, { numRuns: 2 }),
}

const task = tasks[process.argv[2] ?? '']
if (task !== undefined) await task()

import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  explorationParameters,
  exploreFaults,
  type FaultSchedule,
  FaultsFoundError,
  law,
  type Run,
  replay,
  simulate,
} from '../../../src/testing/exploring/index.ts'

const endless = async ({ sleep }: Run): Promise<void> => {
  for (;;) await sleep(1)
}
const cluster = { brokers: 3 }
const gone = async ({ cluster: { brokers }, sleep }: Run): Promise<void> => {
  await sleep(1000)
  if (brokers.some(({ isRunning }) => !isRunning)) throw new Error('a broker is gone')
}

test('what fc.pre does not let pass is skipped, as in any property', async () => {
  const picky = exploreFaults({ cluster, run: () => fc.pre(Math.random() < 0.5) })
  const { failed, numSkips, numRuns } = await fc.check(picky, { seed: 1, numRuns: 10 })
  expect({ failed, numRuns }).toEqual({ failed: false, numRuns: 10 })
  expect(numSkips).toBeGreaterThan(0)
  const lawful = exploreFaults({ run: () => {}, laws: [law('none of it', () => fc.pre(false))] })
  expect(await fc.check(lawful, { seed: 1, numRuns: 1, maxSkipsPerRun: 3 })).toMatchObject({ numRuns: 0, numSkips: 4 })
})

test('a law that gives an error back is broken', async () => {
  const laws = [law('the bill is right', () => new Error('3 and not 4'))]
  await expect(simulate({ run: () => {}, laws })).rejects.toThrow('3 and not 4')
})

test('a schedule of one’s own among the examples is shrunk, too', async () => {
  const steps = [
    { after: 100, do: 'kill', broker: 2 },
    { after: 50, do: 'kill', broker: 1 },
  ] as const
  const example: FaultSchedule = { cluster, seed: 5, order: 3, steps, rest: 5000 }
  const property = exploreFaults({ cluster, faults: { steps: 0 }, run: gone })
  for (const _ of ['once', 'again']) {
    const { counterexample } = await fc.check(property, { seed: 1, examples: [[example]] })
    expect(counterexample?.[0]).toMatchObject({ seed: 0, order: 0, steps: [{ after: 0, do: 'kill' }] })
  }
})

test('an example is shrunk after another one has not been', async () => {
  let runs = 0
  const steps = [{ after: 100, do: 'kill', broker: 2 }] as const
  const example: FaultSchedule = { cluster, seed: 5, order: 3, steps, rest: 5000 }
  const property = exploreFaults({
    cluster,
    run: async (run) => {
      if (runs++ < 2) throw new Error(`run ${runs}`)
      await gone(run)
    },
  })
  const { errorInstance } = await fc.check(property, { seed: 1, examples: [[example]] })
  expect(String(errorInstance)).toContain('NondeterminismError')
  const { counterexample } = await fc.check(property, { seed: 1, examples: [[example]] })
  expect(counterexample?.[0]).toMatchObject({ seed: 0, order: 0 })
})

test.each<[string, fc.Parameters<[FaultSchedule]>]>([
  ['interruptAfterTimeLimit', { interruptAfterTimeLimit: 30 }],
  ['markInterruptAsFailure', { interruptAfterTimeLimit: 30, markInterruptAsFailure: true }],
  ['timeout', { timeout: 30, endOnFailure: true }],
  ['timeout, and shrunk', { timeout: 30 }],
])('a run that %s ends leaves everything as it was', async (_, parameters) => {
  const before = [setTimeout, setImmediate, Date, Math.random, crypto.randomUUID, AbortSignal.timeout]
  const { failed } = await fc.check(exploreFaults({ run: endless, limit: 10 ** 10 }), { seed: 1, ...parameters })
  expect(failed).toBe(true)
  expect([setTimeout, setImmediate, Date, Math.random, crypto.randomUUID, AbortSignal.timeout]).toEqual(before)
  await simulate({ run: ({ sleep }) => sleep(1) })
})

test('MEMKAFKA_SEED without a path is for all runs of that seed', () => {
  const parameters = explorationParameters<unknown>(
    { seed: 1, path: '0:1', endOnFailure: true },
    { MEMKAFKA_SEED: '42' },
  )
  expect(parameters).toMatchObject({ seed: 42, endOnFailure: true })
  expect(parameters.path ?? '').toBe('')
})

test('MEMKAFKA_SEED has the last run of a failure again, and nothing else', async () => {
  const text = await fc
    .assert(exploreFaults({ cluster, run: gone }), explorationParameters({ seed: 7, numRuns: 100 }, {}))
    .catch(String)
  const again = /MEMKAFKA_SEED=(\S+)/.exec(String(text))?.[1] ?? ''
  let runs = 0
  const run = async (given: Run): Promise<void> => {
    runs++
    await gone(given)
  }
  const parameters = explorationParameters<[FaultSchedule]>({ numRuns: 100 }, { MEMKAFKA_SEED: again })
  const { errorInstance } = await fc.check(exploreFaults({ cluster, run }), { ...parameters, endOnFailure: true })
  expect(errorInstance).toBeInstanceOf(FaultsFoundError)
  expect(String(text)).toContain(JSON.stringify((errorInstance as FaultsFoundError).schedule))
  // Once, and once more to see whether it is the same.
  expect(runs).toBe(2)
})

test('a cluster of an arbitrary of one’s own is printed so that it can be pasted', async () => {
  const none = <T extends object>(value: T): T => Object.assign(Object.create(null), value)
  const run = (): never => {
    throw new Error('always')
  }
  const shape = fc.constant(none({ brokers: 1, topics: none({ orders: none({ partitions: 2 }) }) }))
  const { errorInstance } = await fc.check(exploreFaults({ cluster: shape, run }), { seed: 3 })
  expect((errorInstance as FaultsFoundError).test).toContain(
    'cluster: { brokers: 1, topics: { orders: { partitions: 2 } }, seed: 0 }',
  )
})

test('a cluster without brokers is told of in its own words', () => {
  expect(() => exploreFaults({ cluster: { brokers: 0 }, run: () => {} })).toThrow('brokers')
  expect(() => exploreFaults({ cluster: { brokers: [] }, run: () => {} })).toThrow('brokers')
})

test('a recording of another version, and one without its timeline, are told of', async () => {
  const schedule: FaultSchedule = { cluster, seed: 0, order: 0, steps: [], rest: 0 }
  const recording = { memkafka: 'recording', version: 1, schedule, failure: 'x', timeline: [] } as const
  const run = (): never => {
    throw new Error('x')
  }
  await expect(replay({ ...recording, version: 2 } as never, { run })).rejects.toThrow('version 2')
  const { timeline: _, ...cut } = recording
  await expect(replay(cut as never, { run })).rejects.toThrow('a recording is wanted')
  await expect(replay({ ...recording, schedule: null } as never, { run })).rejects.toThrow('a recording is wanted')
  const edited = { ...recording, schedule: { ...schedule, cluster: undefined } }
  await expect(replay(edited as never, { run })).rejects.toThrow(/cluster/)
})

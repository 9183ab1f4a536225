import { execFileSync } from 'node:child_process'
import crypto, { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { afterEach, expect, test, vi } from 'vitest'
import { type Run, simulate } from '../../../src/testing/exploring/index.ts'
import { simulated } from '../../../src/testing/exploring/simulate.ts'
import { sendAndRead, threeBrokers } from './services.ts'

afterEach(() => {
  vi.useRealTimers()
})

const options = (seed: number, order: number) => ({ cluster: { ...threeBrokers, seed }, order, run: sendAndRead })
async function historyOf(seed: number, order: number): Promise<string> {
  const { timeline, failure } = await simulated(options(seed, order), (cluster) => cluster.clock.advance(20), {
    tells: true,
  })
  expect(failure).toBeUndefined()
  return JSON.stringify(timeline)
}

test('the same seed and order give the same history, others give another', async () => {
  const history = await historyOf(1, 2)
  expect(await historyOf(1, 2)).toBe(history)
  expect(await historyOf(1, 3)).not.toBe(history)
})

test('the same seed gives the same history in another process', async () => {
  const script = `
    import { simulated } from './src/testing/exploring/simulate.ts'
    import { sendAndRead, threeBrokers } from './test/testing/exploring/services.ts'
    const options = { cluster: { ...threeBrokers, seed: 1 }, order: 2, run: sendAndRead }
    const { timeline } = await simulated(options, (cluster) => cluster.clock.advance(20), { tells: true })
    process.stdout.write(JSON.stringify(timeline))`
  const cwd = fileURLToPath(new URL('../../..', import.meta.url))
  const there = execFileSync(process.execPath, ['--input-type=module', '-e', script], { cwd, encoding: 'utf8' })
  expect(there).toBe(await historyOf(1, 2))
})

/** What comes of time and chance in a run. */
async function chanceAndTime(): Promise<unknown[]> {
  const seen: unknown[] = [Date.now(), new Date().toISOString(), Math.random(), crypto.randomUUID(), randomUUID()]
  seen.push(globalThis.crypto.randomUUID(), crypto.randomBytes(4).toString('hex'), crypto.randomInt(1000))
  seen.push((await promisify(crypto.randomBytes)(4)).toString('hex'))
  seen.push([...globalThis.crypto.getRandomValues(new Uint8Array(4))], [...crypto.randomFillSync(new Uint16Array(2))])
  const begun = performance.now()
  await wait(60_000)
  seen.push(performance.now() - begun, process.hrtime.bigint())
  return seen
}

test('time and chance follow from the seed, and are as before afterwards', async () => {
  const seen: unknown[][] = []
  const run = async (): Promise<void> => void seen.push(await chanceAndTime())
  const before = [setTimeout, Date, Math.random, crypto.randomBytes, performance.now, process.hrtime]
  for (const seed of [1, 1, 2]) await simulate({ cluster: { seed }, run })
  expect(seen[0]).toEqual(seen[1])
  expect(seen[0]?.slice(2, 11)).not.toEqual(seen[2]?.slice(2, 11))
  expect(seen[0]?.slice(0, 2)).toEqual([Date.UTC(2026, 0, 1), '2026-01-01T00:00:00.000Z'])
  expect(seen[0]?.at(-2)).toBe(60_000)
  expect([setTimeout, Date, Math.random, crypto.randomBytes, performance.now, process.hrtime]).toEqual(before)
  expect(randomUUID()).not.toBe(seen[0]?.[4])
})

test('dates and timers are what they are outside', async () => {
  await simulate({
    run: async ({ sleep }) => {
      expect(new Date(0)).toBeInstanceOf(Date)
      expect(new Date(2020, 1).getFullYear()).toBe(2020)
      const fired: string[] = []
      const interval = setInterval(() => fired.push('every 10 ms'), 10)
      setTimeout((name: string) => fired.push(name), 15, 'after 15 ms').unref()
      setImmediate(() => fired.push('at once'))
      clearTimeout(setTimeout(() => fired.push('never'), 5))
      await sleep(25)
      clearInterval(interval)
      await sleep(25)
      expect(fired).toEqual(['at once', 'every 10 ms', 'after 15 ms', 'every 10 ms'])
      await expect(wait(10, undefined, { signal: AbortSignal.timeout(5) })).rejects.toMatchObject({
        name: 'AbortError',
      })
    },
  })
})

test('what the pool of threads does is over before the next thing happens', async () => {
  await simulate({
    run: async ({ sleep }) => {
      const done: string[] = []
      const zipping = promisify(gzip)(Buffer.alloc(200_000)).then(() => done.push('zlib'))
      const deriving = promisify(crypto.pbkdf2)('password', 'salt', 20_000, 32, 'sha256').then(() =>
        done.push('crypto'),
      )
      await sleep(1)
      expect(done.sort()).toEqual(['crypto', 'zlib'])
      await Promise.all([zipping, deriving])
    },
  })
})

test('a run that waits for what never comes is told of', async () => {
  await expect(simulate({ run: ({ sleep }) => sleep(2000), limit: 1000 })).rejects.toThrow(
    'run has not ended after 1000 ms of its own time. All was healed meanwhile',
  )
  const endless = (): Promise<void> => new Promise(() => {})
  await expect(simulate({ run: ({ sleep }) => sleep(2000), limit: 1000 }, endless)).rejects.toThrow(
    'What happens to the cluster is not over either',
  )
})

test('what a timer throws fails the run', async () => {
  const run = async ({ sleep }: Run): Promise<void> => {
    setTimeout(() => {
      throw new Error('in a timer')
    }, 5)
    await sleep(10)
  }
  await expect(simulate({ run })).rejects.toThrow('in a timer')
})

test('all is healed when what happens is over', async () => {
  const run = async ({ cluster, recovered }: Run): Promise<void> => {
    await recovered
    expect(cluster.brokers.map(({ isRunning, isPaused }) => [isRunning, isPaused])).toEqual([
      [true, false],
      [true, false],
      [true, false],
    ])
    expect(cluster.network.isWhole).toBe(true)
  }
  await simulate({ cluster: { brokers: 3 }, run }, async (cluster) => {
    const [one, two, three] = cluster.brokers
    if (one === undefined || two === undefined || three === undefined) throw new Error('three brokers')
    cluster.network.split([one], [two, three])
    void two.kill()
    three.pause()
    await cluster.clock.advance(100)
  })
})

test('faked timers beside it, and two runs at once, are refused', async () => {
  const both = [simulate({ run: ({ sleep }) => sleep(1) }), simulate({ run: () => {} })]
  const [one, other] = await Promise.allSettled(both)
  expect(one?.status).toBe('fulfilled')
  expect(other).toMatchObject({ reason: { message: expect.stringContaining('one run at a time') } })
  vi.useFakeTimers()
  await expect(simulate({ run: () => {} })).rejects.toThrow('timers are faked already')
})

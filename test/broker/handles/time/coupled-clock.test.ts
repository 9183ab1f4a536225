import { mock } from 'node:test'
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { KafkaCluster } from '../../../../src/index.ts'

/** Ways to fake timers, and what moves them. */
const fakes: [string, () => void, () => void, (ms: number) => unknown][] = [
  ['vi.advanceTimersByTimeAsync', () => vi.useFakeTimers(), () => vi.useRealTimers(), vi.advanceTimersByTimeAsync],
  ['vi.advanceTimersByTime', () => vi.useFakeTimers(), () => vi.useRealTimers(), vi.advanceTimersByTime],
  [
    'mock.timers.tick of node:test',
    () => mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'setImmediate', 'Date'], now: 1_700_000_000_000 }),
    () => mock.timers.reset(),
    (ms) => mock.timers.tick(ms),
  ],
]

describe.each(fakes)('a cluster on the time of timers that %s moves', (_name, fake, unfake, advanceTimers) => {
  afterEach(unfake)

  async function start(): Promise<KafkaCluster> {
    fake()
    const cluster = await KafkaCluster.start({ clock: { advanceTimers } })
    onTestFinished(() => cluster.stop())
    return cluster
  }

  test('moves both on, timer by timer, in the order in which they are due', async () => {
    const { clock } = await start()
    const begin = clock.now()
    const fired: string[] = []
    clock.setTimer(10, () => fired.push(`cluster ${clock.now() - begin}`))
    setTimeout(() => fired.push(`client ${clock.now() - begin}`), 15)
    clock.setTimer(20, () => {
      fired.push(`cluster ${clock.now() - begin}`)
      setTimeout(() => fired.push(`client ${clock.now() - begin}`), 2)
    })
    setTimeout(() => clock.setTimer(5, () => fired.push(`cluster ${clock.now() - begin}`)), 12)
    clock.setTimer(11, () => fired.push('never')).cancel()
    await clock.advance(30)
    expect(fired).toEqual(['cluster 10', 'client 15', 'cluster 17', 'cluster 20', 'client 22'])
    expect(clock.now() - begin).toBe(30)
  })

  test('goes on by all that it is moved by at once', async () => {
    const { clock } = await start()
    const begin = clock.now()
    const fired: number[] = []
    setTimeout(() => fired.push(clock.now() - begin), 15)
    await Promise.all([clock.advance(10), clock.advance(10)])
    expect([fired, clock.now() - begin]).toEqual([[15], 20])
  })

  test('lets promises of one timer come to an end before the next', async () => {
    const { clock } = await start()
    const seen: string[] = []
    setTimeout(async () => {
      for (let i = 0; i < 10; i++) await undefined
      seen.push('the first one’s promises')
    }, 10)
    clock.setTimer(11, () => seen.push('the second'))
    await clock.advance(20)
    expect(seen).toEqual(['the first one’s promises', 'the second'])
  })

  test('runs until a condition holds, close to when it does', async () => {
    const { clock } = await start()
    const begin = clock.now()
    let done = false
    setTimeout(() => {
      done = true
    }, 333)
    await clock.runUntil(() => done)
    expect(clock.now() - begin).toBeGreaterThanOrEqual(333)
    expect(clock.now() - begin).toBeLessThan(343)
    const beat = setInterval(() => {}, 3000)
    await expect(clock.runUntil(() => false, { timeout: 20 })).rejects.toThrow(/within 20 ms of real time/)
    clearInterval(beat)
  })

  test('does not go back, and stops with timers that are pending', async () => {
    const cluster = await start()
    await expect(cluster.clock.advance(-1)).rejects.toThrow(RangeError)
    cluster.clock.setTimer(1000, () => expect.unreachable())
    await cluster.stop()
  })
})

describe('a cluster on faked time', () => {
  test('wants it faked before it is started', async () => {
    const clock = { advanceTimers: vi.advanceTimersByTimeAsync }
    await expect(KafkaCluster.start({ clock })).rejects.toThrow(/before the cluster is started: call vi.useFakeTimers/)
  })

  test('is moved by the test itself, too', async () => {
    vi.useFakeTimers()
    onTestFinished(() => {
      vi.useRealTimers()
    })
    await using cluster = await KafkaCluster.start({ clock: { advanceTimers: vi.advanceTimersByTimeAsync } })
    const fired = vi.fn()
    cluster.clock.setTimer(100, fired)
    await vi.advanceTimersByTimeAsync(100)
    expect(fired).toHaveBeenCalledOnce()
  })
})

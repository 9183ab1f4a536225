import { describe, expect, onTestFinished, test } from 'vitest'
import { VirtualClock } from '../../src/broker/cluster-clock.ts'
import { UnmetWaitError } from '../../src/broker/handles/waits/limited-waits.ts'
import { KafkaCluster } from '../../src/index.ts'
import { buildBatch } from '../../src/protocol/records/batch-builder.ts'
import { Fetch, Produce } from '../../src/testing/index.ts'
import { WireClient } from '../wire-client.ts'
import { ManualClock } from './manual-clock.ts'

describe('a virtual clock', () => {
  test('fires what is due in order, each at its own moment', async () => {
    const clock = new VirtualClock(1000)
    const fired: [string, number][] = []
    const note = (name: string) => () => fired.push([name, clock.now()])
    clock.setTimer(20, note('second'))
    clock.setTimer(10, note('first'))
    clock.setTimer(20, note('third'))
    clock.setTimer(21, note('later'))
    clock.setTimer(15, note('cancelled')).cancel()
    await clock.advance(20)
    expect(fired).toEqual([
      ['first', 1010],
      ['second', 1020],
      ['third', 1020],
    ])
    expect(clock.now()).toBe(1020)
  })

  test('fires what a timer sets in its turn', async () => {
    const clock = new VirtualClock(0)
    let ticks = 0
    const tick = (): void => {
      ticks++
      clock.setTimer(10, tick)
    }
    clock.setTimer(10, tick)
    await clock.advance(100)
    expect(ticks).toBe(10)
  })

  test('goes on by all that it is moved by at once', async () => {
    const clock = new VirtualClock(0)
    const fired: number[] = []
    clock.setTimer(15, () => fired.push(clock.now()))
    await Promise.all([clock.advance(10), clock.advance(10)])
    expect([fired, clock.now()]).toEqual([[15], 20])
  })

  test('can be moved again after a timer that threw', async () => {
    const clock = new VirtualClock(0)
    clock.setTimer(5, () => {
      throw new Error('a timer of the test')
    })
    await expect(clock.advance(10)).rejects.toThrow('a timer of the test')
    await clock.advance(10)
    expect(clock.now()).toBe(15)
  })

  test('runs until a condition holds, and no further', async () => {
    const clock = new VirtualClock(0)
    let done = false
    clock.setTimer(50, () => {
      done = true
    })
    clock.setTimer(60, () => {
      throw new Error('too far')
    })
    await clock.runUntil(() => done)
    expect(clock.now()).toBe(50)
  })

  test('says so when nothing is left to wait for', async () => {
    await expect(new VirtualClock(0).runUntil(() => false)).rejects.toThrow(/no timer left/)
  })

  test('says how far it went for a condition that never holds, though timers never end', async () => {
    const clock = new VirtualClock(0)
    const beat = (): void => {
      clock.setTimer(3000, beat)
    }
    beat()
    await expect(clock.runUntil(() => false, { timeout: 20 })).rejects.toThrow(
      /what it waits for did not come within 20 ms of real time.\nThe cluster's time went on by [1-9]\d*000 ms meanwhile, in \d+ steps/,
    )
    await expect(clock.runUntil(() => new Promise(() => {}), { timeout: 20 })).rejects.toThrow(UnmetWaitError)
    await expect(clock.runUntil(() => false, { timeout: -1 })).rejects.toThrow(RangeError)
  })

  test('says where the test began to wait in vain', async () => {
    const clock = new VirtualClock(0)
    const runInVain = () => clock.runUntil(() => new Promise(() => {}), { timeout: 1 })
    clock.setTimer(10_000, () => {})
    await expect(runInVain()).rejects.toMatchObject({ stack: expect.stringContaining('runInVain') })
  })

  test('runs until a promise is fulfilled, and tells its value, or is rejected', async () => {
    const clock = new VirtualClock(0)
    const later = (ms: number) => new Promise<number>((resolve) => clock.setTimer(ms, () => resolve(clock.now())))
    expect(await clock.runUntil(later(70))).toBe(70)
    const rejected = later(30).then(() => Promise.reject(new Error('as it should')))
    await expect(clock.runUntil(rejected)).rejects.toThrow('as it should')
    expect(clock.now()).toBe(100)
    await expect(clock.runUntil(new Promise(() => {}))).rejects.toThrow(/no timer left/)
  })

  test('no longer waits once the test is over', async () => {
    const test = new AbortController()
    const clock = new VirtualClock(0, { activity: () => 0, waitTimeout: 60_000, signal: () => test.signal })
    const waiting = clock.runUntil(() => new Promise(() => {}))
    test.abort(new Error('the test has timed out'))
    await expect(waiting).rejects.toThrow('the test has timed out')
    await expect(clock.runUntil(() => true)).rejects.toThrow('the test has timed out')
  })

  test('no longer waits for a condition once a signal says so', async () => {
    const clock = new VirtualClock(0)
    const beat = (): void => {
      clock.setTimer(3000, beat)
    }
    beat()
    const over = new AbortController()
    const waited = clock.runUntil(
      () => {
        if (clock.now() > 30_000) over.abort(new Error('the test is over'))
        return false
      },
      { signal: over.signal },
    )
    await expect(waited).rejects.toThrow('the test is over')
    await expect(clock.runUntil(() => true, { signal: over.signal })).rejects.toThrow('the test is over')
  })

  test('lets whoever puts things off by setImmediate come to an end between two timers', async () => {
    let delivered = 0
    const clock = new VirtualClock(0, { activity: () => delivered, waitTimeout: 2000 })
    const seen: number[] = []
    const hop = (left: number): void => {
      delivered++
      if (left > 0) setImmediate(hop, left - 1)
      else seen.push(clock.now())
    }
    clock.setTimer(10, () => hop(20))
    clock.setTimer(11, () => seen.push(-1))
    await clock.advance(20)
    expect(seen).toEqual([10, -1])
  })

  test('does not go back', async () => {
    for (const ms of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, '10' as never]) {
      await expect(new VirtualClock(0).advance(ms)).rejects.toThrow(
        `time moves forwards, by whole ms: advance wants 0 or more, not ${ms}`,
      )
    }
  })

  test('tells whole ms, though a timer is set for a part of one', async () => {
    const clock = new VirtualClock(0)
    const fired: number[] = []
    clock.setTimer(0.5, () => fired.push(clock.now()))
    await clock.advance(0)
    expect(fired).toEqual([])
    await clock.advance(2)
    expect(fired).toEqual([1])
  })
})

describe('a cluster on virtual time', () => {
  async function start() {
    const cluster = await KafkaCluster.start({ clock: 'virtual', topics: { orders: {} } })
    onTestFinished(() => cluster.stop())
    return { cluster, client: new WireClient(cluster.connect()) }
  }
  const request = {
    maxWaitMs: 60_000,
    minBytes: 1,
    maxBytes: 1000,
    topics: [{ topic: 'orders', partitions: [{ partition: 0, partitionMaxBytes: 1000 }] }],
  }

  test('holds a Fetch for its max_wait_ms of virtual time, and no real time', async () => {
    const { cluster, client } = await start()
    let answered = false
    const fetched = client.send(Fetch, 4, request).then(() => {
      answered = true
    })
    await cluster.clock.advance(59_999)
    expect(answered).toBe(false)
    await cluster.clock.advance(1)
    expect(answered).toBe(true)
    await fetched
  })

  test('serves and delivers without being moved', async () => {
    const { cluster, client } = await start()
    const fetched = client.send(Fetch, 4, request)
    const records = [buildBatch([{ value: Buffer.from('v'), timestamp: cluster.clock.now() }])]
    await new WireClient(cluster.connect()).send(Produce, 3, {
      acks: -1,
      topicData: [{ name: 'orders', partitionData: [{ index: 0, records }] }],
    })
    expect((await fetched).responses[0]?.partitions[0]?.records?.length).toBe(1)
  })

  test('runs until what is waited for has happened', async () => {
    const { cluster, client } = await start()
    const before = cluster.clock.now()
    let answered = false
    void client.send(Fetch, 4, request).then(() => {
      answered = true
    })
    await cluster.clock.runUntil(() => answered)
    expect(cluster.clock.now() - before).toBe(60_000)
  })
})

describe('the clock of a cluster', () => {
  test('on real time is not the test’s to move', async () => {
    await using cluster = await KafkaCluster.start()
    await expect(cluster.clock.advance(1)).rejects.toThrow(/start it with \{ clock: 'virtual' \}/)
    await expect(cluster.clock.runUntil(() => true)).rejects.toThrow(TypeError)
    expect(Math.abs(cluster.clock.now() - Date.now())).toBeLessThan(60_000)
  })

  test('may be one that the test brings', async () => {
    const clock = new ManualClock(5)
    await using cluster = await KafkaCluster.start({ clock })
    expect(cluster.clock.now()).toBe(5)
    clock.advance(10)
    expect(cluster.clock.now()).toBe(15)
  })

  test('must be a clock', async () => {
    await expect(KafkaCluster.start({ clock: 'fast' as never })).rejects.toThrow(
      /clock: 'real', 'virtual', { advanceTimers } or a Clock/,
    )
  })
})

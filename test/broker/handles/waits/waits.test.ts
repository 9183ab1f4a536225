import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { RealClock } from '../../../../src/broker/clock.ts'
import { Waits } from '../../../../src/broker/handles/waits/waits.ts'
import { WaitQueue } from '../../../../src/broker/wait-queue.ts'
import { UnmetWaitError } from '../../../../src/index.ts'

function start(timeoutMs = 2000) {
  const queue = new WaitQueue(new RealClock())
  let records = 0
  const arrive = () => queue.turn(() => records++)
  const waits = new Waits(queue, timeoutMs)
  const looks = vi.fn(() => (records >= 2 ? records : undefined))
  const wanted = { what: '2 records', look: looks, seen: () => `There are ${records}.` }
  return { queue, arrive, waits, wanted, looks }
}

describe('a wait of a test', () => {
  test('is over at once when what it waits for is there', async () => {
    const { arrive, waits, wanted } = start()
    arrive()
    arrive()
    expect(await waits.until(wanted)).toBe(2)
  })

  test('looks after each change, and at no other time', async () => {
    const { arrive, waits, wanted, looks } = start()
    const waiting = waits.until(wanted)
    expect(looks).toHaveBeenCalledTimes(1)
    arrive()
    expect(looks).toHaveBeenCalledTimes(2)
    arrive()
    expect(await waiting).toBe(2)
    arrive()
    expect(looks).toHaveBeenCalledTimes(3)
  })

  test('says what it saw when its time is up', async () => {
    const { arrive, waits, wanted } = start()
    arrive()
    const waiting = waits.until(wanted, { timeout: 1 })
    await expect(waiting).rejects.toThrow(new UnmetWaitError('waited 1 ms for 2 records, in vain.\nThere are 1.'))
  })

  test('says where the test began to wait, and not which timer went off', async () => {
    const { queue, waits, wanted } = start(1)
    const beginToWait = () => waits.until(wanted)
    const error = await beginToWait().catch((reason: unknown) => reason)
    expect(error).toMatchObject({
      stack: expect.stringMatching(/^UnmetWaitError: waited 1 ms for 2 records, in vain\./),
    })
    expect(error).toMatchObject({ stack: expect.stringMatching(/There are 0\.\n +at .*beginToWait/s) })
    expect(error).toMatchObject({ stack: expect.not.stringContaining('Timeout') })

    const beginToWaitLonger = () => waits.until(wanted, { timeout: 60_000 })
    const ended = beginToWaitLonger().catch((reason: unknown) => reason)
    queue.turn(() => waits.stop())
    expect(await ended).toMatchObject({ stack: expect.stringContaining('beginToWaitLonger') })
  })

  test('has a limit of real time where timers are faked', async () => {
    vi.useFakeTimers()
    onTestFinished(() => {
      vi.useRealTimers()
    })
    const { waits, wanted } = start(1)
    await expect(waits.until(wanted)).rejects.toThrow(UnmetWaitError)
  })

  test('ends with the reason of its own signal, or of the test', async () => {
    const { waits, wanted } = start()
    const own = new AbortController()
    const test = new AbortController()
    waits.signal = test.signal
    const one = waits.until(wanted, { signal: own.signal })
    own.abort(new Error('enough'))
    await expect(one).rejects.toThrow('enough')
    const other = waits.until(wanted)
    test.abort(new Error('the test is over'))
    await expect(other).rejects.toThrow('the test is over')
    await expect(waits.until(wanted)).rejects.toThrow('the test is over')
  })

  test('ends with the cluster', async () => {
    const { waits, wanted } = start()
    const waiting = waits.until(wanted)
    waits.stop()
    await expect(waiting).rejects.toThrow('the cluster was stopped while a test waited for 2 records')
    await expect(waits.until(wanted)).rejects.toThrow('the cluster was stopped')
  })

  test('ends with what looking throws', async () => {
    const { queue, waits, wanted } = start()
    let look = (): undefined => undefined
    const waiting = waits.until({ ...wanted, look: () => look() })
    look = () => {
      throw new TypeError('no JSON')
    }
    queue.turn(() => {})
    await expect(waiting).rejects.toThrow(new TypeError('no JSON'))
  })

  test('refuses a limit that is none', async () => {
    const { waits, wanted } = start()
    await expect(waits.until(wanted, { timeout: Number.NaN })).rejects.toThrow('timeout: a number of ms from 0 on')
  })
})

describe('a wait for what takes promises to look at', () => {
  test('looks once more when something changed in the middle of a look', async () => {
    const { arrive, waits, wanted, looks } = start()
    const waiting = waits.eventually({ ...wanted, look: async () => looks() })
    arrive()
    arrive()
    expect(await waiting).toBe(2)
    expect(looks).toHaveBeenCalledTimes(2)
  })

  test('looks at no other time', async () => {
    const { arrive, waits, wanted, looks } = start()
    const waiting = waits.eventually({ ...wanted, look: async () => looks() })
    await Promise.resolve()
    expect(looks).toHaveBeenCalledTimes(1)
    arrive()
    expect(looks).toHaveBeenCalledTimes(2)
    arrive()
    expect(await waiting).toBe(2)
    arrive()
    expect(looks).toHaveBeenCalledTimes(3)
  })

  test('ends with what looking rejects with', async () => {
    const { waits, wanted } = start()
    const waiting = waits.eventually({ ...wanted, look: () => Promise.reject(new TypeError('no JSON')) })
    await expect(waiting).rejects.toThrow(new TypeError('no JSON'))
  })
})

describe('a wait for a cluster to be quiet', () => {
  test('is over when nothing arrives for some turns of the event loop', async () => {
    const { queue, waits } = start()
    let left = 20
    const goOn = (): void => {
      queue.turn(() => left--)
      if (left > 0) setImmediate(goOn)
    }
    goOn()
    await waits.quiet()
    expect(left).toBe(0)
  })

  test('is not over while a request has arrived in part', async () => {
    const queue = new WaitQueue(new RealClock())
    let turns = 0
    const waits = new Waits(queue, 2000, () => ++turns < 30)
    await waits.quiet()
    expect(turns).toBeGreaterThanOrEqual(30)
  })

  test('says that it went on all the time', async () => {
    const { queue, waits } = start()
    let isOver = false
    const goOn = (): void => {
      queue.turn(() => {})
      if (!isOver) setImmediate(goOn)
    }
    goOn()
    const waiting = waits.quiet({ timeout: 5 })
    await expect(waiting).rejects.toThrow(
      /^waited 5 ms for the cluster to be quiet, in vain\.\nIt went on all the time, \d+ times in all\.$/,
    )
    isOver = true
  })

  test('is over in a quiet cluster however little time there is', async () => {
    await start().waits.quiet({ timeout: 0 })
    await expect(start().waits.quiet({ timeout: Number.NaN })).rejects.toThrow('timeout: a number of ms from 0 on')
  })

  test('needs no timers of Node.js, which may be faked', async () => {
    vi.useFakeTimers()
    onTestFinished(() => {
      vi.useRealTimers()
    })
    await start().waits.quiet()
  })
})

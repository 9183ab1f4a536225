import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { RealClock } from '../../../src/broker/clock.ts'
import { Waits } from '../../../src/broker/handles/waits.ts'
import { WaitQueue } from '../../../src/broker/wait-queue.ts'
import { UnmetWaitError } from '../../../src/index.ts'

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

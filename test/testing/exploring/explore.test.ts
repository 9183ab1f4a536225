import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  exploreFaults,
  FaultsFoundError,
  law,
  nothingAcknowledgedIsLost,
  processedAtLeastOnce,
  processedExactlyOnce,
  type Run,
  record,
  replay,
  simulate,
  underFaults,
} from '../../../src/testing/exploring/index.ts'
import { KafkaResponse, kafka } from '../../../src/testing/index.ts'
import { orderService, sendAndRead, threeBrokers } from './services.ts'

const faults = { groups: ['billing'], pause: 800 }
const laws = [processedAtLeastOnce()]

describe('exploring', () => {
  test('finds nothing in a producer and a consumer that are right', async () => {
    const property = exploreFaults({
      cluster: threeBrokers,
      run: sendAndRead,
      laws: [nothingAcknowledgedIsLost({ topic: 'orders' }), processedAtLeastOnce()],
    })
    await fc.assert(property, { seed: 1, numRuns: 60 })
  })

  test('finds nothing in a service that is right', async () => {
    const property = exploreFaults({ cluster: threeBrokers, faults, run: orderService({ bug: false }), laws })
    await fc.assert(property, { seed: 1, numRuns: 40 })
  })

  test('a law of your own is held to what run gave back', async () => {
    const property = exploreFaults({
      run: ({ cluster }) => cluster.brokers.length,
      laws: [law('there are two brokers', ({ value }) => value === 2)],
    })
    await expect(fc.assert(property, { numRuns: 1 })).rejects.toThrow()
    const { errorInstance, counterexample } = await fc.check(property, { seed: 1 })
    expect(String(errorInstance)).toContain('there are two brokers: it does not hold')
    expect(counterexample?.[0]).toEqual({ cluster: {}, seed: 0, order: 0, steps: [], rest: 0 })
  })

  test('what is processed twice is processed, and not exactly once', async () => {
    const run = ({ acknowledged, processed }: Run): void => {
      acknowledged('order-1')
      processed('order-1')
      processed('order-1')
    }
    await simulate({ run, laws: [processedAtLeastOnce()] })
    await expect(simulate({ run, laws: [processedExactlyOnce()] })).rejects.toThrow(
      'processed exactly once: order-1 (2 times): processed more than once',
    )
  })

  test('what is not in the topic is lost', async () => {
    const run = async ({ cluster, acknowledged }: Run): Promise<void> => {
      acknowledged('order-1')
      acknowledged('order-2')
      await cluster.topic('orders').append({ value: 'order-1' })
    }
    const options = { cluster: { topics: { orders: {} } }, run, laws: [nothingAcknowledgedIsLost({ topic: 'orders' })] }
    await expect(simulate(options)).rejects.toThrow(
      'nothing acknowledged is lost: order-2: acknowledged, and not in orders',
    )
  })

  test('a failure that does not come again in the same way is told of, and not shrunk', async () => {
    let runs = 0
    const property = exploreFaults({
      cluster: { brokers: 3, topics: { orders: {} } },
      run: async ({ cluster }) => {
        await cluster.topic('orders').append({ value: 'order' })
        if (++runs % 2 === 0) await cluster.broker(2).kill()
        throw new Error('it failed')
      },
    })
    const { failed, numShrinks, errorInstance } = await fc.check(property, { seed: 1 })
    expect({ failed, numShrinks, runs }).toEqual({ failed: true, numShrinks: 0, runs: 2 })
    expect(String(errorInstance)).toMatch(/NondeterminismError: .*Event \d+ differs:[\s\S]*broker 2 {2}stopped/)
  })

  test('an exploration that is interrupted leaves timers as they were', async () => {
    const { setTimeout, Date: date } = globalThis
    const property = exploreFaults({ run: ({ sleep }) => sleep(10 ** 9), limit: 10 ** 10 })
    const endless = exploreFaults({
      run: async ({ sleep }) => {
        for (;;) await sleep(1)
      },
      limit: 10 ** 10,
    })
    const details = await fc.check(endless, { interruptAfterTimeLimit: 50, numRuns: 5 })
    expect(details.interrupted).toBe(true)
    expect([globalThis.setTimeout, globalThis.Date]).toEqual([setTimeout, date])
    await fc.assert(property, { numRuns: 1 })
  })
})

describe('a planted bug that needs a fault, a rebalance and a fault', () => {
  let error: FaultsFoundError
  beforeAll(async () => {
    const property = exploreFaults({ cluster: threeBrokers, faults, run: orderService({ bug: true }), laws })
    const { errorInstance } = await fc.check(property, { seed: 4, numRuns: 1000 })
    expect(errorInstance).toBeInstanceOf(FaultsFoundError)
    error = errorInstance as FaultsFoundError
    // Hundreds of runs: on a busy machine they take a while.
  }, 120_000)

  test('is found within 1,000 runs', () => {
    expect(error.message).toContain('acknowledged, and never processed')
  })

  test('is shrunk to a schedule of which every step matters', async () => {
    const { schedule } = error
    expect(schedule.steps.length).toBeGreaterThanOrEqual(2)
    const options = { run: orderService({ bug: true }), laws }
    await expect(underFaults(options, schedule)).rejects.toThrow(FaultsFoundError)
    for (const [i, { after }] of schedule.steps.entries()) {
      const rest = schedule.steps.toSpliced(i, 1)
      const next = rest[i]
      await underFaults(options, { ...schedule, steps: rest })
      if (next !== undefined) {
        await underFaults(options, { ...schedule, steps: rest.with(i, { ...next, after: next.after + after }) })
      }
    }
  })

  test('is printed as a test that fails in the same way by hand', async () => {
    expect(error.message).toContain(error.test)
    await expect(pasted(error.test, orderService({ bug: true }))).rejects.toThrow(error.recording.failure)
    await pasted(error.test, orderService({ bug: false }))
  })

  test('fails again from its recording, as JSON has it, and no more with code that is mended', async () => {
    const recording = JSON.parse(JSON.stringify(record(new Error('as fc.assert throws it', { cause: error }))))
    await expect(replay(recording, { run: orderService({ bug: true }), laws })).rejects.toThrow(FaultsFoundError)
    await replay(recording, { run: orderService({ bug: false }), laws })
    const other = async (): Promise<void> => Promise.reject(new Error('something else'))
    await expect(replay(recording, { run: other, laws })).rejects.toThrow(/The first is the recording/)
  })
})

/** Runs a test that was printed, as it is. */
async function pasted(text: string, run: (run: Run) => Promise<void>): Promise<void> {
  let done: Promise<void> = Promise.reject(new Error('nothing was run'))
  done.catch(() => {})
  const test = (_name: string, body: () => Promise<void>): void => {
    done = body()
  }
  // Types are for who pastes it.
  const plain = text.replaceAll(']!)', '])')
  new Function('test', 'simulate', 'kafka', 'KafkaResponse', 'run', 'laws', plain)(
    test,
    simulate,
    kafka,
    KafkaResponse,
    run,
    laws,
  )
  await done
}

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { LogConfig } from '../../../src/broker/config/log-config.ts'
import { MADE } from '../batches.ts'
import { readCommitted } from './committed-reader.ts'
import { history, Model, type Step } from './histories.ts'
import { batchesOf, configs, replicaLog, view } from './replica-logs.ts'

const segments: fc.Arbitrary<LogConfig> = fc
  .constantFrom('150', '400', '100000')
  .map((bytes) => configs({ 'internal.segment.bytes': bytes, 'index.interval.bytes': '200' }))

const unverified = () => replicaLog({ verifiesTransactions: false })

/** Runs as many steps as make the log end at `offset`. */
function runTo(offset: number, steps: readonly Step[], config: LogConfig): Model {
  const model = new Model(unverified(), config)
  for (const step of steps) {
    if (model.log.logEndOffset >= offset && (step.do === 'append' || step.do === 'end')) break
    model.run([step])
  }
  return model
}

describe('a log', () => {
  test('that is truncated is as if it had never had its tail, also for what comes after', () => {
    fc.assert(
      fc.property(history, fc.nat(40), history, segments, (steps, at, later, config) => {
        const model = new Model(unverified(), config).run(steps)
        const { log, boundaries } = model
        const offset = boundaries[at % Math.max(boundaries.length, 1)] ?? 0
        const expected = runTo(offset, steps, config)
        log.truncateTo(offset)
        expected.log.maybeIncrementHighWatermark(log.highWatermark)
        expect(view(log)).toEqual(view(expected.log))

        const shared = batchesOf(expected.log).length
        expected.run(later)
        log.appendAsFollower(batchesOf(expected.log).slice(shared), config, MADE)
        log.maybeIncrementHighWatermark(expected.log.highWatermark)
        expect(view(log)).toEqual(view(expected.log))
      }),
    )
  })

  test('that follows knows what its leader knows, of offsets, epochs, producers and transactions', () => {
    fc.assert(
      fc.property(history, segments, fc.integer({ min: 1, max: 5 }), (steps, config, atOnce) => {
        const { log } = new Model(unverified(), config).run(steps)
        const follower = unverified()
        const batches = batchesOf(log)
        for (let i = 0; i < batches.length; i += atOnce) {
          follower.appendAsFollower(batches.slice(i, i + atOnce), config, MADE)
        }
        follower.updateHighWatermark(log.highWatermark)
        // An epoch in which nothing was written yet is known to the leader alone.
        expect(view(follower)).toEqual(view(log))
      }),
    )
  })

  test('shows a reader of committed records whole transactions or none, whatever it is given at a time', () => {
    fc.assert(
      fc.property(history, segments, fc.integer({ min: 1, max: 600 }), (steps, config, maxBytes) => {
        const model = new Model(unverified(), config).run(steps)
        expect(model.log.lastStableOffset).toBe(model.lastStableOffset)
        expect(readCommitted(model.log, config, maxBytes)).toEqual(
          model.committed.map(({ offset, key, value }) => ({ offset, key, value })),
        )
      }),
    )
  })
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { LogConfig } from '../../../src/broker/config/log-config.ts'
import type { ReplicaLog } from '../../../src/broker/log/replica-log.ts'
import { RecordBatch } from '../../../src/protocol/records/record-batch.ts'
import { MADE } from '../batches.ts'
import { type Consumed, readCommitted } from './committed-reader.ts'
import { history, Model } from './histories.ts'
import { batchesOf, configs, DAY, replicaLog } from './replica-logs.ts'

const compacted: fc.Arbitrary<LogConfig> = fc
  .constantFrom('150', '400', '100000')
  .map((bytes) => configs({ 'cleanup.policy': 'compact', 'internal.segment.bytes': bytes }))

function modelOf(config: LogConfig): Model {
  return new Model(replicaLog({ verifiesTransactions: false }), config)
}

/** The last record of each key, in the order of their offsets. */
function latest(records: readonly Consumed[]): Consumed[] {
  const last = new Map(records.map(({ key, offset }) => [key, offset]))
  return records.filter(({ key, offset }) => last.get(key) === offset)
}

const committed = ({ committed }: Model): Consumed[] =>
  committed.map(({ offset, key, value }) => ({ offset, key, value }))

const visible = (log: ReplicaLog, config: LogConfig): Consumed[] => readCommitted(log, config, 10_000)

const from = (log: ReplicaLog, offset: number): Buffer[] =>
  batchesOf(log).filter((bytes) => new RecordBatch(bytes).baseOffset >= offset)

describe('compaction', () => {
  test('leaves the latest committed record of each key where it was, as often as it is done', () => {
    fc.assert(
      fc.property(history, history, compacted, (steps, later, config) => {
        const model = modelOf(config).run(steps)
        const { log } = model
        for (let i = 0; i < 3; i++) {
          log.compact(config, MADE)
          expect(visible(log, config)).toEqual(latest(committed(model)))
        }
        model.run(later)
        log.compact(config, MADE)
        expect(visible(log, config)).toEqual(latest(committed(model)))
      }),
    )
  })

  test('takes tombstones away once delete.retention.ms is over', () => {
    fc.assert(
      fc.property(history, compacted, (steps, config) => {
        const model = modelOf(config).run(steps)
        model.log.compact(config, MADE)
        model.log.compact(config, MADE + DAY)
        const living = latest(committed(model)).filter(({ value }) => value !== null)
        expect(visible(model.log, config)).toEqual(living)
      }),
    )
  })

  test('changes neither the ends of a log nor what is not decided, nor makes a batch that is not sound', () => {
    fc.assert(
      fc.property(history, compacted, (steps, config) => {
        const { log } = modelOf(config).run(steps)
        const ends = () => [log.logStartOffset, log.logEndOffset, log.highWatermark, log.lastStableOffset]
        const before = { ends: ends(), undecided: from(log, log.lastStableOffset), batches: batchesOf(log) }
        log.compact(config, MADE)
        expect([ends(), from(log, log.lastStableOffset)]).toEqual([before.ends, before.undecided])
        const known = new Map(
          before.batches.map((bytes) => [new RecordBatch(bytes).baseOffset, new RecordBatch(bytes)]),
        )
        for (const bytes of batchesOf(log)) {
          const batch = new RecordBatch(bytes)
          const original = known.get(batch.baseOffset)
          expect([batch.lastOffset, batch.lastSequence, batch.partitionLeaderEpoch, batch.crc]).toEqual([
            original?.lastOffset,
            original?.lastSequence,
            original?.partitionLeaderEpoch,
            batch.computeCrc(),
          ])
        }
        expect(log.sizeInBytes).toBe(batchesOf(log).reduce((sum, { length }) => sum + length, 0))
      }),
    )
  })

  test('comes to an end: what it has left it leaves', () => {
    fc.assert(
      fc.property(history, compacted, (steps, config) => {
        const { log } = modelOf(config).run(steps)
        // The first time finds what is of no use, the second time what was there for it alone.
        for (let i = 0; i < 2; i++) log.compact(config, MADE)
        const left = batchesOf(log)
        log.compact(config, MADE)
        expect(batchesOf(log)).toEqual(left)
      }),
    )
  })

  test('keeps for whoever follows the sequence numbers and the open transactions of every producer', () => {
    fc.assert(
      fc.property(history, compacted, (steps, config) => {
        const { log } = modelOf(config).run(steps)
        for (const nowMs of [MADE, MADE, MADE + DAY - 1]) log.compact(config, nowMs)
        const follower = replicaLog()
        follower.appendAsFollower(batchesOf(log), config, MADE)
        follower.updateHighWatermark(log.highWatermark)
        const known = (one: ReplicaLog) =>
          one.activeProducers(MADE).map(({ producerId, producerEpoch, lastSequence, currentTxnStartOffset }) => ({
            producerId,
            producerEpoch,
            lastSequence,
            currentTxnStartOffset,
          }))
        expect(known(follower)).toEqual(known(log))
        expect(follower.lastStableOffset).toBe(log.lastStableOffset)
        expect(visible(follower, config)).toEqual(visible(log, config))
      }),
    )
  })
})

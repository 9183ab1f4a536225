import { describe, expect, test } from 'vitest'
import type { ReplicaLog } from '../../../src/broker/log/replica-log.ts'
import type { Unverified } from '../../../src/broker/log/verification.ts'
import { MADE } from '../batches.ts'
import {
  append,
  appendRecords,
  batchesOf,
  configs,
  DAY,
  end,
  keyed,
  produce,
  replicaLog,
  replicated,
  rules,
  smallSegments,
} from './replica-logs.ts'

const withError = (error: string) => expect.objectContaining({ error })
const transactional = { isTransactional: true }

/** What a reader of committed records is told of aborted transactions when it reads everything. */
const aborted = (log: ReplicaLog, from = 0) =>
  log.abortedTransactions(from, log.logEndOffset).map(({ producerId, firstOffset }) => ({ producerId, firstOffset }))

describe('the last stable offset', () => {
  test('is the high watermark as long as there are no transactions', () => {
    const log = replicaLog()
    appendRecords(log, 3)
    produce(log, {}, 2)
    expect(log.lastStableOffset).toBe(0)
    replicated(log)
    expect(log.lastStableOffset).toBe(5)
  })

  test('stands at the first record of the oldest open transaction', () => {
    const log = replicaLog()
    appendRecords(log, 2)
    produce(log, { ...transactional, producerId: 1 }, 2)
    produce(log, { ...transactional, producerId: 2 }, 1)
    replicated(log)
    expect(log.lastStableOffset).toBe(2)
    end(log, 'COMMIT', { producerId: 1 })
    replicated(log)
    expect(log.lastStableOffset).toBe(4)
    end(log, 'ABORT', { producerId: 2 })
    replicated(log)
    expect(log.lastStableOffset).toBe(7)
  })

  test('does not pass a transaction that ended before its marker is replicated', () => {
    const log = replicaLog()
    produce(log, transactional, 2)
    replicated(log)
    end(log, 'COMMIT')
    expect([log.highWatermark, log.lastStableOffset]).toEqual([2, 0])
    replicated(log)
    expect(log.lastStableOffset).toBe(3)
  })

  test('is never before the start of the log', () => {
    const log = replicaLog()
    produce(log, transactional, 2)
    appendRecords(log, 2)
    replicated(log)
    log.incrementStartOffset(3)
    expect(log.lastStableOffset).toBe(3)
  })

  test('is the same on a replica that follows', () => {
    const leader = replicaLog()
    produce(leader, { ...transactional, producerId: 1 }, 2)
    produce(leader, { ...transactional, producerId: 2 }, 1)
    end(leader, 'ABORT', { producerId: 1 })
    const follower = replicaLog()
    follower.appendAsFollower(batchesOf(leader), configs(), MADE)
    for (const log of [leader, follower]) {
      replicated(log)
      expect([log.lastStableOffset, aborted(log)]).toEqual([2, [{ producerId: 1, firstOffset: 0 }]])
      expect(log.activeProducers(MADE)).toEqual(leader.activeProducers(MADE))
    }
  })

  test('goes back where a truncation takes the marker', () => {
    const log = replicaLog()
    produce(log, transactional, 2)
    end(log, 'ABORT')
    replicated(log)
    log.truncateTo(2)
    // There is nothing to verify of a transaction that is open.
    const verification = log.startVerification(unverified(2), MADE)
    expect([log.lastStableOffset, verification, aborted(log)]).toEqual([0, undefined, []])
    end(log, 'COMMIT')
    replicated(log)
    expect([log.lastStableOffset, aborted(log)]).toEqual([3, []])
  })
})

describe('the marker of a transaction', () => {
  test('takes an offset of its own, and is transactional and control', () => {
    const log = replicaLog()
    produce(log, transactional, 2)
    expect(end(log, 'COMMIT')).toMatchObject({ baseOffset: 2, lastOffset: 2 })
    expect(log.activeProducers(MADE)).toEqual([
      {
        producerId: 7,
        producerEpoch: 0,
        lastSequence: 1,
        lastTimestamp: MADE,
        coordinatorEpoch: 0,
        currentTxnStartOffset: -1,
      },
    ])
  })

  test('for a producer that wrote nothing here decides nothing', () => {
    const log = replicaLog()
    end(log, 'ABORT')
    expect(aborted(log)).toEqual([])
    expect(log.activeProducers(MADE)).toEqual([expect.objectContaining({ lastSequence: -1, coordinatorEpoch: 0 })])
  })

  test('of an older epoch is fenced, and one of a newer epoch fences (transaction.version 0 and 1)', () => {
    const log = replicaLog()
    produce(log, { ...transactional, producerEpoch: 3 })
    expect(() => end(log, 'ABORT', { producerEpoch: 2 })).toThrow(withError('INVALID_PRODUCER_EPOCH'))
    end(log, 'ABORT', { producerEpoch: 4 })
    expect(() => produce(log, { producerEpoch: 3, baseSequence: 1 })).toThrow(withError('INVALID_PRODUCER_EPOCH'))
    expect(produce(log, { producerEpoch: 4, baseSequence: 0 })).toMatchObject({ baseOffset: 2 })
  })

  test('of a coordinator that is none any more is fenced (KIP-98)', () => {
    const log = replicaLog()
    produce(log, transactional)
    end(log, 'COMMIT', { coordinatorEpoch: 5 })
    produce(log, { ...transactional, baseSequence: 1 })
    expect(() => end(log, 'COMMIT', { coordinatorEpoch: 4 })).toThrow(withError('TRANSACTION_COORDINATOR_FENCED'))
    expect(end(log, 'COMMIT', { coordinatorEpoch: 5 })).toMatchObject({ baseOffset: 3 })
  })

  test('with transaction.version 2 has a newer epoch than its records (KIP-890)', () => {
    const log = replicaLog()
    const marker = { transactionVersion: 2, producerEpoch: 1 }
    produce(log, transactional)
    expect(() => end(log, 'COMMIT', { transactionVersion: 2 })).toThrow(withError('INVALID_PRODUCER_EPOCH'))
    end(log, 'COMMIT', marker)
    expect(() => produce(log, { ...transactional, baseSequence: 1 })).toThrow(withError('INVALID_PRODUCER_EPOCH'))
    expect(produce(log, { ...transactional, producerEpoch: 1 })).toMatchObject({ baseOffset: 2 })
  })

  test('with transaction.version 2 may come twice, as long as the next transaction has not begun', () => {
    const log = replicaLog()
    const marker = { transactionVersion: 2, producerEpoch: 1 }
    produce(log, transactional)
    end(log, 'COMMIT', marker)
    expect(end(log, 'COMMIT', marker)).toMatchObject({ baseOffset: 2 })
    produce(log, { ...transactional, producerEpoch: 1 })
    expect(() => end(log, 'COMMIT', marker)).toThrow(withError('INVALID_PRODUCER_EPOCH'))
  })
})

describe('a record outside of a transaction', () => {
  test('is refused from a producer that has one open', () => {
    const log = replicaLog()
    produce(log, transactional)
    expect(() => produce(log, { baseSequence: 1 })).toThrow(withError('INVALID_TXN_STATE'))
    end(log, 'COMMIT')
    expect(produce(log, { baseSequence: 1 })).toMatchObject({ baseOffset: 2 })
  })
})

/** What producer 7 is about to append. */
const unverified = (sequence: number, more: Partial<Unverified> = {}): Unverified => {
  return { producerId: 7, producerEpoch: 0, sequence, supportsEpochBump: false, ...more }
}

describe('the verification of a transaction (KIP-890)', () => {
  const batch = (baseSequence = 0, producerEpoch = 0) =>
    keyed([['k', 'v']], { producerId: 7, producerEpoch, baseSequence, isTransactional: true })

  test('is needed before the first record, and no more until the transaction has ended', () => {
    const log = replicaLog()
    expect(() => append(log, batch())).toThrow(withError('INVALID_TXN_STATE'))
    expect(log.logEndOffset).toBe(0)
    const verification = log.startVerification(unverified(0), MADE)
    expect(verification).toBeDefined()
    append(log, batch(0), { verification })
    expect(log.startVerification(unverified(1), MADE)).toBeUndefined()
    append(log, batch(1))
    end(log, 'COMMIT')
    expect(() => append(log, batch(2))).toThrow(withError('INVALID_TXN_STATE'))
    expect(log.startVerification(unverified(2), MADE)).toBeDefined()
  })

  test('is asked for by coordinators too, which commit offsets in a transaction', () => {
    const log = replicaLog()
    const offsets = () => keyed([['group', 'offset']], { producerId: 7, producerEpoch: 0, isTransactional: true })
    expect(() => append(log, offsets(), { origin: 'coordinator' })).toThrow(withError('INVALID_TXN_STATE'))
    const verification = log.startVerification(unverified(-1), MADE)
    expect(append(log, offsets(), { origin: 'coordinator', verification })).toMatchObject({ baseOffset: 0 })
  })

  test('is one for all who ask before the first record came', () => {
    const log = replicaLog()
    const verification = log.startVerification(unverified(0), MADE)
    expect(log.startVerification(unverified(1), MADE)).toBe(verification)
  })

  test('does not count any more once the transaction was ended by a marker (the ABA problem)', () => {
    const log = replicaLog()
    const stale = log.startVerification(unverified(0), MADE)
    end(log, 'ABORT')
    expect(() => append(log, batch(), { verification: stale })).toThrow(withError('INVALID_TXN_STATE'))
    log.startVerification(unverified(0), MADE)
    expect(() => append(log, batch(), { verification: stale })).toThrow(withError('INVALID_TXN_STATE'))
  })

  test('of the next transaction outlasts a marker that already has its epoch (transaction.version 2)', () => {
    const log = replicaLog()
    const first = log.startVerification(unverified(0, { supportsEpochBump: true }), MADE)
    append(log, batch(0), { verification: first })
    const next = log.startVerification(unverified(0, { producerEpoch: 1, supportsEpochBump: true }), MADE)
    end(log, 'COMMIT', { producerEpoch: 1, transactionVersion: 2 })
    expect(append(log, batch(0, 1), { verification: next })).toMatchObject({ baseOffset: 2 })
  })

  test('keeps a greater sequence number from being first than any that failed to be verified', () => {
    const log = replicaLog()
    log.startVerification(unverified(3), MADE)
    const verification = log.startVerification(unverified(5), MADE)
    expect(() => append(log, batch(5), { verification })).toThrow(withError('OUT_OF_ORDER_SEQUENCE_NUMBER'))
    expect(append(log, batch(3), { verification })).toMatchObject({ baseOffset: 0 })
    expect(append(log, batch(4))).toMatchObject({ baseOffset: 1 })
  })

  test('with transaction.version 2 has a producer of whom nothing is known begin at 0', () => {
    const log = replicaLog()
    const verification = log.startVerification(unverified(3, { supportsEpochBump: true }), MADE)
    expect(() => append(log, batch(3), { verification })).toThrow(withError('OUT_OF_ORDER_SEQUENCE_NUMBER'))
    const again = log.startVerification(unverified(0, { supportsEpochBump: true }), MADE)
    expect(append(log, batch(0), { verification: again })).toMatchObject({ baseOffset: 0 })
  })

  test('is refused to a producer that has been fenced', () => {
    const log = replicaLog()
    end(log, 'ABORT', { producerEpoch: 4 })
    expect(() => log.startVerification(unverified(0, { producerEpoch: 3 }), MADE)).toThrow(
      withError('INVALID_PRODUCER_EPOCH'),
    )
    expect(() => append(log, batch(0, 3))).toThrow(withError('INVALID_PRODUCER_EPOCH'))
  })

  test('is not asked for where transaction.partition.verification.enable is false', () => {
    const log = replicaLog({ verifiesTransactions: false })
    expect(append(log, batch())).toMatchObject({ baseOffset: 0 })
  })

  test('is gone when the broker is started anew', () => {
    const log = replicaLog()
    const verification = log.startVerification(unverified(0), MADE)
    log.reopen(rules)
    expect(() => append(log, batch(), { verification })).toThrow(withError('INVALID_TXN_STATE'))
  })

  test('ends like a producer that writes no more', () => {
    const log = replicaLog()
    const verification = log.startVerification(unverified(0), MADE)
    expect(log.startVerification(unverified(0), MADE + DAY + 600_000)).not.toBe(verification)
  })
})

describe('the index of aborted transactions', () => {
  test('has those that were aborted and wrote something, in the order of their markers', () => {
    const log = replicaLog()
    produce(log, { ...transactional, producerId: 1 })
    produce(log, { ...transactional, producerId: 2 })
    end(log, 'ABORT', { producerId: 2 })
    end(log, 'COMMIT', { producerId: 1 })
    produce(log, { ...transactional, producerId: 1, baseSequence: 1 })
    end(log, 'ABORT', { producerId: 1 })
    expect(log.abortedTransactions(0, 6)).toEqual([
      { producerId: 2, firstOffset: 1, lastOffset: 2, lastStableOffset: 0 },
      { producerId: 1, firstOffset: 4, lastOffset: 5, lastStableOffset: 6 },
    ])
  })

  test('is looked at in every segment that a reader may come to', () => {
    const log = replicaLog()
    const given = { config: smallSegments }
    produce(log, { ...transactional, producerId: 1 }, 1, given)
    for (let i = 0; i < 6; i++) appendRecords(log, 1, given)
    end(log, 'ABORT', { producerId: 1 }, given)
    expect(log.segments.length).toBeGreaterThan(1)
    expect(aborted(log)).toEqual([{ producerId: 1, firstOffset: 0 }])
    expect(aborted(log, 7)).toEqual([{ producerId: 1, firstOffset: 0 }])
    expect(aborted(log, 8)).toEqual([])
    expect(log.abortedTransactions(0, 0)).toEqual([])
  })

  test('is read as far as the sparse index of a segment lets Kafka tell where a fetch ends', () => {
    const log = replicaLog()
    const sparse = configs({ 'index.interval.bytes': '100' })
    for (let i = 0; i < 9; i++) {
      produce(log, { ...transactional, producerId: i })
      end(log, 'ABORT', { producerId: i })
    }
    const [first] = batchesOf(log)
    const told = (config = sparse) => log.abortedInFetch(0, first?.length ?? 0, config).length
    expect(told()).toBe(1)
    expect(told(configs())).toBe(9)
  })
})

describe('a producer with an open transaction', () => {
  test('is not forgotten, however long it writes nothing', () => {
    const log = replicaLog()
    produce(log, { ...transactional, producerId: 1 })
    produce(log, { producerId: 2 })
    expect(log.activeProducers(MADE + 3 * DAY).map(({ producerId }) => producerId)).toEqual([1])
    end(log, 'COMMIT', { producerId: 1 })
    expect(log.activeProducers(MADE + 6 * DAY)).toEqual([])
  })
})

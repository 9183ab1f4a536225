import { describe, expect, test } from 'vitest'
import type { ReplicaLog } from '../../../src/broker/log/replica-log.ts'
import { MADE } from '../batches.ts'
import {
  appendRecords,
  batchesOf,
  configs,
  DAY,
  produce,
  recordsOf,
  replicaLog,
  replicated,
  smallSegments,
  view,
} from './replica-logs.ts'

const withError = (error: string) => expect.objectContaining({ error })

function logOf(...counts: number[]): ReplicaLog {
  const log = replicaLog()
  for (const count of counts) appendRecords(log, count)
  return log
}

/** A follower that has what the leader has. */
function followerOf(leader: ReplicaLog): ReplicaLog {
  const follower = replicaLog()
  follower.appendAsFollower(batchesOf(leader), configs(), MADE)
  return follower
}

describe('the high watermark of a log', () => {
  test('moves on with what is replicated, and never back by itself', () => {
    const log = logOf(2, 2)
    expect(log.highWatermark).toBe(0)
    expect([log.maybeIncrementHighWatermark(2), log.highWatermark]).toEqual([true, 2])
    expect([log.maybeIncrementHighWatermark(2), log.maybeIncrementHighWatermark(1)]).toEqual([false, false])
    expect(log.highWatermark).toBe(2)
  })

  test('can be set anywhere in the log, and nowhere else', () => {
    const log = logOf(2, 2)
    replicated(log)
    log.incrementStartOffset(1)
    expect(log.updateHighWatermark(0)).toBe(1)
    expect(log.updateHighWatermark(9)).toBe(4)
    expect(log.updateHighWatermark(3)).toBe(3)
  })

  test('keeps the log from starting beyond it', () => {
    const log = logOf(2, 2)
    log.maybeIncrementHighWatermark(2)
    expect(() => log.incrementStartOffset(3)).toThrow(withError('OFFSET_OUT_OF_RANGE'))
    expect(() => log.incrementStartOffset(-1)).toThrow(withError('OFFSET_OUT_OF_RANGE'))
    expect([log.incrementStartOffset(2), log.incrementStartOffset(1), log.logStartOffset]).toEqual([true, false, 2])
  })
})

describe('a log that follows', () => {
  test('keeps the very bytes of its leader, their offsets and epochs', () => {
    const leader = logOf(2)
    appendRecords(leader, 3, { leaderEpoch: 4 })
    const follower = followerOf(leader)
    batchesOf(leader).forEach((bytes, i) => {
      expect(batchesOf(follower)[i]).toBe(bytes)
    })
    expect(follower.logEndOffset).toBe(5)
    expect([follower.epochs.at(1), follower.epochs.at(2)]).toEqual([0, 4])
  })

  test('leaves out what its leader has compacted, and is read as its leader is', () => {
    const leader = logOf(2, 2, 2)
    const [first, , third] = batchesOf(leader) as [Buffer, Buffer, Buffer]
    const follower = replicaLog()
    follower.appendAsFollower([first, third], smallSegments, MADE)
    expect(recordsOf(follower)).toEqual(['0:v0', '1:v1', '4:v4', '5:v5'])
    const limits = { maxBytes: 1000, minOneMessage: true }
    for (const offset of [2, 3, 4]) expect(follower.read(offset, 6, limits).records).toEqual([third])
  })

  test('begins a segment at the batch that does not fit into the last one', () => {
    const leader = logOf(2, 2, 2)
    const [first, , third] = batchesOf(leader) as [Buffer, Buffer, Buffer]
    const follower = replicaLog()
    follower.appendAsFollower([first, third], configs({ 'internal.segment.bytes': '100' }), MADE)
    expect(follower.segments.map(({ baseOffset }) => baseOffset)).toEqual([0, 4])
  })

  test('takes nothing that it has already', () => {
    const leader = logOf(2, 2)
    const follower = followerOf(leader)
    expect(() => follower.appendAsFollower(batchesOf(leader), configs(), MADE)).toThrow(RangeError)
    expect(follower.logEndOffset).toBe(4)
  })

  test('that is empty takes the batch in whose middle its leader starts (KIP-107)', () => {
    const leader = logOf(2, 3)
    replicated(leader)
    leader.incrementStartOffset(3)
    const follower = replicaLog()
    follower.truncateFullyAndStartAt(3)
    follower.appendAsFollower(batchesOf(leader).slice(1), configs(), MADE)
    expect([follower.logStartOffset, follower.logEndOffset]).toEqual([3, 5])
    expect(follower.read(3, 5, { maxBytes: 1000, minOneMessage: true }).records).toHaveLength(1)
  })

  test('knows of producers what its leader knows', () => {
    const leader = replicaLog()
    produce(leader, { baseSequence: 0 }, 2)
    produce(leader, { baseSequence: 2, producerId: 7 }, 1)
    expect(followerOf(leader).activeProducers(MADE)).toEqual(leader.activeProducers(MADE))
    expect(leader.activeProducers(MADE)).toEqual([
      expect.objectContaining({ producerId: 7, producerEpoch: 0, lastSequence: 2, coordinatorEpoch: -1 }),
    ])
  })
})

describe('a truncation', () => {
  test('takes away everything from its offset on', () => {
    const log = logOf(2, 2, 2)
    replicated(log)
    expect(log.truncateTo(4)).toBe(true)
    expect([log.logEndOffset, log.highWatermark]).toEqual([4, 4])
    expect(recordsOf(log)).toEqual(['0:v0', '1:v1', '2:v2', '3:v3'])
    appendRecords(log, 1)
    expect(recordsOf(log)).toEqual(['0:v0', '1:v1', '2:v2', '3:v3', '4:v4'])
  })

  test('takes the batch that holds its offset as a whole, and the log ends there all the same', () => {
    const log = logOf(2, 3)
    log.truncateTo(3)
    expect([log.logEndOffset, recordsOf(log)]).toEqual([3, ['0:v0', '1:v1']])
  })

  test('does nothing at the end of the log, but for an epoch in which nothing was written', () => {
    const log = logOf(2)
    log.epochs.assign(3, 2)
    expect(log.truncateTo(2)).toBe(false)
    expect(log.epochs.latest).toEqual({ epoch: 0, startOffset: 0 })
    expect(recordsOf(log)).toEqual(['0:v0', '1:v1'])
  })

  test('forgets the epochs that began after it', () => {
    const log = logOf(2)
    appendRecords(log, 2, { leaderEpoch: 1 })
    appendRecords(log, 2, { leaderEpoch: 2 })
    log.truncateTo(4)
    expect(log.epochs.latest).toEqual({ epoch: 1, startOffset: 2 })
    expect(log.epochs.endOf(1, log.logEndOffset)).toEqual({ epoch: 1, endOffset: 4 })
  })

  test('before the first batch that is left starts the log anew there', () => {
    const log = replicaLog()
    log.truncateFullyAndStartAt(10)
    appendRecords(log, 2)
    expect(log.truncateTo(5)).toBe(true)
    expect([log.logStartOffset, log.logEndOffset, log.sizeInBytes]).toEqual([5, 5, 0])
  })

  test('before the start of the log moves the start back, as far as there are batches', () => {
    const log = logOf(2, 2)
    replicated(log)
    log.incrementStartOffset(3)
    log.truncateTo(2)
    expect([log.logStartOffset, log.logEndOffset, log.highWatermark]).toEqual([2, 2, 2])
  })

  test('lets a producer send again what went', () => {
    const log = replicaLog()
    produce(log, { baseSequence: 0 }, 2)
    produce(log, { baseSequence: 2 }, 2)
    log.truncateTo(2)
    expect(produce(log, { baseSequence: 2 }, 2)).toMatchObject({ baseOffset: 2 })
    expect(produce(log, { baseSequence: 0 }, 2)).toMatchObject({ baseOffset: 0 })
    expect(log.logEndOffset).toBe(4)
  })

  test('does not forget a producer whose batches retention took, as long as a segment began since', () => {
    const log = replicaLog()
    const config = { ...smallSegments, retentionMs: 1 }
    produce(log, { producerId: 1 }, 1, { config })
    for (let i = 0; i < 6; i++) produce(log, { producerId: 2, baseSequence: i }, 1, { config })
    replicated(log)
    expect(log.segments.length).toBeGreaterThan(2)
    log.incrementStartOffset(2)
    log.deleteOldSegments({ ...config, delete: false }, MADE + DAY)
    log.truncateTo(6)
    expect(log.activeProducers(MADE).map(({ producerId, lastSequence }) => [producerId, lastSequence])).toEqual([
      [1, 0],
      [2, 4],
    ])
  })

  test('of everything leaves nothing', () => {
    const log = logOf(2, 2)
    produce(log, {}, 1)
    replicated(log)
    log.truncateFullyAndStartAt(100)
    const offsets = { start: 100, end: 100, highWatermark: 100, lastStable: 100 }
    expect(view(log)).toEqual({ ...offsets, size: 0, batches: [], epochs: [], producers: [], aborted: [] })
  })
})

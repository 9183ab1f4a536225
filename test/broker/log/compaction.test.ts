import { describe, expect, test } from 'vitest'
import type { ReplicaLog } from '../../../src/broker/log/replica-log.ts'
import { RecordBatch } from '../../../src/protocol/records/record-batch.ts'
import { edited, MADE } from '../batches.ts'
import { readCommitted } from './committed-reader.ts'
import {
  append,
  batchesOf,
  configs,
  DAY,
  end,
  keyed,
  produce,
  recordsOf,
  replicaLog,
  replicated,
  rules,
} from './replica-logs.ts'

const compacted = configs({ 'cleanup.policy': 'compact' })
const given = { config: compacted }

/** Appends a batch of records like `k1=v1`, or `k1=` for a tombstone. */
function put(log: ReplicaLog, ...records: string[]): void {
  append(log, keyed(records.map(parse)), given)
}

function parse(record: string): [string, string | null] {
  const [key = '', value = ''] = record.split('=')
  return [key, value === '' ? null : value]
}

function logOf(...batches: string[][]): ReplicaLog {
  const log = replicaLog()
  for (const batch of batches) put(log, ...batch)
  replicated(log)
  return log
}

/** Every record: its offset, its key and its value. */
function contents(log: ReplicaLog): string[] {
  return batchesOf(log).flatMap((bytes) =>
    [...new RecordBatch(bytes).records()].map(({ offset, key, value }) => `${offset} ${key}=${value ?? ''}`),
  )
}

const offsets = (log: ReplicaLog) => batchesOf(log).map((bytes) => new RecordBatch(bytes).baseOffset)

describe('compaction', () => {
  test('keeps the last record of each key, where it was', () => {
    const log = logOf(['a=1', 'b=1'], ['a=2'], ['c=1', 'b=2'])
    log.compact(compacted, MADE)
    expect(contents(log)).toEqual(['2 a=2', '3 c=1', '4 b=2'])
    expect([log.logStartOffset, log.logEndOffset, log.highWatermark]).toEqual([0, 5, 5])
  })

  test('leaves a batch of which nothing goes as it lies, and makes another of one that loses records', () => {
    const log = logOf(['a=1', 'b=1', 'c=1'], ['d=1'], ['b=2'])
    const [first, second] = batchesOf(log)
    log.compact(compacted, MADE)
    const [rest, same] = batchesOf(log)
    expect(same).toBe(second)
    expect(rest).not.toBe(first)
    const batch = new RecordBatch(rest as Buffer)
    expect([batch.baseOffset, batch.lastOffset, batch.recordCount, batch.crc]).toEqual([0, 2, 2, batch.computeCrc()])
    expect(new RecordBatch(first as Buffer).recordCount).toBe(3)
  })

  test('lets a reader ask for any offset: it gets what comes after', () => {
    const log = logOf(['a=1'], ['a=2'], ['a=3'], ['b=1'])
    log.compact(compacted, MADE)
    for (const offset of [0, 1, 2]) {
      const { records } = log.read(offset, 4, { maxBytes: 1000, minOneMessage: true })
      expect(records.map((bytes) => new RecordBatch(bytes).baseOffset)).toEqual([2, 3])
    }
  })

  test('goes no further than what all in-sync replicas have', () => {
    const log = replicaLog()
    put(log, 'a=1')
    put(log, 'a=2')
    log.maybeIncrementHighWatermark(1)
    log.compact(compacted, MADE)
    expect(contents(log)).toEqual(['0 a=1', '1 a=2'])
  })

  test('keeps the last batch before the high watermark, if only its header', () => {
    const log = logOf(['a=1'], ['b='])
    log.compact(compacted, MADE)
    put(log, 'c=1')
    log.compact(compacted, MADE + DAY)
    expect(contents(log)).toEqual(['0 a=1', '2 c=1'])
    expect(offsets(log)).toEqual([0, 1, 2])
  })

  test('drops records without a key, which came before the topic was compacted', () => {
    const log = replicaLog()
    append(
      log,
      keyed([
        [null, 'x'],
        ['a', '1'],
      ]),
    )
    replicated(log)
    log.compact(compacted, MADE)
    expect(contents(log)).toEqual(['1 a=1'])
  })

  test('is not for topics that are not compacted', () => {
    const log = logOf(['a=1'], ['a=2'])
    log.compact(configs(), MADE)
    expect([contents(log), log.segments.length]).toEqual([['0 a=1', '1 a=2'], 1])
  })

  test('keeps the codec of a batch, and the time of an append', () => {
    const log = replicaLog()
    const stamped = configs({ 'cleanup.policy': 'compact', 'message.timestamp.type': 'LogAppendTime' })
    append(
      log,
      keyed(
        [
          ['a', '1'],
          ['b', '1'],
        ],
        { compression: 'gzip' },
      ),
      { config: stamped, nowMs: MADE + 5 },
    )
    append(log, keyed([['a', '2']]), { config: stamped, nowMs: MADE + 6 })
    replicated(log)
    log.compact(stamped, MADE + 7)
    const batch = new RecordBatch(batchesOf(log)[0] as Buffer)
    expect([batch.compression, batch.timestampType, batch.maxTimestamp]).toEqual(['gzip', 'LogAppendTime', MADE + 5])
    expect([...batch.records()].map(({ timestamp }) => timestamp)).toEqual([MADE + 5])
  })

  test('leaves a log alone in which it cannot read a batch, until the broker is started anew', () => {
    const log = logOf(['a=1'], ['a=2'])
    const broken = edited(keyed([['a', '3']], { baseOffset: 2, partitionLeaderEpoch: 0 }), (bytes) =>
      bytes.fill(0xff, 61),
    )
    log.appendAsFollower([broken], compacted, MADE)
    replicated(log)
    log.compact(compacted, MADE)
    expect(log.segments[0]?.batches).toHaveLength(3)
    expect(log.mayBeCleaned(compacted)).toBe(false)
    log.reopen(rules)
    expect(log.mayBeCleaned(compacted)).toBe(true)
  })
})

describe('a tombstone (KIP-534)', () => {
  test('takes the records of its key with it, and stays until delete.retention.ms after it was first cleaned', () => {
    const log = logOf(['a=1', 'b=1'], ['a='], ['c=1'])
    log.compact(compacted, MADE)
    expect(contents(log)).toEqual(['1 b=1', '2 a=', '3 c=1'])
    const [, batch] = batchesOf(log).map((bytes) => new RecordBatch(bytes))
    expect([batch?.baseOffset, batch?.deleteHorizonMs]).toEqual([2, MADE + DAY])
    expect([...(batch?.records() ?? [])].map(({ timestamp }) => timestamp)).toEqual([MADE])
    log.compact(compacted, MADE + DAY - 1)
    expect(contents(log)).toEqual(['1 b=1', '2 a=', '3 c=1'])
    log.compact(compacted, MADE + DAY)
    expect(contents(log)).toEqual(['1 b=1', '3 c=1'])
  })

  test('keeps its horizon when its batch is made anew', () => {
    const log = logOf(['a=', 'b=1'])
    log.compact(compacted, MADE)
    put(log, 'b=2')
    replicated(log)
    log.compact(compacted, MADE + 10)
    expect(contents(log)).toEqual(['0 a=', '2 b=2'])
    expect(new RecordBatch(batchesOf(log)[0] as Buffer).deleteHorizonMs).toBe(MADE + DAY)
  })
})

describe("compaction of a producer's records", () => {
  test('leaves the batch that it wrote last, if only its header, so that its sequence number is known', () => {
    const log = replicaLog()
    for (const baseSequence of [0, 1]) {
      append(log, keyed([['a', `${baseSequence}`]], { producerId: 7, producerEpoch: 0, baseSequence }), given)
    }
    put(log, 'a=9')
    put(log, 'z=1')
    replicated(log)
    log.compact(compacted, MADE)
    expect(offsets(log)).toEqual([1, 2, 3])
    const batch = new RecordBatch(batchesOf(log)[0] as Buffer)
    expect([batch.recordCount, batch.baseSequence, batch.lastOffset, batch.crc]).toEqual([0, 1, 1, batch.computeCrc()])
    log.truncateTo(3)
    expect(log.activeProducers(MADE)).toEqual([expect.objectContaining({ producerId: 7, lastSequence: 1 })])
  })
})

describe('compaction of transactions', () => {
  const transactional = (log: ReplicaLog, record: string, baseSequence: number, producerId = 7) => {
    const verification = log.startVerification(
      { producerId, producerEpoch: 0, sequence: baseSequence, supportsEpochBump: false },
      MADE,
    )
    const options = { producerId, producerEpoch: 0, baseSequence, isTransactional: true }
    append(log, keyed([parse(record)], options), { ...given, verification })
  }

  test('drops what was aborted, which takes nothing else with it', () => {
    const log = logOf(['a=1'])
    transactional(log, 'a=2', 0)
    end(log, 'ABORT', {}, given)
    put(log, 'z=1')
    replicated(log)
    log.compact(compacted, MADE)
    expect(contents(log).filter((record) => /[a-z]=/.test(record))).toEqual(['0 a=1', '3 z=1'])
    expect(readCommitted(log, compacted, 1000).map(({ key, value }) => `${key}=${value}`)).toEqual(['a=1', 'z=1'])
  })

  test('keeps what was committed, and its marker as long as there is something that it commits', () => {
    const log = replicaLog()
    transactional(log, 'a=1', 0)
    end(log, 'COMMIT', {}, given)
    put(log, 'z=1')
    replicated(log)
    for (const nowMs of [MADE, MADE + DAY, MADE + 2 * DAY]) log.compact(compacted, nowMs)
    expect(offsets(log)).toEqual([0, 1, 2])
  })

  test('keeps a marker for delete.retention.ms once nothing is left that it decides', () => {
    const log = replicaLog()
    transactional(log, 'a=1', 0)
    end(log, 'ABORT', {}, given)
    transactional(log, 'b=1', 1)
    end(log, 'COMMIT', {}, given)
    put(log, 'z=1')
    replicated(log)
    log.compact(compacted, MADE)
    expect([offsets(log), log.abortedTransactions(0, 5).length]).toEqual([[1, 2, 3, 4], 1])
    log.compact(compacted, MADE + 1)
    expect(new RecordBatch(batchesOf(log)[0] as Buffer).deleteHorizonMs).toBe(MADE + 1 + DAY)
    expect(log.abortedTransactions(0, 5)).toEqual([])
    log.compact(compacted, MADE + 1 + DAY)
    expect(offsets(log)).toEqual([2, 3, 4])
  })

  test('stops at the first transaction that is open', () => {
    const log = logOf(['a=1'], ['a=2'])
    transactional(log, 'b=1', 0)
    put(log, 'a=3')
    replicated(log)
    log.compact(compacted, MADE)
    expect(contents(log)).toEqual(['1 a=2', '2 b=1', '3 a=3'])
    end(log, 'COMMIT', {}, given)
    replicated(log)
    log.compact(compacted, MADE)
    expect(offsets(log)).toEqual([2, 3, 4])
  })
})

describe('the cleaner', () => {
  const small = { 'cleanup.policy': 'compact', 'internal.segment.bytes': '150' }
  const config = configs(small)

  function dirtyLog(count: number, with_ = config): ReplicaLog {
    const log = replicaLog()
    for (let i = 0; i < count; i++) append(log, keyed([['a', `${i}`]]), { config: with_ })
    replicated(log)
    return log
  }

  test('leaves the segment alone that is appended to', () => {
    const log = dirtyLog(5)
    expect(log.segments.map(({ baseOffset }) => baseOffset)).toEqual([0, 2, 4])
    expect(log.clean(config, MADE)).toBe(true)
    expect(recordsOf(log)).toEqual(['3:3', '4:4'])
    expect(log.clean(config, MADE)).toBe(false)
  })

  test('joins the segments that have become small', () => {
    const log = dirtyLog(9)
    log.clean(config, MADE)
    expect(log.segments.map(({ baseOffset, sizeInBytes }) => [baseOffset, sizeInBytes > 0])).toEqual([
      [0, false],
      [2, false],
      [4, false],
      [6, true],
      [8, true],
    ])
    append(log, keyed([['b', 'x']]), { config })
    append(log, keyed([['b', 'y']]), { config })
    replicated(log)
    log.compact(config, MADE)
    expect(log.segments.map(({ baseOffset }) => baseOffset)).toEqual([0, 8, 10, 11])
    expect(recordsOf(log)).toEqual(['8:8', '10:y'])
  })

  test('takes on no log of which less than min.cleanable.dirty.ratio is dirty', () => {
    const log = dirtyLog(5)
    log.clean(config, MADE)
    for (let i = 0; i < 2; i++) append(log, keyed([['b', `${i}`]]), { config })
    replicated(log)
    expect(log.clean(configs({ ...small, 'min.cleanable.dirty.ratio': '0.9' }), MADE)).toBe(false)
    expect(log.clean(config, MADE)).toBe(true)
  })

  test('takes on a log in which something is dirty for longer than max.compaction.lag.ms (KIP-354)', () => {
    const lagging = configs({ ...small, 'min.cleanable.dirty.ratio': '1', 'max.compaction.lag.ms': '1000' })
    const log = dirtyLog(5, lagging)
    expect(log.clean(lagging, MADE + 1000)).toBe(false)
    expect(log.mayBeCleaned(lagging)).toBe(true)
    expect(log.clean(lagging, MADE + 1001)).toBe(true)
    expect(log.mayBeCleaned(lagging)).toBe(false)
  })

  test('leaves alone what is younger than min.compaction.lag.ms', () => {
    const lagging = configs({ ...small, 'min.compaction.lag.ms': '1000' })
    const log = dirtyLog(5, lagging)
    expect(log.clean(lagging, MADE + 999)).toBe(false)
    expect(log.mayBeCleaned(lagging)).toBe(true)
    expect(log.clean(lagging, MADE + 1000)).toBe(true)
  })

  test('has segments closed in time for max.compaction.lag.ms', () => {
    const lagging = configs({ 'cleanup.policy': 'compact', 'max.compaction.lag.ms': '1000' })
    const log = replicaLog()
    for (const timestamp of [MADE, MADE + 1000, MADE + 1001])
      append(log, keyed([['a', 'x']], { timestamp }), { config: lagging })
    expect(log.segments.map(({ baseOffset }) => baseOffset)).toEqual([0, 2])
  })

  test('begins again where a truncation took what it had cleaned', () => {
    const log = dirtyLog(5)
    log.clean(config, MADE)
    log.truncateTo(2)
    for (let i = 0; i < 5; i++) append(log, keyed([['a', `${i}`]]), { config })
    replicated(log)
    expect(log.clean(config, MADE)).toBe(true)
    expect(recordsOf(log)).toEqual(['5:3', '6:4'])
  })
})

describe('a log that was closed for its cleaning', () => {
  test('goes on where it was, and tells of its segments what Kafka does', () => {
    const log = logOf(['a=1'])
    log.compact(compacted, MADE)
    expect(log.segmentOffsetsBefore(-1, 10, MADE)).toEqual([1, 0])
    expect(log.position(1)).toEqual({ offset: 1, segmentBaseOffset: 1, position: 0 })
    produce(log, {}, 1, given)
    expect(recordsOf(log)).toEqual(['0:1', '1:v1'])
    expect(log.segments.map(({ baseOffset }) => baseOffset)).toEqual([0, 1])
  })
})

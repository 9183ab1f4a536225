import { describe, expect, test } from 'vitest'
import { CoordinatorRuntime } from '../../../src/broker/coordinator/runtime.ts'
import {
  appendInBatches,
  type CoordinatorShard,
  decide,
  type EncodedRecord,
  type EndTransaction,
  type RecordPosition,
} from '../../../src/broker/coordinator/shard.ts'
import { VerificationGuard } from '../../../src/broker/log/verification.ts'
import { WaitQueue } from '../../../src/broker/wait-queue.ts'
import type { Reply } from '../../../src/broker/waiting.ts'
import { KafkaError } from '../../../src/protocol/errors.ts'
import { readBatches } from '../../../src/protocol/records/record-batch.ts'
import { ManualClock } from '../manual-clock.ts'
import { TestLog } from './test-log.ts'

/** Writes down what it is told. */
class DiaryShard implements CoordinatorShard<string> {
  readonly diary: string[] = []

  encode(record: string): EncodedRecord {
    return { key: Buffer.from('k'), value: Buffer.from(record) }
  }

  decode({ value }: EncodedRecord): string | undefined {
    return value?.toString()
  }

  replay(record: string, { offset, producerId, producerEpoch }: RecordPosition): void {
    this.diary.push(`${offset}: ${record} of ${producerId}/${producerEpoch}`)
  }

  replayEndTransactionMarker({ producerId, producerEpoch, committed }: EndTransaction, offset: number): void {
    this.diary.push(`${offset}: ${committed ? 'commit' : 'abort'} of ${producerId}/${producerEpoch}`)
  }

  onLoaded(): void {}

  onUnloaded(): void {}
}

const PRODUCER = { producerId: 7, producerEpoch: 3, verification: undefined }
const COMMIT = { producerId: 7, producerEpoch: 3, coordinatorEpoch: 0, committed: true, transactionVersion: 1 }
const ABORT = { ...COMMIT, committed: false }

function start() {
  const clock = new ManualClock()
  const queue = new WaitQueue(clock)
  const logs = new Map<number, TestLog>([[0, new TestLog()]])
  const runtime = new CoordinatorRuntime<string, DiaryShard>({
    queue,
    log: (index) => logs.get(index),
    createShard: () => new DiaryShard(),
    commitTimeoutMs: () => 5000,
    loadBufferBytes: () => 1000,
  })
  const log = logs.get(0) as TestLog
  const diary = (): string[] => runtime.read(0, (shard) => shard.diary)
  /** Asks for something and tells what becomes of it. */
  const ask = <T>(request: () => Reply<T>) => {
    const outcome: { answer?: T; error?: string } = {}
    const failed = (error: unknown): void => {
      if (!(error instanceof KafkaError)) throw error
      outcome.error = error.error
    }
    queue.turn(() => {
      try {
        queue.await(request(), {
          done: (answer) => {
            outcome.answer = answer
          },
          failed,
        })
      } catch (error) {
        failed(error)
      }
    })
    return outcome
  }
  const write = (...records: string[]) =>
    ask(() => runtime.writeTransactional(0, PRODUCER, () => decide(records, () => 'written')))
  const end = (marker: typeof COMMIT) => ask(() => runtime.completeTransaction(0, marker))
  return { clock, queue, logs, log, runtime, diary, ask, write, end }
}

describe('an operation in a transaction', () => {
  test("is one batch that is the producer's, and replayed as its own", () => {
    const { log, write, diary } = start()
    expect(write('a', 'b').answer).toBe('written')
    expect(diary()).toEqual(['0: a of 7/3', '1: b of 7/3'])
    const [batch] = readBatches(log.batches[0] as Buffer)
    expect(batch).toMatchObject({ producerId: 7, producerEpoch: 3, isTransactional: true, isControl: false })
    expect(batch?.baseSequence).toBe(0)
  })

  test('shows the log what was verified (KIP-890)', () => {
    const { log, runtime, ask } = start()
    const verification = new VerificationGuard(7)
    ask(() => runtime.writeTransactional(0, { ...PRODUCER, verification }, () => decide(['a'], () => undefined)))
    ask(() => runtime.write(0, () => decide(['b'], () => undefined)))
    expect(log.verifications).toEqual([verification, undefined])
  })

  test('stays one batch, however large: too large is refused', () => {
    const { log, runtime, ask, diary } = start()
    log.maxBatchBytes = 200
    const many = Array.from({ length: 50 }, (_, i) => `record ${i}`)
    expect(ask(() => runtime.writeTransactional(0, PRODUCER, () => appendInBatches(many)))).toEqual({})
    expect(ask(() => runtime.writeTransactional(0, PRODUCER, () => decide(many, () => 1))).error).toBe(
      'UNKNOWN_SERVER_ERROR',
    )
    expect(diary()).toEqual([])
  })

  test('leaves no trace when the log refuses it', () => {
    const { log, write, diary } = start()
    log.refusal = new KafkaError('INVALID_TXN_STATE')
    expect(write('a').error).toBe('INVALID_TXN_STATE')
    expect(diary()).toEqual([])
  })

  test('is not here when the shard is not', () => {
    const { logs, write, end } = start()
    logs.clear()
    expect(write('a').error).toBe('NOT_COORDINATOR')
    expect(end(COMMIT).error).toBe('NOT_COORDINATOR')
  })
})

describe('the end of a transaction', () => {
  test.each([
    [COMMIT, 'commit'],
    [ABORT, 'abort'],
  ])('is a marker in the log, and is replayed', (marker, word) => {
    const { log, write, end, diary } = start()
    write('a')
    expect(end(marker)).toEqual({ answer: undefined })
    write('b')
    expect(diary()).toEqual(['0: a of 7/3', `1: ${word} of 7/3`, '2: b of 7/3'])
    const [batch] = readBatches(log.batches[1] as Buffer)
    expect(batch).toMatchObject({ producerId: 7, producerEpoch: 3, isTransactional: true, isControl: true })
  })

  test('is answered once the marker is committed', () => {
    const { log, queue, end } = start()
    log.keepsUp = false
    const outcome = end(COMMIT)
    expect('answer' in outcome).toBe(false)
    queue.turn(() => log.followersCatchUp())
    expect('answer' in outcome).toBe(true)
  })

  test('tells errors of the log as they are: whoever asks is a broker', () => {
    const { log, clock, end, diary } = start()
    log.refusal = new KafkaError('TRANSACTION_COORDINATOR_FENCED')
    expect(end(COMMIT).error).toBe('TRANSACTION_COORDINATOR_FENCED')
    log.refusal = new KafkaError('NOT_LEADER_OR_FOLLOWER')
    expect(end(COMMIT).error).toBe('NOT_LEADER_OR_FOLLOWER')
    expect(diary()).toEqual([])
    log.refusal = undefined
    log.keepsUp = false
    const outcome = end(COMMIT)
    clock.advance(5000)
    expect(outcome.error).toBe('REQUEST_TIMED_OUT')
    expect(diary()).toEqual(['0: commit of 7/3'])
  })

  test('is given up with NOT_COORDINATOR when the shard moves away', () => {
    const { log, logs, runtime, end } = start()
    log.keepsUp = false
    const outcome = end(COMMIT)
    logs.delete(0)
    runtime.leadershipChanged(0)
    expect(outcome.error).toBe('NOT_COORDINATOR')
  })
})

test('a shard that moves loads the same from its log', () => {
  const { log, logs, runtime, ask, write, end, diary } = start()
  write('a', 'b')
  ask(() => runtime.write(0, () => decide(['c'], () => undefined)))
  end(ABORT)
  write('d')
  end(COMMIT)
  const before = [...diary()]
  const moved = new TestLog()
  moved.batches.push(...log.batches)
  moved.logEndOffset = moved.highWatermark = log.logEndOffset
  logs.set(0, moved)
  runtime.leadershipChanged(0)
  expect(diary()).toEqual(before)
  expect(before).toEqual([
    '0: a of 7/3',
    '1: b of 7/3',
    '2: c of -1/-1',
    '3: abort of 7/3',
    '4: d of 7/3',
    '5: commit of 7/3',
  ])
})

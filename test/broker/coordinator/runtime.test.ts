import { describe, expect, test } from 'vitest'
import { CoordinatorRuntime } from '../../../src/broker/coordinator/runtime.ts'
import {
  answerNow,
  appendInBatches,
  type CoordinatorShard,
  decide,
  type EncodedRecord,
  type ShardContext,
} from '../../../src/broker/coordinator/shard.ts'
import { WaitQueue } from '../../../src/broker/wait-queue.ts'
import { Waiting } from '../../../src/broker/waiting.ts'
import { type ErrorName, KafkaError } from '../../../src/protocol/errors.ts'
import { buildBatch } from '../../../src/protocol/records/batch-builder.ts'
import { RecordsError } from '../../../src/protocol/records/records-error.ts'
import { ManualClock } from '../manual-clock.ts'
import { TestLog } from './test-log.ts'

/** Remembers numbers. */
class SumShard implements CoordinatorShard<number> {
  readonly context: ShardContext<number>
  readonly remembered: number[] = []
  state: 'loading' | 'running' | 'gone' = 'loading'

  constructor(context: ShardContext<number>) {
    this.context = context
  }

  encode(record: number): EncodedRecord {
    return { key: Buffer.from('n'), value: Buffer.from(String(record)) }
  }

  decode({ value }: EncodedRecord): number | undefined {
    return value === null ? undefined : Number(value.toString())
  }

  replay(record: number, { offset }: { offset: number }): void {
    expect(offset).toBe(this.remembered.length)
    this.remembered.push(record)
  }

  onLoaded(): void {
    this.state = 'running'
  }

  onUnloaded(): void {
    this.state = 'gone'
  }
}

function start() {
  const clock = new ManualClock()
  const queue = new WaitQueue(clock)
  const logs = new Map<number, TestLog>([[0, new TestLog()]])
  const runtime = new CoordinatorRuntime<number, SumShard>({
    queue,
    log: (index) => logs.get(index),
    createShard: (context) => new SumShard(context),
    commitTimeoutMs: () => 5000,
    loadBufferBytes: () => 1000,
  })
  const log = logs.get(0) as TestLog
  const remembered = () => runtime.read(0, (shard) => [...shard.remembered])
  /** Carries out an operation and tells what becomes of it. */
  const write = <T>(operation: Parameters<typeof runtime.write<T>>[1]) => {
    const outcome: { answer?: T; error?: string } = {}
    queue.turn(() => {
      try {
        queue.await(runtime.write(0, operation), {
          done: (answer) => {
            outcome.answer = answer
          },
          failed: (error) => {
            outcome.error = (error as KafkaError).error
          },
        })
      } catch (error) {
        outcome.error = (error as KafkaError).error
      }
    })
    return outcome
  }
  return { clock, queue, logs, log, runtime, remembered, write }
}

const add =
  (...numbers: number[]) =>
  () =>
    decide<number, string>(numbers, () => `added ${numbers.join(' ')}`)

describe('an operation of a coordinator', () => {
  test('is remembered by replaying its records, which are appended as one batch', () => {
    const { log, write, remembered } = start()
    expect(write(add(1, 2, 3)).answer).toBe('added 1 2 3')
    expect(remembered()).toEqual([1, 2, 3])
    expect(log.batches).toHaveLength(1)
  })

  test('is answered once the high watermark has passed its records', () => {
    const { log, write, remembered, queue } = start()
    log.keepsUp = false
    const outcome = write(add(1))
    expect(remembered()).toEqual([1])
    expect(outcome).toEqual({})
    queue.turn(() => log.followersCatchUp())
    expect(outcome.answer).toBe('added 1')
  })

  test('of every shard is carried out by the others where the log of one refuses', () => {
    const { log, logs, runtime } = start()
    const other = new TestLog()
    logs.set(1, other)
    runtime.read(0, () => {})
    runtime.read(1, () => {})
    log.refusal = new KafkaError('NOT_ENOUGH_REPLICAS')
    runtime.writeAll(() => decide([7], () => undefined))
    expect(log.batches).toHaveLength(0)
    expect(other.batches).toHaveLength(1)
  })

  test('is committed even when whoever asked has gone', () => {
    const { log, runtime, queue } = start()
    log.keepsUp = false
    let committed = false
    const reply = runtime.write(0, () =>
      decide([1], () => {
        committed = true
      }),
    )
    expect(reply).toBeInstanceOf(Waiting)
    queue.turn(() => log.followersCatchUp())
    expect(committed).toBe(true)
  })

  test('without records waits for what others have appended, unless it answers at once', () => {
    const { log, write, queue } = start()
    log.keepsUp = false
    write(add(1))
    const waits = write(() => decide<number, string>([], () => 'now'))
    expect(write(() => answerNow(() => 'at once')).answer).toBe('at once')
    expect(waits).toEqual({})
    queue.turn(() => log.followersCatchUp())
    expect(waits.answer).toBe('now')
  })

  test('gives up after offsets.commit.timeout.ms; its records stay', () => {
    const { log, write, remembered, clock } = start()
    log.keepsUp = false
    const outcome = write(add(1))
    clock.advance(4999)
    expect(outcome).toEqual({})
    clock.advance(1)
    expect(outcome.error).toBe('COORDINATOR_NOT_AVAILABLE')
    expect(remembered()).toEqual([1])
  })

  test('fails at once when its log cannot be waited for any more', () => {
    const { log, write } = start()
    log.keepsUp = false
    log.awaitHighWatermark = () => {
      throw new KafkaError('NOT_LEADER_OR_FOLLOWER')
    }
    expect(write(add(1)).error).toBe('NOT_COORDINATOR')
  })

  test('leaves no trace when the append fails', () => {
    const { log, write, remembered } = start()
    write(add(1))
    log.refusal = new KafkaError('NOT_ENOUGH_REPLICAS')
    expect(write(add(2)).error).toBe('COORDINATOR_NOT_AVAILABLE')
    expect(remembered()).toEqual([1])
    log.refusal = undefined
    write(add(3))
    expect(remembered()).toEqual([1, 3])
  })

  test('may answer a failure itself', () => {
    const { log, write } = start()
    log.refusal = new KafkaError('NOT_LEADER_OR_FOLLOWER')
    const operation = () =>
      decide<number, string>(
        [1],
        () => 'done',
        ({ error }) => `failed: ${error}`,
      )
    expect(write(operation).answer).toBe('failed: NOT_COORDINATOR')
  })

  test.each<[ErrorName, ErrorName]>([
    ['UNKNOWN_TOPIC_OR_PARTITION', 'COORDINATOR_NOT_AVAILABLE'],
    ['NOT_ENOUGH_REPLICAS', 'COORDINATOR_NOT_AVAILABLE'],
    ['REQUEST_TIMED_OUT', 'COORDINATOR_NOT_AVAILABLE'],
    ['NOT_LEADER_OR_FOLLOWER', 'NOT_COORDINATOR'],
    ['KAFKA_STORAGE_ERROR', 'NOT_COORDINATOR'],
    ['MESSAGE_TOO_LARGE', 'UNKNOWN_SERVER_ERROR'],
    ['RECORD_LIST_TOO_LARGE', 'UNKNOWN_SERVER_ERROR'],
    ['INVALID_PRODUCER_EPOCH', 'INVALID_PRODUCER_EPOCH'],
  ])('answers %s of its log with %s', (error, told) => {
    const { log, write } = start()
    log.refusal = new KafkaError(error)
    expect(write(add(1)).error).toBe(told)
    log.refusal = new RecordsError(error, 'no')
    expect(write(add(1)).error).toBe(told)
  })

  test('is refused with UNKNOWN_SERVER_ERROR when its batch is larger than max.message.bytes', () => {
    const { log, write, remembered } = start()
    log.maxBatchBytes = 100
    expect(write(add(...Array.from({ length: 50 }, (_, i) => i))).error).toBe('UNKNOWN_SERVER_ERROR')
    expect(remembered()).toEqual([])
  })

  test('that need not be atomic is spread over as many batches as it needs', () => {
    const { log, write, remembered } = start()
    log.maxBatchBytes = 200
    const numbers = Array.from({ length: 50 }, (_, i) => i)
    write(() => appendInBatches(numbers))
    expect(remembered()).toEqual(numbers)
    expect(log.batches.length).toBeGreaterThan(1)
    for (const batch of log.batches) expect(batch.length).toBeLessThanOrEqual(200)
  })
})

describe('a shard', () => {
  test('is not here when its partition is led elsewhere', () => {
    const { runtime } = start()
    expect(() => runtime.read(7, () => 1)).toThrow(expect.objectContaining({ error: 'NOT_COORDINATOR' }))
  })

  test('loads itself from its log', () => {
    const { log, logs, runtime, write, remembered } = start()
    write(add(1, 2))
    write(add(3))
    const moved = new TestLog()
    moved.batches.push(...log.batches)
    moved.logEndOffset = moved.highWatermark = 3
    logs.set(0, moved)
    runtime.leadershipChanged(0)
    expect(remembered()).toEqual([1, 2, 3])
    write(add(4))
    expect(remembered()).toEqual([1, 2, 3, 4])
  })

  test('loads from the start of its log, be that inside a batch', () => {
    const log = new TestLog()
    log.append(batchOf(1, 2, 3))
    log.logStartOffset = 1
    const seen: number[] = []
    const runtime = new CoordinatorRuntime<number, CoordinatorShard<number>>({
      queue: new WaitQueue(new ManualClock()),
      log: () => log,
      createShard: () => ({
        encode: () => ({ key: Buffer.alloc(0), value: null }),
        decode: ({ value }) => Number(String(value)),
        replay: (n) => seen.push(n),
        onLoaded: () => seen.push(-1),
        onUnloaded: () => {},
      }),
      commitTimeoutMs: () => 1,
      loadBufferBytes: () => 1000,
    })
    runtime.leadershipChanged(0)
    expect(seen).toEqual([2, 3, -1])
  })

  test('is dropped when this broker leads its partition no more: who waits is told NOT_COORDINATOR, timers are gone', () => {
    const { log, logs, runtime, write, clock } = start()
    log.keepsUp = false
    let shard: SumShard | undefined
    const outcome = write((running) => {
      shard = running
      running.context.timers.schedule('later', 10, () => decide([9], () => undefined))
      return decide<number, string>([1], () => 'never')
    })
    logs.delete(0)
    runtime.leadershipChanged(0)
    expect(outcome.error).toBe('NOT_COORDINATOR')
    expect(shard?.state).toBe('gone')
    expect(clock.pending).toBe(0)
    expect(write(add(1)).error).toBe('NOT_COORDINATOR')
  })

  test('runs the operation of a timer as a turn of its own, and forgets one that is replaced', () => {
    const { write, clock, remembered } = start()
    write(({ context: { timers } }) => {
      timers.schedule('t', 10, () => decide([1], () => undefined))
      timers.schedule('t', 20, () => decide([2], () => undefined))
      return decide<number, undefined>([], () => undefined)
    })
    clock.advance(10)
    expect(remembered()).toEqual([])
    clock.advance(10)
    expect(remembered()).toEqual([2])
  })
})

function batchOf(...numbers: number[]): Buffer {
  const records = numbers.map((n) => ({ key: 'n', value: String(n), timestamp: 0 }))
  return buildBatch(records)
}

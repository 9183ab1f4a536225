import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { LAST_PRODUCER_EPOCH } from '../../../../src/broker/coordinator/transactions/transaction.ts'
import { KafkaError } from '../../../../src/protocol/errors.ts'
import { releaseOf } from '../../../../src/protocol/release.ts'
import { ShardRooms } from './shard-rooms.ts'

const OPEN = [0, 1] as const

function open(version: 0 | 2, config: Record<string, string> = {}): ShardRooms {
  const rooms = new ShardRooms(version, config)
  rooms.init()
  rooms.add(rooms.producer, ...OPEN)
  return rooms
}

describe('A producer', () => {
  test('has one id as long as its epochs last, and fences the one before it', () => {
    const rooms = new ShardRooms(0)
    expect(rooms.init()).toEqual({ value: '100/0' })
    expect(rooms.init()).toEqual({ value: '100/1' })
    expect(rooms.add({ producerId: 100, producerEpoch: 0 }, 0)).toEqual({ error: 'PRODUCER_FENCED' })
    expect(rooms.end({ producerId: 100, producerEpoch: 0 }, true)).toEqual({ error: 'PRODUCER_FENCED' })
    expect(rooms.add({ producerId: 7, producerEpoch: 1 }, 0)).toEqual({ error: 'INVALID_PRODUCER_ID_MAPPING' })
  })

  test('that goes on after an error has the next epoch, also when it asks twice (KIP-360)', () => {
    const rooms = new ShardRooms(0)
    rooms.init()
    expect(rooms.init({ producerId: 100, producerEpoch: 0 })).toEqual({ value: '100/1' })
    expect(rooms.init({ producerId: 100, producerEpoch: 0 })).toEqual({ value: '100/1' })
    expect(rooms.init({ producerId: 100, producerEpoch: 1 })).toEqual({ value: '100/2' })
    expect(rooms.init({ producerId: 100, producerEpoch: 0 })).toEqual({ error: 'PRODUCER_FENCED' })
    expect(rooms.init({ producerId: 5, producerEpoch: 2 })).toEqual({ error: 'PRODUCER_FENCED' })
    rooms.init()
    expect(rooms.init({ producerId: 100, producerEpoch: 2 })).toEqual({ error: 'PRODUCER_FENCED' })
  })

  test('that asks twice is fenced when its coordinator has moved in between: the log does not have the epoch before', () => {
    const rooms = new ShardRooms(0)
    rooms.init()
    rooms.init({ producerId: 100, producerEpoch: 0 })
    rooms.move()
    expect(rooms.init({ producerId: 100, producerEpoch: 0 })).toEqual({ error: 'PRODUCER_FENCED' })
    expect(rooms.init({ producerId: 100, producerEpoch: 1 })).toEqual({ value: '100/2' })
  })

  test('has a new id when its epochs are used up, and may ask with the old one', () => {
    const rooms = new ShardRooms(0)
    rooms.init()
    rooms.remember({ producerEpoch: LAST_PRODUCER_EPOCH })
    const last = { producerId: 100, producerEpoch: LAST_PRODUCER_EPOCH }
    expect(rooms.init(last)).toEqual({ value: '101/0' })
    expect(rooms.init(last)).toEqual({ value: '101/0' })
    expect(rooms.init()).toEqual({ value: '101/1' })
    expect(rooms.init(last)).toEqual({ error: 'PRODUCER_FENCED' })
  })

  test('waits for the end of a transaction that is open', () => {
    const rooms = open(0)
    rooms.marksAtOnce = false
    expect(rooms.init()).toEqual({ error: 'CONCURRENT_TRANSACTIONS' })
    expect(rooms.state).toBe('PrepareAbort')
    expect(rooms.init()).toEqual({ error: 'CONCURRENT_TRANSACTIONS' })
    rooms.mark()
    expect(rooms.state).toBe('CompleteAbort')
    expect(rooms.init()).toEqual({ value: '100/2' })
  })
})

describe.each([0, 2] as const)('A transaction of version %i', (version) => {
  test('begins with its first partition, and knows all that were added', () => {
    const rooms = open(version)
    expect(rooms.state).toBe('Ongoing')
    const began = rooms.clock.now()
    rooms.clock.advance(5)
    expect(rooms.add(rooms.producer, 2)).toEqual({ value: undefined })
    expect(rooms.describe()).toMatchObject({ startTimestamp: began, lastUpdateTimestamp: began + 5 })
    expect(rooms.describe()?.partitions.topics()).toEqual([{ topic: 'orders', partitions: [0, 1, 2] }])
  })

  test('writes nothing for partitions that it has', () => {
    const rooms = open(version)
    const { logEndOffset } = rooms.log
    expect(rooms.add(rooms.producer, 1)).toEqual({ value: undefined })
    expect(rooms.log.logEndOffset).toBe(logEndOffset)
  })

  test('is answered when it is decided, and complete when its partitions have their markers', () => {
    const rooms = open(version)
    rooms.marksAtOnce = false
    expect(rooms.end(rooms.producer, true)).toEqual({ value: version === 0 ? '-1/-1' : '100/1' })
    expect(rooms.state).toBe('PrepareCommit')
    expect(rooms.completions[0]?.remaining.topics()).toEqual([{ topic: 'orders', partitions: [0, 1] }])
    const next = rooms.producer
    expect(rooms.add(next, 0)).toEqual({ error: 'CONCURRENT_TRANSACTIONS' })
    rooms.mark()
    expect(rooms.describe()).toMatchObject({ state: 'CompleteCommit', partitions: { isEmpty: true } })
    expect(rooms.add(next, 0)).toEqual({ value: undefined })
  })

  test('is gone on with by the next coordinator when its end is decided', () => {
    const rooms = open(version)
    rooms.marksAtOnce = false
    rooms.end(rooms.producer, false)
    const [first] = rooms.completions
    rooms.move()
    expect(first?.isCancelled).toBe(true)
    expect(rooms.completions).toHaveLength(1)
    rooms.mark()
    expect(rooms.state).toBe('CompleteAbort')
  })

  test('lets nothing else begin while a record of it is not committed, and remembers none that could not be written', () => {
    const rooms = open(version)
    rooms.log.keepsUp = false
    expect(rooms.end(rooms.producer, true)).toBe('waits')
    expect(rooms.state).toBe('Ongoing')
    expect(rooms.add(rooms.producer, 2)).toEqual({ error: 'CONCURRENT_TRANSACTIONS' })
    expect(rooms.init()).toEqual({ error: 'CONCURRENT_TRANSACTIONS' })
    rooms.log.keepsUp = true
    rooms.log.followersCatchUp()
    expect(rooms.state).toBe('CompleteCommit')
    rooms.log.refusal = new KafkaError('NOT_ENOUGH_REPLICAS')
    expect(rooms.add(rooms.producer, 0)).toEqual({ error: 'COORDINATOR_NOT_AVAILABLE' })
    rooms.log.refusal = undefined
    expect(rooms.state).toBe('CompleteCommit')
    expect(rooms.add(rooms.producer, 0)).toEqual({ value: undefined })
  })

  test('is complete in the end though its log refused that for a while', () => {
    const rooms = open(version)
    rooms.marksAtOnce = false
    rooms.end(rooms.producer, true)
    rooms.log.refusal = new KafkaError('NOT_ENOUGH_REPLICAS')
    rooms.mark()
    rooms.clock.advance(200)
    expect(rooms.state).toBe('PrepareCommit')
    rooms.log.refusal = undefined
    rooms.clock.advance(50)
    expect(rooms.state).toBe('CompleteCommit')
  })

  test('is aborted when it is open for longer than its producer allows, and the producer is fenced', () => {
    const rooms = new ShardRooms(version, { 'transaction.abort.timed.out.transaction.cleanup.interval.ms': '1000' })
    rooms.init(undefined, 1500)
    const { producer } = rooms
    rooms.add(producer, 0)
    // Kafka looks every second: the first time after 1500 ms is at 2000.
    rooms.clock.advance(1999)
    expect(rooms.state).toBe('Ongoing')
    rooms.clock.advance(1)
    expect(rooms.state).toBe('CompleteAbort')
    expect(rooms.producer.producerEpoch).toBe(producer.producerEpoch + 1)
    expect(rooms.add(producer, 0)).toEqual({ error: 'PRODUCER_FENCED' })
  })

  test('that could not be aborted when it timed out is aborted the next time', () => {
    const rooms = new ShardRooms(version, { 'transaction.abort.timed.out.transaction.cleanup.interval.ms': '1000' })
    rooms.init(undefined, 500)
    rooms.add(rooms.producer, 0)
    rooms.log.refusal = new KafkaError('NOT_ENOUGH_REPLICAS')
    rooms.clock.advance(1500)
    expect(rooms.state).toBe('Ongoing')
    rooms.log.refusal = undefined
    rooms.clock.advance(500)
    expect(rooms.state).toBe('CompleteAbort')
  })

  test('that a coordinator finds open times out from when it began', () => {
    const rooms = new ShardRooms(version, { 'transaction.abort.timed.out.transaction.cleanup.interval.ms': '1000' })
    rooms.init(undefined, 5000)
    rooms.add(rooms.producer, 0)
    rooms.clock.advance(4000)
    rooms.move()
    rooms.clock.advance(1999)
    expect(rooms.state).toBe('Ongoing')
    rooms.clock.advance(1)
    expect(rooms.state).toBe('CompleteAbort')
  })

  test('needs no timer once it is over, and its id none once it is forgotten', () => {
    const rooms = open(version)
    rooms.end(rooms.producer, true)
    // Of all timers the one is left that looks for ids which nobody uses any more.
    expect(rooms.clock.pending).toBe(1)
    rooms.clock.advance(7 * 24 * 3_600_000 - 1)
    expect(rooms.state).toBe('CompleteCommit')
    rooms.clock.advance(3_600_000)
    expect(rooms.state).toBeUndefined()
    expect(rooms.clock.pending).toBe(0)
    expect(rooms.init()).toEqual({ value: '101/0' })
  })
})

describe('A transaction of version 1', () => {
  test('may be ended again the same way, and not the other', () => {
    const rooms = open(0)
    const { producer } = rooms
    rooms.end(producer, true)
    expect(rooms.end(producer, true)).toEqual({ value: '-1/-1' })
    expect(rooms.end(producer, false)).toEqual({ error: 'INVALID_TXN_STATE' })
    expect(rooms.producer).toEqual(producer)
  })

  test('cannot be ended before it begins', () => {
    const rooms = new ShardRooms(0)
    rooms.init()
    for (const committed of [true, false])
      expect(rooms.end(rooms.producer, committed)).toEqual({ error: 'INVALID_TXN_STATE' })
  })

  test('is fenced before it is told to wait in releases before 4.0 (KAFKA-18575)', () => {
    const rooms = new ShardRooms(0, {}, releaseOf('3.9'))
    rooms.init()
    const { producer } = rooms
    rooms.add(producer, 0)
    rooms.marksAtOnce = false
    rooms.end(producer, true)
    expect(rooms.add({ ...producer, producerEpoch: 9 }, 0)).toEqual({ error: 'PRODUCER_FENCED' })
    expect(rooms.add(producer, 0)).toEqual({ error: 'CONCURRENT_TRANSACTIONS' })
  })
})

describe('A transaction of version 2 (KIP-890)', () => {
  test('has an epoch of its own, and its end may be asked for again with the epoch before', () => {
    const rooms = open(2)
    const { producer } = rooms
    expect(rooms.end(producer, true)).toEqual({ value: '100/1' })
    expect(rooms.end(producer, true)).toEqual({ value: '100/1' })
    expect(rooms.end(producer, false)).toEqual({ error: 'INVALID_TXN_STATE' })
    expect(rooms.end({ ...producer, producerEpoch: 5 }, true)).toEqual({ error: 'PRODUCER_FENCED' })
  })

  test('may be aborted without partitions, which takes an epoch too', () => {
    const rooms = new ShardRooms(2)
    rooms.init()
    expect(rooms.end(rooms.producer, true)).toEqual({ error: 'INVALID_TXN_STATE' })
    expect(rooms.end(rooms.producer, false)).toEqual({ value: '100/1' })
    expect(rooms.state).toBe('CompleteAbort')
    expect(rooms.end(rooms.producer, false)).toEqual({ value: '100/2' })
    expect(rooms.end(rooms.producer, true)).toEqual({ error: 'INVALID_TXN_STATE' })
  })

  test('has a new producer id where the epochs are used up, also for one who asks again', () => {
    const rooms = open(2)
    rooms.remember({ producerEpoch: LAST_PRODUCER_EPOCH })
    const last = { producerId: 100, producerEpoch: LAST_PRODUCER_EPOCH }
    expect(rooms.end(last, true)).toEqual({ value: '101/0' })
    expect(rooms.end(last, true)).toEqual({ value: '101/0' })
    expect(rooms.end(last, false)).toEqual({ error: 'INVALID_TXN_STATE' })
    expect(rooms.add({ producerId: 101, producerEpoch: 0 }, 0)).toEqual({ value: undefined })
  })

  test('is told to wait before it is fenced', () => {
    const rooms = open(2)
    const { producer } = rooms
    rooms.marksAtOnce = false
    rooms.end(producer, true)
    expect(rooms.add({ ...producer, producerEpoch: 9 }, 0)).toEqual({ error: 'CONCURRENT_TRANSACTIONS' })
    expect(rooms.end(producer, true)).toEqual({ error: 'CONCURRENT_TRANSACTIONS' })
  })
})

type Step = 'init' | 'add' | 'commit' | 'abort' | 'old' | 'hold' | 'mark' | 'lag' | 'catch up' | 'time' | 'move'

const steps = fc.constantFrom<Step[]>(
  'init',
  'add',
  'commit',
  'abort',
  'old',
  'hold',
  'mark',
  'lag',
  'catch up',
  'time',
  'move',
)

describe('Whatever happens to a transactional id', () => {
  test('its epochs only rise, and a coordinator that takes over knows all that was committed', () => {
    fc.assert(
      fc.property(fc.constantFrom<(0 | 2)[]>(0, 2), fc.array(steps, { maxLength: 60 }), (version, history) => {
        const rooms = new ShardRooms(version)
        let highest = -1
        for (const step of history) {
          act(rooms, step)
          const { producerEpoch } = rooms.producer
          expect(producerEpoch).toBeGreaterThanOrEqual(highest)
          highest = producerEpoch
        }
        rooms.marksAtOnce = true
        rooms.log.keepsUp = true
        rooms.log.followersCatchUp()
        rooms.mark()
        const before = shown(rooms)
        rooms.move()
        expect(shown(rooms)).toEqual(before)
        // Nothing is under way for ever: a producer may begin, at the latest when its last transaction is aborted.
        rooms.init()
        rooms.init()
        expect(rooms.state).toBe('Empty')
      }),
    )
  })
})

/** What is committed and stands in the log: not the epoch before the last one, and before version 1 not the id before. */
function shown(rooms: ShardRooms): object | undefined {
  const transaction = rooms.describe()
  if (transaction === undefined) return undefined
  const forgotten = rooms.version === 0 ? { lastProducerEpoch: -1, previousProducerId: -1 } : { lastProducerEpoch: -1 }
  return { ...transaction, ...forgotten, partitions: transaction.partitions.topics() }
}

function act(rooms: ShardRooms, step: Step): void {
  const { producer } = rooms
  switch (step) {
    case 'init':
      rooms.init()
      break
    case 'add':
      rooms.add(producer, 0, 1)
      break
    case 'commit':
    case 'abort':
      rooms.end(producer, step === 'commit')
      break
    case 'old':
      rooms.end({ ...producer, producerEpoch: producer.producerEpoch - 1 }, true)
      break
    case 'hold':
      rooms.marksAtOnce = false
      break
    case 'mark':
      rooms.mark()
      break
    case 'lag':
      rooms.log.keepsUp = false
      break
    case 'catch up':
      rooms.log.keepsUp = true
      rooms.log.followersCatchUp()
      break
    case 'time':
      rooms.clock.advance(30_000)
      break
    case 'move':
      rooms.move()
  }
}

import { describe, expect, test } from 'vitest'
import { deleteRecords } from '../../../src/broker/apis/delete-records.ts'
import { fetch } from '../../../src/broker/apis/fetch.ts'
import { errorName } from '../../../src/protocol/errors.ts'
import type { DeleteRecordsResponse } from '../../../src/protocol/messages/delete-records.ts'
import { batchOf, recordsIn } from '../batches.ts'
import { type Asked, BrokerRooms, ME, type TopicShape } from '../harness.ts'

const OTHER = 2

function withRecords(shape: TopicShape = {}): BrokerRooms {
  const rooms = new BrokerRooms()
  rooms.createTopic('orders', shape)
  for (let i = 0; i < 3; i++) append(rooms)
  return rooms
}

function append(rooms: BrokerRooms, index = 0): void {
  rooms.queue.turn(() => rooms.partition('orders', index).append(batchOf(2), { origin: 'client', requiredAcks: 1 }))
}

type Wanted = readonly (readonly [index: number, offset: number])[]

function ask(rooms: BrokerRooms, wanted: Wanted, topic = 'orders', version = 2): Asked<DeleteRecordsResponse> {
  const partitions = wanted.map(([partitionIndex, offset]) => ({ partitionIndex, offset }))
  return rooms.ask(deleteRecords, version, { timeoutMs: 1000, topics: [{ name: topic, partitions }] })
}

/** Of each partition its index, the error, and the low watermark. */
function told({ response }: Asked<DeleteRecordsResponse>): unknown[][] {
  return response.topics.flatMap(({ partitions }) =>
    partitions.map(({ partitionIndex, errorCode, lowWatermark }) => [
      partitionIndex,
      errorName(errorCode),
      lowWatermark,
    ]),
  )
}

describe('DeleteRecords', () => {
  test.each([0, 1, 2])('v%i moves the start of the log forward, and never back', (version) => {
    const rooms = withRecords()
    const to = (offset: number) => told(ask(rooms, [[0, offset]], 'orders', version))
    expect(to(3)).toEqual([[0, 'NONE', 3]])
    expect(rooms.partition('orders').logStartOffset).toBe(3)
    expect(to(1)).toEqual([[0, 'NONE', 3]])
    expect(to(6)).toEqual([[0, 'NONE', 6]])
    expect(rooms.partition('orders').logStartOffset).toBe(6)
  })

  test('takes -1 for all that is committed, and leaves the log ready for more', () => {
    const rooms = withRecords()
    expect(told(ask(rooms, [[0, -1]]))).toEqual([[0, 'NONE', 6]])
    append(rooms)
    const { logStartOffset, logEndOffset } = rooms.partition('orders')
    expect([logStartOffset, logEndOffset]).toEqual([6, 8])
  })

  test('hides what is before the start, but for the batch that reaches across it', () => {
    const rooms = withRecords()
    ask(rooms, [[0, 3]])
    const read = (fetchOffset: number) => {
      const partitions = [{ partition: 0, fetchOffset, partitionMaxBytes: 1000 }]
      const { responses } = rooms.ask(fetch, 12, { maxWaitMs: 0, topics: [{ topic: 'orders', partitions }] }).response
      const { errorCode = -1, records = [] } = responses[0]?.partitions[0] ?? {}
      return errorCode === 0 ? recordsIn(records) : errorName(errorCode)
    }
    expect(read(2)).toBe('OFFSET_OUT_OF_RANGE')
    expect(read(3)).toEqual(['2:v0', '3:v1', '4:v0', '5:v1'])
  })

  test('has a fetch that waits for what is gone answered', () => {
    const rooms = withRecords()
    const partitions = [{ partition: 0, fetchOffset: 4, partitionMaxBytes: 1000 }]
    const request = { maxWaitMs: 500, minBytes: 10_000, topics: [{ topic: 'orders', partitions }] }
    const waiting = rooms.ask(fetch, 12, request)
    expect(waiting.waits).toBe(true)
    ask(rooms, [[0, 5]])
    expect(errorName(waiting.response.responses[0]?.partitions[0]?.errorCode ?? 0)).toBe('OFFSET_OUT_OF_RANGE')
  })

  test('refuses an offset beyond the high watermark, and any that is negative', () => {
    const rooms = withRecords()
    expect(told(ask(rooms, [[0, 7]]))).toEqual([[0, 'OFFSET_OUT_OF_RANGE', -1]])
    expect(told(ask(rooms, [[0, -2]]))).toEqual([[0, 'OFFSET_OUT_OF_RANGE', -1]])
    expect(rooms.partition('orders').logStartOffset).toBe(0)
  })

  test('is for topics that delete, if not only', () => {
    const compacted = withRecords({ configs: { 'cleanup.policy': 'compact' } })
    expect(told(ask(compacted, [[0, 1]]))).toEqual([[0, 'POLICY_VIOLATION', -1]])
    const both = withRecords({ configs: { 'cleanup.policy': 'compact,delete' } })
    expect(told(ask(both, [[0, 1]]))).toEqual([[0, 'NONE', 1]])
    compacted.configure('orders', 'cleanup.policy', 'delete')
    expect(told(ask(compacted, [[0, 1]]))).toEqual([[0, 'NONE', 1]])
  })

  test('leaves the topics of the broker alone, whoever leads them', () => {
    const rooms = new BrokerRooms()
    expect(told(ask(rooms, [[0, 0]], '__consumer_offsets'))).toEqual([[0, 'UNKNOWN_TOPIC_OR_PARTITION', -1]])
    rooms.createTopic('__consumer_offsets', { partitions: 2, replicas: [ME, OTHER] })
    rooms.elect('__consumer_offsets', 1, OTHER)
    const asked = ask(
      rooms,
      [
        [0, 0],
        [1, 0],
      ],
      '__consumer_offsets',
    )
    expect(told(asked).map(([, error]) => error)).toEqual(['INVALID_TOPIC_EXCEPTION', 'INVALID_TOPIC_EXCEPTION'])
  })

  test('answers each partition once, for the offset that was named last', () => {
    const rooms = withRecords({ partitions: 2, replicas: [ME, OTHER] })
    rooms.elect('orders', 1, OTHER)
    const asked = ask(rooms, [
      [0, 99],
      [1, 0],
      [9, 0],
      [0, 2],
    ])
    expect(told(asked)).toEqual([
      [0, 'NONE', 2],
      [1, 'NOT_LEADER_OR_FOLLOWER', -1],
      [9, 'UNKNOWN_TOPIC_OR_PARTITION', -1],
    ])
    expect(ask(rooms, []).response.topics).toEqual([])
  })

  describe('with a replica that lags', () => {
    /** One whose log starts where it is told. */
    function withLaggard(): { rooms: BrokerRooms; catchUp: (offset: number) => void } {
      const rooms = withRecords()
      const partition = rooms.partition('orders')
      let lowWatermark = 0
      for (const name of ['lowWatermark', 'progress'])
        Object.defineProperty(partition, name, { get: () => lowWatermark })
      const catchUp = (offset: number): void => {
        lowWatermark = offset
        rooms.queue.turn(() => partition.changed.mark())
      }
      return { rooms, catchUp }
    }

    test('waits until it has come after', () => {
      const { rooms, catchUp } = withLaggard()
      const asked = ask(rooms, [[0, 3]])
      expect([asked.waits, rooms.partition('orders').logStartOffset]).toEqual([true, 3])
      catchUp(2)
      expect(asked.waits).toBe(true)
      catchUp(4)
      expect(told(asked)).toEqual([[0, 'NONE', 4]])
    })

    test('waits no longer than it is told to', () => {
      const { rooms, catchUp } = withLaggard()
      const asked = ask(rooms, [[0, 3]])
      catchUp(2)
      rooms.clock.advance(1000)
      expect(told(asked)).toEqual([[0, 'REQUEST_TIMED_OUT', 0]])
    })

    test('waits no longer than the topic is there', () => {
      const { rooms } = withLaggard()
      const asked = ask(rooms, [[0, 3]])
      rooms.deleteTopic('orders')
      expect(told(asked)).toEqual([[0, 'UNKNOWN_TOPIC_OR_PARTITION', -1]])
    })
  })
})

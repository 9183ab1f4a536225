import { describe, expect, test } from 'vitest'
import { fetch } from '../../../src/broker/apis/fetch.ts'
import { errorName } from '../../../src/protocol/errors.ts'
import { batchOf } from '../batches.ts'
import { BrokerRooms } from '../harness.ts'

const ONE = batchOf(1).length
/** Kafka looks for what has expired every five minutes. */
const CHECK = 300_000
const DAY = 86_400_000

/** A topic with so many records, each in a segment of its own. */
function withSegments(count: number, configs: Record<string, string> = {}): BrokerRooms {
  const rooms = new BrokerRooms()
  rooms.createTopic('orders', { configs: { 'internal.segment.bytes': String(ONE), 'retention.ms': '-1', ...configs } })
  for (let i = 0; i < count; i++) append(rooms)
  return rooms
}

function append(rooms: BrokerRooms): void {
  rooms.queue.turn(() => rooms.partition('orders').append(batchOf(1), { origin: 'client', requiredAcks: 1 }))
}

const start = (rooms: BrokerRooms): number => rooms.partition('orders').logStartOffset

describe('retention', () => {
  test('lets go of whole segments, oldest first, when it looks', () => {
    const rooms = withSegments(5, { 'retention.bytes': String(3 * ONE) })
    expect([start(rooms), rooms.partition('orders').sizeInBytes]).toEqual([0, 5 * ONE])
    rooms.clock.advance(CHECK)
    expect([start(rooms), rooms.partition('orders').sizeInBytes]).toEqual([2, 3 * ONE])
  })

  test('goes by retention.bytes as it is when it looks, not as it was', () => {
    const rooms = withSegments(5)
    rooms.clock.advance(CHECK)
    expect(start(rooms)).toBe(0)
    rooms.configure('orders', 'retention.bytes', String(2 * ONE))
    rooms.clock.advance(CHECK)
    expect(start(rooms)).toBe(3)
    rooms.configure('orders', 'retention.bytes', '-1')
    append(rooms)
    rooms.clock.advance(CHECK)
    expect(start(rooms)).toBe(3)
  })

  test('goes by retention.ms as it is when it looks, though nobody has written since', () => {
    const rooms = withSegments(3)
    rooms.clock.advance(2 * DAY)
    expect(start(rooms)).toBe(0)
    expect(rooms.clock.pending).toBe(0)
    rooms.configure('orders', 'retention.ms', String(DAY))
    expect(rooms.clock.pending).toBe(1)
    rooms.clock.advance(CHECK)
    expect([start(rooms), rooms.partition('orders').sizeInBytes]).toEqual([3, 0])
  })

  test('looks on its own as often as log.retention.check.interval.ms says', () => {
    const rooms = new BrokerRooms({ 'log.retention.check.interval.ms': '1000' })
    rooms.createTopic('orders', { configs: { 'internal.segment.bytes': String(ONE), 'retention.ms': '5000' } })
    append(rooms)
    rooms.clock.advance(4000)
    expect(start(rooms)).toBe(0)
    rooms.clock.advance(2000)
    expect(start(rooms)).toBe(1)
    expect(rooms.clock.pending).toBe(0)
  })

  test('takes away what was deleted before it, also from a topic that is kept for ever', () => {
    const rooms = withSegments(4)
    rooms.queue.turn(() => rooms.partition('orders').incrementLogStartOffset(2))
    expect(rooms.partition('orders').sizeInBytes).toBe(4 * ONE)
    rooms.clock.advance(CHECK)
    expect([start(rooms), rooms.partition('orders').sizeInBytes]).toEqual([2, 2 * ONE])
    expect(rooms.clock.pending).toBe(0)
  })

  test('deletes nothing of a topic that is only compacted, until its policy says so', () => {
    const rooms = withSegments(3, { 'cleanup.policy': 'compact', 'retention.ms': '1' })
    rooms.clock.advance(CHECK)
    expect(start(rooms)).toBe(0)
    rooms.configure('orders', 'cleanup.policy', 'compact,delete')
    rooms.clock.advance(CHECK)
    expect(start(rooms)).toBe(3)
  })

  test('has a fetch that waits for more of what it takes away answered', () => {
    const rooms = new BrokerRooms()
    rooms.createTopic('orders', { configs: { 'retention.ms': String(DAY) } })
    rooms.queue.turn(() => rooms.partition('orders').append(batchOf(2), { origin: 'client', requiredAcks: 1 }))
    const partitions = [{ partition: 0, fetchOffset: 1, partitionMaxBytes: 1000 }]
    const request = { maxWaitMs: 2 * DAY, minBytes: 10_000, topics: [{ topic: 'orders', partitions }] }
    const waiting = rooms.ask(fetch, 12, request)
    rooms.clock.advance(DAY - CHECK)
    expect(waiting.waits).toBe(true)
    rooms.clock.advance(2 * CHECK)
    expect(errorName(waiting.response.responses[0]?.partitions[0]?.errorCode ?? 0)).toBe('OFFSET_OUT_OF_RANGE')
  })
})

describe('a topic that is reconfigured', () => {
  test('takes its batches by the new rules at once', () => {
    const rooms = withSegments(1)
    rooms.configure('orders', 'max.message.bytes', String(ONE - 1))
    expect(() => append(rooms)).toThrow(expect.objectContaining({ error: 'MESSAGE_TOO_LARGE' }))
    rooms.configure('orders', 'max.message.bytes', String(ONE))
    append(rooms)
    rooms.configure('orders', 'message.timestamp.type', 'LogAppendTime')
    const given = rooms.queue.turn(() =>
      rooms.partition('orders').append(batchOf(1), { origin: 'client', requiredAcks: 1 }),
    )
    expect(given).toMatchObject({ baseOffset: 2, logAppendTime: rooms.now })
  })
})

import { describe, expect, test } from 'vitest'
import { RecordBatch } from '../../../src/protocol/records/record-batch.ts'
import { batchOf, recordsIn } from '../batches.ts'
import { BrokerRooms } from '../harness.ts'
import { keyed } from '../log/replica-logs.ts'

/** The cleaner looks every fifteen seconds. */
const BACKOFF = 15_000
const ONE = batchOf(1).length

function withTopic(configs: Record<string, string> = {}, broker: Record<string, string> = {}): BrokerRooms {
  const rooms = new BrokerRooms(broker)
  const compacted = { 'cleanup.policy': 'compact', 'internal.segment.bytes': String(2 * ONE), 'retention.ms': '-1' }
  rooms.createTopic('prices', { configs: { ...compacted, ...configs } })
  return rooms
}

function put(rooms: BrokerRooms, key: string, value: string | null): void {
  const batch = keyed([[key, value]], { timestamp: rooms.now })
  rooms.queue.turn(() => rooms.partition('prices').append(batch, { origin: 'client', requiredAcks: 1 }))
}

function records(rooms: BrokerRooms): string[] {
  const partition = rooms.partition('prices')
  const read: Buffer[] = []
  for (let offset = partition.logStartOffset; offset < partition.highWatermark; ) {
    const limits = { maxBytes: 1_000_000, minOneMessage: true, isolation: 'high-watermark' as const }
    const { records } = partition.read({ offset, ...limits })
    const last = records[records.length - 1]
    if (last === undefined) break
    read.push(...records)
    offset = new RecordBatch(last).nextOffset
  }
  return recordsIn(read)
}

describe('the cleaner of a broker', () => {
  test('compacts what is dirty when it looks, and then looks no more', () => {
    const rooms = withTopic()
    for (let i = 0; i < 5; i++) put(rooms, 'a', `${i}`)
    expect(rooms.clock.pending).toBe(1)
    rooms.clock.advance(BACKOFF)
    expect(records(rooms).length).toBeLessThan(5)
    expect(records(rooms).at(-1)).toBe('4:4')
    expect(rooms.clock.pending).toBe(0)
  })

  test('does not look as long as there is but the segment that is appended to', () => {
    const rooms = withTopic({ 'internal.segment.bytes': '100000' })
    for (let i = 0; i < 5; i++) put(rooms, 'a', `${i}`)
    expect(rooms.clock.pending).toBe(0)
  })

  test('looks as often as log.cleaner.backoff.ms says, until min.compaction.lag.ms is over', () => {
    const rooms = withTopic({ 'min.compaction.lag.ms': '5000' }, { 'log.cleaner.backoff.ms': '1000' })
    for (let i = 0; i < 5; i++) put(rooms, 'a', `${i}`)
    rooms.clock.advance(4000)
    expect(records(rooms)).toHaveLength(5)
    rooms.clock.advance(2000)
    expect(records(rooms).length).toBeLessThan(5)
    expect(rooms.clock.pending).toBe(0)
  })

  test('does nothing where log.cleaner.enable is false', () => {
    const rooms = withTopic({}, { 'log.cleaner.enable': 'false' })
    for (let i = 0; i < 5; i++) put(rooms, 'a', `${i}`)
    expect(rooms.clock.pending).toBe(0)
  })

  test('begins when a topic becomes compacted', () => {
    const rooms = withTopic({ 'cleanup.policy': 'delete' })
    for (let i = 0; i < 5; i++) put(rooms, 'a', `${i}`)
    rooms.configure('prices', 'cleanup.policy', 'compact')
    rooms.clock.advance(BACKOFF)
    expect(records(rooms).length).toBeLessThan(5)
  })

  test('deletes too what a topic wants both compacted and deleted', () => {
    const rooms = withTopic({ 'cleanup.policy': 'compact,delete', 'retention.ms': '1000' })
    for (let i = 0; i < 5; i++) put(rooms, 'a', `${i}`)
    rooms.clock.advance(BACKOFF)
    expect(rooms.partition('prices').logStartOffset).toBe(5)
  })

  test('can be had at once, for all that is decided', () => {
    const rooms = withTopic({ 'internal.segment.bytes': '100000' })
    for (let i = 0; i < 5; i++) put(rooms, 'a', `${i}`)
    put(rooms, 'b', 'x')
    rooms.partition('prices').compact()
    expect(records(rooms)).toEqual(['4:4', '5:x'])
  })
})

import { describe, expect, test } from 'vitest'
import { buildBatch } from '../../../src/protocol/records/batch-builder.ts'
import { BrokerRooms } from '../harness.ts'

const LIMIT = 4096

/** Appends a gzipped batch of values of so many bytes, as a client does, to a topic that limits what comes out of them. */
function append(sizes: readonly number[]): unknown {
  const rooms = new BrokerRooms()
  rooms.createTopic('orders', { configs: { 'max.decompressed.message.bytes': String(LIMIT) } })
  const records = sizes.map((size, i) => ({ key: `k${i}`, value: Buffer.alloc(size), timestamp: rooms.now }))
  const batch = buildBatch(records, { compression: 'gzip' })
  return rooms.partition('orders').append(batch, { origin: 'client', requiredAcks: 1 })
}

describe('max.decompressed.message.bytes', () => {
  test('limits each record of a compressed batch, not the batch', () => {
    expect(append([LIMIT / 2, LIMIT / 2, LIMIT / 2])).toMatchObject({ lastOffset: 2 })
    expect(() => append([10, LIMIT])).toThrow(expect.objectContaining({ error: 'INVALID_RECORD' }))
  })
})

import { describe, expect, test } from 'vitest'
import { type CoordinatorLog, CoordinatorLogs } from '../../../src/broker/coordinator/coordinator-log.ts'
import { batchOf, recordsIn } from '../batches.ts'
import { BrokerRooms } from '../harness.ts'

function hosted(): CoordinatorLog {
  const rooms = new BrokerRooms()
  rooms.createTopic('__consumer_offsets')
  const log = new CoordinatorLogs('__consumer_offsets', rooms.replicas).find(0)
  if (log === undefined) throw new Error('the partition is not led here')
  return log
}

describe('the log of a coordinator', () => {
  test('is read in whole batches, one at least', () => {
    const log = hosted()
    const size = batchOf(2).length
    for (const first of [0, 2, 4]) log.append(batchOf(2, {}, first))
    expect(recordsIn(log.read(0, 2 * size + 10))).toEqual(['0:v0', '1:v1', '2:v2', '3:v3'])
    expect(Buffer.concat(log.read(0, 2 * size + 10))).toHaveLength(2 * size)
    expect(Buffer.concat(log.read(2, 10))).toHaveLength(size)
  })
})

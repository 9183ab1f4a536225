import { describe, expect, test } from 'vitest'
import type { Partition } from '../../../src/broker/replication/partition.ts'
import { batchOf, recordsIn } from '../batches.ts'
import { BrokerRooms, ME } from '../harness.ts'

const OTHER = 2
const withError = (error: string) => expect.objectContaining({ error })
const marker = { producerId: 7, producerEpoch: 0, coordinatorEpoch: 0, committed: true, transactionVersion: 0 }

/** Appends so many records in the transaction of producer 7, verified if that is needed. */
function produce(partition: Partition, count: number, baseSequence = 0): void {
  const verification = partition.startVerification({
    producerId: 7,
    producerEpoch: 0,
    sequence: baseSequence,
    supportsEpochBump: false,
  })
  const batch = batchOf(count, { producerId: 7, producerEpoch: 0, baseSequence, isTransactional: true })
  partition.append(batch, { origin: 'client', requiredAcks: 1, verification })
}

describe('a partition that takes part in a transaction', () => {
  test('shows it to readers of committed records once it is ended', () => {
    const rooms = new BrokerRooms()
    rooms.createTopic('orders')
    const partition = rooms.partition('orders')
    const read = () =>
      partition.read({ offset: 0, maxBytes: 1000, minOneMessage: true, isolation: 'committed' }).records
    produce(partition, 2)
    expect([partition.endFor('committed'), partition.endFor('high-watermark'), read()]).toEqual([0, 2, []])
    partition.appendEndTransactionMarker(marker)
    expect(partition.endFor('committed')).toBe(3)
    expect(recordsIn(read()).slice(0, 2)).toEqual(['0:v0', '1:v1'])
  })

  test('takes its marker only while enough replicas are in sync, as with acks=all', () => {
    const rooms = new BrokerRooms()
    rooms.createTopic('orders', { replicas: [ME, OTHER], configs: { 'min.insync.replicas': '2' } })
    const partition = rooms.partition('orders')
    produce(partition, 1)
    rooms.elect('orders', 0, ME, [ME])
    expect(() => partition.appendEndTransactionMarker(marker)).toThrow(withError('NOT_ENOUGH_REPLICAS'))
    expect(partition.logEndOffset).toBe(1)
  })

  test('verifies transactions, and takes markers, only as long as it is led here', () => {
    const rooms = new BrokerRooms()
    rooms.createTopic('orders', { replicas: [ME, OTHER] })
    const partition = rooms.partition('orders')
    rooms.elect('orders', 0, OTHER)
    expect(() =>
      partition.startVerification({ producerId: 7, producerEpoch: 0, sequence: 0, supportsEpochBump: false }),
    ).toThrow(withError('NOT_LEADER_OR_FOLLOWER'))
    expect(() => partition.appendEndTransactionMarker(marker)).toThrow(withError('NOT_LEADER_OR_FOLLOWER'))
  })
})

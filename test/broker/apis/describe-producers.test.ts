import { describe, expect, test } from 'vitest'
import { describeProducers } from '../../../src/broker/apis/describe-producers.ts'
import { KafkaCluster } from '../../../src/index.ts'
import { ErrorCode, errorName } from '../../../src/protocol/errors.ts'
import { DescribeProducers, type PartitionResponse } from '../../../src/protocol/messages/describe-producers.ts'
import { Produce } from '../../../src/protocol/messages/produce.ts'
import type { BatchOptions } from '../../../src/protocol/records/batch-builder.ts'
import { WireClient } from '../../wire-client.ts'
import { batchOf } from '../batches.ts'
import { BrokerRooms, ME } from '../harness.ts'

const OTHER = 2
const DAY = 86_400_000

function withTopic(): BrokerRooms {
  const rooms = new BrokerRooms()
  rooms.createTopic('orders', { partitions: 2, replicas: [ME, OTHER] })
  return rooms
}

function append(rooms: BrokerRooms, count: number, options: BatchOptions): void {
  const batch = batchOf(count, options)
  rooms.queue.turn(() => rooms.partition('orders').append(batch, { origin: 'client', requiredAcks: 1 }))
}

function describeAll(rooms: BrokerRooms, indexes: readonly number[] = [0], name = 'orders'): PartitionResponse[] {
  const topics = [{ name, partitionIndexes: [...indexes] }]
  return rooms.ask(describeProducers, 0, { topics }).response.topics.flatMap(({ partitions }) => partitions)
}

/** Of each producer its id, its epoch, and the sequence number of its last record. */
function producers(rooms: BrokerRooms): number[][] {
  const [partition] = describeAll(rooms)
  return (partition?.activeProducers ?? []).map((known) => [known.producerId, known.producerEpoch, known.lastSequence])
}

describe('DescribeProducers', () => {
  test('tells who wrote, and how far each has come', () => {
    const rooms = withTopic()
    append(rooms, 2, { producerId: 9, producerEpoch: 0, baseSequence: 0 })
    append(rooms, 1, {})
    append(rooms, 3, { producerId: 4, producerEpoch: 1, baseSequence: 7 })
    append(rooms, 3, { producerId: 9, producerEpoch: 0, baseSequence: 2 })
    expect(producers(rooms)).toEqual([
      [4, 1, 9],
      [9, 0, 4],
    ])
    append(rooms, 1, { producerId: 9, producerEpoch: 1, baseSequence: 0 })
    expect(producers(rooms)).toContainEqual([9, 1, 0])
    const [{ activeProducers }] = describeAll(rooms) as [PartitionResponse]
    expect(activeProducers[0]).toMatchObject({ coordinatorEpoch: -1, currentTxnStartOffset: -1 })
    expect(activeProducers[0]?.lastTimestamp).toBeGreaterThan(rooms.now - 10_000)
  })

  test('is answered by followers too, as far as their logs tell', async () => {
    await using cluster = await KafkaCluster.start({ brokers: 3, topics: { orders: { replicationFactor: 2 } } })
    const partition = cluster.partition('orders', 0)
    const records = [batchOf(2, { producerId: 9, producerEpoch: 0, baseSequence: 0 })]
    await new WireClient(cluster.connect(partition.leader)).send(Produce, 9, {
      acks: -1,
      timeoutMs: 1000,
      topicData: [{ name: 'orders', partitionData: [{ index: 0, records }] }],
    })
    for (const { nodeId } of cluster.brokers) {
      const client = new WireClient(cluster.connect(nodeId))
      const { topics } = await client.send(DescribeProducers, 0, {
        topics: [{ name: 'orders', partitionIndexes: [0] }],
      })
      const [described] = topics[0]?.partitions ?? []
      const expected = partition.replicas.includes(nodeId)
        ? { errorCode: 0, activeProducers: [{ producerId: 9, lastSequence: 1 }] }
        : { errorCode: ErrorCode.NOT_LEADER_OR_FOLLOWER, activeProducers: [] }
      expect(described).toMatchObject(expected)
    }
  })

  test('tells where an open transaction begins, and whose marker ended the last one (KIP-664)', () => {
    const rooms = withTopic()
    const partition = rooms.partition('orders')
    append(rooms, 2, {})
    const verification = partition.startVerification({
      producerId: 9,
      producerEpoch: 3,
      sequence: 0,
      supportsEpochBump: false,
    })
    const options = { producerId: 9, producerEpoch: 3, baseSequence: 0, isTransactional: true }
    partition.append(batchOf(2, options), { origin: 'client', requiredAcks: 1, verification })
    const told = () => describeAll(rooms)[0]?.activeProducers
    expect(told()).toMatchObject([{ producerId: 9, coordinatorEpoch: -1, currentTxnStartOffset: 2 }])
    const marker = { producerId: 9, producerEpoch: 3, coordinatorEpoch: 5, committed: false, transactionVersion: 0 }
    partition.appendEndTransactionMarker(marker)
    expect(told()).toMatchObject([{ producerId: 9, lastSequence: 1, coordinatorEpoch: 5, currentTxnStartOffset: -1 }])
  })

  test('has nobody where nobody has written, and nobody who was silent for a day', () => {
    const rooms = withTopic()
    expect(producers(rooms)).toEqual([])
    append(rooms, 1, { producerId: 9, producerEpoch: 0, baseSequence: 0 })
    rooms.clock.advance(DAY + 600_000)
    expect(producers(rooms)).toEqual([])
  })

  test('keeps the producers of records that were deleted', () => {
    const rooms = withTopic()
    append(rooms, 2, { producerId: 9, producerEpoch: 0, baseSequence: 0 })
    rooms.queue.turn(() => rooms.partition('orders').incrementLogStartOffset(2))
    expect(producers(rooms)).toEqual([[9, 0, 1]])
  })

  test('says in words what is wrong with a topic, and in a code what is wrong with a partition', () => {
    const rooms = withTopic()
    const wrong = (indexes: readonly number[], name?: string) =>
      describeAll(rooms, indexes, name).map(({ errorCode, errorMessage }) => [errorName(errorCode), errorMessage])
    expect(wrong([7])).toEqual([['UNKNOWN_TOPIC_OR_PARTITION', null]])
    expect(wrong([0], 'nobody')).toEqual([
      ['UNKNOWN_TOPIC_OR_PARTITION', 'This server does not host this topic-partition.'],
    ])
    expect(wrong([0], '.')).toEqual([['INVALID_TOPIC_EXCEPTION', "Topic name is invalid: '.' is not allowed"]])
  })
})

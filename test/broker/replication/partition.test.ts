import { describe, expect, test } from 'vitest'
import { markerBatch } from '../../../src/broker/log/marker-batch.ts'
import type { Partition } from '../../../src/broker/replication/partition.ts'
import type { AppendOptions } from '../../../src/broker/replication/reads-and-appends.ts'
import { type Reply, Waiting } from '../../../src/broker/waiting.ts'
import { RecordBatch } from '../../../src/protocol/records/record-batch.ts'
import { releaseOf } from '../../../src/protocol/release.ts'
import { batchOf, MADE, recordsIn } from '../batches.ts'
import { BrokerRooms, ME, type TopicShape } from '../harness.ts'

const OTHER = 2
const fromClient: AppendOptions = { origin: 'client', requiredAcks: -1 }
const fromCoordinator: AppendOptions = { origin: 'coordinator', requiredAcks: -1 }
const withError = (error: string) => expect.objectContaining({ error })

function hosted(shape: TopicShape = {}): { rooms: BrokerRooms; partition: Partition } {
  const rooms = new BrokerRooms()
  rooms.createTopic('orders', shape)
  return { rooms, partition: rooms.partition('orders') }
}

/** What a reply comes to: at once, later, or not yet. */
function outcome<T>(rooms: BrokerRooms, reply: Reply<T>): { answer?: T } {
  const seen: { answer?: T } = {}
  rooms.queue.await(reply, {
    done: (answer) => {
      seen.answer = answer
    },
    failed: (error) => {
      throw error
    },
  })
  return seen
}

const readFrom = (partition: Partition, offset: number) =>
  partition.read({ offset, maxBytes: 1_000_000, minOneMessage: true, isolation: 'high-watermark' })

describe('a partition', () => {
  test('gives each record the next offset', () => {
    const { partition } = hosted()
    expect(partition.append(batchOf(2), fromClient)).toMatchObject({ baseOffset: 0, lastOffset: 1 })
    expect(partition.append(batchOf(3), fromClient)).toMatchObject({ baseOffset: 2, lastOffset: 4 })
    expect([partition.logEndOffset, partition.highWatermark, partition.lastStableOffset]).toEqual([5, 5, 5])
    expect(recordsIn(readFrom(partition, 1).records)).toEqual(['0:v0', '1:v1', '2:v0', '3:v1', '4:v2'])
  })

  test('stamps a batch where it lies, and keeps it as it came', () => {
    const { rooms, partition } = hosted()
    rooms.elect('orders', 0, ME)
    partition.append(batchOf(1), fromClient)
    const bytes = batchOf(2)
    const asSent = Buffer.from(bytes)
    partition.append(bytes, fromClient)
    const [kept] = readFrom(partition, 1).records
    expect(kept?.buffer).toBe(bytes.buffer)
    expect(kept?.subarray(16)).toEqual(asSent.subarray(16))
    const batch = new RecordBatch(bytes)
    expect([batch.baseOffset, batch.partitionLeaderEpoch, batch.crc === batch.computeCrc()]).toEqual([1, 1, true])
  })

  test('takes from a coordinator what it takes from no client', () => {
    const { partition } = hosted()
    const marker = { producerId: 5, producerEpoch: 0, coordinatorEpoch: 0, committed: true, transactionVersion: 0 }
    const control = () => markerBatch(marker, MADE)
    expect(() => partition.append(control(), fromClient)).toThrow(withError('INVALID_RECORD'))
    expect(partition.append(control(), fromCoordinator)).toMatchObject({ baseOffset: 0 })
  })

  test('refuses a batch that is larger than max.message.bytes or segment.bytes', () => {
    const small = hosted({ configs: { 'max.message.bytes': '80' } }).partition
    expect(() => small.append(batchOf(9), fromClient)).toThrow(withError('MESSAGE_TOO_LARGE'))
    expect(() => small.append(batchOf(9), fromCoordinator)).toThrow(withError('MESSAGE_TOO_LARGE'))
    const tiny = hosted({ configs: { 'internal.segment.bytes': '80' } }).partition
    expect(() => tiny.append(batchOf(9), fromClient)).toThrow(withError('RECORD_LIST_TOO_LARGE'))
    expect(tiny.logEndOffset).toBe(0)
  })

  test('answers a batch that comes twice with where it is', () => {
    const { partition } = hosted()
    const sent = () => batchOf(2, { producerId: 9, producerEpoch: 0, baseSequence: 0 })
    partition.append(batchOf(1), fromClient)
    partition.append(sent(), fromClient)
    const end = partition.logEndOffset
    expect(partition.append(sent(), fromClient)).toMatchObject({
      baseOffset: 1,
      lastOffset: 2,
      logAppendTime: MADE + 1,
    })
    expect(partition.logEndOffset).toBe(end)
  })

  test('writes its own time into the batches of a topic with LogAppendTime', () => {
    const { rooms, partition } = hosted({ configs: { 'message.timestamp.type': 'LogAppendTime' } })
    expect(partition.append(batchOf(2), fromClient).logAppendTime).toBe(rooms.now)
    const [bytes] = readFrom(partition, 0).records
    const batch = new RecordBatch(bytes ?? Buffer.alloc(0))
    expect([batch.timestampType, batch.maxTimestamp, batch.crc === batch.computeCrc()]).toEqual([
      'LogAppendTime',
      rooms.now,
      true,
    ])
    expect([...batch.records()].map(({ timestamp }) => timestamp)).toEqual([rooms.now, rooms.now])
  })

  test('compresses anew what comes with another codec than the topic wants', () => {
    const { partition } = hosted({ configs: { 'compression.type': 'zstd' } })
    partition.append(batchOf(3, { compression: 'gzip' }), fromClient)
    const { records } = readFrom(partition, 0)
    expect(new RecordBatch(records[0] ?? Buffer.alloc(0)).compression).toBe('zstd')
    expect(recordsIn(records)).toEqual(['0:v0', '1:v1', '2:v2'])
  })

  describe('of which fewer than min.insync.replicas are in sync', () => {
    const shape = { replicas: [ME, OTHER], isr: [ME], configs: { 'min.insync.replicas': '2' } }

    test('takes nothing with acks=all, and what it takes is not committed (KIP-966)', () => {
      const { partition } = hosted(shape)
      expect(() => partition.append(batchOf(1), fromClient)).toThrow(withError('NOT_ENOUGH_REPLICAS'))
      expect(partition.append(batchOf(1), { origin: 'client', requiredAcks: 1 })).toMatchObject({ baseOffset: 0 })
      expect([partition.highWatermark, partition.logEndOffset]).toEqual([0, 1])
      expect(partition.awaitHighWatermark(1)).toBeInstanceOf(Waiting)
    })

    test('commits what it takes all the same before 3.7, and says that this was not enough', () => {
      const rooms = new BrokerRooms()
      rooms.release = releaseOf('3.6')
      rooms.createTopic('orders', shape)
      const partition = rooms.partition('orders')
      expect(() => partition.append(batchOf(1), fromClient)).toThrow(withError('NOT_ENOUGH_REPLICAS'))
      expect(partition.append(batchOf(1), { origin: 'client', requiredAcks: 1 })).toMatchObject({ baseOffset: 0 })
      expect(partition.highWatermark).toBe(1)
      expect(partition.awaitHighWatermark(1)).toBe('NOT_ENOUGH_REPLICAS_AFTER_APPEND')
    })
  })

  test('asks for no more replicas to be in sync than there are', () => {
    const { partition } = hosted({ configs: { 'min.insync.replicas': '3' } })
    expect(partition.append(batchOf(1), fromClient)).toMatchObject({ baseOffset: 0 })
  })

  test('tells readers whose epoch is not its own', () => {
    const { rooms, partition } = hosted()
    rooms.elect('orders', 0, ME)
    const read = (currentLeaderEpoch: number) => () => partition.checkEpoch(currentLeaderEpoch)
    expect(read(0)).toThrow(withError('FENCED_LEADER_EPOCH'))
    expect(read(1)).not.toThrow()
    expect(read(2)).toThrow(withError('UNKNOWN_LEADER_EPOCH'))
  })

  test('tells a reader where its log went another way', () => {
    const { rooms, partition } = hosted()
    partition.append(batchOf(3), fromClient)
    rooms.elect('orders', 0, ME)
    partition.append(batchOf(3), fromClient)
    const read = (offset: number, lastFetchedEpoch: number) =>
      partition.read({ offset, lastFetchedEpoch, maxBytes: 1000, minOneMessage: true, isolation: 'high-watermark' })
    expect(read(3, 0).diverging).toBeUndefined()
    expect(read(5, 0)).toMatchObject({ diverging: { epoch: 0, endOffset: 3 }, records: [] })
    expect(() => read(5, 7)).toThrow(withError('OFFSET_OUT_OF_RANGE'))
  })

  test('says that a wait is over once the high watermark is there', () => {
    const { rooms, partition } = hosted()
    const waiting = outcome(rooms, partition.awaitHighWatermark(2, 1000))
    partition.append(batchOf(1), fromClient)
    expect(waiting).toEqual({})
    partition.append(batchOf(1), fromClient)
    expect(waiting).toEqual({ answer: 'NONE' })
    expect(partition.awaitHighWatermark(2, 1000)).toBe('NONE')
  })

  test('ends a wait in time, and when it is gone', () => {
    const { rooms, partition } = hosted()
    const late = outcome(rooms, partition.awaitHighWatermark(1, 1000))
    rooms.clock.advance(1000)
    expect(late).toEqual({ answer: 'REQUEST_TIMED_OUT' })
    const cut = outcome(rooms, partition.awaitHighWatermark(1, 1000))
    rooms.deleteTopic('orders')
    expect(cut).toEqual({ answer: 'UNKNOWN_TOPIC_OR_PARTITION' })
    expect(rooms.clock.pending).toBe(0)
  })
})

describe('the partitions of a broker', () => {
  test('are those that it leads', () => {
    const rooms = new BrokerRooms()
    rooms.createTopic('mine')
    rooms.createTopic('theirs', { replicas: [OTHER, ME] })
    expect(rooms.replicas.find('mine', 0)).toBeDefined()
    expect(() => rooms.partition('theirs')).toThrow(withError('NOT_LEADER_OR_FOLLOWER'))
    expect(() => rooms.replicas.partition('theirs', 0, 5)).toThrow(withError('UNKNOWN_LEADER_EPOCH'))
    expect(() => rooms.partition('mine', 1)).toThrow(withError('UNKNOWN_TOPIC_OR_PARTITION'))
    expect(() => rooms.partition('nobody')).toThrow(withError('UNKNOWN_TOPIC_OR_PARTITION'))
  })

  test('come and go with their leaders', () => {
    const rooms = new BrokerRooms()
    rooms.createTopic('orders', { replicas: [ME, OTHER] })
    rooms.elect('orders', 0, OTHER)
    expect(() => rooms.partition('orders')).toThrow(withError('NOT_LEADER_OR_FOLLOWER'))
    rooms.elect('orders', 0, ME)
    expect(rooms.partition('orders').leaderEpoch).toBe(2)
  })

  test('are empty again when a topic is deleted and created anew', () => {
    const rooms = new BrokerRooms()
    const before = rooms.createTopic('orders')
    rooms.partition('orders').append(batchOf(3), fromClient)
    rooms.deleteTopic('orders')
    expect(() => rooms.partition('orders')).toThrow(withError('UNKNOWN_TOPIC_OR_PARTITION'))
    const after = rooms.createTopic('orders')
    expect(after).not.toBe(before)
    expect([rooms.partition('orders').topicId, rooms.partition('orders').logEndOffset]).toEqual([after, 0])
  })

  test('follow the configs of their topic', () => {
    const { rooms, partition } = hosted()
    expect(partition.append(batchOf(1), fromClient).logAppendTime).toBe(-1)
    rooms.configure('orders', 'message.timestamp.type', 'LogAppendTime')
    expect(partition.append(batchOf(1), fromClient).logAppendTime).toBe(rooms.now)
  })
})

describe('retention', () => {
  const FIVE_MINUTES = 300_000
  const DAY = 86_400_000

  test('sets no timer before there is something that may expire', () => {
    const rooms = new BrokerRooms()
    rooms.createTopic('orders')
    rooms.createTopic('kept', { configs: { 'retention.ms': '-1' } })
    rooms.partition('kept').append(batchOf(1), fromClient)
    expect(rooms.clock.pending).toBe(0)
    rooms.partition('orders').append(batchOf(1), fromClient)
    rooms.partition('orders').append(batchOf(1), fromClient)
    expect(rooms.clock.pending).toBe(1)
  })

  test('looks every five minutes until there is nothing left', () => {
    const { rooms, partition } = hosted({ configs: { 'retention.ms': String(DAY) } })
    partition.append(batchOf(3), fromClient)
    rooms.clock.advance(DAY - FIVE_MINUTES)
    expect(partition.logStartOffset).toBe(0)
    rooms.clock.advance(2 * FIVE_MINUTES)
    expect([partition.logStartOffset, partition.logEndOffset, partition.sizeInBytes]).toEqual([3, 3, 0])
    expect(rooms.clock.pending).toBe(0)
  })

  test('begins when a topic is given one', () => {
    const { rooms, partition } = hosted({ configs: { 'retention.ms': '-1' } })
    partition.append(batchOf(3), fromClient)
    rooms.configure('orders', 'retention.ms', '1000')
    rooms.clock.advance(FIVE_MINUTES)
    expect(partition.logStartOffset).toBe(3)
  })

  test('can be had at once', () => {
    const { rooms, partition } = hosted({ configs: { 'retention.ms': '1' } })
    partition.append(batchOf(3), fromClient)
    rooms.clock.advance(2000)
    expect(partition.deleteOldSegments()).toBe(1)
    expect(partition.logStartOffset).toBe(3)
  })
})

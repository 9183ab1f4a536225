import { describe, expect, test } from 'vitest'
import { offsetForLeaderEpoch } from '../../../src/broker/apis/offset-for-leader-epoch.ts'
import { errorName } from '../../../src/protocol/errors.ts'
import { batchOf } from '../batches.ts'
import { BrokerRooms, ME } from '../harness.ts'

const OTHER = 2
const UNKNOWN = ['NONE', -1, -1]

/** Three records of epoch 0 and two of epoch 2; there was nothing to write in epoch 1. */
function withEpochs(): BrokerRooms {
  const rooms = new BrokerRooms()
  rooms.createTopic('orders', { partitions: 2, replicas: [ME, OTHER] })
  const append = (count: number): void => {
    rooms.queue.turn(() => rooms.partition('orders').append(batchOf(count), { origin: 'client', requiredAcks: 1 }))
  }
  append(3)
  rooms.elect('orders', 0, ME)
  rooms.elect('orders', 0, ME)
  append(2)
  return rooms
}

interface Wanted {
  readonly partition?: number
  readonly leaderEpoch: number
  readonly currentLeaderEpoch?: number
}

/** The error, the epoch and its end for each partition that is asked for. */
function ends(rooms: BrokerRooms, version: number, wanted: readonly Wanted[], topic = 'orders'): unknown[][] {
  const { response } = rooms.ask(offsetForLeaderEpoch, version, {
    topics: [{ topic, partitions: wanted.map((partition) => ({ partition: 0, ...partition })) }],
  })
  return response.topics.flatMap(({ partitions }) =>
    partitions.map(({ errorCode, leaderEpoch, endOffset }) => [errorName(errorCode), leaderEpoch, endOffset]),
  )
}

describe('OffsetForLeaderEpoch', () => {
  test.each([0, 1, 2, 3, 4])('v%i tells where an epoch ends, and from v1 on which one that is', (version) => {
    const rooms = withEpochs()
    const epoch = (found: number): number => (version === 0 ? -1 : found)
    const wanted = [{ leaderEpoch: 0 }, { leaderEpoch: 1 }, { leaderEpoch: 2 }]
    expect(ends(rooms, version, wanted)).toEqual([
      ['NONE', epoch(0), 3],
      ['NONE', epoch(0), 3],
      ['NONE', epoch(2), 5],
    ])
  })

  test('knows no end of an epoch that is none, or is still to come', () => {
    const rooms = withEpochs()
    expect(ends(rooms, 4, [{ leaderEpoch: -1 }, { leaderEpoch: 3 }])).toEqual([UNKNOWN, UNKNOWN])
    // Older than the first one, as Kafka sees it.
    expect(ends(rooms, 4, [{ leaderEpoch: -2 }])).toEqual([['NONE', -2, 0]])
  })

  test('has nothing of the epochs before the start of the log', () => {
    const rooms = withEpochs()
    rooms.queue.turn(() => rooms.partition('orders').incrementLogStartOffset(4))
    expect(ends(rooms, 4, [{ leaderEpoch: 0 }, { leaderEpoch: 2 }])).toEqual([
      ['NONE', 0, 4],
      ['NONE', 2, 5],
    ])
  })

  test('checks the epoch that the client knows from v2 on', () => {
    const rooms = withEpochs()
    const error = (version: number, currentLeaderEpoch: number) =>
      ends(rooms, version, [{ leaderEpoch: 0, currentLeaderEpoch }])[0]?.[0]
    expect([2, 3, 4].map((version) => [1, 2, 3, -1, -2].map((current) => error(version, current)))).toEqual(
      Array(3).fill(['FENCED_LEADER_EPOCH', 'NONE', 'UNKNOWN_LEADER_EPOCH', 'NONE', 'FENCED_LEADER_EPOCH']),
    )
  })

  test('is for the leader to answer', () => {
    const rooms = withEpochs()
    rooms.elect('orders', 1, OTHER)
    const wanted = [
      { partition: 1, leaderEpoch: 0 },
      { partition: 7, leaderEpoch: 0 },
    ]
    expect(ends(rooms, 4, wanted).map(([error]) => error)).toEqual([
      'NOT_LEADER_OR_FOLLOWER',
      'UNKNOWN_TOPIC_OR_PARTITION',
    ])
    expect(ends(rooms, 4, [{ leaderEpoch: 0 }], 'nobody')).toEqual([['UNKNOWN_TOPIC_OR_PARTITION', -1, -1]])
  })
})

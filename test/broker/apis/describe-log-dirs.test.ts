import { describe, expect, test } from 'vitest'
import { describeLogDirs } from '../../../src/broker/apis/describe-log-dirs.ts'
import type { DescribeLogDirsResponse } from '../../../src/protocol/messages/describe-log-dirs.ts'
import { batchOf } from '../batches.ts'
import { BrokerRooms } from '../harness.ts'

type Wanted = Record<string, number[]> | null

function ask(rooms: BrokerRooms, version: number, wanted: Wanted): DescribeLogDirsResponse {
  const topics = wanted === null ? null : Object.entries(wanted).map(([topic, partitions]) => ({ topic, partitions }))
  return rooms.ask(describeLogDirs, version, { topics }).response
}

/** Of each partition in the first directory `topic-index` and its size. */
function sizes(rooms: BrokerRooms, wanted: Wanted, version = 5): Record<string, number> {
  const [dir] = ask(rooms, version, wanted).results
  const partitions = (dir?.topics ?? []).flatMap(({ name, partitions }) =>
    partitions.map(({ partitionIndex, partitionSize }) => [`${name}-${partitionIndex}`, partitionSize] as const),
  )
  return Object.fromEntries(partitions)
}

function withTopics(config: Record<string, string> = {}): BrokerRooms {
  const rooms = new BrokerRooms(config)
  rooms.createTopic('orders', { partitions: 2 })
  rooms.createTopic('audit')
  rooms.queue.turn(() => rooms.partition('orders', 1).append(batchOf(3), { origin: 'client', requiredAcks: 1 }))
  return rooms
}

const SIZE = batchOf(3).length

describe('DescribeLogDirs', () => {
  test.each([0, 1, 2, 3, 4, 5])('v%i tells the size of each log in the one directory', (version) => {
    const rooms = withTopics()
    expect(sizes(rooms, null, version)).toEqual({ 'orders-0': 0, 'orders-1': SIZE, 'audit-0': 0 })
    const [dir, ...others] = ask(rooms, version, { orders: [1] }).results
    expect(others).toEqual([])
    expect(dir).toMatchObject({ errorCode: 0, logDir: '/tmp/kafka-logs', isCordoned: false })
    expect(dir?.topics[0]?.partitions).toMatchObject([{ partitionIndex: 1, offsetLag: 0, isFutureKey: false }])
  })

  test('tells of what is asked for, if it is here', () => {
    const rooms = withTopics()
    expect(sizes(rooms, { orders: [1, 1, 7], nobody: [0] })).toEqual({ 'orders-1': SIZE })
    expect(sizes(rooms, { orders: [] })).toEqual({})
    expect(sizes(rooms, {})).toEqual({})
    expect(ask(rooms, 5, {}).results).toHaveLength(1)
  })

  test('knows nothing of a disk that there is not', () => {
    expect(ask(withTopics(), 5, null).results[0]).toMatchObject({ totalBytes: -1, usableBytes: -1 })
  })

  test('calls the directories what the broker is configured to, and has all logs in the first', () => {
    const rooms = withTopics({ 'log.dirs': '/data/one,/data/two', 'cordoned.log.dirs': '/data/two' })
    const { results } = ask(rooms, 5, null)
    expect(results.map(({ logDir, isCordoned, topics }) => [logDir, isCordoned, topics.length])).toEqual([
      ['/data/one', false, 2],
      ['/data/two', true, 0],
    ])
  })
})

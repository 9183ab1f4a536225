import { describe, expect, test } from 'vitest'
import { fetch } from '../../../src/broker/apis/fetch.ts'
import { KafkaCluster } from '../../../src/index.ts'
import { errorName } from '../../../src/protocol/errors.ts'
import type { Input } from '../../../src/protocol/message.ts'
import { Fetch, type FetchRequest, type FetchResponse } from '../../../src/protocol/messages/fetch.ts'
import { WireClient } from '../../wire-client.ts'
import { batchOf } from '../batches.ts'
import { type Asked, BrokerRooms, ME } from '../harness.ts'

const OTHER = 2
const NOBODYS_ID = 'AAAAAAAAAAAAAAAAAAAAQQ'
const SESSION_VERSIONS = [7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18]

/** A partition, of `orders` unless it says otherwise. */
interface Wanted {
  readonly topic?: string
  readonly topicId?: string
  readonly index?: number
  readonly offset?: number
}

interface Session {
  readonly id?: number
  readonly epoch: number
  readonly forget?: readonly Wanted[]
}

/** Sends what a client with this session would; waits for nothing unless told to. */
function ask(
  rooms: BrokerRooms,
  version: number,
  { id = 0, epoch, forget = [] }: Session,
  wanted: readonly Wanted[] = [],
  request: Input<FetchRequest> = {},
): Asked<FetchResponse> {
  const topic = ({ topic: name = 'orders', topicId }: Wanted) =>
    version >= 13 ? { topicId: topicId ?? rooms.image.topic(name)?.id ?? NOBODYS_ID } : { topic: name }
  return rooms.ask(fetch, version, {
    maxWaitMs: 0,
    minBytes: 1,
    sessionId: id,
    sessionEpoch: epoch,
    topics: wanted.map((partition) => {
      const { index = 0, offset = 0 } = partition
      return { ...topic(partition), partitions: [{ partition: index, fetchOffset: offset, partitionMaxBytes: 10_000 }] }
    }),
    forgottenTopicsData: forget.map((partition) => ({ ...topic(partition), partitions: [partition.index ?? 0] })),
    ...request,
  })
}

/** The error of the answer, if there is one, and of each partition its index, its error, and whether there are records. */
function told({ response }: Asked<FetchResponse>): string[] {
  const partitions = response.responses.flatMap(({ partitions }) =>
    partitions.map(({ partitionIndex, errorCode, records }) => {
      const size = Buffer.concat(records ?? []).length
      return [
        partitionIndex,
        ...(errorCode === 0 ? [] : [errorName(errorCode)]),
        ...(size > 0 ? ['records'] : []),
      ].join(' ')
    }),
  )
  return response.errorCode === 0 ? partitions : [errorName(response.errorCode), ...partitions]
}

function withTopic(partitions = 3, config: Record<string, string> = {}): BrokerRooms {
  const rooms = new BrokerRooms(config)
  rooms.createTopic('orders', { partitions })
  return rooms
}

function append(rooms: BrokerRooms, index = 0, count = 1): void {
  rooms.queue.turn(() => rooms.partition('orders', index).append(batchOf(count), { origin: 'client', requiredAcks: 1 }))
}

const ALL: readonly Wanted[] = [{ index: 0 }, { index: 1 }, { index: 2 }]

/** Begins a session over the three partitions of `orders`, and tells its id. */
function begin(rooms: BrokerRooms, version = 12, wanted: readonly Wanted[] = ALL): number {
  return ask(rooms, version, { epoch: 0 }, wanted).response.sessionId
}

describe('a fetch session', () => {
  test.each(SESSION_VERSIONS)('of v%i tells all once, and then what is new', (version) => {
    const rooms = withTopic()
    append(rooms)
    const first = ask(rooms, version, { epoch: 0 }, ALL)
    const id = first.response.sessionId
    expect(id).toBeGreaterThan(0)
    expect(told(first)).toEqual(['0 records', '1', '2'])
    // Records are new as long as nobody says that they have arrived.
    const second = ask(rooms, version, { id, epoch: 1 })
    expect([told(second), second.response.sessionId]).toEqual([['0 records'], id])
    expect(told(ask(rooms, version, { id, epoch: 2 }, [{ offset: 1 }]))).toEqual([])
    append(rooms, 2)
    expect(told(ask(rooms, version, { id, epoch: 3 }))).toEqual(['2 records'])
  })

  test('cannot tell in an older version of an epoch that diverges, and says so', () => {
    const rooms = withTopic()
    append(rooms, 0, 3)
    const partitions = [{ partition: 0, fetchOffset: 4, lastFetchedEpoch: 0, partitionMaxBytes: 10_000 }]
    const { response } = ask(rooms, 12, { epoch: 0 }, [], { topics: [{ topic: 'orders', partitions }] })
    const id = response.sessionId
    const older = ask(rooms, 11, { id, epoch: 1 })
    expect([told(older), older.response.sessionId]).toEqual([['UNSUPPORTED_VERSION'], id])
    expect(told(ask(rooms, 12, { id, epoch: 2 }))).toEqual(['0'])
  })

  test('counts its requests, and refuses one that is out of turn', () => {
    const rooms = withTopic()
    const id = begin(rooms)
    for (const epoch of [0x7fffffff, 2, -2]) {
      const asked = ask(rooms, 12, { id, epoch })
      expect([told(asked), asked.response.sessionId]).toEqual([['INVALID_FETCH_SESSION_EPOCH'], 0])
    }
    expect(told(ask(rooms, 12, { id, epoch: 1 }))).toEqual([])
    expect(told(ask(rooms, 12, { id, epoch: 1 }))).toEqual(['INVALID_FETCH_SESSION_EPOCH'])
  })

  test('begins again at 1 after the last epoch there is', () => {
    const rooms = withTopic()
    const id = begin(rooms)
    const session = rooms.fetchSessions.find(id)
    if (session !== undefined) session.epoch = 0x7fffffff
    expect(told(ask(rooms, 12, { id, epoch: 0x7fffffff }))).toEqual([])
    expect(told(ask(rooms, 12, { id, epoch: 1 }))).toEqual([])
  })

  test('that is not there is an error, and one that cannot be there a worse one', () => {
    const rooms = withTopic()
    for (const id of [0, 77, -1, 0x7ffffff7]) {
      expect(told(ask(rooms, 12, { id, epoch: 1 }))).toEqual(['FETCH_SESSION_ID_NOT_FOUND'])
    }
    // Kafka divides the id by the share of a shard, and finds no shard.
    expect(told(ask(rooms, 13, { id: 0x7ffffff8, epoch: 1 }))).toEqual(['UNKNOWN_SERVER_ERROR'])
    expect(told(ask(rooms, 13, { id: -0x10000000, epoch: 0 }))).toEqual(['UNKNOWN_SERVER_ERROR'])
  })

  test('keeps to names or to ids, whichever it began with', () => {
    const rooms = withTopic()
    const [byName, byId] = [begin(rooms, 12), begin(rooms, 13)]
    expect(told(ask(rooms, 13, { id: byName, epoch: 1 }))).toEqual(['FETCH_SESSION_TOPIC_ID_ERROR'])
    expect(told(ask(rooms, 12, { id: byId, epoch: 1 }))).toEqual(['FETCH_SESSION_TOPIC_ID_ERROR'])
    expect(told(ask(rooms, 12, { id: byName, epoch: 1 }))).toEqual([])
  })

  test('ends with the last epoch, and is replaced with the first', () => {
    const rooms = withTopic()
    const first = begin(rooms)
    const second = ask(rooms, 12, { id: first, epoch: 0 }, ALL).response.sessionId
    expect(second).not.toBe(first)
    expect(told(ask(rooms, 12, { id: first, epoch: 1 }))).toEqual(['FETCH_SESSION_ID_NOT_FOUND'])
    const last = ask(rooms, 12, { id: second, epoch: -1 }, [{ index: 1 }])
    expect([told(last), last.response.sessionId]).toEqual([['1'], 0])
    expect(told(ask(rooms, 12, { id: second, epoch: 1 }))).toEqual(['FETCH_SESSION_ID_NOT_FOUND'])
    expect(rooms.fetchSessions.size).toBe(0)
  })

  test.each([12, 13])('of v%i forgets what it is told to, and ends with its last partition', (version) => {
    const rooms = withTopic()
    const id = begin(rooms, version)
    for (const index of [0, 1, 2]) append(rooms, index)
    expect(told(ask(rooms, version, { id, epoch: 1, forget: [{ index: 1 }] }))).toEqual(['0 records', '2 records'])
    // It is answered without a session then, for the partitions that the request names itself.
    const last = ask(rooms, version, { id, epoch: 2, forget: ALL }, [{ index: 1 }])
    expect([told(last), last.response.sessionId]).toEqual([['1 records'], 0])
    expect(told(ask(rooms, version, { id, epoch: 3 }))).toEqual(['FETCH_SESSION_ID_NOT_FOUND'])
  })

  test('tells an error each time, and once more when it is over', () => {
    const rooms = withTopic()
    const id = begin(rooms)
    expect(told(ask(rooms, 12, { id, epoch: 1 }, [{ index: 1, offset: 9 }]))).toEqual(['1 OFFSET_OUT_OF_RANGE'])
    expect(told(ask(rooms, 12, { id, epoch: 2 }))).toEqual(['1 OFFSET_OUT_OF_RANGE'])
    expect(told(ask(rooms, 12, { id, epoch: 3 }, [{ index: 1, offset: 0 }]))).toEqual(['1'])
    expect(told(ask(rooms, 12, { id, epoch: 4 }))).toEqual([])
  })

  test('reads first what has not had its turn', () => {
    const rooms = withTopic()
    for (const index of [0, 1, 2]) append(rooms, index, 2)
    const limit = { maxBytes: 10 }
    const first = ask(rooms, 12, { epoch: 0 }, [{ index: 1 }, { index: 2 }, { index: 0 }], limit)
    expect(told(first)).toEqual(['1 records', '2', '0'])
    const id = first.response.sessionId
    const turns = [1, 2, 3, 4, 5].map((epoch) => told(ask(rooms, 12, { id, epoch }, [], limit)))
    expect(turns.flat()).toEqual(['1 records', '2 records', '0 records', '1 records', '2 records'])
  })

  test('puts what cannot be read at the end', () => {
    const rooms = withTopic()
    const wanted = [{ topic: 'nobody' }, { index: 0 }, { index: 7 }, { index: 1 }]
    for (const version of [12, 13]) {
      const unknown = version < 13 ? '0 UNKNOWN_TOPIC_OR_PARTITION' : '0 UNKNOWN_TOPIC_ID'
      const first = ask(rooms, version, { epoch: 0 }, wanted)
      expect(told(first)).toEqual(['0', '1', unknown, '7 UNKNOWN_TOPIC_OR_PARTITION'])
      const again = ask(rooms, version, { id: first.response.sessionId, epoch: 1 })
      expect(told(again)).toEqual([unknown, '7 UNKNOWN_TOPIC_OR_PARTITION'])
    }
  })

  test('remembers the name of a topic that is gone, and learns that of one that comes', () => {
    const rooms = withTopic()
    const old = rooms.partition('orders').topicId
    const id = begin(rooms, 13, [{ index: 0 }])
    rooms.deleteTopic('orders')
    expect(told(ask(rooms, 13, { id, epoch: 1 }))).toEqual(['0 UNKNOWN_TOPIC_OR_PARTITION'])
    expect(told(ask(rooms, 13, { epoch: 0 }, [{ topicId: old }]))).toEqual(['0 UNKNOWN_TOPIC_ID'])
    rooms.createTopic('orders')
    expect(told(ask(rooms, 13, { id, epoch: 2 }))).toEqual(['0 INCONSISTENT_TOPIC_ID'])
    const both = ask(rooms, 13, { id, epoch: 3 }, [{ index: 0 }])
    expect(told(both)).toEqual(['0 INCONSISTENT_TOPIC_ID', '0'])
    expect(told(ask(rooms, 13, { id, epoch: 4, forget: [{ topicId: old }] }))).toEqual([])
  })

  test('goes on past the end of its connection, on another one', async () => {
    await using cluster = await KafkaCluster.start({ topics: { orders: {} } })
    const [first, second] = [new WireClient(cluster.connect()), new WireClient(cluster.connect())]
    const topics = [{ topic: 'orders', partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 100 }] }]
    const { sessionId } = await first.send(Fetch, 12, { maxWaitMs: 0, minBytes: 0, sessionEpoch: 0, topics })
    first.close()
    const next = await second.send(Fetch, 12, { maxWaitMs: 0, minBytes: 0, sessionId, sessionEpoch: 1, topics: [] })
    expect(next).toMatchObject({ errorCode: 0, sessionId, responses: [] })
    second.close()
  })

  test('waits for all its partitions', () => {
    const rooms = withTopic()
    const id = begin(rooms)
    const waiting = ask(rooms, 12, { id, epoch: 1 }, [], { maxWaitMs: 500 })
    expect(waiting.waits).toBe(true)
    append(rooms, 2)
    expect(told(waiting)).toEqual(['2 records'])
    const idle = ask(rooms, 12, { id, epoch: 2 }, [{ index: 2, offset: 1 }], { maxWaitMs: 500 })
    rooms.clock.advance(499)
    expect(idle.waits).toBe(true)
    rooms.clock.advance(1)
    expect(told(idle)).toEqual([])
  })

  test('has the later of two requests answered, and refuses the one that still waits', () => {
    const rooms = withTopic()
    const id = begin(rooms)
    const first = ask(rooms, 12, { id, epoch: 1 }, [], { maxWaitMs: 500 })
    const second = ask(rooms, 12, { id, epoch: 2 })
    append(rooms)
    expect(told(second)).toEqual([])
    expect([told(first), first.response.sessionId]).toEqual([['INVALID_FETCH_SESSION_EPOCH'], id])
  })

  test('that ends while a request waits is still in its answer', () => {
    const rooms = withTopic()
    const id = begin(rooms)
    const waiting = ask(rooms, 12, { id, epoch: 1 }, [], { maxWaitMs: 500 })
    ask(rooms, 12, { id, epoch: -1 })
    append(rooms)
    expect([told(waiting), waiting.response.sessionId]).toEqual([['0 records'], id])
    expect(told(ask(rooms, 12, { id, epoch: 2 }))).toEqual(['FETCH_SESSION_ID_NOT_FOUND'])
  })

  test('without a partition ends with the next request', () => {
    const rooms = withTopic()
    const id = begin(rooms, 12, [])
    expect(id).toBeGreaterThan(0)
    const next = ask(rooms, 12, { id, epoch: 1 })
    expect([told(next), next.response.sessionId, rooms.fetchSessions.size]).toEqual([[], 0, 0])
  })

  test('goes on past a request with an isolation level that does not exist', () => {
    const rooms = withTopic()
    const id = begin(rooms, 13)
    const wrong = ask(rooms, 13, { id, epoch: 1 }, [], { isolationLevel: 5 })
    expect([told(wrong), wrong.response.sessionId]).toEqual([['UNKNOWN_SERVER_ERROR'], id])
    expect(told(ask(rooms, 13, { id, epoch: 2 }))).toEqual([])
  })

  test('is not made when there is no room, and then the answer is one without', () => {
    const rooms = withTopic(3, { 'max.incremental.fetch.session.cache.slots': '7' })
    expect(begin(rooms)).toBe(0)
  })

  test('of a follower takes the room of a consumer', () => {
    const rooms = new BrokerRooms({ 'max.incremental.fetch.session.cache.slots': '8' })
    rooms.createTopic('orders', { partitions: 3, replicas: [ME, OTHER] })
    const consumers = [1, 2, 3, 4, 5, 6, 7, 8].map(() => begin(rooms))
    expect(consumers.every((id) => id > 0)).toBe(true)
    expect(begin(rooms)).toBe(0)
    const follower = ask(rooms, 12, { epoch: 0 }, [{ index: 0 }], { replicaId: OTHER })
    expect(follower.response.sessionId).toBeGreaterThan(0)
    expect(rooms.fetchSessions.size).toBe(8)
    expect(told(ask(rooms, 12, { id: consumers[1] ?? 0, epoch: 1 }))).toEqual(['FETCH_SESSION_ID_NOT_FOUND'])
    expect(told(ask(rooms, 12, { id: consumers[0] ?? 0, epoch: 1 }))).toEqual([])
  })

  test('has the same id again in a cluster with the same seed', () => {
    expect(begin(withTopic())).toBe(begin(withTopic()))
  })
})

import { describe, expect, test } from 'vitest'
import { FetchSession, type WantedPartition } from '../../../src/client/consumer/fetch-session.ts'
import { ErrorCode } from '../../../src/protocol/errors.ts'
import type { Input } from '../../../src/protocol/message.ts'
import { Fetch, type FetchResponse } from '../../../src/protocol/messages/fetch.ts'
import { ZERO_UUID } from '../../../src/protocol/uuid.ts'

const ORDERS = 'AAAAAAAAAAAAAAAAAAAAAQ'
const REBORN = 'AAAAAAAAAAAAAAAAAAAAAg'

function wanted(partition: number, fetchOffset: number, topicId = ORDERS): WantedPartition {
  return {
    topic: 'orders',
    topicId,
    partition,
    fetchOffset,
    currentLeaderEpoch: 0,
    lastFetchedEpoch: -1,
    partitionMaxBytes: 100,
  }
}

function answer(body: Input<FetchResponse>): FetchResponse {
  return Fetch.response.decode(Fetch.response.encode(body, 17), 17)
}

function of(partitions: readonly number[], topicId = ORDERS): NonNullable<Input<FetchResponse>['responses']> {
  return [{ topicId, partitions: partitions.map((partitionIndex) => ({ partitionIndex, records: [] })) }]
}

function asked(session: FetchSession, list: readonly WantedPartition[], version = 17) {
  const { sessionId, sessionEpoch, topics, forgottenIn, usesTopicIds } = session.next(list)
  const forgotten = forgottenIn(version).flatMap(({ partitions }) => partitions ?? [])
  const named = topics.flatMap(({ partitions }) => partitions?.map(({ partition }) => partition) ?? [])
  return { sessionId, sessionEpoch, named, forgotten, usesTopicIds }
}

/** A session that the broker has begun with these partitions at offset 0. */
function begun(...partitions: number[]): FetchSession {
  const session = new FetchSession()
  session.next(partitions.map((partition) => wanted(partition, 0)))
  session.take(answer({ sessionId: 5, responses: of(partitions) }))
  return session
}

describe('a fetch session', () => {
  test('begins with a full fetch, and names then only what changed', () => {
    const session = new FetchSession()
    const first = asked(session, [wanted(0, 0), wanted(1, 0)])
    expect(first).toEqual({ sessionId: 0, sessionEpoch: 0, named: [0, 1], forgotten: [], usesTopicIds: true })
    const told = session.take(answer({ sessionId: 5, responses: of([0, 1]) }))
    expect(told?.map(({ wanted: { partition } }) => partition)).toEqual([0, 1])
    expect(asked(session, [wanted(0, 7), wanted(1, 0)])).toMatchObject({ sessionId: 5, sessionEpoch: 1, named: [0] })
    expect(session.take(answer({ sessionId: 5, responses: of([1]) }))).toHaveLength(1)
    expect(asked(session, [wanted(0, 7), wanted(1, 0)])).toMatchObject({ sessionEpoch: 2, named: [] })
  })

  test('forgets what is not wanted, and takes in what is new', () => {
    const session = begun(0, 1)
    expect(asked(session, [wanted(1, 0), wanted(2, 0)])).toMatchObject({ named: [2], forgotten: [0] })
  })

  test('puts a topic in the place of another one of its name, where ids tell them apart', () => {
    const session = begun(0)
    const request = session.next([wanted(0, 0, REBORN)])
    expect(request.topics).toMatchObject([{ topicId: REBORN }])
    expect(request.forgottenIn(13)).toMatchObject([{ topicId: ORDERS, partitions: [0] }])
    expect(request.forgottenIn(12)).toEqual([])
  })

  test('does without ids where one is not known', () => {
    expect(asked(new FetchSession(), [wanted(0, 0), wanted(1, 0, ZERO_UUID)]).usesTopicIds).toBe(false)
  })

  test('is none where the answer to a full fetch names again the one that this fetch ends', () => {
    const session = begun(0)
    asked(session, [wanted(0, 1)])
    session.take(answer({ errorCode: ErrorCode.NOT_LEADER_OR_FOLLOWER }))
    expect(asked(session, [wanted(0, 1)])).toMatchObject({ sessionId: 5, sessionEpoch: 0 })
    expect(session.take(answer({ sessionId: 5, responses: of([0]) }))).toHaveLength(1)
    expect(asked(session, [wanted(0, 1)])).toMatchObject({ sessionId: 5, sessionEpoch: 0, named: [0] })
    session.take(answer({ sessionId: 6, responses: of([0]) }))
    expect(asked(session, [wanted(0, 1)])).toMatchObject({ sessionId: 6, sessionEpoch: 1, named: [] })
  })

  test('is begun anew where the broker does not know it', () => {
    const session = begun(0)
    asked(session, [wanted(0, 1)])
    expect(session.take(answer({ errorCode: ErrorCode.FETCH_SESSION_ID_NOT_FOUND }))).toBeUndefined()
    expect(asked(session, [wanted(0, 1)])).toMatchObject({ sessionId: 0, sessionEpoch: 0, named: [0] })
  })

  test('ends the old one with the new one where they disagree', () => {
    const session = begun(0)
    asked(session, [wanted(0, 1)])
    expect(session.take(answer({ errorCode: ErrorCode.INVALID_FETCH_SESSION_EPOCH }))).toBeUndefined()
    expect(asked(session, [wanted(0, 1)])).toMatchObject({ sessionId: 5, sessionEpoch: 0, named: [0] })
  })

  test('ends the old one with the new one where no answer came', () => {
    const session = begun(0)
    asked(session, [wanted(0, 1)])
    session.fail()
    expect(asked(session, [wanted(0, 1)])).toMatchObject({ sessionId: 5, sessionEpoch: 0, named: [0] })
  })

  test('is none where the broker has no room for one', () => {
    const session = new FetchSession()
    asked(session, [wanted(0, 0)])
    expect(session.take(answer({ sessionId: 0, responses: of([0]) }))).toHaveLength(1)
    expect(asked(session, [wanted(0, 1)])).toMatchObject({ sessionId: 0, sessionEpoch: 0, named: [0] })
    expect(session.end()).toBeUndefined()
  })

  test('is over when the broker says so', () => {
    const session = begun(0)
    asked(session, [wanted(0, 1)])
    expect(session.take(answer({ sessionId: 0, responses: of([0]) }))).toHaveLength(1)
    expect(asked(session, [wanted(0, 1)])).toMatchObject({ sessionId: 0, sessionEpoch: 0, named: [0] })
  })

  test('believes no answer that leaves out a partition of a full fetch, or names one that was not asked for', () => {
    const session = new FetchSession()
    asked(session, [wanted(0, 0), wanted(1, 0)])
    expect(session.take(answer({ sessionId: 5, responses: of([0]) }))).toBeUndefined()
    expect(asked(session, [wanted(0, 0)])).toMatchObject({ sessionId: 5, sessionEpoch: 0 })
    expect(session.take(answer({ sessionId: 6, responses: of([0, 3]) }))).toBeUndefined()
    const other = begun(0)
    asked(other, [wanted(0, 1)])
    expect(other.take(answer({ sessionId: 5, responses: of([0], REBORN) }))).toBeUndefined()
  })

  test('ends by a request that says so', () => {
    const session = begun(0)
    const last = session.end()
    expect(last).toMatchObject({ sessionId: 5, sessionEpoch: -1, topics: [] })
    expect(last?.forgottenIn(17)).toEqual([])
    expect(session.end()).toBeUndefined()
  })
})

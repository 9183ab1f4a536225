import type { ErrorName } from '../../protocol/errors.ts'
import { type FetchPartition, type FetchSession, FINAL_EPOCH, INITIAL_EPOCH, nextEpoch } from './fetch-session.ts'
import type { FetchSessionCache } from './fetch-session-cache.ts'
import type { FetchedPartition } from './fetching.ts'

/** What a request says of sessions, and the partitions that it names. */
export interface SessionRequest {
  /** 0: none. */
  readonly sessionId: number
  readonly sessionEpoch: number
  /** Whether partitions are named by the ids of their topics. */
  readonly usesTopicIds: boolean
  readonly fromFollower: boolean
  /** Each once. */
  readonly partitions: readonly FetchPartition[]
  /** The keys of those that the session is to forget. */
  readonly forgotten: readonly string[]
}

/** A partition and what was read of it. */
export interface Told {
  readonly partition: FetchPartition
  readonly result: FetchedPartition
}

/** What a session makes of the results of a fetch. */
export interface SessionAnswer<T> {
  /** Of the answer as a whole. */
  readonly error: ErrorName
  /** 0: there is no session. */
  readonly sessionId: number
  /** Of the results those that are told. */
  readonly told: readonly T[]
}

/** A fetch as its session makes it: which partitions are asked for, and which of them are in the answer. */
export interface FetchContext {
  readonly partitions: Iterable<FetchPartition>
  answer<T extends Told>(results: readonly T[]): SessionAnswer<T>
}

/**
 * The context of a request (Kafka's `FetchManager.newContext`). Whatever the request says of its session happens here, before
 * anything is read.
 * @param nameOf the name of the topic with an id
 * @throws KafkaError UNKNOWN_SERVER_ERROR for an id that no session can have
 */
export function fetchContext(
  cache: FetchSessionCache,
  request: SessionRequest,
  nameOf: (topicId: string) => string | undefined,
): FetchContext {
  const { sessionId, sessionEpoch, usesTopicIds, partitions } = request
  if (sessionEpoch === INITIAL_EPOCH || sessionEpoch === FINAL_EPOCH) {
    if (sessionId !== 0) cache.remove(sessionId)
    return sessionEpoch === FINAL_EPOCH ? withoutSession(partitions) : newSession(cache, request)
  }
  const session = cache.find(sessionId)
  if (session === undefined) return refused('FETCH_SESSION_ID_NOT_FOUND')
  if (session.epoch !== sessionEpoch) return refused('INVALID_FETCH_SESSION_EPOCH')
  if (session.usesTopicIds !== usesTopicIds) return refused('FETCH_SESSION_TOPIC_ID_ERROR')
  session.update(partitions, request.forgotten)
  if (session.size === 0) {
    cache.remove(sessionId)
    return withoutSession(partitions)
  }
  cache.touch(session)
  session.epoch = nextEpoch(sessionEpoch)
  if (usesTopicIds) for (const partition of session.partitions) partition.resolve(nameOf)
  return incremental(session)
}

function refused(error: ErrorName): FetchContext {
  return { partitions: [], answer: () => ({ error, sessionId: 0, told: [] }) }
}

function withoutSession(partitions: readonly FetchPartition[]): FetchContext {
  return { partitions, answer: (told) => ({ error: 'NONE', sessionId: 0, told }) }
}

/** A session begins with what is told first; it is made when that is known, and only if there is room. */
function newSession(cache: FetchSessionCache, request: SessionRequest): FetchContext {
  const { usesTopicIds, fromFollower: privileged, partitions } = request
  return {
    partitions,
    answer: (told) => {
      for (const { partition, result } of told) partition.tell(result)
      const inOrder = told.map(({ partition }) => partition)
      const session = cache.create({ privileged, usesTopicIds, partitions: inOrder })
      return { error: 'NONE', sessionId: session?.id ?? 0, told }
    },
  }
}

function incremental(session: FetchSession): FetchContext {
  const { id: sessionId, epoch } = session
  return {
    partitions: session.partitions,
    answer: (results) => {
      // Another request of the session has come in between, perhaps the same once more.
      if (session.epoch !== epoch) return { error: 'INVALID_FETCH_SESSION_EPOCH', sessionId, told: [] }
      return {
        error: 'NONE',
        sessionId,
        told: results.filter(({ partition, result }) => session.select(partition, result)),
      }
    },
  }
}

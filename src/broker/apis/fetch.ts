import { ErrorCode, type ErrorName, KafkaError } from '../../protocol/errors.ts'
import type { Input } from '../../protocol/message.ts'
import { Fetch, type FetchRequest, type FetchResponse, type PartitionData } from '../../protocol/messages/fetch.ts'
import { RecordsError } from '../../protocol/records/records-error.ts'
import { ZERO_UUID } from '../../protocol/uuid.ts'
import type { Broker } from '../broker.ts'
import { convertDown } from '../log/down-conversion.ts'
import {
  type FetchedPartition,
  type FetchParams,
  type FetchPartitionParams,
  fetchMessages,
} from '../replication/fetching.ts'
import type { Isolation } from '../replication/reads-and-appends.ts'
import { mapReply } from '../waiting.ts'
import { LeaderHints } from './current-leader.ts'
import { type Handler, handler, type RequestContext } from './handler.ts'

/** A partition as it was asked for: what is read of it, or why nothing is. */
interface Asked {
  readonly topic: string
  readonly topicId: string
  readonly index: number
  readonly wanted: FetchPartitionParams | ErrorName
}

/** Up to this version clients know no batches of magic 2. */
const LAST_CONVERTED_VERSION = 3

const READ_UNCOMMITTED = 0
const READ_COMMITTED = 1
/** `FetchRequest.FUTURE_LOCAL_REPLICA_ID`: a copy of the log on the same broker; like a follower it reads up to the end. */
const FUTURE_LOCAL_REPLICA = -3

/** The session epochs of KIP-227 with which a request names all its partitions. */
const FULL_FETCH_EPOCHS: ReadonlySet<number> = new Set([0, -1])

/**
 * Fetch: reads from partitions, and waits until there is enough. Version 3 limits the whole answer (KIP-74), version 4 brings
 * isolation levels and batches of magic 2 (KIP-98), version 7 sessions (KIP-227; here every answer is one without), version 9
 * leader epochs (KIP-320), version 10 zstd (KIP-110), version 11 racks (KIP-392), version 12 diverging epochs (KIP-595),
 * version 13 topic ids (KIP-516), version 16 addresses of leaders (KIP-951).
 */
export const fetch: Handler<FetchRequest, FetchResponse> = handler(
  Fetch,
  (request, context) => {
    const { version } = context
    if (!FULL_FETCH_EPOCHS.has(request.sessionEpoch)) {
      return { errorCode: ErrorCode.FETCH_SESSION_ID_NOT_FOUND, sessionId: 0, responses: [] }
    }
    if (request.isolationLevel !== READ_UNCOMMITTED && request.isolationLevel !== READ_COMMITTED) {
      throw new KafkaError('UNKNOWN_SERVER_ERROR', `Unknown isolation level ${request.isolationLevel}`)
    }
    const asked = askedFor(request, context)
    const params = paramsOf(request, context)
    const readable = asked.map(({ wanted }) => wanted).filter((wanted) => typeof wanted !== 'string')
    // What cannot be read is known at once, but is not told before the rest is.
    return mapReply(fetchMessages(context.broker.replicas, params, readable), (results) => {
      const hints = new LeaderHints(context)
      let next = 0
      const responses = byTopic(
        asked.map((partition) => {
          const result = typeof partition.wanted === 'string' ? partition.wanted : (results[next++] as FetchedPartition)
          return [partition, partitionData(partition, result, request, version, hints, context)] as const
        }),
      )
      return { sessionId: 0, responses, nodeEndpoints: hints.nodeEndpoints }
    })
  },
  (request, errorCode, { version }) => ({
    errorCode,
    sessionId: request.sessionId,
    // From version 13 on the error of the whole is enough.
    responses:
      version >= 13
        ? []
        : request.topics.map(({ topic, partitions }) => ({
            topic,
            partitions: partitions.map(({ partition }) => ({
              partitionIndex: partition,
              errorCode,
              highWatermark: -1,
              records: [],
            })),
          })),
  }),
)

function paramsOf(request: FetchRequest, { version, broker }: RequestContext): FetchParams {
  const replicaId = version < 15 ? request.replicaId : request.replicaState.replicaId
  const maxBytes = Math.min(request.maxBytes, broker.config.int('fetch.max.bytes'))
  return {
    isolation: isolationOf(request, replicaId),
    minBytes: Math.min(request.minBytes, maxBytes),
    maxWaitMs: request.maxWaitMs,
    maxBytes,
    hardLimit: version <= 2,
    replicaId,
  }
}

function isolationOf(request: FetchRequest, replicaId: number): Isolation {
  if (replicaId >= 0 || replicaId === FUTURE_LOCAL_REPLICA) return 'log-end'
  return request.isolationLevel === READ_COMMITTED ? 'committed' : 'high-watermark'
}

/** The partitions of a request, each once: of one that is named again the last entry counts, in the first one's place. */
function askedFor(request: FetchRequest, { version, broker }: RequestContext): Asked[] {
  const { image } = broker
  const asked = new Map<string, Asked>()
  for (const { topic, topicId, partitions } of request.topics) {
    const known = version >= 13 ? image.topicById(topicId) : image.topic(topic)
    for (const partition of partitions) {
      const index = partition.partition
      let wanted: FetchPartitionParams | ErrorName
      if (known === undefined) wanted = version >= 13 ? 'UNKNOWN_TOPIC_ID' : 'UNKNOWN_TOPIC_OR_PARTITION'
      else if (known.partitions[index] === undefined) wanted = 'UNKNOWN_TOPIC_OR_PARTITION'
      else {
        wanted = {
          topic: known.name,
          topicId: topicId === ZERO_UUID ? undefined : topicId,
          index,
          offset: partition.fetchOffset,
          maxBytes: partition.partitionMaxBytes,
          currentLeaderEpoch: epoch(partition.currentLeaderEpoch),
          lastFetchedEpoch: epoch(partition.lastFetchedEpoch),
        }
      }
      asked.set(`${topicId} ${topic} ${index}`, { topic, topicId, index, wanted })
    }
  }
  // Kafka puts what cannot be read at the end.
  const [readable, refused]: [Asked[], Asked[]] = [[], []]
  for (const entry of asked.values()) (typeof entry.wanted === 'string' ? refused : readable).push(entry)
  return readable.concat(refused)
}

function epoch(value: number): number | undefined {
  return value < 0 ? undefined : value
}

function partitionData(
  { index, wanted }: Asked,
  result: FetchedPartition,
  request: FetchRequest,
  version: number,
  hints: LeaderHints,
  { broker }: RequestContext,
): Input<PartitionData> {
  if (typeof result === 'string' || typeof wanted === 'string') {
    return failure(index, typeof result === 'string' ? result : 'NONE', wanted, version, hints)
  }
  const { highWatermark, lastStableOffset, logStartOffset, diverging } = result
  let records: readonly Buffer[] = result.records
  const { config } = broker.replicas.partition(wanted.topic, wanted.index)
  if (config.compressionType === 'zstd' && version < 10 && servesOldVersions(broker)) {
    return unconvertible(index, 'UNSUPPORTED_COMPRESSION_TYPE')
  }
  if (version <= LAST_CONVERTED_VERSION) {
    try {
      records = convertDown(records, version <= 1 ? 0 : 1, wanted.offset)
    } catch (error) {
      if (error instanceof RecordsError) return unconvertible(index, error.error)
      throw error
    }
  }
  return {
    partitionIndex: index,
    highWatermark,
    lastStableOffset,
    logStartOffset,
    ...(diverging === undefined ? {} : { divergingEpoch: diverging }),
    abortedTransactions: request.isolationLevel === READ_COMMITTED && diverging === undefined ? [] : null,
    records,
  }
}

/** What Kafka answers where reading failed. */
function failure(
  index: number,
  error: ErrorName,
  wanted: FetchPartitionParams | ErrorName,
  version: number,
  hints: LeaderHints,
): Input<PartitionData> {
  if (typeof wanted === 'string') return refusal(index, error)
  // Clients of these versions do not know the error, and would not try again.
  if (error === 'KAFKA_STORAGE_ERROR' && version <= 5)
    return failure(index, 'NOT_LEADER_OR_FOLLOWER', wanted, version, hints)
  const moved = error === 'NOT_LEADER_OR_FOLLOWER' || error === 'FENCED_LEADER_EPOCH'
  return {
    ...refusal(index, error),
    abortedTransactions: null,
    ...(moved && version >= 16 ? { currentLeader: hints.currentLeader(wanted.topic, index) } : {}),
  }
}

/** Kafka 4.0 dropped the versions that need conversion (KIP-896), and with them the care for clients that do not know zstd. */
function servesOldVersions({ served }: Broker): boolean {
  return (served.get(Fetch.key)?.min ?? 0) <= LAST_CONVERTED_VERSION
}

/** Kafka has no records to put into this answer, where it has none of them in all others. */
function unconvertible(index: number, error: ErrorName): Input<PartitionData> {
  return { ...refusal(index, error), records: null }
}

function refusal(index: number, error: ErrorName): Input<PartitionData> {
  return { partitionIndex: index, errorCode: ErrorCode[error], highWatermark: -1, records: [] }
}

/** Partitions of one topic that follow each other stand under one entry of the topic. */
function byTopic(
  partitions: readonly (readonly [Asked, Input<PartitionData>])[],
): { topic: string; topicId: string; partitions: Input<PartitionData>[] }[] {
  const topics: { topic: string; topicId: string; partitions: Input<PartitionData>[] }[] = []
  for (const [{ topic, topicId }, data] of partitions) {
    const last = topics[topics.length - 1]
    if (last !== undefined && last.topic === topic && last.topicId === topicId) last.partitions.push(data)
    else topics.push({ topic, topicId, partitions: [data] })
  }
  return topics
}

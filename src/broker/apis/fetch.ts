import { Fetch, type FetchRequest, type FetchResponse } from '../../protocol/messages/fetch.ts'
import { RACK_AWARE_SELECTOR } from '../config/broker-config-checks.ts'
import type { MetadataImage } from '../controller/metadata-image.ts'
import { fetchContext } from '../replication/fetch-context.ts'
import { FetchPartition, partitionKey } from '../replication/fetch-session.ts'
import { type FetchedPartition, type FetchParams, fetchMessages } from '../replication/fetching.ts'
import type { Isolation } from '../replication/reads-and-appends.ts'
import { rackAwareReplica } from '../replication/replica-selector.ts'
import { mapReply } from '../waiting.ts'
import { FetchAnswer, type Fetched, failedFetch } from './fetch-answer.ts'
import { type Handler, handler, type RequestContext } from './handler.ts'
import { consumerIsolation } from './isolation.ts'

/** `FetchRequest.FUTURE_LOCAL_REPLICA_ID`: a copy of the log on the same broker; like a follower it reads up to the end. */
const FUTURE_LOCAL_REPLICA = -3

const FIRST_VERSION_WITH_RACKS = 11

/**
 * Fetch: reads from partitions, and waits until there is enough. Version 3 limits the whole answer (KIP-74), version 4 brings
 * isolation levels and batches of magic 2 (KIP-98), version 7 sessions (KIP-227), version 9 leader epochs (KIP-320),
 * version 10 zstd (KIP-110), version 11 racks (KIP-392), version 12 diverging epochs (KIP-595), version 13 topic ids
 * (KIP-516), version 16 addresses of leaders (KIP-951).
 */
export const fetch: Handler<FetchRequest, FetchResponse> = handler(
  Fetch,
  (request, context) => {
    const { broker, version } = context
    const { sessionId, sessionEpoch } = request
    const nameOf = (topicId: string): string | undefined => broker.image.topicById(topicId)?.name
    const fromFollower = replicaIdOf(request, version) >= 0
    const session = fetchContext(
      broker.fetchSessions,
      {
        sessionId,
        sessionEpoch,
        usesTopicIds: version >= 13,
        fromFollower,
        partitions: named(request, version, nameOf),
        forgotten: forgotten(request, version),
      },
      nameOf,
    )
    const { readable, refused } = sorted(session.partitions, broker.image, fromFollower)
    const answer = (results: readonly FetchedPartition[]) => {
      const fetched = results.map((result, i): Fetched => ({ partition: readable[i] as FetchPartition, result }))
      const { error, sessionId, told } = session.answer(fetched.concat(refused))
      return new FetchAnswer(request, context, fromFollower).of(error, sessionId, told)
    }
    if (readable.length === 0) return answer([])
    // What cannot be read is known at once, but is not told before the rest is.
    return mapReply(fetchMessages(broker.replicas, paramsOf(request, context), readable), answer)
  },
  failedFetch,
)

function paramsOf(request: FetchRequest, { version, broker }: RequestContext): FetchParams {
  const replicaId = replicaIdOf(request, version)
  const maxBytes = Math.min(request.maxBytes, broker.config.int('fetch.max.bytes'))
  return {
    isolation: isolationOf(request, replicaId),
    minBytes: Math.min(request.minBytes, maxBytes),
    maxWaitMs: request.maxWaitMs,
    maxBytes,
    hardLimit: version <= 2,
    replicaId,
    leaderOnly: replicaId >= 0 || version < FIRST_VERSION_WITH_RACKS,
    preferredReplica: selectorOf(request, version, replicaId, broker),
  }
}

/** KIP-392: how a consumer's reads are sent to followers; undefined: not at all. */
function selectorOf(
  { rackId }: FetchRequest,
  version: number,
  replicaId: number,
  { config, image }: RequestContext['broker'],
): FetchParams['preferredReplica'] {
  if (version < FIRST_VERSION_WITH_RACKS || replicaId >= 0 || rackId === '') return undefined
  if (config.value('replica.selector.class') !== RACK_AWARE_SELECTOR) return undefined
  return (partition, offset) => rackAwareReplica(partition, offset, rackId, image)
}

function replicaIdOf({ replicaId, replicaState }: FetchRequest, version: number): number {
  return version < 15 ? replicaId : replicaState.replicaId
}

function isolationOf(request: FetchRequest, replicaId: number): Isolation {
  const ofConsumer = consumerIsolation(request.isolationLevel)
  return replicaId >= 0 || replicaId === FUTURE_LOCAL_REPLICA ? 'log-end' : ofConsumer
}

/** The partitions of a request, each once: of one that is named again the last entry counts, in the first one's place. */
function named(
  { topics }: FetchRequest,
  version: number,
  nameOf: (topicId: string) => string | undefined,
): FetchPartition[] {
  const byKey = new Map<string, FetchPartition>()
  for (const { topic, topicId, partitions } of topics) {
    const name = version >= 13 ? nameOf(topicId) : topic
    for (const { partition, fetchOffset, partitionMaxBytes, currentLeaderEpoch, lastFetchedEpoch } of partitions) {
      const wanted = new FetchPartition(name, {
        topicId: version >= 13 ? topicId : undefined,
        index: partition,
        offset: fetchOffset,
        maxBytes: partitionMaxBytes,
        currentLeaderEpoch: epoch(currentLeaderEpoch),
        lastFetchedEpoch: epoch(lastFetchedEpoch),
      })
      byKey.set(wanted.key, wanted)
    }
  }
  return [...byKey.values()]
}

function forgotten({ forgottenTopicsData }: FetchRequest, version: number): string[] {
  return forgottenTopicsData.flatMap(({ topic, topicId, partitions }) =>
    partitions.map((index) => partitionKey(topic, version >= 13 ? topicId : undefined, index)),
  )
}

/** What can be read, and what is refused at once. Kafka puts that at the end. */
function sorted(
  partitions: Iterable<FetchPartition>,
  image: MetadataImage,
  fromFollower: boolean,
): { readonly readable: FetchPartition[]; readonly refused: Fetched[] } {
  const readable: FetchPartition[] = []
  const withoutName: Fetched[] = []
  // It looks at a consumer's partitions in two rounds, one for its permissions.
  const unknown: Fetched[] = fromFollower ? withoutName : []
  for (const partition of partitions) {
    if (!partition.isNamed) withoutName.push({ partition, result: 'UNKNOWN_TOPIC_ID', refused: true })
    else if (image.partition(partition.topic, partition.index) !== undefined) readable.push(partition)
    else unknown.push({ partition, result: 'UNKNOWN_TOPIC_OR_PARTITION', refused: true })
  }
  return { readable, refused: fromFollower ? withoutName : withoutName.concat(unknown) }
}

function epoch(value: number): number | undefined {
  return value < 0 ? undefined : value
}

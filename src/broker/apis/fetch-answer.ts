import { ErrorCode, type ErrorName, KafkaError } from '../../protocol/errors.ts'
import type { Input } from '../../protocol/message.ts'
import type { FetchRequest, FetchResponse, PartitionData } from '../../protocol/messages/fetch.ts'
import { RecordsError } from '../../protocol/records/records-error.ts'
import { isAtLeast } from '../../protocol/release.ts'
import { ZERO_UUID } from '../../protocol/uuid.ts'
import { sizedMessageSet, wholeMessageSet } from '../log/sized-message-set.ts'
import type { Told } from '../replication/fetch-context.ts'
import type { ReadResult } from '../replication/reads-and-appends.ts'
import { LeaderHints } from './current-leader.ts'
import type { Endpoint, RequestContext } from './handler.ts'
import { IsolationLevel } from './isolation.ts'
import { LAST_CONVERTED_VERSION, servesOldVersions, tellsSizeFirst } from './old-versions.ts'

/** From this version on an answer can say where the client's log diverges (KIP-595). */
const FIRST_DIVERGING_VERSION = 12

/** A partition and what was read of it, or why it was not even tried. */
export interface Fetched extends Told {
  readonly refused?: true
}

/** Makes the response of a Fetch: each partition's part in the form that the client's version knows. */
export class FetchAnswer {
  private readonly request: FetchRequest
  private readonly context: RequestContext
  private readonly fromFollower: boolean
  private readonly hints: LeaderHints

  constructor(request: FetchRequest, context: RequestContext, fromFollower: boolean) {
    this.request = request
    this.fromFollower = fromFollower
    this.context = context
    this.hints = new LeaderHints(context)
  }

  /** The response. Partitions of one topic that follow each other stand under one entry of the topic. */
  of(error: ErrorName, sessionId: number, told: readonly Fetched[]): Input<FetchResponse> {
    const responses: { topic: string; topicId: string; partitions: Input<PartitionData>[] }[] = []
    for (const fetched of told) {
      const { topic, topicId = ZERO_UUID } = fetched.partition
      const data = this.partitionData(fetched)
      const last = responses[responses.length - 1]
      if (last !== undefined && last.topic === topic && last.topicId === topicId) last.partitions.push(data)
      else responses.push({ topic, topicId, partitions: [data] })
    }
    return { errorCode: ErrorCode[error], sessionId, responses, nodeEndpoints: this.nodeEndpoints }
  }

  private get nodeEndpoints(): Endpoint[] {
    // Brokers know where all are; up to 4.0 they were told all the same.
    const isTold = !this.fromFollower || !isAtLeast(this.context.broker.release, '4.1')
    return isTold ? this.hints.nodeEndpoints : []
  }

  private partitionData(fetched: Fetched): Input<PartitionData> {
    const { partition, result } = fetched
    if (this.hidesZstd(fetched)) return unconvertible(partition.index, 'UNSUPPORTED_COMPRESSION_TYPE')
    if (typeof result === 'string') return this.failure(fetched, result)
    let { records } = result
    if (this.context.version <= LAST_CONVERTED_VERSION) {
      try {
        const convert = tellsSizeFirst(this.context.broker) ? sizedMessageSet : wholeMessageSet
        records = convert(records, this.context.version <= 1 ? 0 : 1, partition.offset)
      } catch (error) {
        if (error instanceof RecordsError) return unconvertible(partition.index, error.error)
        throw error
      }
    }
    return this.success(partition.index, result, records)
  }

  private success(index: number, result: ReadResult, records: readonly Buffer[]): Input<PartitionData> {
    const { highWatermark, lastStableOffset, logStartOffset, diverging, abortedTransactions = [] } = result
    // A session that began in a later version may have what this one has no field for; Kafka trips over it, and says this.
    if (diverging !== undefined && this.context.version < FIRST_DIVERGING_VERSION) {
      throw new KafkaError('UNSUPPORTED_VERSION')
    }
    // Where a limit keeps the first batch back, or another replica is to be read, Kafka forgets whether there are any.
    const isRead = diverging === undefined && !result.firstBatchCut && result.preferredReadReplica === undefined
    const committed = this.request.isolationLevel === IsolationLevel.READ_COMMITTED && isRead
    return {
      partitionIndex: index,
      highWatermark,
      lastStableOffset,
      logStartOffset,
      ...(diverging === undefined ? {} : { divergingEpoch: diverging }),
      ...(result.preferredReadReplica === undefined ? {} : { preferredReadReplica: result.preferredReadReplica }),
      abortedTransactions: committed ? abortedTransactions : null,
      records,
    }
  }

  /** What Kafka answers where reading failed. */
  private failure({ partition, refused }: Fetched, error: ErrorName): Input<PartitionData> {
    const { topic, index } = partition
    const { version } = this.context
    if (refused === true) return refusal(index, error)
    // Clients of these versions do not know the error, and would not try again.
    const known = error === 'KAFKA_STORAGE_ERROR' && version <= 5 ? 'NOT_LEADER_OR_FOLLOWER' : error
    const moved = known === 'NOT_LEADER_OR_FOLLOWER' || known === 'FENCED_LEADER_EPOCH'
    return {
      ...refusal(index, known),
      abortedTransactions: null,
      ...(moved && version >= 16 ? { currentLeader: this.hints.currentLeader(topic, index) } : {}),
    }
  }

  /** Whether the topic may have what the client cannot read, whatever there is to tell of it. */
  private hidesZstd({ partition }: Fetched): boolean {
    const { version, broker } = this.context
    if (version >= 10) return false
    if (broker.replicas.find(partition.topic, partition.index)?.config.compressionType !== 'zstd') return false
    return servesOldVersions(broker)
  }
}

/** The response to a Fetch that failed as a whole. */
export function failedFetch(
  { sessionId, topics }: FetchRequest,
  errorCode: number,
  { version, broker }: RequestContext,
): Input<FetchResponse> {
  // From version 13 on the error of the whole is enough.
  if (version >= 13) return { errorCode, sessionId, responses: [] }
  const records = servesOldVersions(broker) ? null : []
  const failed = (index: number): Input<PartitionData> => {
    return { partitionIndex: index, errorCode, highWatermark: -1, records }
  }
  const responses = topics.map(({ topic, partitions }) => {
    return { topic, partitions: partitions.map(({ partition }) => failed(partition)) }
  })
  return { errorCode, sessionId, responses }
}

/** Kafka has no records to put into this answer, where it has none of them in all others. */
function unconvertible(index: number, error: ErrorName): Input<PartitionData> {
  return { ...refusal(index, error), records: null }
}

function refusal(index: number, error: ErrorName): Input<PartitionData> {
  return { partitionIndex: index, errorCode: ErrorCode[error], highWatermark: -1, records: [] }
}

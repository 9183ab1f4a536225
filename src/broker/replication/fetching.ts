import { type ErrorName, KafkaError } from '../../protocol/errors.ts'
import type { Position } from '../log/segment.ts'
import type { Signal } from '../signal.ts'
import { type Reply, Waiting } from '../waiting.ts'
import type { Partition } from './partition.ts'
import type { Isolation, ReadResult } from './reads-and-appends.ts'
import type { Replicas } from './replicas.ts'

/** What a fetch asks for as a whole. */
export interface FetchParams {
  readonly isolation: Isolation
  /** It waits until there are so many bytes, over all partitions, … */
  readonly minBytes: number
  /** … or so many ms have gone by. */
  readonly maxWaitMs: number
  /** How many bytes at most, over all partitions; no limit for a single batch (KIP-74). */
  readonly maxBytes: number
  /** Whether the limits hold for a single batch as well, so that what is too large is cut off: before version 3. */
  readonly hardLimit: boolean
  /** The node that asks, when it is a broker that follows; -1 for a consumer. */
  readonly replicaId: number
  /** Whether the leader alone may answer; consumers of version 11 and later may read from followers (KIP-392). */
  readonly leaderOnly: boolean
  /** Chooses for a consumer whom to read from instead of the leader; undefined: the leader. */
  readonly preferredReplica?: ((partition: Partition, offset: number) => number | undefined) | undefined
}

/** What a fetch asks of one partition. */
export interface FetchPartitionParams {
  readonly topic: string
  /** Left out: not checked. */
  readonly topicId: string | undefined
  readonly index: number
  readonly offset: number
  readonly maxBytes: number
  readonly currentLeaderEpoch: number | undefined
  readonly lastFetchedEpoch: number | undefined
}

/** What a partition gives to a fetch: records, or an error. */
export type FetchedPartition = ReadResult | ErrorName

/**
 * Reads from several partitions (Kafka's `ReplicaManager.fetchMessages`): at once if there is enough, if a partition cannot
 * be read or if nobody wants to wait; otherwise once there is. While it waits it costs nothing: it hangs on the partitions'
 * signals, and an append lets it count bytes without making anything.
 */
export function fetchMessages(
  replicas: Replicas,
  params: FetchParams,
  partitions: readonly FetchPartitionParams[],
): Reply<FetchedPartition[]> {
  const read = readAll(replicas, params, partitions)
  let size = 0
  for (const result of read) {
    if (typeof result === 'string' || result.diverging !== undefined) return read
    if (result.preferredReadReplica !== undefined) return read
    size += result.sizeInBytes
  }
  if (params.maxWaitMs <= 0 || size >= params.minBytes || partitions.length === 0) return read

  const awaited = partitions.map((wanted) => new AwaitedPartition(replicas, params, wanted))
  const signals: Signal[] = awaited.map((partition) => partition.changed)
  return Waiting.until({
    on: signals,
    ask: () => (enough(awaited, params.minBytes) ? readAll(replicas, params, partitions) : undefined),
    deadline: { afterMs: params.maxWaitMs, answer: () => readAll(replicas, params, partitions) },
  })
}

function readAll(
  replicas: Replicas,
  params: FetchParams,
  partitions: readonly FetchPartitionParams[],
): FetchedPartition[] {
  let room = params.maxBytes
  // The first partition that has something gives one batch, however large.
  let minOneMessage = !params.hardLimit
  return partitions.map((wanted) => {
    let result: ReadResult
    try {
      result = readOne(replicas, params, wanted, Math.min(wanted.maxBytes, room), minOneMessage)
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error
      // As after one that was read: a limit below zero keeps but one partition from being read.
      room = Math.max(0, room)
      return error.error
    }
    if (result.firstBatchCut && !params.hardLimit) return { ...result, records: [], sizeInBytes: 0 }
    if (result.sizeInBytes > 0) minOneMessage = false
    room = Math.max(0, room - result.sizeInBytes)
    return result
  })
}

function readOne(
  replicas: Replicas,
  params: FetchParams,
  wanted: FetchPartitionParams,
  maxBytes: number,
  minOneMessage: boolean,
): ReadResult {
  const { currentLeaderEpoch, lastFetchedEpoch, offset } = wanted
  const partition = hosted(replicas, params, wanted, currentLeaderEpoch)
  if (wanted.topicId !== undefined && wanted.topicId !== partition.topicId)
    throw new KafkaError('INCONSISTENT_TOPIC_ID')
  if (params.replicaId >= 0 && !partition.isFollower(params.replicaId)) {
    // A replica that the leader's epoch does not know of is to ask again once both have the same news.
    throw new KafkaError(currentLeaderEpoch === undefined ? 'NOT_LEADER_OR_FOLLOWER' : 'UNKNOWN_LEADER_EPOCH')
  }
  const preferredReadReplica = params.preferredReplica?.(partition, offset)
  if (preferredReadReplica !== undefined) {
    const { highWatermark, lastStableOffset, logStartOffset, logEndOffset } = partition
    const nothing = { records: [], sizeInBytes: 0, firstBatchCut: false }
    return { ...nothing, highWatermark, lastStableOffset, logStartOffset, logEndOffset, preferredReadReplica }
  }
  return partition.read({ offset, maxBytes, minOneMessage, isolation: params.isolation, lastFetchedEpoch })
}

function hosted(
  replicas: Replicas,
  { leaderOnly }: FetchParams,
  { topic, index }: FetchPartitionParams,
  currentLeaderEpoch?: number,
): Partition {
  return leaderOnly
    ? replicas.partition(topic, index, currentLeaderEpoch)
    : replicas.replica(topic, index, currentLeaderEpoch)
}

/** Kafka's rules for the end of the wait (`DelayedFetch.tryComplete`). */
function enough(awaited: readonly AwaitedPartition[], minBytes: number): boolean {
  let size = 0
  for (const partition of awaited) {
    size += partition.available()
    if (size >= minBytes) return true
  }
  return false
}

/** A partition that a fetch waits for. */
class AwaitedPartition {
  readonly changed: Signal
  private readonly partition: Partition
  private readonly replicas: Replicas
  private readonly isolation: Isolation
  private readonly leaderOnly: boolean
  private readonly wanted: FetchPartitionParams
  private readonly start: Position
  private readonly epoch: number

  constructor(replicas: Replicas, params: FetchParams, wanted: FetchPartitionParams) {
    this.replicas = replicas
    this.isolation = params.isolation
    this.wanted = wanted
    this.leaderOnly = params.leaderOnly
    this.partition = hosted(replicas, params, wanted)
    this.changed = this.partition.changed
    this.start = this.partition.log.position(wanted.offset)
    this.epoch = this.partition.leaderEpoch
  }

  /** Bytes that have come, or Infinity when the answer must go at once. */
  available(): number {
    const { partition, wanted, start } = this
    if (this.leaderOnly ? !partition.isLeader : !partition.isHere) return Number.POSITIVE_INFINITY
    if (this.replicas.find(wanted.topic, wanted.index) !== partition) return Number.POSITIVE_INFINITY
    if (wanted.currentLeaderEpoch !== undefined && partition.leaderEpoch !== this.epoch) return Number.POSITIVE_INFINITY
    const end = partition.endFor(this.isolation)
    if (end === start.offset) return 0
    // The log was truncated, or its start has moved past what is asked for: there will be an error.
    if (end < start.offset || partition.logStartOffset > start.offset) return Number.POSITIVE_INFINITY
    const bytes = partition.log.bytesSince(start, end)
    return bytes === Number.POSITIVE_INFINITY ? bytes : Math.min(bytes, wanted.maxBytes)
  }
}

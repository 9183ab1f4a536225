import { ErrorCode, KafkaError } from '../../protocol/errors.ts'
import type { Input } from '../../protocol/message.ts'
import {
  ListOffsets,
  type ListOffsetsPartition,
  type ListOffsetsPartitionResponse,
  type ListOffsetsRequest,
  type ListOffsetsResponse,
  type ListOffsetsTopic,
  type ListOffsetsTopicResponse,
} from '../../protocol/messages/list-offsets.ts'
import { RecordsError } from '../../protocol/records/records-error.ts'
import { isAtLeast } from '../../protocol/release.ts'
import type { Partition } from '../replication/partition.ts'
import type { Isolation } from '../replication/reads-and-appends.ts'
import { type Handler, handler, type RequestContext } from './handler.ts'
import { consumerIsolation } from './isolation.ts'

const LATEST = -1
const EARLIEST = -2
const MAX_TIMESTAMP = -3
const EARLIEST_LOCAL = -4
const LATEST_TIERED = -5
const EARLIEST_PENDING_UPLOAD = -6

/** From which version on a timestamp that stands for something is understood. */
const since = new Map([
  [LATEST, 1],
  [EARLIEST, 1],
  [MAX_TIMESTAMP, 7], // KIP-734
  [EARLIEST_LOCAL, 8], // KIP-405
  [LATEST_TIERED, 9], // KIP-1005
  [EARLIEST_PENDING_UPLOAD, 11], // KIP-1023
])

const CONSUMER = -1
/** Whoever debugs asks any replica, and for all that it has. */
const DEBUGGER = -2

type Found = Pick<ListOffsetsPartitionResponse, 'offset' | 'timestamp'> & { leaderEpoch?: number }

const NOT_FOUND: Found = Object.freeze({ offset: -1, timestamp: -1 })

/**
 * ListOffsets: finds the offset for a timestamp, or for a place in the log. Version 0 gives the offsets at which segments
 * begin; from version 1 on it is one record (KIP-79), version 2 knows isolation levels (KIP-98), version 4 leader epochs (KIP-320).
 */
export const listOffsets: Handler<ListOffsetsRequest, ListOffsetsResponse> = handler(
  ListOffsets,
  (request, context) => {
    const { replicaId, topics, isolationLevel } = request
    if (context.version === 0)
      return { topics: answer(topics, (topic, wanted) => legacy(request, topic, wanted, context)) }
    const isolation = (): Isolation => (replicaId === CONSUMER ? consumerIsolation(isolationLevel) : 'log-end')
    const { once, twice } = sorted(topics)
    const isNew = isAtLeast(context.broker.release, '4.0')
    // Up to 3.9 a level that there is not was an error of each partition, and for consumers alone.
    if (isNew) consumerIsolation(isolationLevel)
    return {
      topics: answer(isNew ? once : topics, (topic, wanted) => {
        if (twice.has(wanted)) throw new KafkaError('INVALID_REQUEST')
        const found = find(isolation, topic, wanted, replicaId, context)
        if (found !== 'OFFSET_NOT_AVAILABLE') return found
        throw new KafkaError(context.version < 5 ? 'LEADER_NOT_AVAILABLE' : found)
      }),
    }
  },
  ({ topics }, errorCode) => ({ topics: answer(topics, () => ({ errorCode })) }),
)

type Answered = Omit<Input<ListOffsetsPartitionResponse>, 'partitionIndex'>

function answer(
  topics: readonly ListOffsetsTopic[],
  find: (topic: string, wanted: ListOffsetsPartition) => Answered,
): Input<ListOffsetsTopicResponse>[] {
  return topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map((wanted) => {
      const { partitionIndex } = wanted
      try {
        return { partitionIndex, ...find(name, wanted) }
      } catch (error) {
        if (error instanceof KafkaError || error instanceof RecordsError) {
          return { partitionIndex, errorCode: ErrorCode[error.error] }
        }
        throw error
      }
    }),
  }))
}

/**
 * Each topic and each partition once, as they are answered since 4.0, and the partitions that were named more than once: every
 * mention of them.
 */
function sorted(topics: readonly ListOffsetsTopic[]): {
  readonly once: readonly ListOffsetsTopic[]
  readonly twice: ReadonlySet<ListOffsetsPartition>
} {
  const twice = new Set<ListOffsetsPartition>()
  const byName = new Map<string, Map<number, ListOffsetsPartition>>()
  for (const { name, partitions } of topics) {
    const known = byName.get(name) ?? new Map<number, ListOffsetsPartition>()
    for (const wanted of partitions) {
      const first = known.get(wanted.partitionIndex)
      if (first === undefined) known.set(wanted.partitionIndex, wanted)
      else twice.add(first).add(wanted)
    }
    // A topic without a partition is not answered.
    if (known.size > 0) byName.set(name, known)
  }
  return { once: [...byName].map(([name, known]) => ({ name, partitions: [...known.values()] })), twice }
}

function find(
  isolationOf: () => Isolation,
  topic: string,
  { partitionIndex, timestamp, currentLeaderEpoch }: ListOffsetsPartition,
  replicaId: number,
  { broker, version }: RequestContext,
): Found | 'OFFSET_NOT_AVAILABLE' {
  if (timestamp < 0 && version < (since.get(timestamp) ?? Number.POSITIVE_INFINITY)) {
    throw new KafkaError('UNSUPPORTED_VERSION')
  }
  const isolation = isolationOf()
  const epoch = currentLeaderEpoch === -1 ? undefined : currentLeaderEpoch
  const partition = replicaFor(replicaId, broker, topic, partitionIndex, epoch)
  // A new leader that does not know yet what is committed keeps clients from seeing the end of the log go back (KIP-207).
  const isUnsure = isolation !== 'log-end' && partition.isCatchingUp
  if (isUnsure && timestamp === LATEST) return 'OFFSET_NOT_AVAILABLE'
  const found = search(partition, timestamp, partition.endFor(isolation))
  if (found === undefined) return isUnsure ? 'OFFSET_NOT_AVAILABLE' : NOT_FOUND
  return version >= 4 ? found : { offset: found.offset, timestamp: found.timestamp }
}

function replicaFor(
  replicaId: number,
  { replicas }: RequestContext['broker'],
  topic: string,
  index: number,
  epoch?: number,
): Partition {
  return replicaId === DEBUGGER ? replicas.replica(topic, index, epoch) : replicas.partition(topic, index, epoch)
}

/** `end`: where the log ends for whoever asks. */
function search(partition: Partition, timestamp: number, end: number): Found | undefined {
  switch (timestamp) {
    case LATEST:
      return { offset: end, timestamp: -1, leaderEpoch: partition.leaderEpoch }
    case EARLIEST:
    case EARLIEST_LOCAL: {
      const offset = partition.logStartOffset
      return { offset, timestamp: -1, leaderEpoch: partition.log.epochs.at(offset) ?? -1 }
    }
    case LATEST_TIERED:
    case EARLIEST_PENDING_UPLOAD:
      // Nothing is ever moved to remote storage here, nor waits to be.
      return { offset: -1, timestamp: -1, leaderEpoch: -1 }
    default: {
      const { log } = partition
      const record = timestamp === MAX_TIMESTAMP ? log.findMaxTimestamp() : log.findByTimestamp(timestamp)
      return record === undefined || record.offset >= end ? undefined : record
    }
  }
}

function legacy(
  { replicaId }: ListOffsetsRequest,
  topic: string,
  { partitionIndex, timestamp, maxNumOffsets }: ListOffsetsPartition,
  { broker }: RequestContext,
): Answered {
  if (timestamp < EARLIEST) throw new KafkaError('UNSUPPORTED_VERSION')
  const partition = replicaFor(replicaId, broker, topic, partitionIndex)
  if (maxNumOffsets < 0) throw new KafkaError('UNKNOWN_SERVER_ERROR')
  const offsets = partition.log.segmentOffsetsBefore(timestamp, maxNumOffsets, broker.clock.now())
  const { highWatermark } = partition
  if (replicaId !== CONSUMER || (offsets[0] ?? 0) <= highWatermark) return { oldStyleOffsets: offsets }
  return { oldStyleOffsets: [highWatermark, ...offsets.filter((offset) => offset <= highWatermark)] }
}

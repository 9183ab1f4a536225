import { type ErrorName, KafkaError } from '../../../protocol/errors.ts'
import type { TransactionMarker } from '../../log/transactions.ts'
import { GROUP_METADATA_TOPIC } from '../../replication/internal-topics.ts'
import type { Replicas } from '../../replication/replicas.ts'
import { mapReply, type Reply, recoverReply, Waiting } from '../../waiting.ts'
import type { GroupCoordinator } from '../groups/group-coordinator.ts'
import type { TopicPartitions } from './topic-partitions.ts'

/** What became of something that was asked of a partition. */
export interface PartitionResult {
  readonly topic: string
  readonly partition: number
  readonly error: ErrorName
}

/** The rooms that a broker's markers go to. */
export interface MarkerRooms {
  readonly replicas: Replicas
  readonly groups: GroupCoordinator
  /** How long a marker waits until all in-sync replicas have it, ms. */
  timeoutMs(): number
}

/**
 * Writes a marker to partitions that this broker leads: the end of a producer's transaction there. Answers when it is on all
 * in-sync replicas.
 */
export function writeMarker(
  rooms: MarkerRooms,
  marker: TransactionMarker,
  partitions: TopicPartitions,
): Reply<readonly PartitionResult[]> {
  const replies = [...partitions].map(([topic, partition]) =>
    mapReply(
      topic === GROUP_METADATA_TOPIC
        ? completeOffsets(rooms, partition, marker)
        : recoverReply(() => append(rooms, topic, partition, marker), errorOf),
      (error): PartitionResult => ({ topic, partition, error }),
    ),
  )
  return Waiting.all(replies, (results) => results)
}

function append(
  { replicas, timeoutMs }: MarkerRooms,
  topic: string,
  index: number,
  marker: TransactionMarker,
): Reply<ErrorName> {
  const partition = replicas.find(topic, index)
  if (partition === undefined) return 'UNKNOWN_TOPIC_OR_PARTITION'
  const { lastOffset } = partition.appendEndTransactionMarker(marker)
  return partition.awaitHighWatermark(lastOffset + 1, timeoutMs())
}

/** Offsets that a transaction has committed become visible, or are gone: that is the group coordinator's. */
function completeOffsets(
  { replicas, groups }: MarkerRooms,
  index: number,
  marker: TransactionMarker,
): Reply<ErrorName> {
  if (replicas.find(GROUP_METADATA_TOPIC, index) === undefined) return 'UNKNOWN_TOPIC_OR_PARTITION'
  return mapReply(
    recoverReply<ErrorName>(() => mapReply(groups.completeTransaction(index, marker), () => 'NONE'), errorOf),
    (error) => (notReady.has(error) ? 'NOT_LEADER_OR_FOLLOWER' : error),
  )
}

/** What a transaction coordinator does not expect of a partition: it tries again after NOT_LEADER_OR_FOLLOWER. */
const notReady: ReadonlySet<ErrorName> = new Set([
  'COORDINATOR_NOT_AVAILABLE',
  'COORDINATOR_LOAD_IN_PROGRESS',
  'NOT_COORDINATOR',
])

function errorOf(error: unknown): ErrorName {
  if (error instanceof KafkaError) return error.error
  throw error
}

import { type ErrorName, KafkaError } from '../../protocol/errors.ts'
import { mapReply, type Reply } from '../waiting.ts'
import { isInternalTopic } from './internal-topics.ts'
import type { Replicas } from './replicas.ts'

/** What became of a deletion. */
export interface DeletedRecords {
  readonly error: ErrorName
  /** The least offset that any live replica still has; -1 where that is not known. */
  readonly lowWatermark: number
}

/** The offset of a request that means the high watermark: all that is committed. */
const HIGH_WATERMARK = -1

/**
 * Deletes what comes before `offset` by moving the log's start there (KIP-107); ends when every live replica has done so, or
 * after `withinMs` with REQUEST_TIMED_OUT.
 * @throws KafkaError INVALID_TOPIC_EXCEPTION for the broker's own topics, UNKNOWN_TOPIC_OR_PARTITION, NOT_LEADER_OR_FOLLOWER,
 * POLICY_VIOLATION where `cleanup.policy` does not let records be deleted, OFFSET_OUT_OF_RANGE beyond the high watermark
 */
export function deleteRecordsBefore(
  replicas: Replicas,
  topic: string,
  index: number,
  offset: number,
  withinMs: number,
): Reply<DeletedRecords> {
  if (isInternalTopic(topic)) {
    throw new KafkaError('INVALID_TOPIC_EXCEPTION', `Cannot delete records of internal topic ${topic}`)
  }
  const partition = replicas.partition(topic, index)
  if (!partition.config.delete) {
    const name = `${topic}-${index}`
    throw new KafkaError(
      'POLICY_VIOLATION',
      `Records of partition ${name} can not be deleted due to the configured policy`,
    )
  }
  const start = offset === HIGH_WATERMARK ? partition.highWatermark : offset
  partition.incrementLogStartOffset(start)
  // A client whose time is up hears of the low watermark as it was at first.
  const before = partition.lowWatermark
  return mapReply(partition.awaitLowWatermark(start, withinMs), (error) => {
    if (error === 'NONE') return { error, lowWatermark: partition.lowWatermark }
    return { error, lowWatermark: error === 'REQUEST_TIMED_OUT' ? before : -1 }
  })
}

import { ErrorCode, KafkaError } from '../../protocol/errors.ts'
import type { Input } from '../../protocol/message.ts'
import {
  type EpochEndOffset,
  OffsetForLeaderEpoch,
  type OffsetForLeaderEpochRequest,
  type OffsetForLeaderEpochResponse,
  type OffsetForLeaderPartition,
} from '../../protocol/messages/offset-for-leader-epoch.ts'
import type { Replicas } from '../replication/replicas.ts'
import { type Handler, handler } from './handler.ts'

/**
 * OffsetForLeaderEpoch, KIP-101: where the records of a leader epoch end. Followers cut their logs by it, and consumers find
 * out whether what they read is still there.
 *
 * Version 1 tells the epoch that was found as well (KIP-279), version 2 checks the epoch that the client believes the leader
 * to have (KIP-320), version 3 tells consumers from followers (KIP-392).
 */
export const offsetForLeaderEpoch: Handler<OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse> = handler(
  OffsetForLeaderEpoch,
  ({ topics }, { broker }) => ({
    topics: topics.map(({ topic, partitions }) => ({
      topic,
      partitions: partitions.map((wanted) => endOf(broker.replicas, topic, wanted)),
    })),
  }),
  ({ topics }, errorCode) => ({
    topics: topics.map(({ topic, partitions }) => ({
      topic,
      partitions: partitions.map(({ partition }) => ({ partition, errorCode })),
    })),
  }),
)

/** An epoch of which nothing is known has no end, which is no error. */
function endOf(
  replicas: Replicas,
  topic: string,
  { partition, currentLeaderEpoch, leaderEpoch }: OffsetForLeaderPartition,
): Input<EpochEndOffset> {
  try {
    const current = currentLeaderEpoch === -1 ? undefined : currentLeaderEpoch
    const { log, logEndOffset } = replicas.partition(topic, partition, current)
    const end = log.epochs.endOf(leaderEpoch, logEndOffset)
    return end === undefined ? { partition } : { partition, leaderEpoch: end.epoch, endOffset: end.endOffset }
  } catch (error) {
    if (error instanceof KafkaError) return { partition, errorCode: ErrorCode[error.error] }
    throw error
  }
}

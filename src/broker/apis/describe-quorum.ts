import { ErrorCode, errorMessage, errorName } from '../../protocol/errors.ts'
import type { Input } from '../../protocol/message.ts'
import {
  DescribeQuorum,
  type DescribeQuorumRequest,
  type DescribeQuorumResponse,
  type ReplicaState,
} from '../../protocol/messages/describe-quorum.ts'
import type { QuorumMember } from '../controller/quorum.ts'
import { CLUSTER_METADATA_TOPIC } from '../controller/topic-names.ts'
import { type Handler, handler } from './handler.ts'

const ELECTED_ONCE = 1

/**
 * DescribeQuorum, KIP-595 (3.3): who keeps the metadata log, and how far everybody is. Any broker takes it and forwards it to the
 * controller.
 *
 * v1 KIP-836: when a replica fetched last, and when it had all. v2 KIP-853: directory ids, the voters' listeners, error messages.
 *
 * The quorum is one controller, a node beside the brokers, which never fails. Its listener is no client's business: it shows none.
 * The brokers that it reaches are its observers.
 */
export const describeQuorum: Handler<DescribeQuorumRequest, DescribeQuorumResponse> = handler(
  DescribeQuorum,
  (request, { broker, version }) => {
    const [topic, ...topics] = request.topics
    const [partition, ...partitions] = topic?.partitions ?? []
    const isAlone = topics.length + partitions.length === 0
    if (!isAlone || topic?.topicName !== CLUSTER_METADATA_TOPIC || partition?.partitionIndex !== 0) {
      return unknownPartitions(request)
    }
    const now = broker.clock.now()
    const stateOf = ({ nodeId, directoryId, endOffset }: QuorumMember): Input<ReplicaState> => ({
      replicaId: nodeId,
      ...(version >= 2 ? { replicaDirectoryId: directoryId } : {}),
      logEndOffset: endOffset,
      lastFetchTimestamp: now,
      lastCaughtUpTimestamp: now,
    })
    return broker.controller
      .ask((controller) => controller.quorum())
      .map(({ leader, observers }) => ({
        topics: [
          {
            topicName: CLUSTER_METADATA_TOPIC,
            partitions: [
              {
                leaderId: leader.nodeId,
                leaderEpoch: ELECTED_ONCE,
                highWatermark: leader.endOffset,
                currentVoters: [stateOf(leader)],
                observers: observers.map(stateOf),
              },
            ],
          },
        ],
        ...(version >= 2 ? { nodes: [{ nodeId: leader.nodeId }] } : {}),
      }))
  },
  (_, errorCode) => ({ errorCode, errorMessage: errorMessage(errorName(errorCode)) }),
)

function unknownPartitions({ topics }: DescribeQuorumRequest): Input<DescribeQuorumResponse> {
  const errorCode = ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
  const message = errorMessage('UNKNOWN_TOPIC_OR_PARTITION')
  return {
    topics: topics.map(({ topicName, partitions }) => ({
      topicName,
      partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode, errorMessage: message })),
    })),
  }
}

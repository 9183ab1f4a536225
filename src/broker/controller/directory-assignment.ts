import { ErrorCode, type ErrorName, KafkaError } from '../../protocol/errors.ts'
import type {
  AssignReplicasToDirsRequest,
  AssignReplicasToDirsResponse,
} from '../../protocol/messages/assign-replicas-to-dirs.ts'
import { checkedBroker } from './broker-states.ts'
import type { ControllerState, MetadataDecision } from './decision.ts'
import type { MetadataRecord } from './metadata-record.ts'
import { decidePartition } from './partition-rules.ts'

/** What AssignReplicasToDirs asks of the controller. */
export type DirectoryAssignment = Pick<AssignReplicasToDirsRequest, 'brokerId' | 'brokerEpoch' | 'directories'>

/**
 * AssignReplicasToDirs, KIP-858: a broker tells in which of its log directories its replicas lie; one that lost its disk does so
 * for every replica. Throws UNSUPPORTED_VERSION, STALE_BROKER_EPOCH.
 */
export function decideDirectoryAssignment(
  { brokerId, brokerEpoch, directories }: DirectoryAssignment,
  state: ControllerState,
): MetadataDecision<AssignReplicasToDirsResponse> {
  if (!state.versions.directories) {
    throw new KafkaError('UNSUPPORTED_VERSION', 'Directory assignment is not supported yet.')
  }
  checkedBroker(brokerId, brokerEpoch, state)
  const records: MetadataRecord[] = []
  const assign = (topicId: string, index: number, directory: string): ErrorName => {
    const topic = state.image.topicById(topicId)
    if (topic === undefined) return 'UNKNOWN_TOPIC_ID'
    const partition = topic.partitions[index]
    if (partition === undefined) return 'UNKNOWN_TOPIC_OR_PARTITION'
    if (!partition.replicas.includes(brokerId)) return 'NOT_LEADER_OR_FOLLOWER'
    const record = decidePartition(topic, partition, { directories: new Map([[brokerId, directory]]) }, state)
    if (record !== undefined) records.push(record)
    return 'NONE'
  }
  const assigned = directories.map(({ id, topics }) => ({
    id,
    topics: topics.map(({ topicId, partitions }) => ({
      topicId,
      partitions: partitions.map(({ partitionIndex }) => ({
        partitionIndex,
        errorCode: ErrorCode[assign(topicId, partitionIndex, id)],
      })),
    })),
  }))
  return { records, answer: { throttleTimeMs: 0, errorCode: ErrorCode.NONE, directories: assigned } }
}

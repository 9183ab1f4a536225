import { KafkaError } from '../../protocol/errors.ts'
import type { ControllerState, MetadataDecision } from './decision.ts'
import { noPartitionChange } from './metadata-image.ts'

/**
 * Has one of the replicas that are in sync lead, as an operator would by a reassignment. Nothing changes when it leads
 * already. Throws UNKNOWN_TOPIC_OR_PARTITION, INELIGIBLE_REPLICA.
 */
export function decideLeader(
  name: string,
  index: number,
  nodeId: number,
  { image, versions }: ControllerState,
): MetadataDecision<void> {
  const topic = image.topic(name)
  const partition = topic?.partitions[index]
  if (topic === undefined || partition === undefined) {
    throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', `No such partition as ${name}-${index}`)
  }
  if (partition.leader === nodeId) return { records: [], answer: undefined }
  if (!partition.isr.includes(nodeId) || !image.isActive(nodeId)) {
    const isr = partition.isr.join(', ')
    throw new KafkaError('INELIGIBLE_REPLICA', `broker ${nodeId} is not in sync for ${name}-${index}: [${isr}] are`)
  }
  const value = { ...noPartitionChange(topic.id, index), leader: nodeId }
  return { records: [{ type: 'PartitionChangeRecord', version: versions.partition, value }], answer: undefined }
}

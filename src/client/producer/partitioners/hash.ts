import type { PartitionerConstructor } from './partitioner.ts'

/** By the FNV-1a hash of the key, as Sarama's own: the default. */
export const newHashPartitioner: PartitionerConstructor = (_topic, random) => ({
  partition: (_message, numPartitions) => random.below(numPartitions),
  requiresConsistency: () => true,
})

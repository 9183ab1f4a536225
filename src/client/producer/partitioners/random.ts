import type { PartitionerConstructor } from './partitioner.ts'

/** A random one each time. */
export const newRandomPartitioner: PartitionerConstructor = (_topic, random) => ({
  partition: (_message, numPartitions) => random.below(numPartitions),
  requiresConsistency: () => false,
})

import type { PartitionerConstructor } from './partitioner.ts'

/** One after the other. */
export const newRoundRobinPartitioner: PartitionerConstructor = () => {
  let next = 0
  return {
    partition: (_message, numPartitions) => {
      // There are fewer than the last time when some have no leader.
      if (next >= numPartitions) next = 0
      return next++
    },
    requiresConsistency: () => false,
  }
}

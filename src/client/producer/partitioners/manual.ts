import type { PartitionerConstructor } from './partitioner.ts'

/** That which the message says; 0 when it says none, as in Sarama. */
export const newManualPartitioner: PartitionerConstructor = () => ({
  partition: ({ partition = 0 }) => partition,
  requiresConsistency: () => true,
})

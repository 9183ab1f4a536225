import type { Random } from '../../time.ts'
import type { ProducerMessage } from '../producer-message.ts'

/** Chooses the partition of each message of one topic. */
export interface Partitioner {
  /**
   * @param numPartitions how many there are to choose from
   * @returns a number from 0 to `numPartitions` - 1
   * @throws anything: the message then fails with it
   */
  partition(message: ProducerMessage, numPartitions: number): number
  /**
   * Whether a message must go to the same partition whenever it is sent: it then waits for a leader where there is none. Otherwise the choice
   * is among the partitions that have one.
   */
  requiresConsistency(message: ProducerMessage): boolean
}

/** Makes the partitioner of a topic, when its first message comes. */
export type PartitionerConstructor = (topic: string, random: Random) => Partitioner

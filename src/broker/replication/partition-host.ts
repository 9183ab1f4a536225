import type { ProducerRules } from '../log/producer-states.ts'
import type { FollowerHost } from './follower.ts'
import type { IsrOutcome, IsrProposal } from './in-sync-replicas.ts'
import type { Partition } from './partition.ts'

/** What all partitions of a broker share. */
export interface PartitionHost extends FollowerHost {
  readonly producerRules: ProducerRules
  /** Whether compressed batches of clients are opened to be checked: `memkafka.validate.compressed.records`. */
  readonly validateCompressedRecords: boolean
  /** `replica.lag.time.max.ms` */
  readonly maxLagMs: number
  /** Whether the high watermark stands still while fewer than `min.insync.replicas` are in sync, as since 3.7 (KIP-966). */
  readonly watermarkNeedsMinIsr: boolean
  /** The epoch of a broker that may be in sync: alive, and not about to stop. Undefined otherwise. */
  eligibleEpoch(nodeId: number): number | undefined
  /** Asks the controller to change who is in sync; `answered` hears what came of it. */
  propose(partition: Partition, proposal: IsrProposal, answered: (outcome: IsrOutcome) => void): void
  /** Told that something was appended that retention may take away some day. */
  expiresLater(): void
  /** Told that there is something that the cleaner may clean, now or later. */
  cleansLater(): void
  /** Told that a follower may be behind soon. */
  lagsLater(): void
  /** Told that followers do not know yet of the high watermark, and have nothing else to fetch. */
  tellsLater(partition: Partition): void
}

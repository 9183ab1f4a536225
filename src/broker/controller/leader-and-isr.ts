import type { ControllerState } from './decision.ts'
import type { MetadataRecord } from './metadata-record.ts'
import { NO_LEADER, type PartitionImage } from './metadata-types.ts'
import { decidePartition, electionOf } from './partition-rules.ts'

/** A broker that comes or goes. */
export interface BrokerMove {
  /** Leaves the ISR, and leads no more. */
  readonly leaves?: number
  /** May lead from now on. */
  readonly joins?: number
  /** Leaves the ISR and the eligible leaders, because it did not stop in order (KIP-966). */
  readonly died?: number
}

/** The changes of every such partition that follow from a broker's move: Kafka's `generateLeaderAndIsrUpdates`. */
export function leaderAndIsrUpdates(
  concerns: (partition: PartitionImage) => boolean,
  { leaves, joins, died }: BrokerMove,
  state: ControllerState,
): MetadataRecord[] {
  const goes = (id: number): boolean => id === leaves || id === died
  const isActive = (id: number): boolean => !goes(id) && (id === joins || state.image.isActive(id))
  const records: MetadataRecord[] = []
  for (const topic of state.image.topics()) {
    for (const partition of topic.partitions) {
      if (!concerns(partition)) continue
      const wish = {
        isr: partition.isr.filter((id) => !goes(id)),
        election: electionOf(topic, state),
        ...(died === undefined ? {} : { uncleanShutdown: died }),
      }
      const record = decidePartition(topic, partition, wish, state, isActive)
      if (record !== undefined) records.push(record)
    }
  }
  return records
}

export function isInSync(nodeId: number): (partition: PartitionImage) => boolean {
  return ({ isr }) => isr.includes(nodeId)
}

export function isEligible(nodeId: number): (partition: PartitionImage) => boolean {
  return ({ eligibleLeaderReplicas }) => eligibleLeaderReplicas.includes(nodeId)
}

export function hasNoLeader({ leader }: PartitionImage): boolean {
  return leader === NO_LEADER
}

import { errorName, KafkaError } from '../../protocol/errors.ts'
import type { AlterPartitionResponse } from '../../protocol/messages/alter-partition.ts'
import type { PartitionAlteration } from '../controller/partition-alteration.ts'
import type { Link, Station } from '../link.ts'
import type { WaitQueue } from '../wait-queue.ts'
import type { IsrOutcome, IsrProposal } from './in-sync-replicas.ts'

/** Who decides on in-sync replicas: the controller. */
export interface IsrAuthority extends Station {
  alterPartition(request: PartitionAlteration): AlterPartitionResponse
}

/** The broker that proposes, and how it reaches who decides. */
interface Proposer {
  readonly nodeId: number
  readonly brokerEpoch: number
  readonly queue: WaitQueue
  readonly controller: Link<IsrAuthority>
}

/** Asks the controller to change who is in sync (AlterPartition, KIP-497), until it has answered. */
export function proposeIsr(
  { nodeId, brokerEpoch, queue, controller }: Proposer,
  { topicId, index }: { readonly topicId: string; readonly index: number },
  { leaderEpoch, partitionEpoch, isr }: IsrProposal,
  answered: (outcome: IsrOutcome) => void,
): void {
  const request: PartitionAlteration = {
    brokerId: nodeId,
    brokerEpoch,
    topics: [
      {
        topicName: '',
        topicId,
        partitions: [
          {
            partitionIndex: index,
            leaderEpoch,
            partitionEpoch,
            newIsr: [],
            newIsrWithEpochs: isr.map((broker) => ({ ...broker })),
            // Whoever leads has recovered (KIP-704).
            leaderRecoveryState: 0,
          },
        ],
      },
    ],
  }
  queue.await(
    controller.ask((active) => active.alterPartition(request), null),
    {
      done: ({ errorCode, topics }) => {
        const told = topics[0]?.partitions[0]
        const code = told === undefined ? errorCode : told.errorCode
        if (told === undefined || code !== 0) answered(errorName(code))
        else answered(told)
      },
      failed: (error) => {
        if (!(error instanceof KafkaError)) throw error
        answered(error.error)
      },
    },
  )
}

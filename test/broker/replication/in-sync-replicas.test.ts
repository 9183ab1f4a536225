import { describe, expect, test } from 'vitest'
import type { PartitionImage } from '../../../src/broker/controller/metadata-image.ts'
import { InSyncReplicas, type IsrOutcome, type IsrProposal } from '../../../src/broker/replication/in-sync-replicas.ts'
import { appendRecords, replicaLog } from '../log/replica-logs.ts'

const image: PartitionImage = {
  index: 0,
  leader: 1,
  leaderEpoch: 3,
  partitionEpoch: 7,
  replicas: [1, 2],
  isr: [1],
  addingReplicas: [],
  removingReplicas: [],
  leaderRecoveryState: 0,
  directories: [],
  eligibleLeaderReplicas: [],
  lastKnownElr: [],
}

/** Broker 1 leads, broker 2 is about to be in sync. */
function leading() {
  const log = replicaLog()
  appendRecords(log, 1)
  const proposals: { proposal: IsrProposal; answered: (outcome: IsrOutcome) => void }[] = []
  const retries: (() => void)[] = []
  const replicas = new InSyncReplicas(
    {
      nodeId: 1,
      brokerEpoch: 10,
      maxLagMs: 30_000,
      watermarkNeedsMinIsr: true,
      nowMs: () => 0,
      eligibleEpoch: () => 20,
      propose: (proposal, answered) => proposals.push({ proposal, answered }),
      later: (retry) => retries.push(retry),
      isrDecided: () => {},
    },
    log,
    image,
  )
  replicas.followerFetched({ nodeId: 2, offset: 1, logStartOffset: 0, brokerEpoch: 20 }, 1)
  return { replicas, proposals, retries }
}

describe('a proposal of a leader', () => {
  test('counts who is to be in sync, until it is answered', () => {
    const { replicas, proposals } = leading()
    expect(proposals.map(({ proposal }) => proposal.isr.map(({ brokerId }) => brokerId))).toEqual([[1, 2]])
    expect([replicas.isr, replicas.maximalIsr]).toEqual([[1], [1, 2]])
    proposals[0]?.answered({ leaderEpoch: 3, partitionEpoch: 8, isr: [1, 2] })
    expect([replicas.isr, replicas.maximalIsr]).toEqual([
      [1, 2],
      [1, 2],
    ])
  })

  // In Kafka the follower's next fetch makes it again, which here may wait for long.
  test('is made again after a while where the controller does not hold the replica for eligible yet', () => {
    const { replicas, proposals, retries } = leading()
    proposals[0]?.answered('INELIGIBLE_REPLICA')
    expect(replicas.maximalIsr).toEqual([1])
    expect(proposals).toHaveLength(1)
    for (const retry of retries.splice(0)) retry()
    expect(proposals).toHaveLength(2)
    proposals[1]?.answered({ leaderEpoch: 3, partitionEpoch: 8, isr: [1, 2] })
    expect(replicas.isr).toEqual([1, 2])
    expect(retries).toEqual([])
  })
})

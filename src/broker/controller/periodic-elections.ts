import type { Timer } from '../clock.ts'
import type { WaitQueue } from '../wait-queue.ts'
import type { ControllerState, MetadataDecision } from './decision.ts'
import { decideRebalance, decideUncleanElections, hasPreferredLeader } from './leader-election.ts'
import { type MetadataChange, NO_LEADER } from './metadata-types.ts'
import { PartitionSet } from './partition-set.ts'

/** Elections that nobody asks for. A timer runs only while there is one to hold. */
export class PeriodicElections {
  private readonly queue: WaitQueue
  private readonly state: ControllerState
  private readonly commit: (decision: MetadataDecision<void>) => void
  private readonly imbalanced = new PartitionSet((partition) => !hasPreferredLeader(partition))
  private readonly leaderless = new PartitionSet(({ leader }) => leader === NO_LEADER)
  private rebalance: Timer | undefined
  private unclean: Timer | undefined

  constructor(queue: WaitQueue, state: ControllerState, commit: (decision: MetadataDecision<void>) => void) {
    this.queue = queue
    this.state = state
    this.commit = commit
  }

  /** Looks, after a change, whether there is an election to hold in time. */
  review(change: MetadataChange): void {
    for (const partitions of [this.imbalanced, this.leaderless]) {
      for (const topic of change.deletedTopics) partitions.forget(topic)
      for (const topic of change.createdTopics) {
        for (const partition of topic.partitions) partitions.review(topic, partition)
      }
      for (const { topic, after } of change.changedPartitions) partitions.review(topic, after)
    }
    const { config } = this.state
    if (this.rebalance === undefined && config.bool('auto.leader.rebalance.enable') && this.canRebalance()) {
      const intervalMs = config.long('leader.imbalance.check.interval.seconds') * 1000
      this.rebalance = this.queue.after(intervalMs, () => {
        this.rebalance = undefined
        this.commit(decideRebalance(this.imbalanced.of(this.state.image), this.state))
      })
    }
    if (this.unclean === undefined && this.canElect()) {
      this.unclean = this.queue.after(config.long('unclean.leader.election.interval.ms'), () => {
        this.unclean = undefined
        this.commit(decideUncleanElections(this.leaderless.of(this.state.image), this.state))
      })
    }
  }

  private canRebalance(): boolean {
    return decideRebalance(this.imbalanced.of(this.state.image), this.state, 1).records.length > 0
  }

  private canElect(): boolean {
    return decideUncleanElections(this.leaderless.of(this.state.image), this.state, 1).records.length > 0
  }
}

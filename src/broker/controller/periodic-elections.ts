import type { Timer } from '../clock.ts'
import type { WaitQueue } from '../wait-queue.ts'
import type { ControllerState, MetadataDecision } from './decision.ts'
import { decideRebalance, decideUncleanElections } from './leader-election.ts'
import type { MetadataChange } from './metadata-types.ts'

/** Elections that nobody asks for. A timer runs only while there is one to hold. */
export class PeriodicElections {
  private readonly queue: WaitQueue
  private readonly state: ControllerState
  private readonly commit: (decision: MetadataDecision<void>) => void
  private rebalance: Timer | undefined
  private unclean: Timer | undefined

  constructor(queue: WaitQueue, state: ControllerState, commit: (decision: MetadataDecision<void>) => void) {
    this.queue = queue
    this.state = state
    this.commit = commit
  }

  /** Looks, after a change, whether there is an election to hold in time. */
  review(change: MetadataChange): void {
    const { changedPartitions, changedBrokers, changedTopicConfigs, changedBrokerConfigs } = change
    const changed = [changedPartitions, changedBrokers, changedTopicConfigs, changedBrokerConfigs]
    if (changed.every((list) => list.length === 0)) return
    const { config } = this.state
    if (this.rebalance === undefined && config.bool('auto.leader.rebalance.enable') && this.isDue(decideRebalance)) {
      const intervalMs = config.long('leader.imbalance.check.interval.seconds') * 1000
      this.rebalance = this.queue.after(intervalMs, () => {
        this.rebalance = undefined
        this.commit(decideRebalance(this.state))
      })
    }
    if (this.unclean === undefined && this.isDue(decideUncleanElections)) {
      this.unclean = this.queue.after(config.long('unclean.leader.election.interval.ms'), () => {
        this.unclean = undefined
        this.commit(decideUncleanElections(this.state))
      })
    }
  }

  private isDue(decide: (state: ControllerState, most: number) => MetadataDecision<void>): boolean {
    return decide(this.state, 1).records.length > 0
  }
}

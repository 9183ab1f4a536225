import { stickyPlan } from './sticky-assignment.ts'
import { stickyState } from './sticky-state.ts'
import { decodeGeneration, encodeGeneration, type Ownership } from './sticky-user-data.ts'
import {
  type BalanceStrategy,
  type BalanceStrategyPlan,
  type ConsumerGroupMember,
  CooperativeStickyBalanceStrategyName,
} from './strategy.ts'

/**
 * The sticky strategy for cooperative rebalances (KIP-429): members keep what they hold, a partition that moves is first given up and
 * only then, by a second rebalance, given to its new member. Eager groups take it up in two rounds of restarts: first beside their
 * present strategy, then alone.
 */
export function newBalanceStrategyCooperativeSticky(): BalanceStrategy {
  return {
    name: CooperativeStickyBalanceStrategyName,
    rebalanceProtocol: 'cooperative',
    supportedProtocols: ['cooperative', 'eager'],
    plan(members, topics) {
      const plan = stickyPlan(stickyState(members, topics, ownership))
      withholdWhatMoves(plan, members)
      return plan
    },
    userData: (_assigned, generationId) => encodeGeneration(generationId),
  }
}

/** Before version 2 of the consumer protocol the generation stood in the user data alone. */
function ownership({ ownedPartitions, generationId, userData }: ConsumerGroupMember): Ownership {
  return {
    topics: Object.entries(ownedPartitions).map(([topic, partitions]) => ({ topic, partitions })),
    generation: generationId >= 0 ? generationId : (decodeGeneration(userData) ?? -1),
  }
}

/** Takes out of the plan what its new member must wait for, until the one that holds it has given it up. */
function withholdWhatMoves(plan: BalanceStrategyPlan, members: ReadonlyMap<string, ConsumerGroupMember>): void {
  const heldBy = new Map<string, Map<number, Set<string>>>()
  for (const [id, { ownedPartitions }] of members) {
    for (const [topic, partitions] of Object.entries(ownedPartitions)) {
      const ofTopic = heldBy.get(topic) ?? new Map<number, Set<string>>()
      heldBy.set(topic, ofTopic)
      for (const partition of partitions) ofTopic.set(partition, (ofTopic.get(partition) ?? new Set()).add(id))
    }
  }
  for (const [id, topics] of plan) {
    for (const [topic, partitions] of topics) {
      const free = partitions.filter((partition) => {
        const holders = heldBy.get(topic)?.get(partition)
        return holders === undefined || holders.has(id)
      })
      if (free.length > 0) topics.set(topic, free)
      else topics.delete(topic)
    }
    if (topics.size === 0) plan.delete(id)
  }
}

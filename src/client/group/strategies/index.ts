export { newBalanceStrategyRange } from './range.ts'
export type { BalanceStrategy, BalanceStrategyPlan, ConsumerGroupMember } from './strategy.ts'

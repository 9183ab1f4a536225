export { newBalanceStrategyCooperativeSticky } from './cooperative-sticky.ts'
export { newBalanceStrategyRange } from './range.ts'
export { selectRebalanceProtocol } from './rebalance-protocol.ts'
export { newBalanceStrategyRoundRobin } from './round-robin.ts'
export { newBalanceStrategySticky } from './sticky.ts'
export type { BalanceStrategy, BalanceStrategyPlan, ConsumerGroupMember, RebalanceProtocol } from './strategy.ts'
export {
  CooperativeStickyBalanceStrategyName,
  RangeBalanceStrategyName,
  RebalanceProtocolCooperative,
  RebalanceProtocolEager,
  RoundRobinBalanceStrategyName,
  StickyBalanceStrategyName,
} from './strategy.ts'

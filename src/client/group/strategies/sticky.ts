import { stickyPlan } from './sticky-assignment.ts'
import { stickyState } from './sticky-state.ts'
import { decodeStickyUserData, encodeStickyUserData } from './sticky-user-data.ts'
import { type BalanceStrategy, StickyBalanceStrategyName } from './strategy.ts'

/**
 * Balances the partitions and leaves them where they were as far as it can (KIP-54). A member says by its user data what it had, in the
 * encoding of Kafka's StickyAssignor, so that members of either client can be in one group. Members give up everything before each
 * rebalance; {@link newBalanceStrategyCooperativeSticky} spares them that.
 */
export function newBalanceStrategySticky(): BalanceStrategy {
  return {
    name: StickyBalanceStrategyName,
    rebalanceProtocol: 'eager',
    plan: (members, topics) =>
      stickyPlan(stickyState(members, topics, ({ userData }) => decodeStickyUserData(userData))),
    userData: encodeStickyUserData,
    // Members that run Sarama say what the leader told them that they have.
    assignmentData: (_member, assigned, generationId) => encodeStickyUserData(assigned, generationId),
  }
}

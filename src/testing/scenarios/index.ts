/** What people ask of a cluster in their tests, by name, each one call. */
export { brokerRestart, type RestartOptions, rollingRestart } from './broker-restart.ts'
export { type CoordinatorMove, type CoordinatorMoveOptions, coordinatorMove } from './coordinator-move.ts'
export {
  duplicateDelivery,
  type FullQuotaOptions,
  fullQuota,
  type HandlerScenario,
  lostAcknowledgement,
} from './deliveries.ts'
export { memberEviction, type RebalanceStormOptions, rebalanceStorm } from './groups.ts'
export { type ChangedLeader, type LeaderChange, leaderChange } from './leader-change.ts'
export { expiredOffset, poisonRecord } from './records.ts'
export type { AboutBroker, AboutPartition, Undoable } from './scenario.ts'
export { slowBroker } from './slow-broker.ts'
export { splitNetwork } from './split-network.ts'
export { transactionFenced } from './transaction-fenced.ts'

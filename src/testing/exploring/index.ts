/** Exploring: code of yours under random schedules of faults, with fast-check. */
export {
  batches,
  clusters,
  type HandlerOptions,
  handlers,
  type RecordOptions,
  records,
  type TopicShapeOptions,
  topics,
} from './arbitraries.ts'
export { type ExploreOptions, exploreFaults, type UnderFaultsOptions, underFaults } from './explore.ts'
export { FaultsFoundError, NondeterminismError, type Recording } from './found.ts'
export type { Law, Outcome } from './history.ts'
export {
  type KeptOptions,
  law,
  nothingAcknowledgedIsLost,
  processedAtLeastOnce,
  processedExactlyOnce,
} from './laws.ts'
export { record } from './recording.ts'
export { replay } from './replay.ts'
export type {
  ExploredCluster,
  FaultAction,
  FaultHandler,
  FaultKind,
  FaultSchedule,
  FaultStep,
  HandledApi,
  HandlerAnswer,
} from './schedule.ts'
export { type FaultOptions, faultSchedules } from './schedules.ts'
export { explorationParameters } from './seed.ts'
export { BrokenLawError, type Run, type SimulationOptions, type Story, simulate, UnendedRunError } from './simulate.ts'
export { NothingLeft } from './world.ts'

/** The shape of bsm/sarama-cluster, on consumer groups. */
export {
  ClusterConfig,
  type ClusterConfigOptions,
  type ClusterGroupConfig,
  type ConsumerMode,
  ConsumerModeMultiplex,
  ConsumerModePartitions,
  newClusterConfig,
  type Strategy,
  StrategyRange,
  StrategyRoundRobin,
} from './cluster-config.ts'
export { type ClusterConsumer, newClusterConsumer } from './cluster-consumer.ts'
export {
  type Notification,
  type NotificationType,
  RebalanceError,
  RebalanceOK,
  RebalanceStart,
  type Subscriptions,
} from './notification.ts'
export { newOffsetStash, OffsetStash, type StashedOffset } from './offset-stash.ts'
export type { ClusterPartitionConsumer } from './partition-claim.ts'

export * from './acl-types.ts'
export type {
  BrokerDescription,
  ClusterDescription,
  DescribeLogDirsResponseDirMetadata,
  DescribeLogDirsResponsePartition,
  DescribeLogDirsResponseTopic,
  FeatureUpdate,
  UpdatableFeatureResult,
} from './cluster.ts'
export {
  type ClusterAdmin,
  newClusterAdmin,
  newClusterAdminFromClient,
  type TransactionClusterAdmin,
} from './cluster-admin.ts'
export {
  BooleanConfigType,
  BrokerLoggerResource,
  BrokerResource,
  ClassConfigType,
  ClientMetricsResource,
  type ConfigEntry,
  type ConfigResource,
  type ConfigResourceResult,
  type ConfigResourceType,
  type ConfigSource,
  type ConfigSynonym,
  type ConfigType,
  DoubleConfigType,
  GroupResource,
  type IncrementalAlterConfigsEntry,
  type IncrementalAlterConfigsOperation,
  IncrementalAlterConfigsOperationAppend,
  IncrementalAlterConfigsOperationDelete,
  IncrementalAlterConfigsOperationSet,
  IncrementalAlterConfigsOperationSubtract,
  IntConfigType,
  ListConfigType,
  LongConfigType,
  PasswordConfigType,
  ShortConfigType,
  SourceDefault,
  SourceDynamicBroker,
  SourceDynamicDefaultBroker,
  SourceStaticBroker,
  SourceTopic,
  SourceUnknown,
  StringConfigType,
  TopicResource,
  UnknownConfigType,
  UnknownResource,
} from './config-resources.ts'
export type { DescribeConfigsOptions } from './configs.ts'
export {
  AlterConfigError,
  DescribeConfigError,
  ErrCreateACLs,
  ErrDeleteRecords,
  ErrReassignPartitions,
  TopicError,
  TopicPartitionError,
} from './errors.ts'
export type {
  GroupTopicPartitions,
  OffsetAndMetadata,
  OffsetFetchResponseBlock,
  OffsetFetchResponseGroup,
} from './group-offsets.ts'
export {
  type ConsumerGroupMemberAssignment,
  type ConsumerGroupMemberMetadata,
  type GroupDescription,
  type GroupMemberDescription,
  type LeaveGroupResponse,
  type MemberResponse,
  memberAssignment,
  memberMetadata,
} from './groups.ts'
export type { MapOf } from './maps.ts'
export type { ListOffsetsOptions, OffsetResult } from './offsets.ts'
export {
  type ActiveProducer,
  type DescribedProducers,
  type ElectionType,
  type PartitionReplicaReassignmentsStatus,
  type PartitionResult,
  PreferredElection,
  UncleanElection,
} from './partitions.ts'
export {
  type ClientQuotasOp,
  type DescribeClientQuotasEntry,
  QuotaEntityClientID,
  type QuotaEntityComponent,
  QuotaEntityIP,
  type QuotaEntityType,
  QuotaEntityUser,
  type QuotaFilterComponent,
  QuotaMatchAny,
  QuotaMatchDefault,
  QuotaMatchExact,
  type QuotaMatchType,
} from './quotas.ts'
export {
  type AlterUserScramCredentialsDelete,
  type AlterUserScramCredentialsResult,
  type AlterUserScramCredentialsUpsert,
  type DescribeUserScramCredentialsResult,
  SCRAM_MECHANISM_SHA_256,
  SCRAM_MECHANISM_SHA_512,
  SCRAM_MECHANISM_UNKNOWN,
  type ScramMechanismType,
  type UserScramCredentialsResponseInfo,
} from './scram-credentials.ts'
export type { ListedTopic, PartitionMetadata, TopicDetail, TopicMetadata } from './topics.ts'
export type { ListTransactionsResponseTransactionState, TransactionState } from './transactions.ts'

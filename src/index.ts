export type { Clock, Timer } from './broker/clock.ts'
export { type ClientConfig, KafkaCluster } from './broker/cluster.ts'
export type { ClusterClock, RunUntil } from './broker/cluster-clock.ts'
export { ConfigError } from './broker/config/config-def.ts'
export type { ClusterEvents, ConnectionEvent, Events, ListenOptions, RequestEvent } from './broker/events.ts'
export type { BrokerHandle, KillOptions, StartOptions } from './broker/handles/brokers/broker-handle.ts'
export type { EndpointHandle, LinkHandle, NetworkEnd, NetworkHandle } from './broker/handles/brokers/network-handle.ts'
export type {
  AssignedTopic,
  CommitToWaitFor,
  CommittedPartition,
  GroupDescription,
  GroupMember,
  PartitionLag,
  StableOptions,
} from './broker/handles/groups/group-description.ts'
export type { GroupHandle } from './broker/handles/groups/group-handle.ts'
export type {
  AppendedRecord,
  AppendOptions,
  HeaderToAppend,
  RecordToAppend,
} from './broker/handles/records/record-to-append.ts'
export type {
  Decoded,
  Deserializer,
  KeyOf,
  RecordsAsText,
  RecordsOptions,
  ValueOf,
} from './broker/handles/records/records-options.ts'
export { RecordDecodingError, type TestHeaders, TestRecord } from './broker/handles/records/test-record.ts'
export type { FakedTimers } from './broker/handles/time/coupled-clock.ts'
export type { PartitionHandle, PartitionOffsets } from './broker/handles/topics/partition-handle.ts'
export type { ReplicaHandle } from './broker/handles/topics/replica-handle.ts'
export type { TopicHandle } from './broker/handles/topics/topic-handle.ts'
export type {
  TransactionDescription,
  TransactionStateName,
} from './broker/handles/transactions/transaction-description.ts'
export type { TransactionHandle } from './broker/handles/transactions/transaction-handle.ts'
export { UnmetWaitError, type WaitOptions } from './broker/handles/waits/limited-waits.ts'
export type { LinkConditions } from './broker/link-conditions.ts'
export type { OpenConnection } from './broker/network/connected-client.ts'
export type { SocketFactory, SocketFactoryArgs } from './broker/network/socket-factory.ts'
export type { BrokerNode, ClusterOptions, TopicOptions } from './broker/options.ts'
export type { ApiVersionRanges } from './broker/served-versions.ts'
export type { StoryAbout, StoryOptions } from './broker/timeline/story.ts'
export type { Timeline } from './broker/timeline/timeline.ts'
export type {
  HandlerAct,
  RequestEntry,
  RequestError,
  RequestOutcome,
  TimelineEntry,
} from './broker/timeline/timeline-entry.ts'
export type { HandlerCall, RequestHandler, RequestMatcher } from './intercept/handler.ts'
export type { HandlersInUse } from './intercept/handler-list.ts'
export type { GateOptions, RequestGate } from './intercept/request-gate.ts'
export { ErrorCode, type ErrorName, KafkaError } from './protocol/errors.ts'
export type { CompressionType } from './protocol/records/batch-layout.ts'
export type { KafkaRecord, RecordHeader } from './protocol/records/record.ts'

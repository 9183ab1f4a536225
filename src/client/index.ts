/** Sarama's API in TypeScript: producers, consumers, offset managers, consumer groups and admins. */
export { KafkaError } from '../protocol/errors.ts'
export { ProtocolError } from '../protocol/protocol-error.ts'
export * from './admin/index.ts'
export type { BodyOf, Broker, RequestOptions } from './broker.ts'
export type { CallOptions, ReceiveChannel, SendChannel } from './channel.ts'
export { type Client, type LeaderHint, type NodeEndpoint, newClient, type ProducerIdAndEpoch } from './client.ts'
export * from './cluster/index.ts'
export * from './config/config.ts'
export * from './config/options.ts'
export * from './config/sections.ts'
export * from './config/versions.ts'
export { type Consumer, newConsumer, newConsumerFromClient, type TopicPartitions } from './consumer/consumer.ts'
export type { ConsumerInterceptor, ConsumerMessage } from './consumer/consumer-message.ts'
export type { PartitionConsumer } from './consumer/partition-consumer.ts'
export type { Encodable, Encoder } from './encoder.ts'
export * from './errors/client-errors.ts'
export * from './errors/kafka-error.ts'
export * from './errors/kafka-errors.ts'
export { newExponentialBackoff } from './exponential-backoff.ts'
export { type ConsumerGroup, newConsumerGroup, newConsumerGroupFromClient } from './group/consumer-group.ts'
export { newConsumerGroupMetadata, newConsumerGroupMetadataFromSession } from './group/group-metadata.ts'
export type { ConsumerGroupClaim, ConsumerGroupHandler, ConsumerGroupSession } from './group/handler.ts'
export {
  ErrSessionConsumeClaimExited,
  ErrSessionHeartbeatFailed,
  ErrSessionPartitionCountChanged,
} from './group/session-end.ts'
export * from './group/strategies/index.ts'
export { newOffsetManagerFromClient, type OffsetManager } from './offsets/offset-manager.ts'
export type { CommittedOffset } from './offsets/offset-requests.ts'
export type { PartitionOffsetManager } from './offsets/partition-offset-manager.ts'
export { type AsyncProducer, newAsyncProducer, newAsyncProducerFromClient } from './producer/async-producer.ts'
export {
  type HashPartitionerOption,
  newConsistentCRCHashPartitioner,
  newCustomHashPartitioner,
  newCustomPartitioner,
  newHashPartitioner,
  newMurmur2Partitioner,
  newReferenceHashPartitioner,
  withAbsFirst,
  withCustomFallbackPartitioner,
  withCustomHashFunction,
  withHashUnsigned,
} from './producer/partitioners/hash.ts'
export type { Hash32 } from './producer/partitioners/hashes.ts'
export { newManualPartitioner } from './producer/partitioners/manual.ts'
export type { Partitioner, PartitionerConstructor } from './producer/partitioners/partitioner.ts'
export { newRandomPartitioner } from './producer/partitioners/random.ts'
export { newRoundRobinPartitioner } from './producer/partitioners/round-robin.ts'
export type { ProducerInterceptor, ProducerMessage, RecordHeader } from './producer/producer-message.ts'
export type { ProducerTransactions } from './producer/producer-transactions.ts'
export {
  newSyncProducer,
  newSyncProducerFromClient,
  type SentMessage,
  type SyncProducer,
} from './producer/sync-producer.ts'
export type {
  ConsumerGroupMetadata,
  PartitionOffsetMetadata,
  TxnOffsets,
} from './producer/transactions/transaction-offsets.ts'
export {
  ProducerTxnFlagAbortableError,
  ProducerTxnFlagAbortingTransaction,
  ProducerTxnFlagCommittingTransaction,
  ProducerTxnFlagEndTransaction,
  ProducerTxnFlagFatalError,
  ProducerTxnFlagInError,
  ProducerTxnFlagInitializing,
  ProducerTxnFlagInTransaction,
  ProducerTxnFlagReady,
  ProducerTxnFlagUninitialized,
  type ProducerTxnStatusFlag,
  txnStatusText,
} from './producer/transactions/txn-status.ts'
export type { Clock, Random, Timer } from './time.ts'

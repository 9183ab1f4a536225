import type { KafkaError } from '../../protocol/errors.ts'
import type { Broker } from '../broker.ts'
import type { CallOptions } from '../channel.ts'
import type { Client } from '../client.ts'
import type { ConfigOptions } from '../config/config.ts'
import { withOwnClient } from '../own-client.ts'
import type { Acl, AclFilter, MatchingAcl, Resource, ResourceAcls } from './acl-types.ts'
import type {
  ClusterDescription,
  DescribeLogDirsResponseDirMetadata,
  FeatureUpdate,
  UpdatableFeatureResult,
} from './cluster.ts'
import type {
  ConfigEntry,
  ConfigResource,
  ConfigResourceResult,
  ConfigResourceType,
  IncrementalAlterConfigsEntry,
} from './config-resources.ts'
import type { DescribeConfigsOptions } from './configs.ts'
import type { GroupTopicPartitions, OffsetAndMetadata, OffsetFetchResponseGroup } from './group-offsets.ts'
import type { GroupDescription, LeaveGroupResponse } from './groups.ts'
import { KafkaClusterAdmin } from './kafka-cluster-admin.ts'
import type { MapOf } from './maps.ts'
import type { ListOffsetsOptions, OffsetResult } from './offsets.ts'
import type {
  DescribedProducers,
  ElectionType,
  PartitionReplicaReassignmentsStatus,
  PartitionResult,
} from './partitions.ts'
import type { ClientQuotasOp, DescribeClientQuotasEntry, QuotaEntityComponent, QuotaFilterComponent } from './quotas.ts'
import type {
  AlterUserScramCredentialsDelete,
  AlterUserScramCredentialsResult,
  AlterUserScramCredentialsUpsert,
  DescribeUserScramCredentialsResult,
} from './scram-credentials.ts'
import type { ListedTopic, TopicDetail, TopicMetadata } from './topics.ts'
import type { ListTransactionsResponseTransactionState, TransactionState } from './transactions.ts'

/**
 * Administers a cluster: topics, configs, groups, ACLs, users, quotas.
 *
 * Each call asks whom it has to ask, the controller, a coordinator, leaders, and asks again by `admin.retry` when that broker is not the
 * one any more, or is gone. Where an answer was lost, the second time may find done what the first one did: ErrTopicAlreadyExists of a topic
 * that this call has created, for instance. What a broker may take for it is `admin.timeout`. All brokers learn of a change a little later than the
 * call returns. A call that a broker is too old for fails with ErrUnsupportedVersion; every call can be aborted.
 */
export interface ClusterAdmin extends AsyncDisposable {
  /**
   * Creates a topic; Kafka 0.10.1.
   * @param validateOnly only says whether it could be done; Kafka 0.10.2. Default: false.
   * @throws TopicError, of which ErrTopicAlreadyExists, ErrInvalidReplicationFactor, … are the kinds; ErrInvalidTopic
   */
  createTopic(topic: string, detail: TopicDetail, validateOnly?: boolean, options?: CallOptions): Promise<void>
  /** All topics, with those of their configs that are not Kafka's defaults. */
  listTopics(options?: CallOptions): Promise<Map<string, ListedTopic>>
  /** What the cluster knows of topics; of all when none is named. A topic that there is not has an `err`. */
  describeTopics(topics: readonly string[], options?: CallOptions): Promise<TopicMetadata[]>
  /** Deletes a topic; Kafka 0.10.1. @throws ErrUnknownTopicOrPartition, ErrTopicDeletionDisabled, ErrInvalidTopic */
  deleteTopic(topic: string, options?: CallOptions): Promise<void>
  /**
   * Gives a topic more partitions; Kafka 1.0. Records of a key may go to another partition from then on.
   * @param count how many there are to be in all
   * @param assignment the brokers of each new partition; null, the default: the controller chooses
   * @throws TopicPartitionError
   */
  createPartitions(
    topic: string,
    count: number,
    assignment?: readonly (readonly number[])[] | null,
    validateOnly?: boolean,
    options?: CallOptions,
  ): Promise<void>
  /**
   * Moves partitions to other brokers (KIP-455, Kafka 2.4).
   * @param assignment the brokers of each partition from 0 on; null in the place of one calls its move off
   * @throws ErrReassignPartitions
   */
  alterPartitionReassignments(
    topic: string,
    assignment: readonly (readonly number[] | null)[],
    options?: CallOptions,
  ): Promise<void>
  /** Those of the partitions that are on the move; Kafka 2.4. By topic and partition. */
  listPartitionReassignments(
    topic: string,
    partitions: readonly number[],
    options?: CallOptions,
  ): Promise<Map<string, Map<number, PartitionReplicaReassignmentsStatus>>>
  /**
   * Deletes the records below an offset (KIP-107, Kafka 0.11); -1: below the high watermark.
   * @param partitionOffsets by partition
   * @throws ErrDeleteRecords
   */
  deleteRecords(topic: string, partitionOffsets: MapOf<number, number>, options?: CallOptions): Promise<void>
  /**
   * The configs of a resource; Kafka 0.11.
   * @throws DescribeConfigError
   * @deprecated as in Sarama: {@link describeConfigs} does it for several
   */
  describeConfig(resource: ConfigResource, options?: CallOptions): Promise<ConfigEntry[]>
  /** The configs of resources, in their order; Kafka 0.11. Those of a broker are told by that broker. */
  describeConfigs(
    resources: readonly ConfigResource[],
    options?: DescribeConfigsOptions,
  ): Promise<ConfigResourceResult[]>
  /**
   * Sets all configs of a resource: those that are not given go back to their defaults; Kafka 0.11.
   * @throws AlterConfigError
   */
  alterConfig(
    type: ConfigResourceType,
    name: string,
    entries: MapOf<string, string | null>,
    validateOnly?: boolean,
    options?: CallOptions,
  ): Promise<void>
  /** Changes some configs of a resource (KIP-339, Kafka 2.3). @throws AlterConfigError */
  incrementalAlterConfig(
    type: ConfigResourceType,
    name: string,
    entries: MapOf<string, IncrementalAlterConfigsEntry>,
    validateOnly?: boolean,
    options?: CallOptions,
  ): Promise<void>
  /**
   * Creates an ACL; Kafka 0.11. One that there is already changes nothing.
   * @throws ErrCreateACLs
   * @deprecated as in Sarama: {@link createACLs} does it for several
   */
  createACL(resource: Resource, acl: Acl, options?: CallOptions): Promise<void>
  /** Creates ACLs; Kafka 0.11. @throws ErrCreateACLs for those that were not; the others were */
  createACLs(resourceAcls: readonly ResourceAcls[], options?: CallOptions): Promise<void>
  /** The ACLs that a filter finds; Kafka 0.11. @throws ErrSecurityDisabled */
  listAcls(filter: AclFilter, options?: CallOptions): Promise<ResourceAcls[]>
  /**
   * Deletes the ACLs that a filter finds, and returns them; Kafka 0.11.
   * @param validateOnly deletes none. Default: false. (Sarama deletes them all the same.)
   */
  deleteACL(filter: AclFilter, validateOnly?: boolean, options?: CallOptions): Promise<MatchingAcl[]>
  /**
   * Has leaders elected (KIP-460, Kafka 2.4; preferred ones since 2.2).
   * @param partitions by topic; null: all
   * @returns by topic and partition what became of it
   */
  electLeaders(
    electionType: ElectionType,
    partitions: MapOf<string, readonly number[]> | null,
    options?: CallOptions,
  ): Promise<Map<string, Map<number, PartitionResult>>>
  /** By group the type of its protocol, `consumer` for groups of consumers. Every broker is asked. */
  listConsumerGroups(options?: CallOptions): Promise<Map<string, string>>
  /** The groups, in their order. One that there is not has the state `Dead`. */
  describeConsumerGroups(groups: readonly string[], options?: CallOptions): Promise<GroupDescription[]>
  /**
   * The offsets that a group has committed.
   * @param topicPartitions by topic; null: all (Kafka 0.10.2)
   */
  listConsumerGroupOffsets(
    group: string,
    topicPartitions: GroupTopicPartitions,
    options?: CallOptions,
  ): Promise<OffsetFetchResponseGroup>
  /** The same for several groups, one request for each coordinator (KIP-709, Kafka 3.0). An error of one group is in its `err`. */
  listConsumerGroupOffsetsBatch(
    groupTopics: MapOf<string, GroupTopicPartitions>,
    options?: CallOptions,
  ): Promise<Map<string, OffsetFetchResponseGroup>>
  /**
   * Offsets of partitions, asked of their leaders; Kafka 0.10.1.
   * @param partitions by topic and partition OffsetNewest, OffsetOldest or a time in ms since 1970
   * @returns by topic and partition; what went wrong with one is in its `err`
   */
  listOffsets(
    partitions: MapOf<string, MapOf<number, number>>,
    options?: ListOffsetsOptions,
  ): Promise<Map<string, Map<number, OffsetResult>>>
  /**
   * Commits offsets in the place of a group, which must have no members.
   * @returns by topic and partition why it was not done; null when it was
   */
  alterConsumerGroupOffsets(
    group: string,
    offsets: MapOf<string, MapOf<number, OffsetAndMetadata>>,
    options?: CallOptions,
  ): Promise<Map<string, Map<number, KafkaError | null>>>
  /** Deletes a committed offset (KIP-496, Kafka 2.4). @throws ErrGroupSubscribedToTopic, ErrGroupIDNotFound, … */
  deleteConsumerGroupOffset(group: string, topic: string, partition: number, options?: CallOptions): Promise<void>
  /** Deletes a group with its offsets; Kafka 1.1. @throws ErrNonEmptyGroup, ErrGroupIDNotFound */
  deleteConsumerGroup(group: string, options?: CallOptions): Promise<void>
  /** The brokers, and which of them is the controller. */
  describeCluster(options?: CallOptions): Promise<ClusterDescription>
  /** By broker what lies in its folders of logs (KIP-113, Kafka 1.0). @throws ErrBrokerNotFound */
  describeLogDirs(
    brokers: readonly number[],
    options?: CallOptions,
  ): Promise<Map<number, DescribeLogDirsResponseDirMetadata[]>>
  /** By which mechanisms users can log in with a password (KIP-554, Kafka 2.7); all users when none is named. */
  describeUserScramCredentials(
    users: readonly string[],
    options?: CallOptions,
  ): Promise<DescribeUserScramCredentialsResult[]>
  /** Takes passwords from users (KIP-554, Kafka 2.7). */
  deleteUserScramCredentials(
    deletions: readonly AlterUserScramCredentialsDelete[],
    options?: CallOptions,
  ): Promise<AlterUserScramCredentialsResult[]>
  /** Gives users passwords (KIP-554, Kafka 2.7). @throws ConfigurationError for an unknown mechanism, or iterations that Kafka does not take */
  upsertUserScramCredentials(
    upserts: readonly AlterUserScramCredentialsUpsert[],
    options?: CallOptions,
  ): Promise<AlterUserScramCredentialsResult[]>
  /** Changes the levels of the cluster's features (KIP-584, Kafka 2.7). */
  updateFeatures(updates: readonly FeatureUpdate[], options?: CallOptions): Promise<UpdatableFeatureResult[]>
  /**
   * The quotas that a filter finds (KIP-546, Kafka 2.6); all when there are no components.
   * @param strict leaves out those whose entity has more parts than the filter names. Default: false.
   */
  describeClientQuotas(
    components: readonly QuotaFilterComponent[],
    strict?: boolean,
    options?: CallOptions,
  ): Promise<DescribeClientQuotasEntry[]>
  /** Sets or removes a quota (KIP-546, Kafka 2.6). */
  alterClientQuotas(
    entity: readonly QuotaEntityComponent[],
    op: ClientQuotasOp,
    validateOnly?: boolean,
    options?: CallOptions,
  ): Promise<void>
  /** The controller, as it is known. @throws ErrControllerNotAvailable */
  controller(options?: CallOptions): Promise<Broker>
  /** The coordinator of a group, as it is known. */
  coordinator(group: string, options?: CallOptions): Promise<Broker>
  /** Removes static members from a group (KIP-345, Kafka 2.4). */
  removeMemberFromConsumerGroup(
    group: string,
    groupInstanceIds: readonly string[],
    options?: CallOptions,
  ): Promise<LeaveGroupResponse>
  /** Closes the client too, whether it was made for this admin or given to it. */
  close(): Promise<void>
}

/** What shows where transactions hang (KIP-664). */
export interface TransactionClusterAdmin extends ClusterAdmin {
  /** By topic and partition the producers that have written to it of late; Kafka 2.8. */
  describeProducers(
    topicPartitions: MapOf<string, readonly number[]>,
    options?: CallOptions,
  ): Promise<Map<string, Map<number, DescribedProducers>>>
  /** By transactional id the state of its transaction; Kafka 3.0. */
  describeTransactions(
    transactionalIDs: readonly string[],
    options?: CallOptions,
  ): Promise<Map<string, TransactionState>>
  /**
   * The transactions of the cluster; Kafka 3.0.
   * @param stateFilters as `Ongoing`; none: all
   * @param producerIDFilters none: all
   * @param durationFilterMs only those that have been running so long, in ms; Kafka 3.8. Default: -1, all
   */
  listTransactions(
    stateFilters?: readonly string[],
    producerIDFilters?: readonly number[],
    durationFilterMs?: number,
    options?: CallOptions,
  ): Promise<ListTransactionsResponseTransactionState[]>
}

/**
 * Makes an admin with a client of its own.
 *
 * @param addrs `host:port` of some of the brokers
 * @throws ConfigurationError before any connection, ErrOutOfBrokers when none of them answers, ErrControllerNotAvailable
 */
export function newClusterAdmin(
  addrs: readonly string[],
  options: ConfigOptions = {},
  call: CallOptions = {},
): Promise<TransactionClusterAdmin> {
  return withOwnClient(addrs, options, call, (client) => newClusterAdminFromClient(client, call))
}

/** Makes an admin of a client, which is closed with it. @throws ErrControllerNotAvailable */
export async function newClusterAdminFromClient(
  client: Client,
  call: CallOptions = {},
): Promise<TransactionClusterAdmin> {
  await client.controller(call)
  return new KafkaClusterAdmin(client)
}

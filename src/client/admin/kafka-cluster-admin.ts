import type { KafkaError } from '../../protocol/errors.ts'
import type { Broker } from '../broker.ts'
import type { CallOptions } from '../channel.ts'
import type { Client } from '../client.ts'
import type { Acl, AclFilter, MatchingAcl, Resource, ResourceAcls } from './acl-types.ts'
import * as acls from './acls.ts'
import { Calls } from './calls.ts'
import * as cluster from './cluster.ts'
import type { TransactionClusterAdmin } from './cluster-admin.ts'
import type {
  ConfigEntry,
  ConfigResource,
  ConfigResourceResult,
  ConfigResourceType,
  IncrementalAlterConfigsEntry,
} from './config-resources.ts'
import * as configs from './configs.ts'
import * as groupOffsets from './group-offsets.ts'
import * as groups from './groups.ts'
import type { MapOf } from './maps.ts'
import * as offsets from './offsets.ts'
import * as partitions from './partitions.ts'
import * as quotas from './quotas.ts'
import * as scram from './scram-credentials.ts'
import * as topics from './topics.ts'
import * as transactions from './transactions.ts'

/** The one admin there is: what each call does stands in the file of its subject. */
export class KafkaClusterAdmin implements TransactionClusterAdmin {
  private readonly client: Client
  private readonly calls: Calls

  constructor(client: Client) {
    this.client = client
    this.calls = new Calls(client)
  }

  createTopic(
    topic: string,
    detail: topics.TopicDetail,
    validateOnly = false,
    options: CallOptions = {},
  ): Promise<void> {
    return topics.createTopic(this.calls, topic, detail, validateOnly, options)
  }

  listTopics(options: CallOptions = {}): Promise<Map<string, topics.ListedTopic>> {
    return topics.listTopics(this.calls, options)
  }

  describeTopics(names: readonly string[], options: CallOptions = {}): Promise<topics.TopicMetadata[]> {
    return topics.describeTopics(this.calls, names, options)
  }

  deleteTopic(topic: string, options: CallOptions = {}): Promise<void> {
    return topics.deleteTopic(this.calls, topic, options)
  }

  createPartitions(
    topic: string,
    count: number,
    assignment: readonly (readonly number[])[] | null = null,
    validateOnly = false,
    options: CallOptions = {},
  ): Promise<void> {
    return topics.createPartitions(this.calls, topic, count, assignment, validateOnly, options)
  }

  alterPartitionReassignments(
    topic: string,
    assignment: readonly (readonly number[] | null)[],
    options: CallOptions = {},
  ): Promise<void> {
    return partitions.alterPartitionReassignments(this.calls, topic, assignment, options)
  }

  listPartitionReassignments(
    topic: string,
    ids: readonly number[],
    options: CallOptions = {},
  ): Promise<Map<string, Map<number, partitions.PartitionReplicaReassignmentsStatus>>> {
    return partitions.listPartitionReassignments(this.calls, topic, ids, options)
  }

  deleteRecords(topic: string, partitionOffsets: MapOf<number, number>, options: CallOptions = {}): Promise<void> {
    return partitions.deleteRecords(this.calls, topic, partitionOffsets, options)
  }

  describeConfig(resource: ConfigResource, options: CallOptions = {}): Promise<ConfigEntry[]> {
    return configs.describeConfig(this.calls, resource, options)
  }

  describeConfigs(
    resources: readonly ConfigResource[],
    options: configs.DescribeConfigsOptions = {},
  ): Promise<ConfigResourceResult[]> {
    return configs.describeConfigs(this.calls, resources, options)
  }

  alterConfig(
    type: ConfigResourceType,
    name: string,
    entries: MapOf<string, string | null>,
    validateOnly = false,
    options: CallOptions = {},
  ): Promise<void> {
    return configs.alterConfig(this.calls, type, name, entries, validateOnly, options)
  }

  incrementalAlterConfig(
    type: ConfigResourceType,
    name: string,
    entries: MapOf<string, IncrementalAlterConfigsEntry>,
    validateOnly = false,
    options: CallOptions = {},
  ): Promise<void> {
    return configs.incrementalAlterConfig(this.calls, type, name, entries, validateOnly, options)
  }

  createACL(resource: Resource, acl: Acl, options: CallOptions = {}): Promise<void> {
    return acls.createACLs(this.calls, [{ ...resource, acls: [acl] }], options)
  }

  createACLs(resourceAcls: readonly ResourceAcls[], options: CallOptions = {}): Promise<void> {
    return acls.createACLs(this.calls, resourceAcls, options)
  }

  listAcls(filter: AclFilter, options: CallOptions = {}): Promise<ResourceAcls[]> {
    return acls.listAcls(this.calls, filter, options)
  }

  deleteACL(filter: AclFilter, validateOnly = false, options: CallOptions = {}): Promise<MatchingAcl[]> {
    return acls.deleteACL(this.calls, filter, validateOnly, options)
  }

  electLeaders(
    electionType: partitions.ElectionType,
    ids: MapOf<string, readonly number[]> | null,
    options: CallOptions = {},
  ): Promise<Map<string, Map<number, partitions.PartitionResult>>> {
    return partitions.electLeaders(this.calls, electionType, ids, options)
  }

  listConsumerGroups(options: CallOptions = {}): Promise<Map<string, string>> {
    return groups.listConsumerGroups(this.calls, options)
  }

  describeConsumerGroups(ids: readonly string[], options: CallOptions = {}): Promise<groups.GroupDescription[]> {
    return groups.describeConsumerGroups(this.calls, ids, options)
  }

  listConsumerGroupOffsets(
    group: string,
    topicPartitions: groupOffsets.GroupTopicPartitions,
    options: CallOptions = {},
  ): Promise<groupOffsets.OffsetFetchResponseGroup> {
    return groupOffsets.listConsumerGroupOffsets(this.calls, group, topicPartitions, options)
  }

  listConsumerGroupOffsetsBatch(
    groupTopics: MapOf<string, groupOffsets.GroupTopicPartitions>,
    options: CallOptions = {},
  ): Promise<Map<string, groupOffsets.OffsetFetchResponseGroup>> {
    return groupOffsets.listConsumerGroupOffsetsBatch(this.calls, groupTopics, options)
  }

  listOffsets(
    times: MapOf<string, MapOf<number, number>>,
    options: offsets.ListOffsetsOptions = {},
  ): Promise<Map<string, Map<number, offsets.OffsetResult>>> {
    return offsets.listOffsets(this.calls, times, options)
  }

  alterConsumerGroupOffsets(
    group: string,
    committed: MapOf<string, MapOf<number, groupOffsets.OffsetAndMetadata>>,
    options: CallOptions = {},
  ): Promise<Map<string, Map<number, KafkaError | null>>> {
    return groupOffsets.alterConsumerGroupOffsets(this.calls, group, committed, options)
  }

  deleteConsumerGroupOffset(group: string, topic: string, partition: number, options: CallOptions = {}): Promise<void> {
    return groupOffsets.deleteConsumerGroupOffset(this.calls, group, topic, partition, options)
  }

  deleteConsumerGroup(group: string, options: CallOptions = {}): Promise<void> {
    return groups.deleteConsumerGroup(this.calls, group, options)
  }

  describeCluster(options: CallOptions = {}): Promise<cluster.ClusterDescription> {
    return cluster.describeCluster(this.calls, options)
  }

  describeLogDirs(
    brokers: readonly number[],
    options: CallOptions = {},
  ): Promise<Map<number, cluster.DescribeLogDirsResponseDirMetadata[]>> {
    return cluster.describeLogDirs(this.calls, brokers, options)
  }

  describeUserScramCredentials(
    users: readonly string[],
    options: CallOptions = {},
  ): Promise<scram.DescribeUserScramCredentialsResult[]> {
    return scram.describeUserScramCredentials(this.calls, users, options)
  }

  deleteUserScramCredentials(
    deletions: readonly scram.AlterUserScramCredentialsDelete[],
    options: CallOptions = {},
  ): Promise<scram.AlterUserScramCredentialsResult[]> {
    return scram.alterUserScramCredentials(this.calls, [], deletions, options)
  }

  upsertUserScramCredentials(
    upserts: readonly scram.AlterUserScramCredentialsUpsert[],
    options: CallOptions = {},
  ): Promise<scram.AlterUserScramCredentialsResult[]> {
    return scram.alterUserScramCredentials(this.calls, upserts, [], options)
  }

  updateFeatures(
    updates: readonly cluster.FeatureUpdate[],
    options: CallOptions = {},
  ): Promise<cluster.UpdatableFeatureResult[]> {
    return cluster.updateFeatures(this.calls, updates, options)
  }

  describeClientQuotas(
    components: readonly quotas.QuotaFilterComponent[],
    strict = false,
    options: CallOptions = {},
  ): Promise<quotas.DescribeClientQuotasEntry[]> {
    return quotas.describeClientQuotas(this.calls, components, strict, options)
  }

  alterClientQuotas(
    entity: readonly quotas.QuotaEntityComponent[],
    op: quotas.ClientQuotasOp,
    validateOnly = false,
    options: CallOptions = {},
  ): Promise<void> {
    return quotas.alterClientQuotas(this.calls, entity, op, validateOnly, options)
  }

  controller(options: CallOptions = {}): Promise<Broker> {
    return this.client.controller(options)
  }

  coordinator(group: string, options: CallOptions = {}): Promise<Broker> {
    return this.client.coordinator(group, options)
  }

  removeMemberFromConsumerGroup(
    group: string,
    groupInstanceIds: readonly string[],
    options: CallOptions = {},
  ): Promise<groups.LeaveGroupResponse> {
    return groups.removeMemberFromConsumerGroup(this.calls, group, groupInstanceIds, options)
  }

  describeProducers(
    topicPartitions: MapOf<string, readonly number[]>,
    options: CallOptions = {},
  ): Promise<Map<string, Map<number, partitions.DescribedProducers>>> {
    return partitions.describeProducers(this.calls, topicPartitions, options)
  }

  describeTransactions(
    transactionalIDs: readonly string[],
    options: CallOptions = {},
  ): Promise<Map<string, transactions.TransactionState>> {
    return transactions.describeTransactions(this.calls, transactionalIDs, options)
  }

  listTransactions(
    stateFilters: readonly string[] = [],
    producerIDFilters: readonly number[] = [],
    durationFilterMs = -1,
    options: CallOptions = {},
  ): Promise<transactions.ListTransactionsResponseTransactionState[]> {
    return transactions.listTransactions(this.calls, stateFilters, producerIDFilters, durationFilterMs, options)
  }

  close(): Promise<void> {
    this.calls.close()
    return this.client.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

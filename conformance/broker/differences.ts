/**
 * All that may differ between an answer of Kafka and one of memkafka. Whatever is not told here is equal: error codes and
 * messages, offsets, epochs, throttling, tagged fields, whether the connection stays open, which requests wait.
 */

/** Fields whose values are not the same on both sides, and how they are made comparable. */
export interface FieldDifference {
  /** `Metadata.topics.topicId`: an API's name and the path in its answer; `*.host`: any field of that name. */
  readonly fields: readonly string[]
  /**
   * `symbol`: equal values stay equal, whatever they are: the first is `<topicId 1>`, the next other one `<topicId 2>`. Zero
   *   (which is no producer's id alone), -1, null and the empty string stay what they are.
   * `time`: a moment of the run is `<now>`; any other time stays what it is.
   * `any order`: a list without an order of its own is sorted.
   * `what both have`: of a list of APIs or features, those that memkafka does not have are left out.
   * `any text`: a text that is not empty is `<text>`; whether there is one is compared.
   * `any value`: it is not looked at.
   */
  readonly as: 'symbol' | 'time' | 'any order' | 'what both have' | 'any text' | 'any value'
  /** Only where there are several brokers. */
  readonly severalBrokers?: true
  readonly reason: string
}

/** Wherever it stands in a text, an id of this form (a member's, an incarnation's) is a symbol too: `consumer-<uuid 1>`. */
export const RANDOM_ID = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g

export const fieldDifferences: readonly FieldDifference[] = [
  { fields: ['*.clusterId', '*.topicId'], as: 'symbol', reason: 'Ids are drawn at random.' },
  { fields: ['Fetch.sessionId'], as: 'symbol', reason: 'The ids of fetch sessions are drawn at random.' },
  {
    fields: ['InitProducerId.producerId', '*.producerId', '*.ongoingTxnProducerId'],
    as: 'symbol',
    reason: 'Producer ids are counted for the whole cluster, and each broker has a block of its own.',
  },
  {
    fields: ['ApiVersions.apiKeys', 'ApiVersions.supportedFeatures', 'ApiVersions.finalizedFeatures'],
    as: 'what both have',
    reason: 'Which APIs and features memkafka has is told in the README; their versions are compared.',
  },
  {
    fields: ['ApiVersions.finalizedFeaturesEpoch'],
    as: 'any value',
    reason: "It counts every record of the metadata log; Kafka's has some that nothing here needs.",
  },
  { fields: ['*.port'], as: 'symbol', reason: 'Each side listens where it can.' },
  { fields: ['DescribeLogDirs.results.logDir'], as: 'symbol', reason: 'Each side keeps its logs where it can.' },
  {
    fields: ['DescribeLogDirs.results.totalBytes', 'DescribeLogDirs.results.usableBytes'],
    as: 'any value',
    reason: 'Logs are in memory: of the size of a disk nothing is known.',
  },
  {
    fields: ['DescribeConfigs.results.configs.documentation'],
    as: 'any text',
    reason: "Kafka's documentation is Kafka's; what is said of a config here is said in other words.",
  },
  { fields: ['*.clientHost'], as: 'any value', reason: 'A connection in memory comes from no address.' },
  {
    fields: [
      '*.logAppendTimeMs',
      '*.timestamp',
      '*.baseTimestamp',
      '*.maxTimestamp',
      '*.lastTimestamp',
      '*.issueTimestampMs',
      '*.lastFetchTimestamp',
      '*.lastCaughtUpTimestamp',
      '*.transactionStartTimeMs',
    ],
    as: 'time',
    reason: 'What a broker stamps is the time of the run.',
  },
  {
    fields: ['Metadata.controllerId', 'DescribeCluster.controllerId'],
    as: 'any value',
    severalBrokers: true,
    reason: 'A broker in KRaft mode names any of the brokers as the controller.',
  },
  {
    fields: ['*.isrNodes'],
    as: 'any order',
    reason: 'Replicas are in sync, in no order: Kafka keeps them as they came or as its sets have it.',
  },
  {
    fields: [
      'ApiVersions.apiKeys',
      'ApiVersions.supportedFeatures',
      'ApiVersions.finalizedFeatures',
      'Metadata.brokers',
      'Metadata.topics',
      'Metadata.topics.partitions',
      'DescribeCluster.brokers',
      'Produce.responses',
      'Produce.responses.partitionResponses',
      'Produce.nodeEndpoints',
      'ListOffsets.topics',
      'ListOffsets.topics.partitions',
      'OffsetFetch.topics',
      'OffsetFetch.topics.partitions',
      'OffsetFetch.groups.topics',
      'OffsetFetch.groups.topics.partitions',
      'OffsetCommit.topics',
      'OffsetCommit.topics.partitions',
      'OffsetDelete.topics',
      'OffsetDelete.topics.partitions',
      'OffsetForLeaderEpoch.topics',
      'OffsetForLeaderEpoch.topics.partitions',
      'DeleteRecords.topics',
      'DeleteRecords.topics.partitions',
      'JoinGroup.members',
      'DescribeGroups.groups',
      'DescribeGroups.groups.members',
      'DeleteGroups.results',
      'ListGroups.groups',
      'CreateTopics.topics',
      'DeleteTopics.responses',
      'CreatePartitions.results',
      'DescribeConfigs.results',
      'DescribeConfigs.results.configs',
      'AlterConfigs.responses',
      'IncrementalAlterConfigs.responses',
      'ListConfigResources.configResources',
      'DescribeLogDirs.results',
      'DescribeLogDirs.results.topics',
      'DescribeLogDirs.results.topics.partitions',
      'AlterReplicaLogDirs.results',
      'AlterReplicaLogDirs.results.partitions',
      'ListPartitionReassignments.topics',
      'ElectLeaders.replicaElectionResults',
      'ElectLeaders.replicaElectionResults.partitionResult',
      'AddPartitionsToTxn.resultsByTransaction',
      'AddPartitionsToTxn.resultsByTransaction.topicResults',
      'AddPartitionsToTxn.resultsByTransaction.topicResults.resultsByPartition',
      'AddPartitionsToTxn.resultsByTopicV3AndBelow',
      'AddPartitionsToTxn.resultsByTopicV3AndBelow.resultsByPartition',
      'WriteTxnMarkers.markers',
      'WriteTxnMarkers.markers.topics',
      'WriteTxnMarkers.markers.topics.partitions',
      'DescribeTransactions.transactionStates.topics',
      'DescribeTransactions.transactionStates.topics.partitions',
      'ListTransactions.transactionStates',
      'ListTransactions.unknownStateFilters',
      'DescribeProducers.topics',
      'DescribeProducers.topics.partitions',
    ],
    as: 'any order',
    reason: "The order is that of one of Kafka's hash maps.",
  },
]

/** A case that differs as a whole, on purpose. One that no longer differs is told as a failure: it has no place here. */
export interface CaseDifference {
  /** `Fetch: a follower is asked`: the API's name and the case's. */
  readonly case: string
  /** The releases of Kafka that it differs from: `3.9.2`. Default: all. */
  readonly kafka?: string
  /** The versions of the API, as in '0-3'. Default: all. */
  readonly versions?: string
  readonly reason: string
}

export const caseDifferences: readonly CaseDifference[] = [
  {
    case: 'AlterConfigs: a resource twice',
    reason: 'Kafka fails on it and never answers; here it is INVALID_REQUEST, as for IncrementalAlterConfigs.',
  },
  {
    case: 'CreatePartitions: very many',
    kafka: '3.9.2',
    reason: '4.x has a limit, which holds here for all releases; 3.9 fails on its way (UNKNOWN_SERVER_ERROR).',
  },
  {
    case: 'DescribeTransactions: a transaction of the next producer',
    kafka: '3.9.2',
    reason:
      'Kafka 3.9 still tells when the last transaction of the producer before began, though its own record says -1; here, as in 4.x, it is what the record says.',
  },
  {
    case: 'WriteTxnMarkers: a marker for nothing after one for something',
    reason: 'Kafka never answers where the last of several markers has no partition to go to; here all are answered.',
  },
  {
    case: 'Produce: a record of a size below 0 in a compressed batch',
    kafka: '3.9.2',
    reason: 'It is refused as 4.4 does, whichever release memkafka passes for: no client could read it.',
  },
  {
    case: 'Produce: null records',
    reason: 'Kafka trips over them and never answers; here the connection is closed, so that nobody waits in vain.',
  },
  {
    case: 'JoinGroup: the same protocol twice',
    reason:
      'Kafka counts a protocol that a member names twice as that of two members, finds none that all offer, and leaves the group unable to rebalance; here the first counts.',
  },
  {
    case: 'OffsetCommit: the version of ZooKeeper',
    kafka: '3.9.2',
    reason:
      'A Kafka without ZooKeeper advertises version 0 and refuses it; here it commits to the group, for the clients of its time.',
  },
  {
    case: 'OffsetFetch: the version of ZooKeeper',
    kafka: '3.9.2',
    reason:
      'A Kafka without ZooKeeper advertises version 0 and refuses it; here it tells what the group has committed.',
  },
  {
    case: 'OffsetFetch: no group',
    kafka: '3.9.2',
    reason: 'Kafka 3.9 never answers a request for no group; here, as in 4.x, the answer is empty.',
  },
]

/**
 * The configs that brokers are started with, or that a deliberate default changes: their values are not compared. Kafka's nodes
 * need listeners, directories and a quorum; both sides are told, or know by themselves, how small the cluster is.
 */
export const startedWith: ReadonlySet<string> = new Set([
  'advertised.listeners',
  'broker.id',
  'controller.listener.names',
  'controller.quorum.bootstrap.servers',
  'group.coordinator.rebalance.protocols',
  'group.initial.rebalance.delay.ms',
  'group.max.size',
  'group.min.session.timeout.ms',
  'inter.broker.listener.name',
  'listener.security.protocol.map',
  'listeners',
  'log.dirs',
  'node.id',
  'offsets.retention.check.interval.ms',
  'offsets.topic.replication.factor',
  'process.roles',
  'share.coordinator.state.topic.min.isr',
  'share.coordinator.state.topic.replication.factor',
  'transaction.abort.timed.out.transaction.cleanup.interval.ms',
  'transaction.state.log.min.isr',
  'transaction.state.log.replication.factor',
])

import type { ConfigRow } from './config-def.ts'

/** One default that deliberately differs from Kafka's. */
export interface Difference {
  /** The broker config, by its name. */
  readonly config: string
  /** The value that brings Kafka's behaviour back. */
  readonly kafka: string
  /** The default here, as a reader is told it. */
  readonly ours: string
  /** Why a test is better served. */
  readonly reason: string
}

interface DefaultHere extends Difference {
  /**
   * The default in a cluster of so many brokers.
   * @param realTime whether its time passes by itself
   */
  value(brokers: number, realTime: boolean): string
}

function always(config: string, kafka: string, ours: string, reason: string): DefaultHere {
  return { config, kafka, ours, reason, value: () => ours }
}

function atMostBrokers(config: string, kafka: number, reason: string): DefaultHere {
  return {
    config,
    kafka: String(kafka),
    ours: `min(${kafka}, brokers)`,
    reason,
    value: (brokers) => String(Math.min(kafka, Math.max(1, brokers))),
  }
}

/**
 * Every default of a broker that differs from Kafka's, and why. There is no other place where one does. A value that is
 * given is always taken at its word.
 */
const defaultsHere: readonly DefaultHere[] = [
  {
    config: 'group.initial.rebalance.delay.ms',
    kafka: '3000',
    ours: '10',
    reason:
      'A test should not wait three seconds for its first record; nor, when its consumers start together, for the heartbeat that tells all but the last of the others. 0 where the clock is virtual.',
    // Time that a test moves does not pass while a member waits.
    value: (_, realTime) => (realTime ? '10' : '0'),
  },
  atMostBrokers('offsets.topic.replication.factor', 3, 'Groups work on a cluster of any size.'),
  atMostBrokers('transaction.state.log.replication.factor', 3, 'Transactions work on a cluster of any size.'),
  atMostBrokers('transaction.state.log.min.isr', 2, 'Transactions work on a cluster of any size.'),
  atMostBrokers('share.coordinator.state.topic.replication.factor', 3, 'Share groups work on a cluster of any size.'),
  atMostBrokers('share.coordinator.state.topic.min.isr', 2, 'Share groups work on a cluster of any size.'),
  always(
    'memkafka.auto.create.topics.at.once',
    'false',
    'true',
    'A topic that Metadata or FindCoordinator creates is in the first answer, where Kafka answers UNKNOWN_TOPIC_OR_PARTITION or COORDINATOR_NOT_AVAILABLE until it is there.',
  ),
  always(
    'memkafka.validate.compressed.records',
    'true',
    'false',
    'A compressed batch is kept as it came, its checksum and header checked, without the cost of opening it.',
  ),
]

/** The defaults that differ from Kafka's, for whoever documents them. */
export const differences: readonly Difference[] = defaultsHere

/** The configs that Kafka does not have: each is a switch back to what Kafka does. */
export const ownConfigTable: Readonly<Record<string, ConfigRow>> = {
  'memkafka.auto.create.topics.at.once': ['BOOLEAN', 'true'],
  'memkafka.validate.compressed.records': ['BOOLEAN', 'false'],
}

/** The default of a config where it differs from Kafka's, in a cluster of so many brokers whose time is real or a test's. */
export function defaultHere(config: string, brokers: number, realTime: boolean): string | undefined {
  return defaultsHere.find((difference) => difference.config === config)?.value(brokers, realTime)
}

/** What differs whatever the configs say, a sentence each. */
export const fixedDifferences: readonly string[] = [
  'FindCoordinator answers INVALID_REQUEST for a share group: there are no share groups yet, and clients take this error as final.',
  'A coordinator of transactions that cannot reach its replicas tells so after the time-out of the transaction, as Kafka does, but lets nothing else begin with the transactional id until it is known what became of the record.',
  'OffsetCommit and OffsetFetch version 0 use the ordinary offsets of the group, which Kafka kept in ZooKeeper for them.',
  'Where no release is named, the message set that Fetch 0-3 makes of batches has its own size. Brokers of 2.0 to 3.9 tell the size before they convert, and fill up with zeros (KIP-283), which Sarama before 1.19 cannot read; a cluster that passes for one of them does so too.',
  'The controller is a quorum of one voter, a node beside the brokers: it cannot fail, only be cut off from them.',
  'Brokers reach each other and the controller inside the process: heartbeats that would change nothing are not sent, and a Fetch of a client that names a replica reads to the end of the log, but does not count as that replica’s.',
  'Of the size of a disk nothing is known, as logs are in memory; replicas are not throttled.',
  'A resource that AlterConfigs names twice is INVALID_REQUEST, as for IncrementalAlterConfigs; Kafka fails on it and answers nothing.',
  'A broker has three loggers, root, kafka and org.apache.kafka, whose levels are kept and told; it writes no log.',
  'Configs, their defaults and limits are those of the newest release where a cluster passes for 4.0 or later, and those of 3.9 where it passes for an earlier one.',
  'ApiVersions tells of the features metadata.version, eligible.leader.replicas.version and transaction.version alone: the others that Kafka finalizes are not there yet.',
]

import type { BrokerEndpoint } from '../../protocol/messages/metadata/register-broker-record.ts'

/** The leader of a partition that has none. */
export const NO_LEADER = -1
/** The leader in a `PartitionChangeRecord` that says nothing of it. */
export const NO_LEADER_CHANGE = -2
/** The leader has all that was committed. */
export const LEADER_RECOVERED = 0
/** The leader came of an unclean election, and may lack what was committed (KIP-704). */
export const LEADER_RECOVERING = 1

/** The recovery state in a `PartitionChangeRecord` that says nothing of it. */
export const NO_RECOVERY_CHANGE = -1

export interface TopicImage {
  readonly name: string
  readonly id: string
  /** In the order of their indices, without gaps. */
  readonly partitions: readonly PartitionImage[]
}

/** A partition as the metadata log has it. Never changes: a change makes another one. */
export interface PartitionImage {
  readonly index: number
  /** -1: none. */
  readonly leader: number
  readonly leaderEpoch: number
  readonly partitionEpoch: number
  /** The preferred leader first. */
  readonly replicas: readonly number[]
  readonly isr: readonly number[]
  readonly addingReplicas: readonly number[]
  readonly removingReplicas: readonly number[]
  /** `LEADER_RECOVERED` or `LEADER_RECOVERING`. */
  readonly leaderRecoveryState: number
  /** The log directory of each replica, in their order. */
  readonly directories: readonly string[]
  /** KIP-966; empty unless its feature is on. */
  readonly eligibleLeaderReplicas: readonly number[]
  readonly lastKnownElr: readonly number[]
}

/** A broker as it is registered. Never changes: a change makes another one. */
export interface BrokerImage {
  readonly id: number
  readonly epoch: number
  readonly incarnationId: string
  readonly rack: string | null
  readonly endPoints: readonly BrokerEndpoint[]
  readonly fenced: boolean
  readonly inControlledShutdown: boolean
  readonly logDirs: readonly string[]
}

/** The name of the config resource that holds the default of all brokers. */
export const ALL_BROKERS = ''

/** What some records have changed, for the rooms of a broker to act on. */
export interface MetadataChange {
  readonly createdTopics: readonly TopicImage[]
  /** As they were. */
  readonly deletedTopics: readonly TopicImage[]
  /** Of topics that were there before and still are: partitions that are new or other than they were. */
  readonly changedPartitions: readonly PartitionChange[]
  /** Topics that were there before and still are, and override other configs than they did. */
  readonly changedTopicConfigs: readonly string[]
  /** Brokers for which other configs are set than before, by their ids as text; `ALL_BROKERS` among them. */
  readonly changedBrokerConfigs: readonly string[]
  /** Brokers that were registered, unregistered, fenced or unfenced. */
  readonly changedBrokers: readonly number[]
  /** Of these, those that were alive, and are not any more. */
  readonly fencedBrokers: readonly number[]
  /** Of these, those that were not alive, and are now. */
  readonly unfencedBrokers: readonly number[]
}

export interface PartitionChange {
  readonly topic: TopicImage
  /** Undefined: it is new. */
  readonly before: PartitionImage | undefined
  readonly after: PartitionImage
}

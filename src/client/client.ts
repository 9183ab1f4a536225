import type { Broker } from './broker.ts'
import type { CallOptions } from './channel.ts'
import { type Config, type ConfigOptions, newConfig } from './config/config.ts'
import { KafkaClient } from './kafka-client.ts'

/** The leader of a partition, as a broker has told it in an answer (KIP-951). */
export interface LeaderHint {
  readonly leaderId: number
  readonly leaderEpoch: number
}

/** Where a broker is, as an answer tells it. */
export interface NodeEndpoint {
  readonly nodeId: number
  readonly host: string
  readonly port: number
  readonly rack: string | null
}

/** What an idempotent producer is known by (KIP-98). */
export interface ProducerIdAndEpoch {
  readonly producerId: number
  readonly producerEpoch: number
}

/**
 * What producers, consumers, groups and admins share: what is known of the cluster, and the connections to its brokers.
 *
 * Calls that need what is not known yet ask the cluster for it; every one of them can be aborted.
 */
export interface Client extends AsyncDisposable {
  /** Not to be changed. */
  readonly config: Config
  readonly closed: boolean
  /** The brokers that metadata names. */
  readonly brokers: readonly Broker[]
  /** A broker by its id. @throws ErrBrokerNotFound */
  broker(id: number): Broker
  /**
   * The broker of that id by a connection of its own for one purpose ('fetch', 'coordinator'), so that requests on it wait for no others.
   * @throws ErrBrokerNotFound
   */
  connectionTo(id: number, purpose: string): Broker
  /** Closes the connections for one purpose, when it is fulfilled. */
  releaseConnections(purpose: string): void
  /** @throws ErrControllerNotAvailable */
  controller(options?: CallOptions): Promise<Broker>
  refreshController(options?: CallOptions): Promise<Broker>
  /** The topics that metadata names. */
  topics(options?: CallOptions): Promise<string[]>
  /** The partitions of a topic, sorted. @throws ErrUnknownTopicOrPartition, ErrInvalidTopic, … */
  partitions(topic: string, options?: CallOptions): Promise<number[]>
  /** Those that have a leader. */
  writablePartitions(topic: string, options?: CallOptions): Promise<number[]>
  /** The same at once, of what is known; undefined when the topic is not. */
  knownPartitions(topic: string): { readonly all: readonly number[]; readonly writable: readonly number[] } | undefined
  /** @throws ErrLeaderNotAvailable, ErrUnknownTopicOrPartition */
  leader(topic: string, partition: number, options?: CallOptions): Promise<Broker>
  leaderAndEpoch(topic: string, partition: number, options?: CallOptions): Promise<{ leader: Broker; epoch: number }>
  /** The same at once, of what is known; undefined when there is none, or it is not known. `epoch` is -1 where the broker does not tell it. */
  knownLeader(topic: string, partition: number): { readonly leader: Broker; readonly epoch: number } | undefined
  /** A topic's id (KIP-516), of what is known; undefined where brokers do not tell it. */
  topicId(topic: string): string | undefined
  /** The topic of an id, of what is known. */
  topicName(id: string): string | undefined
  replicas(topic: string, partition: number, options?: CallOptions): Promise<number[]>
  inSyncReplicas(topic: string, partition: number, options?: CallOptions): Promise<number[]>
  offlineReplicas(topic: string, partition: number, options?: CallOptions): Promise<number[]>
  /** Forgets all connections; the next refresh begins with these addresses. */
  refreshBrokers(addrs: readonly string[]): Promise<void>
  /** Asks for the metadata of these topics; of all (`metadata.full`) or all that were used, when there are none. With retries by `metadata.retry`. */
  refreshMetadata(topics?: readonly string[], options?: CallOptions): Promise<void>
  /** Takes what an answer has told of a partition's leader; an older epoch than the known one is ignored. */
  updateLeader(topic: string, partition: number, hint: LeaderHint, endpoints: readonly NodeEndpoint[]): void
  /**
   * The offset at a time (ms since 1970), the oldest (OffsetOldest), or that of the next record (OffsetNewest).
   * @returns -1 when there is no record of that time or later
   */
  getOffset(topic: string, partition: number, time: number, options?: CallOptions): Promise<number>
  /** The coordinator of a group, by a connection of its own. */
  coordinator(group: string, options?: CallOptions): Promise<Broker>
  refreshCoordinator(group: string, options?: CallOptions): Promise<void>
  /** The coordinator of a transactional id, by a connection of its own. */
  transactionCoordinator(transactionalId: string, options?: CallOptions): Promise<Broker>
  refreshTransactionCoordinator(transactionalId: string, options?: CallOptions): Promise<void>
  /** Asks for a producer id, without a transactional one. */
  initProducerID(options?: CallOptions): Promise<ProducerIdAndEpoch>
  /** The broker with the fewest requests pending. @throws ErrOutOfBrokers */
  leastLoadedBroker(): Broker
  /**
   * Lets go of all connections and timers. Producers and consumers that were made of this client are to be closed before.
   */
  close(): Promise<void>
}

/**
 * Makes a client and, unless `metadata.full` is false, asks for the cluster's metadata.
 *
 * @param addrs `host:port` of some of the brokers
 * @throws ConfigurationError before any connection, ErrOutOfBrokers when none of them answers
 */
export async function newClient(
  addrs: readonly string[],
  options: ConfigOptions = {},
  call: CallOptions = {},
): Promise<Client> {
  const config = newConfig(options)
  const client = new KafkaClient(addrs, config)
  if (!config.metadata.full) return client
  try {
    await client.refreshMetadata([], call)
    return client
  } catch (error) {
    await client.close()
    throw error
  }
}

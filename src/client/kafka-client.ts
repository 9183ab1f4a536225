import { ErrorCode } from '../protocol/errors.ts'
import { InitProducerId } from '../protocol/messages/init-producer-id.ts'
import { ListOffsets } from '../protocol/messages/list-offsets.ts'
import { askAnyone } from './ask-anyone.ts'
import type { Broker } from './broker.ts'
import { Brokers } from './brokers.ts'
import type { CallOptions } from './channel.ts'
import type { Client, LeaderHint, NodeEndpoint, ProducerIdAndEpoch } from './client.ts'
import type { Config } from './config/config.ts'
import { Coordinators, GROUP, TRANSACTION } from './coordinators.ts'
import { ErrBrokerNotFound, ErrControllerNotAvailable, ErrIncompleteResponse } from './errors/client-errors.ts'
import { throwIf } from './errors/kafka-error.ts'
import { Lifetime } from './lifetime.ts'
import { aboutPartition, ClusterMetadata, type KnownPartition, type KnownTopic } from './metadata.ts'
import { MetadataRefresh } from './metadata-refresh.ts'

/** The one {@link Client} there is. */
export class KafkaClient implements Client {
  readonly config: Config
  private readonly registry: Brokers
  private readonly metadata = new ClusterMetadata()
  private readonly coordinators: Coordinators
  private readonly refreshes: MetadataRefresh
  private readonly lifetime: Lifetime

  /** @throws ConfigurationError for a config or an address that makes no sense */
  constructor(addrs: readonly string[], config: Config) {
    config.validate()
    this.config = config
    this.registry = new Brokers(config, addrs)
    this.lifetime = new Lifetime(config)
    this.refreshes = new MetadataRefresh(config, this.lifetime, this.registry, this.metadata)
    this.coordinators = new Coordinators(config, this.lifetime, this.registry, (topic, signal) =>
      this.leader(topic, 0, { signal }),
    )
    this.refreshes.start()
  }

  get closed(): boolean {
    return this.lifetime.isOver
  }

  get brokers(): readonly Broker[] {
    return this.registry.all
  }

  broker(id: number): Broker {
    const broker = this.registry.get(id)
    if (broker === undefined) throw new ErrBrokerNotFound(id)
    return broker
  }

  connectionTo(id: number, purpose: string): Broker {
    return this.registry.connectionTo(id, purpose)
  }

  releaseConnections(purpose: string): void {
    this.registry.release(purpose)
  }

  leastLoadedBroker(): Broker {
    return this.registry.leastLoaded()
  }

  async controller(options: CallOptions = {}): Promise<Broker> {
    this.lifetime.check()
    return this.registry.get(this.metadata.controllerId) ?? this.refreshController(options)
  }

  refreshController({ signal }: CallOptions = {}): Promise<Broker> {
    return this.lifetime.retrying(signal, async (signal) => {
      await this.refreshes.once([], signal)
      const broker = this.registry.get(this.metadata.controllerId)
      if (broker === undefined) throw new ErrControllerNotAvailable()
      return broker
    })
  }

  async topics({ signal }: CallOptions = {}): Promise<string[]> {
    this.lifetime.check()
    if (!this.config.metadata.full) await this.refreshes.once(null, signal)
    return this.metadata.topicNames
  }

  async partitions(topic: string, options: CallOptions = {}): Promise<number[]> {
    return [...(await this.topic(topic, options)).all]
  }

  async writablePartitions(topic: string, options: CallOptions = {}): Promise<number[]> {
    return [...(await this.topic(topic, options)).writable]
  }

  knownPartitions(
    topic: string,
  ): { readonly all: readonly number[]; readonly writable: readonly number[] } | undefined {
    const known = this.metadata.topic(topic)
    return known?.errorCode === 0 && known.all.length > 0 ? known : undefined
  }

  async leader(topic: string, partition: number, options: CallOptions = {}): Promise<Broker> {
    return (await this.leaderAndEpoch(topic, partition, options)).leader
  }

  async leaderAndEpoch(
    topic: string,
    partition: number,
    { signal }: CallOptions = {},
  ): Promise<{ leader: Broker; epoch: number }> {
    this.lifetime.check()
    const known = this.knownLeader(topic, partition)
    if (known !== undefined) return known
    return this.lifetime.retrying(signal, async (signal) => {
      await this.refreshes.once([topic], signal)
      this.metadata.check(topic, partition)
      const found = this.knownLeader(topic, partition)
      if (found === undefined) throw aboutPartition(ErrorCode.LEADER_NOT_AVAILABLE, topic, partition)
      return found
    })
  }

  knownLeader(topic: string, partition: number): { readonly leader: Broker; readonly epoch: number } | undefined {
    const known = this.metadata.partition(topic, partition)
    const leader = known === undefined ? undefined : this.registry.get(known.leaderId)
    return known === undefined || leader === undefined ? undefined : { leader, epoch: known.leaderEpoch }
  }

  topicId(topic: string): string | undefined {
    return this.metadata.topic(topic)?.id
  }

  topicName(id: string): string | undefined {
    return this.metadata.nameOf(id)
  }

  async replicas(topic: string, partition: number, options: CallOptions = {}): Promise<number[]> {
    return [...(await this.partition(topic, partition, options)).replicas]
  }

  async inSyncReplicas(topic: string, partition: number, options: CallOptions = {}): Promise<number[]> {
    return [...(await this.partition(topic, partition, options)).inSyncReplicas]
  }

  async offlineReplicas(topic: string, partition: number, options: CallOptions = {}): Promise<number[]> {
    return [...(await this.partition(topic, partition, options)).offlineReplicas]
  }

  async refreshBrokers(addrs: readonly string[]): Promise<void> {
    this.lifetime.check()
    this.registry.seed(addrs)
  }

  async refreshMetadata(topics: readonly string[] = [], { signal }: CallOptions = {}): Promise<void> {
    this.lifetime.check()
    await this.refreshes.refresh(topics, signal)
  }

  updateLeader(topic: string, partition: number, hint: LeaderHint, endpoints: readonly NodeEndpoint[]): void {
    const endpoint = endpoints.find(({ nodeId }) => nodeId === hint.leaderId)
    if (endpoint !== undefined) {
      const { nodeId: id, host, port, rack } = endpoint
      this.registry.place({ id, host, port, rack })
    }
    if (this.registry.get(hint.leaderId) !== undefined) this.metadata.updateLeader(topic, partition, hint)
  }

  async getOffset(topic: string, partition: number, time: number, options: CallOptions = {}): Promise<number> {
    const { signal } = options
    // With retries of its own, which are not to be tried again.
    await this.leaderAndEpoch(topic, partition, options)
    return this.lifetime.retrying(signal, async (signal, retries) => {
      if (retries > 0) await this.refreshes.once([topic], signal)
      const known = this.knownLeader(topic, partition)
      if (known === undefined) throw aboutPartition(ErrorCode.LEADER_NOT_AVAILABLE, topic, partition)
      const { leader, epoch } = known
      const answer = await leader.send(
        ListOffsets,
        {
          replicaId: -1,
          isolationLevel: this.config.consumer.isolationLevel,
          topics: [
            { name: topic, partitions: [{ partitionIndex: partition, currentLeaderEpoch: epoch, timestamp: time }] },
          ],
        },
        { signal },
      )
      const found = answer.topics[0]?.partitions[0]
      if (found === undefined) throw new ErrIncompleteResponse(`${topic}/${partition}`)
      if (found.errorCode !== ErrorCode.NONE) throw aboutPartition(found.errorCode, topic, partition)
      return found.oldStyleOffsets[0] ?? found.offset
    })
  }

  coordinator(group: string, options: CallOptions = {}): Promise<Broker> {
    return this.coordinators.of(GROUP, group, options)
  }

  refreshCoordinator(group: string, options: CallOptions = {}): Promise<void> {
    return this.coordinators.refresh(GROUP, group, options)
  }

  transactionCoordinator(transactionalId: string, options: CallOptions = {}): Promise<Broker> {
    return this.coordinators.of(TRANSACTION, transactionalId, options)
  }

  refreshTransactionCoordinator(transactionalId: string, options: CallOptions = {}): Promise<void> {
    return this.coordinators.refresh(TRANSACTION, transactionalId, options)
  }

  initProducerID({ signal }: CallOptions = {}): Promise<ProducerIdAndEpoch> {
    this.lifetime.check()
    return this.lifetime.retrying(signal, (signal) =>
      askAnyone(this.registry, signal, async (broker) => {
        const answer = await broker.send(InitProducerId, { transactionalId: null, transactionTimeoutMs: 0 }, { signal })
        throwIf(answer.errorCode)
        return { producerId: answer.producerId, producerEpoch: answer.producerEpoch }
      }),
    )
  }

  close(): Promise<void> {
    if (this.closed) return Promise.resolve()
    this.lifetime.end()
    this.refreshes.stop()
    this.registry.dispose()
    return Promise.resolve()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  private async topic(topic: string, options: CallOptions): Promise<KnownTopic> {
    this.lifetime.check()
    if (this.knownPartitions(topic) === undefined) await this.refreshMetadata([topic], options)
    return this.metadata.topic(topic) as KnownTopic
  }

  private async partition(topic: string, partition: number, options: CallOptions): Promise<KnownPartition> {
    const known = (await this.topic(topic, options)).partitions.get(partition)
    if (known === undefined) throw aboutPartition(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, topic, partition)
    return known
  }
}

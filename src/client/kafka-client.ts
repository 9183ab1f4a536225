import { ErrorCode, errorMessage, errorName } from '../protocol/errors.ts'
import { InitProducerId } from '../protocol/messages/init-producer-id.ts'
import { ListOffsets } from '../protocol/messages/list-offsets.ts'
import { Metadata, type MetadataResponse } from '../protocol/messages/metadata.ts'
import { abortable } from './abortable.ts'
import type { Broker } from './broker.ts'
import { Brokers } from './brokers.ts'
import type { CallOptions } from './channel.ts'
import type { Client, LeaderHint, NodeEndpoint, ProducerIdAndEpoch } from './client.ts'
import type { Config } from './config/config.ts'
import { Coordinators, type CoordinatorType, GROUP, TRANSACTION } from './coordinators.ts'
import {
  ErrBrokerNotFound,
  ErrClosedClient,
  ErrControllerNotAvailable,
  ErrIncompleteResponse,
  ErrOutOfBrokers,
} from './errors/client-errors.ts'
import { ErrConsumerCoordinatorNotAvailable, kafkaError, throwIf } from './errors/kafka-errors.ts'
import { ClusterMetadata, type PartitionMetadata, type TopicMetadata } from './metadata.ts'
import { metadataRequest } from './metadata-request.ts'
import type { ConnectedBroker } from './network/connected-broker.ts'
import { isRetriable, retrying } from './retrying.ts'
import { sleep, type Timer } from './time.ts'

/** How long a cluster is given to make the topic of its groups or transactions, in ms: Sarama's. */
const COORDINATOR_TOPIC_MS = 2_000

/** The one {@link Client} there is. */
export class KafkaClient implements Client {
  readonly config: Config
  private readonly registry: Brokers
  private readonly metadata = new ClusterMetadata()
  private readonly coordinators: Coordinators
  /** Topics that were asked for: what is refreshed where `metadata.full` is false. */
  private readonly used = new Set<string>()
  /** Refreshes that are under way, by what they ask for. */
  private readonly refreshes = new Map<string, Promise<void>>()
  private readonly closing = new AbortController()
  private refreshTimer: Timer | undefined

  /** @throws ConfigurationError for a config or an address that makes no sense */
  constructor(addrs: readonly string[], config: Config) {
    config.validate()
    this.config = config
    this.registry = new Brokers(config, addrs)
    this.coordinators = new Coordinators(this.registry)
    this.planRefresh()
  }

  get closed(): boolean {
    return this.closing.signal.aborted
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
    this.checkOpen()
    return this.registry.get(this.metadata.controllerId) ?? this.refreshController(options)
  }

  refreshController({ signal }: CallOptions = {}): Promise<Broker> {
    return this.retrying(signal, async () => {
      await this.refresh([], signal)
      const broker = this.registry.get(this.metadata.controllerId)
      if (broker === undefined) throw new ErrControllerNotAvailable()
      return broker
    })
  }

  async topics({ signal }: CallOptions = {}): Promise<string[]> {
    this.checkOpen()
    if (!this.config.metadata.full) await this.refresh(null, signal)
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
    this.checkOpen()
    const known = this.knownLeader(topic, partition)
    if (known !== undefined) return known
    return this.retrying(signal, async () => {
      await this.refresh([topic], signal)
      this.throwIfUnknown(topic, partition)
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
    this.checkOpen()
    this.registry.seed(addrs)
  }

  async refreshMetadata(topics: readonly string[] = [], { signal }: CallOptions = {}): Promise<void> {
    this.checkOpen()
    for (const topic of topics) this.used.add(topic)
    const wanted = topics.length > 0 ? [...topics] : this.config.metadata.full ? null : [...this.used]
    await this.retrying(signal, async () => {
      await this.refresh(wanted, signal)
      for (const topic of topics) this.throwIfUnknown(topic)
    })
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
    return this.retrying(signal, async (retries) => {
      if (retries > 0) await this.refresh([topic], signal)
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
    return this.coordinatorOf(GROUP, group, options)
  }

  async refreshCoordinator(group: string, options: CallOptions = {}): Promise<void> {
    this.coordinators.forget(GROUP, group)
    await this.coordinatorOf(GROUP, group, options)
  }

  transactionCoordinator(transactionalId: string, options: CallOptions = {}): Promise<Broker> {
    return this.coordinatorOf(TRANSACTION, transactionalId, options)
  }

  async refreshTransactionCoordinator(transactionalId: string, options: CallOptions = {}): Promise<void> {
    this.coordinators.forget(TRANSACTION, transactionalId)
    await this.coordinatorOf(TRANSACTION, transactionalId, options)
  }

  initProducerID({ signal }: CallOptions = {}): Promise<ProducerIdAndEpoch> {
    this.checkOpen()
    return this.retrying(signal, () =>
      this.askAnyone(signal, async (broker) => {
        const answer = await broker.send(InitProducerId, { transactionalId: null, transactionTimeoutMs: 0 }, { signal })
        throwIf(answer.errorCode)
        return { producerId: answer.producerId, producerEpoch: answer.producerEpoch }
      }),
    )
  }

  close(): Promise<void> {
    if (this.closed) return Promise.resolve()
    this.closing.abort(new ErrClosedClient())
    this.refreshTimer?.cancel()
    this.registry.dispose()
    return Promise.resolve()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  private checkOpen(): void {
    this.closing.signal.throwIfAborted()
  }

  private async topic(topic: string, options: CallOptions): Promise<TopicMetadata> {
    this.checkOpen()
    if (this.knownPartitions(topic) === undefined) await this.refreshMetadata([topic], options)
    return this.metadata.topic(topic) as TopicMetadata
  }

  private async partition(topic: string, partition: number, options: CallOptions): Promise<PartitionMetadata> {
    const known = (await this.topic(topic, options)).partitions.get(partition)
    if (known === undefined) throw aboutPartition(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, topic, partition)
    return known
  }

  private throwIfUnknown(topic: string, partition?: number): void {
    const known = this.metadata.topic(topic)
    const errorCode = known?.errorCode ?? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
    if (known === undefined || errorCode !== ErrorCode.NONE) throw aboutPartition(errorCode, topic)
    if (partition === undefined) return
    const told = known.partitions.get(partition)
    if (told === undefined) throw aboutPartition(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, topic, partition)
    if (told.leaderId < 0 && told.errorCode !== 0) throw aboutPartition(told.errorCode, topic, partition)
  }

  private async coordinatorOf(type: CoordinatorType, key: string, { signal }: CallOptions): Promise<Broker> {
    this.checkOpen()
    const known = this.coordinators.get(type, key)
    if (known !== undefined) return known
    return this.retrying(signal, async () => {
      try {
        await this.askAnyone(signal, (broker) => this.coordinators.find(broker, type, key, signal))
      } catch (error) {
        if (error instanceof ErrConsumerCoordinatorNotAvailable) await this.coordinatorTopic(type, signal)
        throw error
      }
      const found = this.coordinators.get(type, key)
      // In the meantime metadata may have come that does not name that broker.
      if (found === undefined) throw new ErrConsumerCoordinatorNotAvailable()
      return found
    })
  }

  /** The first group of a cluster has Kafka make the topic of groups, which takes longer than a back-off: waits for it, but not for long. */
  private async coordinatorTopic(type: CoordinatorType, signal: AbortSignal | undefined): Promise<void> {
    try {
      await this.leader(type === GROUP ? '__consumer_offsets' : '__transaction_state', 0, { signal })
    } catch {
      await sleep(this.config.clock, COORDINATOR_TOPIC_MS, this.whileOpen(signal))
    }
  }

  /** Tries by `metadata.retry`, as long as the client is open. */
  private retrying<T>(signal: AbortSignal | undefined, attempt: (retries: number) => Promise<T>): Promise<T> {
    return retrying(this.config, this.config.metadata.retry, this.whileOpen(signal), attempt)
  }

  /** A signal that the client's end aborts, too. */
  private whileOpen(signal: AbortSignal | undefined): AbortSignal {
    return signal === undefined ? this.closing.signal : AbortSignal.any([signal, this.closing.signal])
  }

  /** One request for metadata at a time for the same topics; null: all. Topics' own errors are noted with them, and not thrown. */
  private refresh(topics: readonly string[] | null, signal: AbortSignal | undefined): Promise<void> {
    const key = topics === null ? '*' : JSON.stringify([...topics].sort())
    let refresh = this.refreshes.get(key)
    if (refresh === undefined) {
      refresh = this.askForMetadata(topics).finally(() => this.refreshes.delete(key))
      this.refreshes.set(key, refresh)
      refresh.catch(() => {})
    }
    return abortable(refresh, signal)
  }

  private async askForMetadata(topics: readonly string[] | null): Promise<void> {
    const { metadata } = this.config
    const limit = new AbortController()
    const timer =
      metadata.timeout > 0
        ? this.config.clock.setTimer(metadata.timeout, () => limit.abort(new ErrOutOfBrokers()))
        : undefined
    const signal = this.whileOpen(limit.signal)
    const body = metadataRequest(topics, metadata.allowAutoTopicCreation)
    try {
      const answer = await this.askAnyone(signal, async (broker) => {
        const told = await broker.send(Metadata, body, { signal })
        if (told.errorCode === ErrorCode.REBOOTSTRAP_REQUIRED) {
          // KIP-1102: what is known of the brokers is of no use any more.
          this.registry.seedAgain()
          throw new ErrOutOfBrokers([kafkaError(told.errorCode)])
        }
        throwIf(told.errorCode)
        if (told.brokers.length === 0) throw new ErrIncompleteResponse('brokers')
        return told
      })
      this.learn(answer, topics === null)
    } finally {
      timer?.cancel()
    }
  }

  private learn(answer: MetadataResponse, isFull: boolean): void {
    this.registry.placeAll(answer.brokers.map(({ nodeId: id, host, port, rack }) => ({ id, host, port, rack })))
    this.metadata.update(answer, isFull)
  }

  /** Asks one broker after the other until one answers. @throws what a broker answered, ErrOutOfBrokers when none did */
  private async askAnyone<T>(
    signal: AbortSignal | undefined,
    ask: (broker: ConnectedBroker) => Promise<T>,
  ): Promise<T> {
    const errors: Error[] = []
    for (const broker of this.registry.candidates()) {
      try {
        return await abortable(ask(broker), signal)
      } catch (error) {
        signal?.throwIfAborted()
        this.checkOpen()
        if (!isUnreachable(error)) throw error
        errors.push(error as Error)
      }
    }
    throw new ErrOutOfBrokers(errors)
  }

  private planRefresh(): void {
    const { refreshFrequency } = this.config.metadata
    if (refreshFrequency <= 0) return
    this.refreshTimer = this.config.clock.setTimer(refreshFrequency, () => {
      this.planRefresh()
      // What fails is asked for again when it is needed, or next time.
      this.refreshMetadata().catch(() => {})
    })
  }
}

/** The error of a code, in Kafka's words, with what it is about. */
function aboutPartition(code: number, topic: string, partition?: number): Error {
  const what = partition === undefined ? topic : `${topic}/${partition}`
  return kafkaError(code, `kafka: ${what}: ${errorMessage(errorName(code))}`)
}

/** Whether an error says that a broker could not be talked to, and another one may be. */
function isUnreachable(error: unknown): boolean {
  const { error: name } = error as { error?: string }
  return name === 'NETWORK_EXCEPTION' || name === 'REQUEST_TIMED_OUT' || (name === undefined && isRetriable(error))
}

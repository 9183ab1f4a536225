import { type ErrorName, KafkaError } from '../../../protocol/errors.ts'
import { NO_SEQUENCE } from '../../../protocol/records/batch-layout.ts'
import { isAtLeast, type Release } from '../../../protocol/release.ts'
import type { Broker } from '../../broker.ts'
import type { BrokerConfig } from '../../config/broker-config.ts'
import type { Controller } from '../../controller/controller.ts'
import type { MetadataChange, MetadataImage } from '../../controller/metadata-image.ts'
import type { BrokerGates } from '../../gate.ts'
import type { Link } from '../../link.ts'
import type { TransactionMarker } from '../../log/transactions.ts'
import type { VerificationGuard } from '../../log/verification.ts'
import { isInternalTopic, TRANSACTION_STATE_TOPIC } from '../../replication/internal-topics.ts'
import type { Replicas } from '../../replication/replicas.ts'
import type { WaitQueue } from '../../wait-queue.ts'
import { chainReply, mapReply, type Reply, recoverReply, Waiting } from '../../waiting.ts'
import { CoordinatorLogs } from '../coordinator-log.ts'
import type { GroupCoordinator } from '../groups/group-coordinator.ts'
import { coordinatorPartition, locateCoordinator } from '../locate.ts'
import type { ProducerIds } from '../producer-ids.ts'
import { CoordinatorRuntime } from '../runtime.ts'
import type { TransactionalWrite, TransactionSupport } from '../transaction-verification.ts'
import { addPartitions, type PartitionsInTransaction, verifyPartitions } from './add-partitions.ts'
import { type ListedTransaction, listTransactions, type TransactionFilter, transactionMatcher } from './describe.ts'
import { type EndTransactionRequest, endTransaction } from './end-transaction.ts'
import { type InitProducerIdOptions, initProducerId, type ProducerIdAndEpoch } from './init-producer-id.ts'
import { MarkerSender } from './marker-sender.ts'
import { type PartitionResult, writeMarker } from './markers.ts'
import type { TopicPartitions } from './topic-partitions.ts'
import { EPOCH_BUMP_VERSION, type Transaction } from './transaction.ts'
import type { TransactionRecord } from './transaction-record.ts'
import { type TransactionDecision, TransactionShard } from './transaction-shard.ts'
import { type TransactionalWrites, type Verified, verifyWrite, verifyWrites } from './verification.ts'

/** What a transaction coordinator is made with. */
export interface TransactionCoordinatorOptions {
  readonly queue: WaitQueue
  readonly controller: Link<Controller>
  readonly peer: (nodeId: number) => Link<Broker>
  readonly config: BrokerConfig
  readonly image: MetadataImage
  readonly replicas: Replicas
  readonly groups: GroupCoordinator
  readonly producerIds: ProducerIds
  readonly gates: BrokerGates
  /** The release of Kafka to pass for. */
  readonly release: Release
}

/**
 * The door to the transactions of a broker: those whose partition of `__transaction_state` it leads. Everything throws
 * NOT_COORDINATOR for another's, INVALID_REQUEST for an empty transactional id, and answers when what it has written is committed.
 */
export class TransactionCoordinator {
  private readonly options: TransactionCoordinatorOptions
  private readonly runtime: CoordinatorRuntime<TransactionRecord, TransactionShard>
  private readonly markers: MarkerSender

  constructor(options: TransactionCoordinatorOptions) {
    this.options = options
    const { queue, config, image, replicas, release, peer, producerIds } = options
    const logs = new CoordinatorLogs(TRANSACTION_STATE_TOPIC, replicas)
    this.markers = new MarkerSender({
      queue,
      image,
      peer,
      gate: options.gates.transactionMarkers,
      coordinatorEpoch: (index) => replicas.find(TRANSACTION_STATE_TOPIC, index)?.leaderEpoch ?? -1,
      // KIP-1228: only from 4.2 on it is told in WriteTxnMarkers.
      markerVersion: ({ prepared }) => (isAtLeast(release, '4.2') ? prepared.clientTransactionVersion : 0),
      done: (completion) => {
        this.runtime.write(completion.index, (shard) => shard.writeCompletion(completion))
      },
    })
    const surroundings = {
      config,
      clock: queue.clock,
      release,
      startedMs: queue.clock.now(),
      transactionVersion: () => image.features().get('transaction.version') ?? 0,
      generateProducerId: () => producerIds.generate(),
      sendMarkers: this.markers.send.bind(this.markers),
    }
    this.runtime = new CoordinatorRuntime<TransactionRecord, TransactionShard>({
      queue,
      log: (index) => logs.find(index),
      loads: options.gates.coordinatorLoads,
      createShard: (context, index) => new TransactionShard(context, index, surroundings),
      commitTimeoutMs: () => undefined,
      loadBufferBytes: () => config.int('transaction.state.log.load.buffer.size'),
      baseSequence: NO_SEQUENCE,
    })
  }

  /** Hears of changes in the image, after the replicas have. */
  apply(change: MetadataChange): void {
    this.runtime.metadataChanged(TRANSACTION_STATE_TOPIC, change)
    this.markers.retry()
  }

  /** The partition of `__transaction_state` that a transactional id belongs to. */
  partitionFor(transactionalId: string): number {
    const { image, config } = this.options
    const partitions = image.topic(TRANSACTION_STATE_TOPIC)?.partitions.length
    return coordinatorPartition(transactionalId, partitions ?? config.int('transaction.state.log.num.partitions'))
  }

  /** The node that coordinates a transactional id; see {@link locateCoordinator}. */
  locate(transactionalId: string): Reply<number> {
    return locateCoordinator(this.options, TRANSACTION_STATE_TOPIC, () => this.partitionFor(transactionalId))
  }

  /**
   * Gives a producer its id and epoch, and fences all who had its transactional id before.
   * @throws KafkaError INVALID_TRANSACTION_TIMEOUT, CONCURRENT_TRANSACTIONS, PRODUCER_FENCED, COORDINATOR_LOAD_IN_PROGRESS
   */
  initProducerId(request: InitProducerIdOptions): Reply<ProducerIdAndEpoch> {
    return chainReply(this.options.producerIds.ready(), () =>
      this.write(request.transactionalId, (shard) => initProducerId(shard, request)),
    )
  }

  /**
   * Adds partitions to a producer's transaction. They are added all or none: when some are not there the others are
   * OPERATION_NOT_ATTEMPTED.
   * @param clientTransactionVersion the transaction version by which the producer works
   * @param from who asks: a client has no access to internal topics
   */
  addPartitions(
    request: PartitionsInTransaction,
    clientTransactionVersion: number,
    from: 'client' | 'broker',
  ): Reply<readonly PartitionResult[]> {
    return this.forEach(request, from, () =>
      mapReply(
        this.write(request.transactionalId, (shard) => addPartitions(shard, request, clientTransactionVersion)),
        () => [],
      ),
    )
  }

  /** Tells of partitions whether they are part of a producer's transaction (KIP-890). */
  verifyPartitions(request: PartitionsInTransaction): Reply<readonly PartitionResult[]> {
    return this.forEach(request, 'broker', () =>
      this.runtime.read(this.partitionOf(request.transactionalId), (shard) => verifyPartitions(shard, request)),
    )
  }

  /** What a broker asks when a producer writes to it. */
  addOrVerifyPartitions(request: PartitionsInTransaction, adds: boolean): Reply<readonly PartitionResult[]> {
    return adds ? this.addPartitions(request, EPOCH_BUMP_VERSION, 'broker') : this.verifyPartitions(request)
  }

  /**
   * Adds the partition of `__consumer_offsets` that a group belongs to.
   * @throws KafkaError INVALID_PRODUCER_ID_MAPPING, PRODUCER_FENCED, CONCURRENT_TRANSACTIONS
   */
  addOffsets(request: PartitionsInTransaction): Reply<void> {
    return this.write(request.transactionalId, (shard) => addPartitions(shard, request, 0))
  }

  /** @throws KafkaError INVALID_PRODUCER_ID_MAPPING, PRODUCER_FENCED, CONCURRENT_TRANSACTIONS, INVALID_TXN_STATE */
  endTransaction(request: EndTransactionRequest): Reply<ProducerIdAndEpoch> {
    return this.write(request.transactionalId, (shard) => endTransaction(shard, request))
  }

  /** Undefined for an id that is not known. */
  describe(transactionalId: string): Transaction | undefined {
    return this.runtime.read(this.partitionOf(transactionalId), (shard, committed) =>
      shard.findAsOf(transactionalId, committed),
    )
  }

  /** The transactions that are coordinated here. Throws INVALID_REGULAR_EXPRESSION. */
  list(filter: TransactionFilter): ListedTransaction[] {
    const passes = transactionMatcher(filter, this.options.queue.clock.now())
    return this.runtime.readAll((shard, committed) => listTransactions(shard, committed, passes)).flat()
  }

  /** Writes the end of a producer's transaction to partitions that this broker leads. */
  writeMarker(marker: TransactionMarker, partitions: TopicPartitions): Reply<readonly PartitionResult[]> {
    const { replicas, groups, config } = this.options
    return writeMarker({ replicas, groups, timeoutMs: () => config.int('request.timeout.ms') }, marker, partitions)
  }

  /** Makes sure of what a producer writes to this broker that it is part of its transaction, wherever that is coordinated. */
  verifyWrites(writes: TransactionalWrites, support: TransactionSupport): Reply<readonly Verified[]> {
    return verifyWrites({ ...this.options, partitionFor: (id) => this.partitionFor(id) }, writes, support)
  }

  /** The same for one write. Throws the error. */
  verifyWrite(write: TransactionalWrite, support: TransactionSupport): Reply<VerificationGuard | undefined> {
    return verifyWrite({ ...this.options, partitionFor: (id) => this.partitionFor(id) }, write, support)
  }

  /** Whoever asks waits for `transaction.timeout.ms`; what was appended is done all the same, once it is committed. */
  private write<T>(transactionalId: string, operation: (shard: TransactionShard) => TransactionDecision<T>): Reply<T> {
    let timeoutMs = 0
    const reply = this.runtime.write(this.partitionOf(transactionalId), (shard) => {
      const decision = operation(shard)
      timeoutMs = decision.records[0]?.transaction?.timeoutMs ?? 0
      return decision
    })
    if (!(reply instanceof Waiting)) return reply
    return reply.within(timeoutMs, () => {
      throw new KafkaError('COORDINATOR_NOT_AVAILABLE')
    })
  }

  private partitionOf(transactionalId: string): number {
    if (transactionalId === '') throw new KafkaError('INVALID_REQUEST')
    return this.partitionFor(transactionalId)
  }

  /** Asks for all partitions of a request, if all of them are there; an error is that of each. */
  private forEach(
    request: PartitionsInTransaction,
    from: 'client' | 'broker',
    ask: () => Reply<readonly ErrorName[]>,
  ): Reply<PartitionResult[]> {
    const { image } = this.options
    // A partition that is named twice is answered twice.
    const partitions = request.topics.flatMap(({ topic, partitions: indices }) =>
      indices.map((partition) => [topic, partition] as const),
    )
    const answer = (errors: readonly ErrorName[]): PartitionResult[] =>
      partitions.map(([topic, partition], i) => ({ topic, partition, error: errors[i] ?? 'NONE' }))
    const refusals = partitions.map(([topic, partition]): ErrorName => {
      if (from === 'client' && isInternalTopic(topic)) return 'TOPIC_AUTHORIZATION_FAILED'
      return image.partition(topic, partition) === undefined ? 'UNKNOWN_TOPIC_OR_PARTITION' : 'NONE'
    })
    if (refusals.some((error) => error !== 'NONE')) {
      return answer(refusals.map((error) => (error === 'NONE' ? 'OPERATION_NOT_ATTEMPTED' : error)))
    }
    const errors = recoverReply(ask, (error) => {
      if (error instanceof KafkaError) return partitions.map(() => error.error)
      throw error
    })
    return mapReply(errors, answer)
  }
}

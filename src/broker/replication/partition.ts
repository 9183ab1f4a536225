import { type ErrorName, KafkaError } from '../../protocol/errors.ts'
import type { LogConfig } from '../config/log-config.ts'
import type { EpochEnd } from '../log/leader-epochs.ts'
import type { TimestampAndOffset } from '../log/lookup.ts'
import { markerBatch } from '../log/marker-batch.ts'
import type { ActiveProducer, ProducerRules } from '../log/producer-states.ts'
import { type AppendResult, ReplicaLog } from '../log/replica-log.ts'
import type { Position } from '../log/segment.ts'
import type { AbortedTransaction, TransactionMarker } from '../log/transactions.ts'
import type { VerificationGuard } from '../log/verification.ts'
import { type Deadline, Signal } from '../signal.ts'
import type { WaitQueue } from '../wait-queue.ts'
import { type Reply, Waiting } from '../waiting.ts'
import type { AppendOptions, Isolation, ReadOptions, ReadResult } from './reads-and-appends.ts'

/** What all partitions of a broker share. */
export interface PartitionHost {
  readonly nodeId: number
  readonly queue: WaitQueue
  readonly producerRules: ProducerRules
  /** Whether compressed batches of clients are opened to be checked: `memkafka.validate.compressed.records`. */
  readonly validateCompressedRecords: boolean
  /** Told that something was appended that retention may take away some day. */
  expiresLater(): void
}

/** What the metadata log says of a partition. */
export interface PartitionState {
  readonly leader: number
  readonly leaderEpoch: number
  readonly replicas: readonly number[]
  readonly isr: readonly number[]
}

/** One partition of a topic on the broker that leads it. */
export class Partition {
  readonly topic: string
  readonly topicId: string
  readonly index: number
  /** An append, a move of the high watermark or of the log's start, another leader or epoch, the end of the partition. */
  readonly changed: Signal = new Signal()
  private readonly host: PartitionHost
  private settings: LogConfig
  private log: ReplicaLog
  private state: PartitionState
  /** Why it is not here any more. */
  private gone: 'deleted' | 'moved' | undefined

  constructor(
    host: PartitionHost,
    topic: { readonly name: string; readonly id: string },
    index: number,
    state: PartitionState,
    config: LogConfig,
  ) {
    this.host = host
    this.topic = topic.name
    this.topicId = topic.id
    this.index = index
    this.state = state
    this.settings = config
    this.log = this.emptyLog()
    if (this.isLeader) this.log.epochs.assign(state.leaderEpoch, 0)
  }

  /** The topic's effective configs. */
  get config(): LogConfig {
    return this.settings
  }

  get isLeader(): boolean {
    return this.gone === undefined && this.state.leader === this.host.nodeId
  }

  /** Whether a node is one of the replicas that follow. */
  isFollower(nodeId: number): boolean {
    return nodeId !== this.host.nodeId && this.state.replicas.includes(nodeId)
  }

  get leaderEpoch(): number {
    return this.state.leaderEpoch
  }

  get logStartOffset(): number {
    return this.log.logStartOffset
  }

  get logEndOffset(): number {
    return this.log.logEndOffset
  }

  /** The offset up to which every in-sync replica has everything. */
  get highWatermark(): number {
    return this.log.highWatermark
  }

  /** The offset up to which it is decided of every transaction whether it is committed. */
  get lastStableOffset(): number {
    return this.log.lastStableOffset
  }

  /** The least offset that every live replica still has. */
  get lowWatermark(): number {
    return this.log.logStartOffset
  }

  get sizeInBytes(): number {
    return this.log.sizeInBytes
  }

  /** Where a reader's view ends. */
  endFor(isolation: Isolation): number {
    if (isolation === 'log-end') return this.logEndOffset
    return isolation === 'high-watermark' ? this.highWatermark : this.lastStableOffset
  }

  /**
   * Appends the records that a client or a coordinator gives: one batch, checked and stamped where it lies. The bytes belong
   * to the log from now on.
   * @throws KafkaError NOT_LEADER_OR_FOLLOWER, NOT_ENOUGH_REPLICAS, RECORD_LIST_TOO_LARGE, OUT_OF_ORDER_SEQUENCE_NUMBER,
   * INVALID_PRODUCER_EPOCH, INVALID_TXN_STATE, TRANSACTION_COORDINATOR_FENCED
   * @throws RecordsError for bytes that the topic does not accept: CORRUPT_MESSAGE, INVALID_RECORD, MESSAGE_TOO_LARGE, …
   */
  append(records: Buffer, options: AppendOptions): AppendResult {
    this.checkLeader()
    if (options.requiredAcks === -1 && this.underMinIsr) {
      throw new KafkaError(
        'NOT_ENOUGH_REPLICAS',
        `The size of the current ISR [${this.state.isr.join(', ')}] is insufficient to satisfy the min.isr requirement of ${this.minIsr} for partition ${this.name}`,
      )
    }
    const { log, config, leaderEpoch, host } = this
    const end = log.logEndOffset
    const appended = log.appendAsLeader(records, {
      origin: options.origin,
      verification: options.verification,
      transactionVersion: options.transactionVersion,
      leaderEpoch,
      config,
      validateCompressed: host.validateCompressedRecords,
      nowMs: host.queue.clock.now(),
    })
    if (log.logEndOffset === end) return appended
    log.maybeIncrementHighWatermark(log.logEndOffset)
    this.changed.mark()
    if (this.mayExpire) host.expiresLater()
    return appended
  }

  /**
   * Ends a producer's transaction here: appends the marker that its coordinator sends, once enough replicas are in sync.
   * @throws KafkaError NOT_LEADER_OR_FOLLOWER, NOT_ENOUGH_REPLICAS, INVALID_PRODUCER_EPOCH, TRANSACTION_COORDINATOR_FENCED
   */
  appendEndTransactionMarker(marker: TransactionMarker): AppendResult {
    const { transactionVersion } = marker
    const batch = markerBatch(marker, this.host.queue.clock.now())
    return this.append(batch, { origin: 'coordinator', requiredAcks: -1, transactionVersion })
  }

  /**
   * Begins to verify with its coordinator that a producer's transaction is open (KIP-890); what it returns goes with the append.
   * Undefined when there is nothing to verify: the log knows that the transaction is open.
   * @param sequence of the first record that is to be appended
   * @param supportsEpochBump whether the producer's epoch goes up with every transaction (`transaction.version` 2)
   * @throws KafkaError NOT_LEADER_OR_FOLLOWER, INVALID_PRODUCER_EPOCH
   */
  startVerification(
    producerId: number,
    sequence: number,
    producerEpoch: number,
    supportsEpochBump: boolean,
  ): VerificationGuard | undefined {
    this.checkLeader()
    const nowMs = this.host.queue.clock.now()
    return this.log.startVerification(producerId, sequence, producerEpoch, supportsEpochBump, nowMs)
  }

  /** Aborted transactions of which a reader may see something between `fetchOffset` and `endOffset`. */
  abortedTransactions(fetchOffset: number, endOffset: number): AbortedTransaction[] {
    return this.log.abortedTransactions(fetchOffset, endOffset)
  }

  /**
   * Waits until everything before `offset` is on all in-sync replicas. NONE when it is; REQUEST_TIMED_OUT after `withinMs`
   * (left out: never); NOT_LEADER_OR_FOLLOWER, UNKNOWN_TOPIC_OR_PARTITION or NOT_ENOUGH_REPLICAS_AFTER_APPEND when it will
   * not be known, or does not count. At once where it is there.
   */
  awaitHighWatermark(offset: number, withinMs?: number): Reply<ErrorName> {
    const ask = (): ErrorName | undefined => {
      if (this.gone === 'deleted') return 'UNKNOWN_TOPIC_OR_PARTITION'
      if (!this.isLeader) return 'NOT_LEADER_OR_FOLLOWER'
      if (this.highWatermark < offset) return undefined
      return this.underMinIsr ? 'NOT_ENOUGH_REPLICAS_AFTER_APPEND' : 'NONE'
    }
    return (
      ask() ??
      Waiting.until({
        on: [this.changed],
        ask,
        ...(withinMs === undefined ? {} : { deadline: timeOut(withinMs) }),
      })
    )
  }

  /** Waits until no live replica has anything before `offset` (KIP-107). Ends as {@link awaitHighWatermark} does. */
  awaitLowWatermark(offset: number, withinMs: number): Reply<ErrorName> {
    const ask = (): ErrorName | undefined => {
      if (this.gone === 'deleted') return 'UNKNOWN_TOPIC_OR_PARTITION'
      if (!this.isLeader) return 'NOT_LEADER_OR_FOLLOWER'
      return this.lowWatermark < offset ? undefined : 'NONE'
    }
    return ask() ?? Waiting.until({ on: [this.changed], ask, deadline: timeOut(withinMs) })
  }

  /**
   * Moves the log's start forward, if it is before `offset`. What no segment of its own holds any more goes when retention looks.
   * @throws KafkaError OFFSET_OUT_OF_RANGE beyond the high watermark, and for a negative offset
   */
  incrementLogStartOffset(offset: number): void {
    if (!this.log.incrementStartOffset(offset)) return
    this.changed.mark()
    if (this.mayExpire) this.host.expiresLater()
  }

  /**
   * Reads batches where they lie, from the one that holds the offset on.
   * @throws KafkaError NOT_LEADER_OR_FOLLOWER, FENCED_LEADER_EPOCH, UNKNOWN_LEADER_EPOCH, OFFSET_OUT_OF_RANGE
   */
  read(options: ReadOptions): ReadResult {
    const { offset, lastFetchedEpoch } = options
    this.checkLeader(options.currentLeaderEpoch)
    const { log, highWatermark, lastStableOffset, logStartOffset, logEndOffset } = this
    if (lastFetchedEpoch !== undefined) {
      const end = this.endOfEpoch(lastFetchedEpoch)
      if (end === undefined) {
        throw new KafkaError('OFFSET_OUT_OF_RANGE', `Nothing is known of the leader epoch ${lastFetchedEpoch}`)
      }
      if (offset >= logStartOffset && (end.epoch < lastFetchedEpoch || end.endOffset < offset)) {
        const nothing = { records: [], sizeInBytes: 0, firstBatchCut: false }
        return { ...nothing, highWatermark, lastStableOffset, logStartOffset, logEndOffset, diverging: end }
      }
    }
    const { records, sizeInBytes, firstBatchCut } = log.read(offset, this.endFor(options.isolation), options)
    const read = { records, sizeInBytes, firstBatchCut, highWatermark, lastStableOffset, logStartOffset, logEndOffset }
    if (options.isolation !== 'committed' || sizeInBytes === 0) return read
    return { ...read, abortedTransactions: log.abortedInFetch(offset, sizeInBytes, this.config) }
  }

  /** Where `offset` lies; what lies between two positions can be told without reading anything. */
  position(offset: number): Position {
    return this.log.position(offset)
  }

  /** How many bytes lie between a place and `offset`; Infinity when the log has gone on to another segment in between. */
  bytesSince(place: Position, offset: number): number {
    return this.log.bytesSince(place, offset)
  }

  /** Where the records of a leader epoch end (KIP-101); undefined for one that is not known. */
  endOfEpoch(epoch: number): EpochEnd | undefined {
    return this.log.epochs.endOf(epoch, this.logEndOffset)
  }

  /** The leader epoch that wrote the record at `offset`. */
  epochAt(offset: number): number | undefined {
    return this.log.epochs.at(offset)
  }

  /** What is remembered of the producers that wrote here, by rising id. */
  activeProducers(): ActiveProducer[] {
    return this.log.activeProducers(this.host.queue.clock.now())
  }

  /** The first record whose timestamp is at least `timestamp`, ms. */
  findByTimestamp(timestamp: number): TimestampAndOffset | undefined {
    return this.log.findByTimestamp(timestamp)
  }

  /** The first of the records with the greatest timestamp. */
  findMaxTimestamp(): TimestampAndOffset | undefined {
    return this.log.findMaxTimestamp()
  }

  /** What ListOffsets version 0 answers. */
  segmentOffsetsBefore(timestamp: number, maxOffsets: number): number[] {
    return this.log.segmentOffsetsBefore(timestamp, maxOffsets, this.host.queue.clock.now())
  }

  /**
   * @throws KafkaError NOT_LEADER_OR_FOLLOWER; UNKNOWN_TOPIC_OR_PARTITION once the topic is deleted; FENCED_LEADER_EPOCH or
   * UNKNOWN_LEADER_EPOCH when an epoch is given that is not the current one
   */
  checkLeader(currentLeaderEpoch?: number): void {
    if (this.gone === 'deleted') throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION')
    if (currentLeaderEpoch !== undefined && currentLeaderEpoch !== this.leaderEpoch) {
      throw new KafkaError(currentLeaderEpoch < this.leaderEpoch ? 'FENCED_LEADER_EPOCH' : 'UNKNOWN_LEADER_EPOCH')
    }
    if (!this.isLeader) throw new KafkaError('NOT_LEADER_OR_FOLLOWER', `Leader not local for partition ${this.name}`)
  }

  /** Lets go of the segments that retention no longer wants. Returns how many went. */
  deleteOldSegments(): number {
    const start = this.logStartOffset
    const count = this.log.deleteOldSegments(this.config, this.host.queue.clock.now())
    if (this.logStartOffset !== start) this.changed.mark()
    return count
  }

  /** Whether retention may find something later. */
  get mayExpire(): boolean {
    return this.log.mayExpire(this.config)
  }

  /** @internal What the metadata log says has changed. */
  update(state: PartitionState): void {
    const epoch = this.state.leaderEpoch
    this.state = state
    if (this.isLeader && state.leaderEpoch !== epoch) this.log.epochs.assign(state.leaderEpoch, this.logEndOffset)
    this.changed.mark()
  }

  /** @internal The topic's configs have changed. */
  reconfigure(config: LogConfig): void {
    this.settings = config
    if (this.mayExpire) this.host.expiresLater()
  }

  /** @internal The topic is deleted, or another broker leads: whoever waits is told, and the log is let go of. */
  close(why: 'deleted' | 'moved'): void {
    this.gone = why
    this.log = this.emptyLog()
    this.changed.mark()
  }

  /** `orders-0` */
  private get name(): string {
    return `${this.topic}-${this.index}`
  }

  /** More replicas than there are cannot be asked for. */
  private get minIsr(): number {
    return Math.min(this.config.minInSyncReplicas, this.state.replicas.length)
  }

  private get underMinIsr(): boolean {
    return this.state.isr.length < this.minIsr
  }

  private emptyLog(): ReplicaLog {
    const { queue, producerRules } = this.host
    return new ReplicaLog({ topicPartition: this.name, createdMs: queue.clock.now(), producerRules })
  }
}

function timeOut(afterMs: number): Deadline<ErrorName> {
  return { afterMs, answer: () => 'REQUEST_TIMED_OUT' }
}

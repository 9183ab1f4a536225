import { type ErrorName, KafkaError } from '../../protocol/errors.ts'
import type { LogConfig } from '../config/log-config.ts'
import type { PartitionImage } from '../controller/metadata-image.ts'
import { divergence } from '../log/divergence.ts'
import { markerBatch } from '../log/marker-batch.ts'
import type { AppendResult, LogLookups, ReplicaLog } from '../log/replica-log.ts'
import type { TransactionMarker } from '../log/transactions.ts'
import type { Unverified, VerificationGuard } from '../log/verification.ts'
import { type Deadline, Signal } from '../signal.ts'
import { type Reply, Waiting } from '../waiting.ts'
import { type FollowedPartition, Follower, type FollowerFetchAnswer, type FollowerFetchRequest } from './follower.ts'
import { FollowerFeed } from './follower-feed.ts'
import { InSyncReplicas, type LeaderHost } from './in-sync-replicas.ts'
import type { PartitionHost } from './partition-host.ts'
import type { AppendOptions, Isolation, ReadOptions, ReadResult } from './reads-and-appends.ts'
import type { RemoteReplica } from './remote-replica.ts'

/** After how long a leader asks again that the controller did not answer properly, ms (`AlterPartitionManager`). */
const PROPOSAL_RETRY_MS = 50

/** One partition of a topic on one of the brokers that have it: it leads or it follows, as the metadata log says. */
export class Partition implements FollowedPartition {
  readonly topic: string
  readonly topicId: string
  readonly index: number
  /** An append, a move of the high watermark or of the log's start, another leader or epoch, the end of the partition. */
  readonly changed: Signal = new Signal()
  private readonly host: PartitionHost
  private settings: LogConfig
  private readonly replicaLog: ReplicaLog
  private image: PartitionImage
  /** The replicas, while this broker leads. */
  private leading: InSyncReplicas | undefined
  /** How it follows, while another broker leads. */
  private following: Follower | undefined
  private readonly feed: FollowerFeed
  /** Why it is not here any more. */
  private gone: 'deleted' | 'moved' | undefined

  constructor(
    host: PartitionHost,
    topic: { readonly name: string; readonly id: string },
    image: PartitionImage,
    config: LogConfig,
    log: ReplicaLog,
  ) {
    this.host = host
    this.topic = topic.name
    this.topicId = topic.id
    this.index = image.index
    this.image = image
    this.settings = config
    this.replicaLog = log
    this.feed = new FollowerFeed({
      log,
      changed: this.changed,
      minInSync: () => this.config.minInSyncReplicas,
      leader: (currentLeaderEpoch) => this.checkedLeader(currentLeaderEpoch),
      tellsLater: () => host.tellsLater(this),
    })
    this.takeRole()
    this.expectLater()
  }

  /** The topic's effective configs. */
  get config(): LogConfig {
    return this.settings
  }

  get isLeader(): boolean {
    return this.leading !== undefined
  }

  /** Whether a node is one of the replicas that follow. */
  isFollower(nodeId: number): boolean {
    return nodeId !== this.host.nodeId && this.image.replicas.includes(nodeId)
  }

  /** The node that leads; -1: none. */
  get leaderId(): number {
    return this.image.leader
  }

  get leaderEpoch(): number {
    return this.image.leaderEpoch
  }

  /** What others may look up in its log. */
  get log(): LogLookups {
    return this.replicaLog
  }

  get logStartOffset(): number {
    return this.replicaLog.logStartOffset
  }

  get logEndOffset(): number {
    return this.replicaLog.logEndOffset
  }

  /** The offset up to which every in-sync replica has everything. */
  get highWatermark(): number {
    return this.replicaLog.highWatermark
  }

  /** The offset up to which it is decided of every transaction whether it is committed. */
  get lastStableOffset(): number {
    return this.replicaLog.lastStableOffset
  }

  /** The least offset that every live replica still has. */
  get lowWatermark(): number {
    return this.leading?.lowWatermark ?? this.replicaLog.logStartOffset
  }

  /**
   * Another number whenever something has moved that lets a deletion end. As in Kafka that is the high watermark, and where a log begins, be it
   * that of a dead replica; and not that a replica died.
   */
  get progress(): number {
    return this.highWatermark + this.logStartOffset + (this.leading?.followersDeleted ?? 0)
  }

  get sizeInBytes(): number {
    return this.replicaLog.sizeInBytes
  }

  /** Whether it is here, as the leader's or a follower's. */
  get isHere(): boolean {
    return this.gone === undefined
  }

  /**
   * Whether the leader is new and does not know yet how far its predecessors' records are committed: what it would tell of the end of the log may lie
   * before what they told (KIP-207).
   */
  get isCatchingUp(): boolean {
    return (this.leading?.epochStartOffset ?? 0) > this.highWatermark
  }

  /** The followers that a consumer may read from, one that is at `offset`: those in sync that have it (KIP-392). */
  readersFrom(offset: number): RemoteReplica[] {
    return (
      this.leading
        ?.inSyncFollowers()
        .filter((follower) => follower.logEndOffset >= offset && follower.logStartOffset <= offset) ?? []
    )
  }

  /** Where a reader's view ends. */
  endFor(isolation: Isolation): number {
    if (isolation === 'log-end') return this.logEndOffset
    return isolation === 'high-watermark' ? this.highWatermark : this.lastStableOffset
  }

  /**
   * Appends the records that a client or a coordinator gives: one batch, checked and stamped where it lies. The bytes belong
   * to the log from now on.
   * @throws KafkaError NOT_LEADER_OR_FOLLOWER, NOT_ENOUGH_REPLICAS, KAFKA_STORAGE_ERROR, RECORD_LIST_TOO_LARGE, OUT_OF_ORDER_SEQUENCE_NUMBER,
   * INVALID_PRODUCER_EPOCH, INVALID_TXN_STATE, TRANSACTION_COORDINATOR_FENCED
   * @throws RecordsError for bytes that the topic does not accept: CORRUPT_MESSAGE, INVALID_RECORD, MESSAGE_TOO_LARGE, …
   */
  append(records: Buffer, options: AppendOptions): AppendResult {
    const leading = this.checkedLeader()
    const { minInSyncReplicas } = this.config
    if (options.requiredAcks === -1 && leading.isUnderMinIsr(minInSyncReplicas)) {
      throw new KafkaError(
        'NOT_ENOUGH_REPLICAS',
        `The size of the current ISR [${leading.isr.join(', ')}] is insufficient to satisfy the min.isr requirement of ${leading.minIsr(minInSyncReplicas)} for partition ${this.name}`,
      )
    }
    const { replicaLog: log, config, leaderEpoch, host } = this
    if (host.isDiskFull) {
      throw new KafkaError('KAFKA_STORAGE_ERROR', `Error while appending to ${this.name}: no space left on device`)
    }
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
    leading.maybeMoveHighWatermark(minInSyncReplicas)
    this.changed.mark()
    if (this.mayExpire) host.expiresLater()
    if (config.compact && log.beganSegment && this.mayBeCleaned) host.cleansLater()
    if (this.image.replicas.length > 1) host.lagsLater()
    return appended
  }

  /**
   * Ends a producer's transaction here: appends the marker that its coordinator sends, once enough replicas are in sync (-1), or
   * whether they are or not (1).
   * @throws KafkaError NOT_LEADER_OR_FOLLOWER, NOT_ENOUGH_REPLICAS, INVALID_PRODUCER_EPOCH, TRANSACTION_COORDINATOR_FENCED
   */
  appendEndTransactionMarker(marker: TransactionMarker, requiredAcks = -1): AppendResult {
    const { transactionVersion } = marker
    const batch = markerBatch(marker, this.host.queue.clock.now())
    return this.append(batch, { origin: 'coordinator', requiredAcks, transactionVersion })
  }

  /**
   * Begins to verify with its coordinator that a producer's transaction is open (KIP-890); what it returns goes with the append.
   * Undefined when there is nothing to verify: the log knows that the transaction is open.
   * @throws KafkaError NOT_LEADER_OR_FOLLOWER, INVALID_PRODUCER_EPOCH
   */
  startVerification(unverified: Unverified): VerificationGuard | undefined {
    this.checkLeader()
    return this.replicaLog.startVerification(unverified, this.host.queue.clock.now())
  }

  /**
   * Waits until everything before `offset` is on all in-sync replicas. NONE when it is; REQUEST_TIMED_OUT after `withinMs`
   * (left out: never); NOT_LEADER_OR_FOLLOWER, UNKNOWN_TOPIC_OR_PARTITION or NOT_ENOUGH_REPLICAS_AFTER_APPEND when it will
   * not be known, or does not count. At once where it is there.
   */
  awaitHighWatermark(offset: number, withinMs?: number): Reply<ErrorName> {
    const ask = (): ErrorName | undefined => {
      if (this.gone === 'deleted') return 'UNKNOWN_TOPIC_OR_PARTITION'
      const { leading } = this
      if (leading === undefined) return 'NOT_LEADER_OR_FOLLOWER'
      if (this.highWatermark < offset) return undefined
      const enough = leading.maximalIsr.length >= leading.minIsr(this.config.minInSyncReplicas)
      return enough ? 'NONE' : 'NOT_ENOUGH_REPLICAS_AFTER_APPEND'
    }
    return (
      ask() ??
      Waiting.until({
        on: [this.changed],
        ask,
        // Whoever asks waits at once, so that nothing can change in between.
        wasAsked: true,
        ...(withinMs === undefined ? {} : { deadline: timeOut(withinMs) }),
      })
    )
  }

  /** Waits until no live replica has anything before `offset` (KIP-107). Ends as {@link awaitHighWatermark} does. */
  awaitLowWatermark(offset: number, withinMs: number): Reply<ErrorName> {
    let seen: number | undefined
    const ask = (): ErrorName | undefined => {
      if (this.gone === 'deleted') return 'UNKNOWN_TOPIC_OR_PARTITION'
      if (!this.isLeader) return 'NOT_LEADER_OR_FOLLOWER'
      const { progress } = this
      if (progress === seen) return undefined
      seen = progress
      return this.lowWatermark < offset ? undefined : 'NONE'
    }
    return ask() ?? Waiting.until({ on: [this.changed], ask, deadline: timeOut(withinMs) })
  }

  /**
   * Moves the log's start forward, if it is before `offset`. What no segment of its own holds any more goes when retention looks.
   * @throws KafkaError OFFSET_OUT_OF_RANGE beyond the high watermark, and for a negative offset
   */
  incrementLogStartOffset(offset: number): void {
    if (!this.replicaLog.incrementStartOffset(offset)) return
    this.changed.mark()
    this.expectLater()
  }

  /**
   * Reads batches where they lie, from the one that holds the offset on. A follower reads what it has as well as the leader does.
   * @throws KafkaError OFFSET_OUT_OF_RANGE
   */
  read(options: ReadOptions): ReadResult {
    const { offset, lastFetchedEpoch } = options
    const { replicaLog: log, highWatermark, lastStableOffset, logStartOffset, logEndOffset } = this
    if (lastFetchedEpoch !== undefined) {
      const diverging = divergence(log, offset, lastFetchedEpoch)
      if (diverging !== undefined) {
        const nothing = { records: [], sizeInBytes: 0, firstBatchCut: false }
        return { ...nothing, highWatermark, lastStableOffset, logStartOffset, logEndOffset, diverging }
      }
    }
    const { records, sizeInBytes, firstBatchCut } = log.read(offset, this.endFor(options.isolation), options)
    const read = { records, sizeInBytes, firstBatchCut, highWatermark, lastStableOffset, logStartOffset, logEndOffset }
    if (options.isolation !== 'committed' || offset >= lastStableOffset) return read
    return { ...read, abortedTransactions: log.abortedInFetch(offset, sizeInBytes, this.config) }
  }

  /** See {@link FollowerFeed.fetch}. */
  fetchAsFollower(request: FollowerFetchRequest, maxBytes: number): Reply<FollowerFetchAnswer> {
    return this.feed.fetch(request, maxBytes)
  }

  /**
   * @throws KafkaError NOT_LEADER_OR_FOLLOWER; UNKNOWN_TOPIC_OR_PARTITION once the topic is deleted; FENCED_LEADER_EPOCH or
   * UNKNOWN_LEADER_EPOCH when an epoch is given that is not the current one
   */
  checkLeader(currentLeaderEpoch?: number): void {
    this.checkedLeader(currentLeaderEpoch)
  }

  /**
   * Checks the epoch that is believed to be the leader's, where one is given, of a leader or a follower.
   * @throws KafkaError UNKNOWN_TOPIC_OR_PARTITION once the topic is deleted, FENCED_LEADER_EPOCH, UNKNOWN_LEADER_EPOCH
   */
  checkEpoch(currentLeaderEpoch?: number): void {
    if (this.gone === 'deleted') throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION')
    if (currentLeaderEpoch !== undefined && currentLeaderEpoch !== this.leaderEpoch) {
      throw new KafkaError(currentLeaderEpoch < this.leaderEpoch ? 'FENCED_LEADER_EPOCH' : 'UNKNOWN_LEADER_EPOCH')
    }
  }

  private checkedLeader(currentLeaderEpoch?: number): InSyncReplicas {
    this.checkEpoch(currentLeaderEpoch)
    const { leading } = this
    if (leading !== undefined) return leading
    throw new KafkaError('NOT_LEADER_OR_FOLLOWER', `Leader not local for partition ${this.name}`)
  }

  /** Lets go of the segments that retention no longer wants. Returns how many went. */
  deleteOldSegments(): number {
    const start = this.logStartOffset
    const count = this.replicaLog.deleteOldSegments(this.config, this.host.queue.clock.now())
    if (this.logStartOffset !== start) this.changed.mark()
    return count
  }

  /** Lets the cleaner look at the log (`cleanup.policy`). */
  clean(): void {
    if (!this.config.compact) return
    this.replicaLog.clean(this.config, this.host.queue.clock.now())
    this.deleteOldSegments()
  }

  /** Compacts all that is decided, however little there is to gain, if the topic is compacted. */
  compact(): void {
    this.replicaLog.compact(this.config, this.host.queue.clock.now())
  }

  /** Whether the cleaner may find something, now or later. */
  get mayBeCleaned(): boolean {
    return this.replicaLog.mayBeCleaned(this.config)
  }

  /** Whether retention may find something later. */
  get mayExpire(): boolean {
    return this.replicaLog.mayExpire(this.config)
  }

  /** @internal What the metadata log says has changed. */
  update(image: PartitionImage): void {
    const { leader, leaderEpoch } = this.image
    this.image = image
    if (image.leader !== leader || image.leaderEpoch !== leaderEpoch) this.takeRole()
    else if (this.leading !== undefined) {
      this.leading.update(image)
      this.leading.maybeMoveHighWatermark(this.config.minInSyncReplicas)
    }
    this.changed.mark()
  }

  /** @internal Takes those out of sync that are behind for too long. Whether it is worth looking again. */
  shrinkIsr(): boolean {
    return this.leading?.maybeShrink() ?? false
  }

  /** @internal Answers followers that have nothing to fetch, for the sake of the high watermark. */
  tellHighWatermark(): void {
    this.feed.tellHighWatermark()
  }

  /** @internal Other brokers are alive than before. */
  brokersChanged(): void {
    this.leading?.maybeExpandAll()
    this.following?.brokersChanged()
  }

  /** The follower here has news of the leader. */
  replicated(): void {
    this.changed.mark()
    this.expectLater()
  }

  /** @internal The topic's configs have changed. */
  reconfigure(config: LogConfig): void {
    this.settings = config
    this.expectLater()
  }

  /** @internal The topic is deleted, or the replica is another broker's now: whoever waits is told. */
  close(why: 'deleted' | 'moved'): void {
    this.gone = why
    this.leading = undefined
    this.following?.stop()
    this.following = undefined
    this.changed.mark()
  }

  private takeRole(): void {
    const { host, image, replicaLog: log } = this
    const { leader, leaderEpoch } = image
    this.following?.stop()
    this.following = undefined
    this.leading = undefined
    if (leader === host.nodeId) {
      log.epochs.assign(leaderEpoch, log.logEndOffset)
      this.leading = new InSyncReplicas(this.leaderHost(), log, image)
      this.leading.maybeMoveHighWatermark(this.config.minInSyncReplicas)
      if (image.replicas.length > 1) host.lagsLater()
    } else if (leader >= 0) {
      this.following = new Follower(host, this, log, leader, leaderEpoch)
      this.following.start()
    }
  }

  private leaderHost(): LeaderHost {
    const { host } = this
    return {
      nodeId: host.nodeId,
      brokerEpoch: host.brokerEpoch,
      maxLagMs: host.maxLagMs,
      watermarkNeedsMinIsr: host.watermarkNeedsMinIsr,
      nowMs: () => host.queue.clock.now(),
      eligibleEpoch: (nodeId) => host.eligibleEpoch(nodeId),
      propose: (proposal, answered) => host.propose(this, proposal, answered),
      later: (retry) => host.queue.after(PROPOSAL_RETRY_MS, retry),
      isrDecided: () => {
        this.leading?.maybeMoveHighWatermark(this.config.minInSyncReplicas)
        this.changed.mark()
      },
    }
  }

  /** Has retention and the cleaner look at the log when they do, if there is anything for them. */
  private expectLater(): void {
    if (this.mayExpire) this.host.expiresLater()
    if (this.mayBeCleaned) this.host.cleansLater()
  }

  /** `orders-0` */
  private get name(): string {
    return `${this.topic}-${this.index}`
  }
}

function timeOut(afterMs: number): Deadline<ErrorName> {
  return { afterMs, answer: () => 'REQUEST_TIMED_OUT' }
}

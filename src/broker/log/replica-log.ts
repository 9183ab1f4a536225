import { KafkaError } from '../../protocol/errors.ts'
import { RecordBatch } from '../../protocol/records/record-batch.ts'
import type { LogConfig } from '../config/log-config.ts'
import { type Intake, takeIn } from './incoming.ts'
import type { LeaderEpochs } from './leader-epochs.ts'
import { Log, type LogRead, type ReadLimits } from './log.ts'
import { type Cleaning, LogCleaning } from './log-cleaning.ts'
import { findByTimestamp, findMaxTimestamp, segmentOffsetsBefore, type TimestampAndOffset } from './lookup.ts'
import { type ActiveProducer, type ProducerAppend, type ProducerRules, ProducerStates } from './producer-states.ts'
import { deleteOldSegments, mayExpire } from './retention.ts'
import type { Position, Segment } from './segment.ts'
import { abortedTransactions, fetchUpperBound } from './transaction-index.ts'
import type { AbortedTransaction } from './transactions.ts'
import type { Unverified, VerificationGuard } from './verification.ts'

/** What becomes of an append. */
export interface AppendResult {
  /** Of the first record; for a batch that was there already, where it is. -1 when there was nothing to append. */
  readonly baseOffset: number
  readonly lastOffset: number
  /** The time of the append, ms, where the topic keeps that; -1 otherwise. */
  readonly logAppendTime: number
  readonly logStartOffset: number
}

/** What a replica's log is made with. */
export interface ReplicaLogOptions {
  /** `orders-0`, for messages. */
  readonly topicPartition: string
  readonly createdMs: number
  readonly producerRules: ProducerRules
}

/** How a leader appends. */
export interface LeaderAppend extends Intake, ProducerAppend {
  readonly leaderEpoch: number
}

/** What can be looked up in a replica's log by whoever is not to change it. */
export interface LogLookups
  extends Pick<
    ReplicaLog,
    'position' | 'bytesSince' | 'activeProducers' | 'findByTimestamp' | 'findMaxTimestamp' | 'segmentOffsetsBefore'
  > {
  readonly epochs: Pick<LeaderEpochs, 'at' | 'endOf'>
}

/**
 * A replica's log and all that follows from its bytes (Kafka's `UnifiedLog`): which leader wrote what, what is known of the
 * producers, how far it is committed. It is what lies on a broker's disk: it knows neither roles nor other replicas, and
 * outlives the broker that has it.
 */
export class ReplicaLog {
  /** `orders-0` */
  readonly topicPartition: string
  private producerRules: ProducerRules
  private readonly log: Log
  private readonly cleaning: LogCleaning
  private producers: ProducerStates | undefined
  private committed = 0

  constructor({ topicPartition, createdMs, producerRules }: ReplicaLogOptions) {
    this.topicPartition = topicPartition
    this.producerRules = producerRules
    this.log = new Log(createdMs)
    this.cleaning = new LogCleaning(this.log)
  }

  /** The offset of the first record that a fetch may ask for. */
  get logStartOffset(): number {
    return this.log.logStartOffset
  }

  /** The offset that the next record gets. */
  get logEndOffset(): number {
    return this.log.logEndOffset
  }

  get sizeInBytes(): number {
    return this.log.sizeInBytes
  }

  get segments(): readonly Segment[] {
    return this.log.segments
  }

  get epochs(): LeaderEpochs {
    return this.log.epochs
  }

  /** The offset up to which it is known that every in-sync replica has everything. */
  get highWatermark(): number {
    return this.committed
  }

  /** Moves the high watermark forward, never beyond the log's end nor back. Whether it moved. */
  maybeIncrementHighWatermark(offset: number): boolean {
    if (offset <= this.committed) return false
    const before = this.committed
    return this.updateHighWatermark(offset) > before
  }

  /** Sets the high watermark, back as well; within the log. Returns what it is now. */
  updateHighWatermark(offset: number): number {
    this.committed = Math.max(this.logStartOffset, Math.min(offset, this.logEndOffset))
    this.producers?.replicatedUpTo(this.committed)
    return this.committed
  }

  /** The offset up to which it is decided of every transaction whether it is committed. */
  get lastStableOffset(): number {
    const unstable = this.producers?.firstUnstableOffset ?? Number.POSITIVE_INFINITY
    return Math.min(this.committed, Math.max(unstable, this.logStartOffset))
  }

  /**
   * Appends what a client or a coordinator gives to the leader: one batch, checked and stamped where it lies. The bytes belong
   * to the log from now on.
   * @throws KafkaError RECORD_LIST_TOO_LARGE, OUT_OF_ORDER_SEQUENCE_NUMBER, INVALID_PRODUCER_EPOCH, INVALID_TXN_STATE,
   * TRANSACTION_COORDINATOR_FENCED
   * @throws RecordsError for bytes that the topic does not accept: CORRUPT_MESSAGE, INVALID_RECORD, MESSAGE_TOO_LARGE, …
   */
  appendAsLeader(records: Buffer, append: LeaderAppend): AppendResult {
    const { log, topicPartition } = this
    const { config, nowMs, leaderEpoch, origin } = append
    const { logStartOffset, logEndOffset: baseOffset } = log
    const incoming = takeIn(records, topicPartition, baseOffset, leaderEpoch, append)
    if (incoming === undefined) return { baseOffset: -1, lastOffset: -1, logAppendTime: -1, logStartOffset }
    const { batch } = incoming
    if (batch.sizeInBytes > config.segmentBytes) {
      throw new KafkaError(
        'RECORD_LIST_TOO_LARGE',
        `Message batch size is ${batch.sizeInBytes} bytes in append to partition ${topicPartition}, which exceeds the maximum configured segment size of ${config.segmentBytes}.`,
      )
    }
    const { lastOffset } = batch
    const producers = batch.hasProducerId ? this.producersAt(nowMs) : undefined
    if (producers !== undefined) {
      const duplicate = origin === 'client' ? producers.duplicateOf(batch) : undefined
      if (duplicate !== undefined) {
        // Kafka answers with the batch's own timestamp as the time of its append, whatever the topic keeps.
        const { firstOffset, timestamp } = duplicate
        return { baseOffset: firstOffset, lastOffset: duplicate.lastOffset, logAppendTime: timestamp, logStartOffset }
      }
      producers.check(batch, baseOffset, append, this.producerRules, topicPartition)
    }
    this.appended(log.append(incoming, leaderEpoch, config, nowMs), producers, batch)
    return {
      baseOffset,
      lastOffset,
      logAppendTime: config.timestampType === 'LogAppendTime' ? nowMs : -1,
      logStartOffset,
    }
  }

  /**
   * Appends batches as a leader keeps them, the same bytes, unchecked: offsets and epochs are those that it stamped, and may
   * leave some out where it has compacted.
   * @throws RangeError when a batch begins before the log's end
   */
  appendAsFollower(batches: readonly Buffer[], config: LogConfig, nowMs: number): void {
    for (const bytes of batches) {
      const batch = new RecordBatch(bytes)
      const { baseOffset, lastOffset, maxTimestamp } = batch
      const { logStartOffset, logEndOffset } = this
      if (baseOffset < logEndOffset) {
        // The leader's log may start in the middle of a batch (KIP-107): the first one that it gives begins earlier.
        if (logStartOffset !== logEndOffset || lastOffset < logEndOffset) {
          throw new RangeError(
            `Unexpected offset in append to ${this.topicPartition}. First offset ${baseOffset} is less than the next offset ${logEndOffset}`,
          )
        }
        this.truncateFullyAndStartAt(baseOffset, logStartOffset)
      }
      const producers = batch.hasProducerId ? this.producersAt(nowMs) : undefined
      const segment = this.log.append({ batch, maxTimestamp }, batch.partitionLeaderEpoch, config, nowMs, baseOffset)
      this.appended(segment, producers, batch)
    }
  }

  /**
   * Takes away everything from `offset` on (KIP-101); a batch that holds it and begins before it goes as a whole. Whether
   * there was anything to take.
   */
  truncateTo(offset: number): boolean {
    const { log } = this
    if (offset >= log.logEndOffset) {
      // An epoch that began here and wrote nothing may be contradicted by the next leader.
      log.epochs.truncateFromEnd(log.logEndOffset)
      return false
    }
    if (offset < (log.segments[0]?.baseOffset ?? 0)) {
      this.truncateFullyAndStartAt(offset)
      return true
    }
    log.truncateTo(offset)
    this.cleaning.truncatedTo(offset)
    this.rebuildProducers()
    this.updateHighWatermark(this.committed)
    return true
  }

  /** Takes away everything; the log goes on at `offset`, and starts there or, if that is said, at another one. */
  truncateFullyAndStartAt(offset: number, logStartOffset: number = offset): void {
    this.log.truncateFullyAndStartAt(offset, logStartOffset)
    this.cleaning.truncatedTo(offset)
    this.producers?.restore(undefined)
    this.updateHighWatermark(offset)
  }

  /**
   * Batches where they lie, from the one that holds `offset` on; none that reaches up to `endOffset`.
   * @throws KafkaError OFFSET_OUT_OF_RANGE
   */
  read(offset: number, endOffset: number, limits: ReadLimits): LogRead {
    return this.log.read(offset, endOffset, limits)
  }

  /** Where `offset` lies; what lies between two positions can be told without reading anything. */
  position(offset: number): Position {
    return this.log.position(offset)
  }

  /** How many bytes lie between a place and `offset`; Infinity when the log has gone on to another segment in between. */
  bytesSince(place: Position, offset: number): number {
    return this.log.bytesSince(place, offset)
  }

  /**
   * Moves the log's start forward, if it is before `offset`. Whether it moved.
   * @throws KafkaError OFFSET_OUT_OF_RANGE beyond the high watermark, and for a negative offset
   */
  incrementStartOffset(offset: number): boolean {
    if (offset < 0 || offset > this.committed) {
      throw new KafkaError(
        'OFFSET_OUT_OF_RANGE',
        `Cannot increment the log start offset to ${offset} of partition ${this.topicPartition}, whose high watermark is ${this.committed}`,
      )
    }
    if (!this.log.incrementStartOffset(offset)) return false
    this.producers?.replicatedUpTo(offset)
    return true
  }

  /** Transactions that were aborted, of which a reader may see something between `fetchOffset` and `endOffset`. */
  abortedTransactions(fetchOffset: number, endOffset: number): AbortedTransaction[] {
    return abortedTransactions(this.log, fetchOffset, endOffset)
  }

  /** The same for a reader of committed records that was given so many bytes from `fetchOffset` on. */
  abortedInFetch(fetchOffset: number, sizeInBytes: number, config: LogConfig): AbortedTransaction[] {
    return abortedTransactions(this.log, fetchOffset, fetchUpperBound(this.log, fetchOffset, sizeInBytes, config))
  }

  /**
   * Begins to verify with its coordinator that a producer's transaction is open (KIP-890); what it returns goes with the append.
   * Undefined when the log knows that it is, so that there is nothing to verify.
   * @throws KafkaError INVALID_PRODUCER_EPOCH
   */
  startVerification(unverified: Unverified, nowMs: number): VerificationGuard | undefined {
    return this.producersAt(nowMs).startVerification(unverified, nowMs)
  }

  /** The broker has been started anew: what was only in its memory is gone. */
  reopen(rules: ProducerRules): void {
    this.producerRules = rules
    this.cleaning.reopen()
    this.producers?.forgetVerifications()
  }

  /** Lets go of the segments that retention no longer wants. Returns how many went. */
  deleteOldSegments(config: LogConfig, nowMs: number): number {
    return deleteOldSegments(this.log, config, this.committed, nowMs)
  }

  /** Whether retention may find something later. */
  mayExpire(config: LogConfig): boolean {
    return mayExpire(this.log, config)
  }

  /**
   * Has the cleaner look at the log, as it does every `log.cleaner.backoff.ms`: a compacted topic's is cleaned if enough of it is dirty
   * (`min.cleanable.dirty.ratio`) or something has been so for too long (`max.compaction.lag.ms`). Whether it was.
   */
  clean(config: LogConfig, nowMs: number): boolean {
    return this.cleaning.clean(this.cleaningOf(config, nowMs))
  }

  /**
   * Cleans all of a compacted topic's log that is decided and older than `min.compaction.lag.ms`, however little of it is dirty, and
   * whatever segment it is in.
   */
  compact(config: LogConfig, nowMs: number): void {
    this.cleaning.compact(this.cleaningOf(config, nowMs))
  }

  /** Whether the last append began a segment: only then there is more for a cleaner. */
  get beganSegment(): boolean {
    return this.segments[this.segments.length - 1]?.batches.length === 1
  }

  /** Whether {@link clean} may find something later, though nothing is appended: whether it is worth looking again. */
  mayBeCleaned(config: LogConfig): boolean {
    return this.cleaning.mayFindSomething(config)
  }

  /** What is remembered of the producers that wrote here, by rising id. */
  activeProducers(nowMs: number): ActiveProducer[] {
    return this.producers === undefined ? [] : this.producersAt(nowMs).active()
  }

  /** The first record whose timestamp is at least `timestamp`, ms. */
  findByTimestamp(timestamp: number): TimestampAndOffset | undefined {
    return findByTimestamp(this.log, timestamp)
  }

  /** The first of the records with the greatest timestamp. */
  findMaxTimestamp(): TimestampAndOffset | undefined {
    return findMaxTimestamp(this.log)
  }

  /** What ListOffsets version 0 answers. */
  segmentOffsetsBefore(timestamp: number, maxOffsets: number, nowMs: number): number[] {
    return segmentOffsetsBefore(this.log, timestamp, maxOffsets, nowMs)
  }

  /** What is known of the producers, after those are forgotten that are due. */
  private producersAt(nowMs: number): ProducerStates {
    this.producers ??= new ProducerStates(this.log.createdMs)
    this.producers.expire(nowMs, this.producerRules)
    return this.producers
  }

  private cleaningOf(config: LogConfig, nowMs: number): Cleaning {
    const { highWatermark, lastStableOffset } = this
    const producers = this.producers === undefined ? undefined : this.producersAt(nowMs)
    return { config, nowMs, highWatermark, lastStableOffset, producer: (id) => producers?.state(id) }
  }

  /** Notes what an append does to the producers that are known, and to what is known of transactions. */
  private appended(segment: Segment, producers: ProducerStates | undefined, batch: RecordBatch): void {
    if (segment.batches.length === 1) segment.producers = this.producers?.snapshot()
    const completed = producers?.update(batch)
    if (producers === undefined || completed === undefined) return
    const lastStableOffset = producers.complete(completed)
    const { producerId, firstOffset, lastOffset, aborted } = completed
    if (!aborted) return
    segment.aborted ??= []
    segment.aborted.push({ producerId, firstOffset, lastOffset, lastStableOffset })
  }

  /** Learns again what the batches that are left say of the producers, from the last segment of which it is known. */
  private rebuildProducers(): void {
    const { producers, log } = this
    if (producers === undefined) return
    const { segments, logStartOffset } = log
    const first = segments.findLastIndex(
      ({ baseOffset, producers: known }) => known !== undefined && baseOffset > logStartOffset,
    )
    producers.restore(segments[first]?.producers)
    for (const { batches } of segments.slice(Math.max(first, 0))) {
      for (const { bytes, lastOffset } of batches) {
        const batch = new RecordBatch(bytes)
        if (!batch.hasProducerId || lastOffset < logStartOffset) continue
        const completed = producers.update(batch)
        if (completed !== undefined) producers.complete(completed)
      }
    }
  }
}

import { KafkaError } from '../../protocol/errors.ts'
import { type EndTransactionMarker, readEndTransactionMarker } from '../../protocol/records/control-record.ts'
import type { RecordBatch } from '../../protocol/records/record-batch.ts'
import { checkMarker, checkProducerBatch } from './producer-checks.ts'
import { type BatchMetadata, NO_TRANSACTION, ProducerState } from './producer-state.ts'
import { type CompletedTransaction, UnstableTransactions } from './transactions.ts'
import { type Unverified, type VerificationGuard, Verifications } from './verification.ts'

/** What DescribeProducers tells of a producer (KIP-664). */
export interface ActiveProducer {
  readonly producerId: number
  readonly producerEpoch: number
  /** Of its last record; -1 when it wrote none in this epoch. */
  readonly lastSequence: number
  /** ms */
  readonly lastTimestamp: number
  /** Of the coordinator that wrote its last marker; -1 when none did. */
  readonly coordinatorEpoch: number
  /** Where its open transaction begins; -1 when there is none. */
  readonly currentTxnStartOffset: number
}

/** What a broker's configs say of producers. */
export interface ProducerRules {
  /** `producer.id.expiration.ms`: when a producer is forgotten. */
  readonly expirationMs: number
  /** `producer.id.expiration.check.interval.ms`: how often Kafka looks. */
  readonly checkIntervalMs: number
  /** `transaction.partition.verification.enable`: whether a transaction may begin only once its coordinator was asked. */
  readonly verifiesTransactions: boolean
}

/** How a batch of a producer is to be appended. */
export interface ProducerAppend {
  readonly origin: 'client' | 'coordinator'
  readonly verification?: VerificationGuard | undefined
  readonly transactionVersion?: number | undefined
}

/**
 * The idempotent and transactional producers of a partition (KIP-98): which batches each of them has written last, and which
 * transactions are open. Nothing else keeps a batch that is sent again from being there twice, or one from being left out.
 */
export class ProducerStates {
  private readonly producers = new Map<number, ProducerState>()
  private readonly unstable = new UnstableTransactions()
  private readonly verifications = new Verifications()
  private checkedMs: number

  constructor(nowMs: number) {
    this.checkedMs = nowMs
  }

  get size(): number {
    return this.producers.size
  }

  /** The least offset of what is not decided, or whose decision is not replicated; undefined when all is. */
  get firstUnstableOffset(): number | undefined {
    return this.unstable.firstOffset
  }

  /** The state of a producer, to look at. */
  state(producerId: number): Readonly<ProducerState> | undefined {
    return this.producers.get(producerId)
  }

  /** All of them, by rising id. */
  active(): ActiveProducer[] {
    return [...this.producers]
      .sort(([one], [other]) => one - other)
      .map(([producerId, { epoch, lastSequence, lastTimestamp, coordinatorEpoch, transactionStart }]) => ({
        producerId,
        producerEpoch: epoch,
        lastSequence,
        lastTimestamp,
        coordinatorEpoch,
        currentTxnStartOffset: transactionStart,
      }))
  }

  /** What became of a batch that is one of the producer's last five; undefined when it is not. */
  duplicateOf(batch: RecordBatch): BatchMetadata | undefined {
    const state = this.producers.get(batch.producerId)
    if (state === undefined || state.epoch !== batch.producerEpoch) return undefined
    const { baseSequence, lastSequence } = batch
    return state.batches.find((kept) => kept.firstSequence === baseSequence && kept.lastSequence === lastSequence)
  }

  /**
   * Holds a batch that would begin at `offset` against what is known of its producer; changes nothing.
   * @throws KafkaError INVALID_PRODUCER_EPOCH, OUT_OF_ORDER_SEQUENCE_NUMBER, INVALID_TXN_STATE, TRANSACTION_COORDINATOR_FENCED
   */
  check(
    batch: RecordBatch,
    offset: number,
    { origin, verification: guard, transactionVersion = 0 }: ProducerAppend,
    rules: ProducerRules,
    topicPartition: string,
  ): void {
    const { producerId } = batch
    const state = this.producers.get(producerId)
    const verification = this.verifications.of(producerId)
    const check = { batch, offset, origin, topicPartition, state, verification, guard, rules }
    const marker = batch.isControl ? markerIn(batch) : undefined
    if (marker !== undefined) checkMarker(check, marker, transactionVersion)
    else if (!batch.isControl) checkProducerBatch(check)
  }

  /** Notes a batch that was appended, its offsets stamped. Returns the transaction that it ended. */
  update(batch: RecordBatch): CompletedTransaction | undefined {
    const { producerId, producerEpoch, isControl, isTransactional } = batch
    let state = this.producers.get(producerId)
    if (state === undefined) {
      state = new ProducerState()
      this.producers.set(producerId, state)
    }
    const completed = isControl ? this.end(producerId, state, batch) : undefined
    if (!isControl) this.add(producerId, state, batch)
    if (isTransactional) this.verifications.appended(producerId, producerEpoch, isControl)
    return completed
  }

  /** Notes the end of a transaction that {@link update} told of. Returns up to where all is decided then. */
  complete(transaction: CompletedTransaction): number {
    return this.unstable.complete(transaction)
  }

  /** Everything before `offset` is on all in-sync replicas. */
  replicatedUpTo(offset: number): void {
    this.unstable.replicatedUpTo(offset)
  }

  private hasOngoingTransaction(producerId: number, producerEpoch: number): boolean {
    const state = this.producers.get(producerId)
    return state?.hasTransaction === true && state.epoch === producerEpoch
  }

  /**
   * Begins to verify that a producer's transaction is open (KIP-890), if the log does not know it. Undefined when it does.
   * @throws KafkaError INVALID_PRODUCER_EPOCH
   */
  startVerification(unverified: Unverified, nowMs: number): VerificationGuard | undefined {
    const { producerId, producerEpoch } = unverified
    const epoch = this.producers.get(producerId)?.epoch
    if (epoch !== undefined && producerEpoch < epoch) {
      throw new KafkaError(
        'INVALID_PRODUCER_EPOCH',
        `Epoch of producer ${producerId} is ${producerEpoch}, which is smaller than the last seen epoch ${epoch}`,
      )
    }
    if (this.hasOngoingTransaction(producerId, producerEpoch)) return undefined
    return this.verifications.start(unverified, nowMs)
  }

  /**
   * Forgets the producers that Kafka would have forgotten by now. It looks every `checkIntervalMs`, and counts from the
   * timestamp of a producer's last batch; here nothing runs in between, and whoever asks does first what was due.
   */
  expire(nowMs: number, { expirationMs, checkIntervalMs }: ProducerRules): void {
    const checks = Math.floor((nowMs - this.checkedMs) / checkIntervalMs)
    if (checks <= 0) return
    this.checkedMs += checks * checkIntervalMs
    for (const [producerId, state] of this.producers) {
      if (!state.hasTransaction && this.checkedMs - state.lastTimestamp >= expirationMs)
        this.producers.delete(producerId)
    }
    this.verifications.expire(this.checkedMs, expirationMs)
  }

  /** A copy of what is known now. */
  snapshot(): ProducerSnapshot {
    const producers = new Map<number, ProducerState>()
    for (const [producerId, state] of this.producers) producers.set(producerId, state.copy())
    return { producers, unreplicated: this.unstable.ended() }
  }

  /** Goes back to what a snapshot says, or to nothing; verifications stay, as they do in Kafka. */
  restore(snapshot: ProducerSnapshot | undefined): void {
    this.producers.clear()
    this.unstable.clear()
    if (snapshot === undefined) return
    const states = [...snapshot.producers].sort(([, one], [, other]) => one.transactionStart - other.transactionStart)
    for (const [producerId, state] of states) {
      this.producers.set(producerId, state.copy())
      if (state.hasTransaction) this.unstable.begin(producerId, state.transactionStart)
    }
    for (const transaction of snapshot.unreplicated) this.unstable.complete(transaction)
  }

  /** What was only in the memory of a broker is gone: it has been started anew. */
  forgetVerifications(): void {
    this.verifications.clear()
  }

  private add(producerId: number, state: ProducerState, batch: RecordBatch): void {
    const { baseOffset } = batch
    state.enter(batch.producerEpoch)
    state.add({
      firstSequence: batch.baseSequence,
      lastSequence: batch.lastSequence,
      firstOffset: baseOffset,
      lastOffset: batch.lastOffset,
      timestamp: batch.maxTimestamp,
    })
    if (!batch.isTransactional || state.hasTransaction) return
    state.transactionStart = baseOffset
    this.unstable.begin(producerId, baseOffset)
  }

  private end(producerId: number, state: ProducerState, batch: RecordBatch): CompletedTransaction | undefined {
    const marker = markerIn(batch)
    if (marker === undefined) return undefined
    const firstOffset = state.transactionStart
    state.enter(batch.producerEpoch)
    state.coordinatorEpoch = marker.coordinatorEpoch
    state.lastTimestamp = batch.maxTimestamp
    state.transactionStart = NO_TRANSACTION
    // A marker of a transaction that wrote nothing here decides nothing here.
    if (firstOffset === NO_TRANSACTION) return undefined
    return { producerId, firstOffset, lastOffset: batch.baseOffset, aborted: marker.type === 'ABORT' }
  }
}

/** What is known of producers and their transactions at one offset. */
export interface ProducerSnapshot {
  readonly producers: ReadonlyMap<number, ProducerState>
  /** Kafka's snapshots leave these out, and its last stable offset may run ahead of a marker for a while. */
  readonly unreplicated: readonly CompletedTransaction[]
}

/** The marker in a control batch; undefined for one that compaction has emptied. */
function markerIn(batch: RecordBatch): EndTransactionMarker | undefined {
  const record = batch.records().next().value
  return record === undefined ? undefined : (readEndTransactionMarker(record) ?? undefined)
}

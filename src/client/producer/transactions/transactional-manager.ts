import { abortable } from '../../abortable.ts'
import type { CallOptions } from '../../channel.ts'
import type { Client } from '../../client.ts'
import { ErrTransactionNotReady, ErrTransitionNotAllowed } from '../../errors/client-errors.ts'
import {
  ErrInvalidProducerEpoch,
  ErrInvalidProducerIDMapping,
  ErrInvalidTxnState,
  ErrProducerFenced,
} from '../../errors/kafka-errors.ts'
import type { TopicPartition } from '../../topic-partition.ts'
import type { TransactionManager } from '../transaction-manager.ts'
import { Closing } from './closing.ts'
import { endTxn } from './end-txn.ts'
import { initTransactionalProducer } from './init-producer-id.ts'
import { NO_PRODUCER, type ProducerIdentity, type TransactionalProducer } from './producer-identity.ts'
import { isFatalForTransaction, verdictOnProducer } from './producer-verdict.ts'
import {
  addOffsetsToTxn,
  type ConsumerGroupMetadata,
  commitOffsets,
  GroupOffsets,
  type TxnOffsets,
} from './transaction-offsets.ts'
import { addPartitions, PartitionSet } from './transaction-partitions.ts'
import {
  ABORTABLE,
  ABORTING,
  COMMITTING,
  FATAL,
  ProducerTxnFlagAbortableError,
  ProducerTxnFlagAbortingTransaction,
  ProducerTxnFlagCommittingTransaction,
  ProducerTxnFlagFatalError,
  ProducerTxnFlagInError,
  ProducerTxnFlagInitializing,
  ProducerTxnFlagInTransaction,
  ProducerTxnFlagReady,
  ProducerTxnFlagUninitialized,
  type ProducerTxnStatusFlag,
  txnStatusText,
} from './txn-status.ts'

/** Of a producer with transactions (KIP-98): one transaction after the other. */
export class TransactionalManager implements TransactionManager {
  readonly isTransactional = true
  readonly transactionalId: string
  private readonly client: Client
  private identity: ProducerIdentity = NO_PRODUCER
  private v2 = false
  private canBumpEpoch = false
  private state: ProducerTxnStatusFlag = ProducerTxnFlagUninitialized
  private error: Error | null = null
  /** The next epoch is to be asked for after the transaction: some sequence numbers of this one may not have been used. */
  private needsEpoch = false
  /** The coordinator has forgotten this producer's id: it has no transaction to end. */
  private isForgotten = false
  /** Whether the coordinator knows of the transaction: it was told, and has not answered, perhaps. */
  private started: 'no' | 'perhaps' | 'yes' = 'no'
  /** The coordinator was told the outcome, or may have been. */
  private isDecided = false
  private readonly partitions = new PartitionSet()
  private readonly offsets = new Map<string, GroupOffsets>()
  private readonly closing = new Closing()
  /** One request at a time. */
  private turn: Promise<void> = Promise.resolve()

  constructor(client: Client, transactionalId: string) {
    this.client = client
    this.transactionalId = transactionalId
  }

  get producerId(): number {
    return this.identity.producerId
  }

  get producerEpoch(): number {
    return this.identity.producerEpoch
  }

  get status(): ProducerTxnStatusFlag {
    return this.state
  }

  get lastError(): Error | null {
    return this.error
  }

  get isTransactionV2(): boolean {
    return this.v2
  }

  async init(call: CallOptions = {}): Promise<void> {
    const options = this.closing.with(call)
    await this.inTurn(async () => {
      this.throwError()
      if (!this.isIn(ProducerTxnFlagUninitialized)) return
      this.moveTo(ProducerTxnFlagInitializing)
      try {
        await this.askForIdentity(NO_PRODUCER, options)
      } catch (error) {
        // There is no transaction yet that could be aborted: whoever can, tries again.
        this.moveTo(ProducerTxnFlagUninitialized)
        throw error
      }
    }, options)
  }

  bumpEpoch(): Promise<void> {
    this.needsEpoch = this.canBumpEpoch
    return Promise.resolve()
  }

  fail(error: Error): void {
    if (isFatalForTransaction(error)) {
      this.moveTo(FATAL, error)
      return
    }
    const isOpen = this.isIn(ProducerTxnFlagInTransaction | ProducerTxnFlagCommittingTransaction)
    if (!isOpen && !this.isIn(ProducerTxnFlagAbortingTransaction)) return
    // With transactions v2 the end of any transaction brings the next epoch.
    if (this.canBumpEpoch && !this.v2) this.needsEpoch = true
    if (isOpen) this.moveTo(ABORTABLE, error)
  }

  needsPublishing(topic: string, partition: number): boolean {
    return !this.partitions.has({ topic, partition })
  }

  async publishTxnPartitions(partitions: readonly TopicPartition[], call: CallOptions = {}): Promise<void> {
    if (this.v2) {
      this.throwError()
      for (const partition of partitions) this.add(partition)
      return
    }
    const options = this.closing.with(call)
    await this.inTurn(async () => {
      this.throwError()
      const pending = new PartitionSet()
      for (const partition of partitions) if (!this.partitions.has(partition)) pending.add(partition)
      if (pending.size === 0) return
      const isFirst = this.partitions.size === 0
      this.mayStart()
      await this.judged(() =>
        addPartitions(this.client, this.self, pending, isFirst, (added) => this.add(added), options),
      )
    }, options)
  }

  begin(): void {
    this.throwError()
    if (!this.isIn(ProducerTxnFlagReady)) throw this.notAllowed(ProducerTxnFlagInTransaction)
    this.moveTo(ProducerTxnFlagInTransaction)
  }

  addOffsets(offsets: TxnOffsets, group: string | ConsumerGroupMetadata): void {
    this.throwError()
    if (!this.isIn(ProducerTxnFlagInTransaction)) throw new ErrTransactionNotReady()
    const metadata = typeof group === 'string' ? { groupID: group } : group
    const known = this.offsets.get(metadata.groupID) ?? new GroupOffsets(metadata)
    known.group = metadata
    known.add(offsets)
    this.offsets.set(metadata.groupID, known)
  }

  async end(commit: boolean, flush: () => Promise<void>, call: CallOptions = {}): Promise<void> {
    const options = this.closing.with(call)
    options.signal.throwIfAborted()
    this.beginEnd(commit)
    await abortable(flush(), options.signal)
    await this.inTurn(async () => {
      this.throwError()
      if (this.state === COMMITTING) await this.commit(options)
      else if (this.state === ABORTING) await this.abort(options)
      // Else who called for the same end at the same time has ended it.
      if (this.isIn(ProducerTxnFlagInitializing)) await this.askForIdentity(this.identity, options)
    }, options)
  }

  close(): void {
    this.closing.close()
  }

  private beginEnd(commit: boolean): void {
    const target = commit ? COMMITTING : ABORTING
    if (commit || this.isIn(ProducerTxnFlagFatalError)) this.throwError()
    // An end that was not reached is taken up again, and so is the wait for the epoch after an abort.
    if (this.state === target || (!commit && this.needsEpoch && this.isIn(ProducerTxnFlagInitializing))) return
    const from = ProducerTxnFlagInTransaction | (commit ? 0 : ProducerTxnFlagAbortableError)
    // Until the coordinator is told, what was to be committed can still be aborted.
    const isRevoked = !commit && this.state === COMMITTING && !this.isDecided
    if (!this.isIn(from) && !isRevoked) throw this.notAllowed(target)
    this.moveTo(target)
  }

  private async commit(options: CallOptions): Promise<void> {
    for (const [groupId, offsets] of this.offsets) {
      if (!offsets.isEmpty) await this.judged(() => this.commitOffsets(groupId, offsets, options))
      this.offsets.delete(groupId)
    }
    if (this.started !== 'no') await this.judged(() => this.tellOutcome(true, options))
    this.complete()
  }

  private async commitOffsets(groupId: string, offsets: GroupOffsets, options: CallOptions): Promise<void> {
    this.mayStart()
    if (!this.v2) await addOffsetsToTxn(this.client, this.self, groupId, options)
    this.started = 'yes'
    await commitOffsets(this.client, { ...this.self, isTransactionV2: this.v2 }, offsets, options)
  }

  private async abort(options: CallOptions): Promise<void> {
    if (this.started !== 'no' && !this.isForgotten) await this.judged(() => this.tellAbort(options))
    this.complete()
  }

  private async tellAbort(options: CallOptions): Promise<void> {
    try {
      await this.tellOutcome(false, options)
    } catch (error) {
      // What the coordinator has never heard of, because it refused all of it, or has forgotten since needs no end.
      if (error instanceof ErrInvalidTxnState && this.started === 'perhaps') return
      if (!(error instanceof ErrInvalidProducerIDMapping && this.canBumpEpoch)) throw error
      this.needsEpoch = true
    }
  }

  private async tellOutcome(committed: boolean, options: CallOptions): Promise<void> {
    this.isDecided = true
    this.identity = await endTxn(this.client, { ...this.self, isTransactionV2: this.v2 }, committed, options)
  }

  private complete(): void {
    this.started = 'no'
    this.isDecided = false
    this.partitions.clear()
    this.offsets.clear()
    this.moveTo(this.needsEpoch ? ProducerTxnFlagInitializing : ProducerTxnFlagReady)
  }

  private async askForIdentity(current: ProducerIdentity, options: CallOptions): Promise<void> {
    const { producerId, producerEpoch, canBumpEpoch, isTransactionV2 } = await this.judged(() =>
      initTransactionalProducer(this.client, this.transactionalId, current, options),
    )
    this.identity = { producerId, producerEpoch }
    this.canBumpEpoch = canBumpEpoch
    this.v2 = isTransactionV2
    this.needsEpoch = false
    this.isForgotten = false
    this.moveTo(ProducerTxnFlagReady)
  }

  private add(partition: TopicPartition): void {
    this.started = 'yes'
    this.partitions.add(partition)
  }

  private mayStart(): void {
    if (this.started === 'no') this.started = 'perhaps'
  }

  /** Lets an error of a coordinator say what becomes of the transaction. */
  private async judged<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (thrown) {
      // A coordinator before 2.7 does not know PRODUCER_FENCED (KIP-588).
      const error = thrown instanceof ErrInvalidProducerEpoch ? new ErrProducerFenced() : thrown
      this.judge(error)
      throw error
    }
  }

  private judge(error: unknown): void {
    if (!(error instanceof Error)) return
    const verdict = verdictOnProducer(error)
    const isAborting = this.isIn(ProducerTxnFlagAbortingTransaction)
    if (verdict === 'fatal' || (verdict === 'recoverable' && !this.canBumpEpoch)) this.moveTo(FATAL, error)
    // To abort once more would end in the same way; what is refused while messages are still sent does not keep it from being aborted.
    else if (verdict === 'abortable') {
      if (!isAborting) this.moveTo(ABORTABLE, error)
      else if (this.isDecided) this.moveTo(FATAL, error)
    } else if (verdict === 'recoverable') {
      this.needsEpoch = true
      this.isForgotten = error instanceof ErrInvalidProducerIDMapping
      this.moveTo(ABORTABLE, error)
    }
  }

  private get self(): TransactionalProducer {
    return { transactionalId: this.transactionalId, ...this.identity }
  }

  private isIn(flags: ProducerTxnStatusFlag): boolean {
    return (this.state & flags) !== 0
  }

  private moveTo(status: ProducerTxnStatusFlag, error: Error | null = null): void {
    if (this.isIn(ProducerTxnFlagFatalError)) return
    this.state = status
    this.error = error
  }

  private throwError(): void {
    if (this.isIn(ProducerTxnFlagInError) && this.error !== null) throw this.error
  }

  private notAllowed(to: ProducerTxnStatusFlag): ErrTransitionNotAllowed {
    return new ErrTransitionNotAllowed(txnStatusText(this.state), txnStatusText(to))
  }

  private inTurn(work: () => Promise<void>, options: CallOptions): Promise<void> {
    const done = this.turn.then(() => {
      options.signal?.throwIfAborted()
      return work()
    })
    this.turn = done.catch(() => undefined)
    return abortable(done, options.signal)
  }
}

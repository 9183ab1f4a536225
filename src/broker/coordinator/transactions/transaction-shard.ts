import { KafkaError } from '../../../protocol/errors.ts'
import type { Release } from '../../../protocol/release.ts'
import type { Clock } from '../../clock.ts'
import type { BrokerConfig } from '../../config/broker-config.ts'
import { type Reply, Waiting } from '../../waiting.ts'
import {
  type CoordinatorShard,
  type Decision,
  decide,
  type EncodedRecord,
  type RecordPosition,
  type ShardContext,
  type ShardTimers,
} from '../shard.ts'
import { VersionedMap } from '../versioned-map.ts'
import { Completion } from './completion.ts'
import { scheduleExpiry } from './expiry.ts'
import { scheduleTimeout } from './timeouts.ts'
import { completed, type Transaction, type TransactionState } from './transaction.ts'
import { decodeTransactionRecord, encodeTransactionRecord, type TransactionRecord } from './transaction-record.ts'

/** What an operation on transactions decides. */
export type TransactionDecision<T> = Decision<TransactionRecord, T>

/** What the shards of a broker share. */
export interface TransactionSurroundings {
  readonly config: BrokerConfig
  readonly clock: Clock
  readonly release: Release
  /** When the broker began, ms: from then on it looks every so often for what has timed out. */
  readonly startedMs: number
  /** The level of the feature `transaction.version`. */
  transactionVersion(): number
  /** An id that no producer has had. */
  generateProducerId(): Reply<number>
  /** Has the markers of a transaction written; then the shard is asked to write that it is complete. */
  sendMarkers(completion: Completion): void
}

/** How long it takes until a record that could not be appended is tried again, ms. */
const RETRY_MS = 50

/**
 * The transactions of one partition of `__transaction_state`. The operations stand in files of their own (init-producer-id,
 * add-partitions, end-transaction, …); here is what they work on, and how it comes out of the records.
 */
export class TransactionShard implements CoordinatorShard<TransactionRecord> {
  /** The partition of `__transaction_state`. */
  readonly index: number
  readonly config: BrokerConfig
  readonly clock: Clock
  readonly timers: ShardTimers<TransactionRecord>
  readonly surroundings: TransactionSurroundings
  private readonly transactions: VersionedMap<string, Transaction>
  /** The state to which a transaction is on its way: until it is there nothing else can begin. */
  private readonly pending = new Map<string, TransactionState>()
  /** Transactions of which it is decided how they end, but not all partitions know. */
  private readonly completions = new Map<string, Completion>()
  private readonly committed: () => number
  private loading = true

  constructor(context: ShardContext<TransactionRecord>, index: number, surroundings: TransactionSurroundings) {
    const committed = (): number => context.committed()
    this.committed = committed
    this.transactions = new VersionedMap(committed)
    this.timers = context.timers
    this.index = index
    this.surroundings = surroundings
    this.config = surroundings.config
    this.clock = surroundings.clock
  }

  encode(record: TransactionRecord): EncodedRecord {
    return encodeTransactionRecord(record, this.surroundings.transactionVersion())
  }

  decode(record: EncodedRecord): TransactionRecord | undefined {
    return decodeTransactionRecord(record)
  }

  replay({ transactionalId, transaction }: TransactionRecord, { offset }: RecordPosition): void {
    this.transactions.set(transactionalId, transaction ?? undefined, offset)
    if (!this.loading) this.watch(transactionalId, transaction ?? undefined)
  }

  onLoaded(): void {
    this.loading = false
    for (const [transactionalId, transaction] of this.transactions.entries()) {
      this.watch(transactionalId, transaction)
      if (transaction.state === 'PrepareCommit' || transaction.state === 'PrepareAbort') this.complete(transaction)
    }
  }

  onUnloaded(): void {
    for (const completion of this.completions.values()) completion.cancel()
    this.completions.clear()
  }

  /**
   * A transaction as those who decide know it: as of the last record that is committed, or, where nothing is on its way, of the
   * last one there is.
   */
  find(transactionalId: string): Transaction | undefined {
    if (!this.pending.has(transactionalId)) return this.transactions.get(transactionalId)
    return this.transactions.getAsOf(transactionalId, this.committed())
  }

  /** What is committed, for whoever asks. */
  findAsOf(transactionalId: string, committed: number): Transaction | undefined {
    const transaction = this.transactions.getAsOf(transactionalId, committed)
    const remaining = this.completions.get(transactionalId)?.remaining
    // A partition that has its marker does not belong to the transaction any more.
    if (transaction === undefined || remaining === undefined || transaction.state === 'Ongoing') return transaction
    return { ...transaction, partitions: transaction.partitions.isEmpty ? transaction.partitions : remaining }
  }

  /** All that is committed. */
  *allAsOf(committed: number): Generator<Transaction, void, undefined> {
    for (const [, transaction] of this.transactions.entriesAsOf(committed)) yield transaction
  }

  /** All transactions that nothing is on its way for. */
  *settled(): Generator<Transaction, void, undefined> {
    for (const [id, transaction] of this.transactions.entries()) if (!this.pending.has(id)) yield transaction
  }

  get isEmpty(): boolean {
    return this.transactions.isEmpty()
  }

  /** Whether a transition is on its way. */
  isPending(transactionalId: string): boolean {
    return this.pending.has(transactionalId)
  }

  /** An id for a producer. Throws COORDINATOR_LOAD_IN_PROGRESS while the controller has not given any. */
  newProducerId(): number {
    const producerId = this.surroundings.generateProducerId()
    if (producerId instanceof Waiting) throw new KafkaError('COORDINATOR_LOAD_IN_PROGRESS')
    return producerId
  }

  /** Appends what becomes of a transaction. Nothing else can begin with it until that is committed, or known not to be. */
  transit<T>(transaction: Transaction, then: () => Reply<T>): TransactionDecision<T> {
    const { transactionalId, state } = transaction
    this.pending.set(transactionalId, state)
    return decide(
      [{ transactionalId, transaction }],
      () => {
        this.pending.delete(transactionalId)
        return then()
      },
      (error) => {
        this.pending.delete(transactionalId)
        throw error
      },
    )
  }

  /** Appends tombstones of transactional ids, in as many batches as they need. */
  forget(transactionalIds: readonly string[], then: () => void): TransactionDecision<void> {
    for (const id of transactionalIds) this.pending.set(id, 'Dead')
    const over = (): void => {
      for (const id of transactionalIds) this.pending.delete(id)
      then()
    }
    const records = transactionalIds.map((transactionalId) => ({ transactionalId, transaction: null }))
    return { records, atomic: false, waits: false, committed: over, failed: over }
  }

  /** Has the markers of a transaction written whose end is decided. Gives what it will be once they are. */
  complete(prepared: Transaction): Transaction {
    const transaction = completed(prepared, this.clock.now())
    const { transactionalId } = prepared
    this.pending.set(transactionalId, transaction.state)
    const completion = new Completion(this.index, prepared, transaction)
    this.completions.set(transactionalId, completion)
    this.surroundings.sendMarkers(completion)
    return transaction
  }

  /** Writes that all partitions have the markers of a transaction. */
  writeCompletion({ prepared, completed: transaction }: Completion): TransactionDecision<void> {
    const { transactionalId } = prepared
    return decide<TransactionRecord, void>(
      [{ transactionalId, transaction }],
      () => {
        this.pending.delete(transactionalId)
        this.completions.delete(transactionalId)
      },
      ({ error }) => {
        const completion = this.completions.get(transactionalId)
        if (error !== 'COORDINATOR_NOT_AVAILABLE' || completion === undefined) return
        this.timers.schedule(`complete ${transactionalId}`, RETRY_MS, () => this.writeCompletion(completion))
      },
    )
  }

  private watch(transactionalId: string, transaction: Transaction | undefined): void {
    scheduleTimeout(this, transactionalId, transaction)
    scheduleExpiry(this)
  }
}

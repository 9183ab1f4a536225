import type { EpochEnd } from '../log/leader-epochs.ts'
import type { ReadLimits } from '../log/log.ts'
import type { AbortedTransaction } from '../log/transactions.ts'
import type { VerificationGuard } from '../log/verification.ts'

/** Up to where a reader may see: what is committed, all there is, or what no open transaction precedes. */
export type Isolation = 'high-watermark' | 'log-end' | 'committed'

export interface AppendOptions {
  /** Who made the records: a client, which is checked in everything, or a coordinator of this broker. */
  readonly origin: 'client' | 'coordinator'
  /** -1: refused while fewer replicas than `min.insync.replicas` are in sync. */
  readonly requiredAcks: number
  /** For a transactional batch: what {@link Partition.startVerification} gave, where it gave anything. */
  readonly verification?: VerificationGuard | undefined
  /** For a batch that ends a transaction: `transaction.version` of that one; 0 when left out. */
  readonly transactionVersion?: number | undefined
}

export interface ReadOptions extends ReadLimits {
  readonly offset: number
  readonly isolation: Isolation
  /** The epoch of the last record that the reader has; left out: divergence is not looked for (KIP-595). */
  readonly lastFetchedEpoch?: number | undefined
}

export interface ReadResult {
  /** Batches where they lie in the log: never to be changed. */
  readonly records: readonly Buffer[]
  readonly sizeInBytes: number
  /** Whether not even the first batch is there as a whole. */
  readonly firstBatchCut: boolean
  readonly highWatermark: number
  readonly lastStableOffset: number
  readonly logStartOffset: number
  readonly logEndOffset: number
  /** For a reader of committed records: transactions whose records among these it has to leave out; left out where there are no records. */
  readonly abortedTransactions?: readonly AbortedTransaction[]
  /** Whom to read from instead (KIP-392); then there are no records. */
  readonly preferredReadReplica?: number
  /** Set when the reader's log and this one went different ways; then there are no records. */
  readonly diverging?: EpochEnd
}

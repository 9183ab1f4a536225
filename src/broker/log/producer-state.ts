import { NO_PRODUCER_EPOCH, NO_TIMESTAMP } from '../../protocol/records/batch-layout.ts'

/** Of how many batches of a producer it is remembered where they went: what a client may have under way at once. */
const BATCHES_KEPT = 5

const NO_COORDINATOR_EPOCH = -1

/** What stands for no open transaction, where one would have its first offset. */
export const NO_TRANSACTION = -1

/** What is remembered of one batch, to answer for it again when it comes twice. */
export interface BatchMetadata {
  readonly firstSequence: number
  readonly lastSequence: number
  readonly firstOffset: number
  readonly lastOffset: number
  /** The greatest timestamp of its records, ms. */
  readonly timestamp: number
}

/** What a partition remembers of one producer. */
export class ProducerState {
  epoch: number = NO_PRODUCER_EPOCH
  /** Of the coordinator that wrote its last marker; -1 when none did. */
  coordinatorEpoch: number = NO_COORDINATOR_EPOCH
  /** Of its last batch or marker, ms. */
  lastTimestamp: number = NO_TIMESTAMP
  /** Where its open transaction begins; -1 when there is none. */
  transactionStart: number = NO_TRANSACTION
  /** Those of its epoch, oldest first. */
  batches: BatchMetadata[] = []

  get hasTransaction(): boolean {
    return this.transactionStart !== NO_TRANSACTION
  }

  /** Of its last record in this epoch; -1 when there is none. */
  get lastSequence(): number {
    return this.batches[this.batches.length - 1]?.lastSequence ?? -1
  }

  /** The offset of its last record in this epoch, as far as it is remembered; -1 when there is none. */
  get lastOffset(): number {
    return this.batches[this.batches.length - 1]?.lastOffset ?? -1
  }

  enter(epoch: number): void {
    if (this.epoch === epoch) return
    this.epoch = epoch
    this.batches.length = 0
  }

  add(batch: BatchMetadata): void {
    if (this.batches.length === BATCHES_KEPT) this.batches.shift()
    this.batches.push(batch)
    this.lastTimestamp = batch.timestamp
  }

  copy(): ProducerState {
    const copy = new ProducerState()
    copy.epoch = this.epoch
    copy.coordinatorEpoch = this.coordinatorEpoch
    copy.lastTimestamp = this.lastTimestamp
    copy.transactionStart = this.transactionStart
    copy.batches = [...this.batches]
    return copy
  }
}

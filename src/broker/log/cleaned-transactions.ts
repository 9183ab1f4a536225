import { controlRecordType } from '../../protocol/records/control-record.ts'
import type { RecordBatch } from '../../protocol/records/record-batch.ts'
import type { AbortedTransaction } from './transactions.ts'

interface Aborted {
  readonly transaction: AbortedTransaction
  /** Whether a batch of it has been seen. */
  hasBatch: boolean
}

/**
 * What a cleaner knows of transactions as it goes through the batches of a log, in their order (Kafka's
 * `CleanedTransactionMetadata`): which batches were aborted, and which markers nobody needs any more.
 */
export class CleanedTransactions {
  /** By falling first offset: those to come are at the end. */
  private readonly toCome: AbortedTransaction[]
  private readonly aborted = new Map<number, Aborted>()
  private readonly committed = new Set<number>()
  private readonly stillAborted: (transaction: AbortedTransaction) => void

  /** @param stillAborted hears of every aborted transaction of which a batch was there */
  constructor(
    aborted: readonly AbortedTransaction[],
    stillAborted: (transaction: AbortedTransaction) => void = () => {},
  ) {
    this.toCome = [...aborted].sort((one, other) => other.firstOffset - one.firstOffset)
    this.stillAborted = stillAborted
  }

  /** Whether the batch is to go: its transaction was aborted, or it is the marker of one of which nothing was left before it. */
  discards(batch: RecordBatch): boolean {
    this.goOnTo(batch.lastOffset)
    return batch.isControl ? this.discardsMarker(batch) : this.wasAborted(batch)
  }

  private goOnTo(offset: number): void {
    for (let next = this.toCome.at(-1); next !== undefined && next.firstOffset <= offset; next = this.toCome.at(-1)) {
      this.toCome.pop()
      if (!this.aborted.has(next.producerId)) this.aborted.set(next.producerId, { transaction: next, hasBatch: false })
    }
  }

  private wasAborted({ isTransactional, producerId }: RecordBatch): boolean {
    if (!isTransactional) return false
    const aborted = this.aborted.get(producerId)
    if (aborted === undefined) {
      this.committed.add(producerId)
      return false
    }
    aborted.hasBatch = true
    return true
  }

  private discardsMarker(batch: RecordBatch): boolean {
    const record = batch.records().next().value
    if (record === undefined) return true
    const { producerId } = batch
    switch (controlRecordType(record)) {
      case 'ABORT': {
        const aborted = this.aborted.get(producerId)
        this.aborted.delete(producerId)
        if (aborted?.hasBatch !== true) return true
        this.stillAborted(aborted.transaction)
        return false
      }
      case 'COMMIT':
        return !this.committed.delete(producerId)
      default:
        return false
    }
  }
}

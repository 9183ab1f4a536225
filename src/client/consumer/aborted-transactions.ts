import type { AbortedTransaction } from '../../protocol/messages/fetch.ts'
import { controlRecordType } from '../../protocol/records/control-record.ts'
import type { RecordBatch } from '../../protocol/records/record-batch.ts'

/**
 * Tells which batches of an answer belong to transactions that were aborted (KIP-98). A broker tells a reader of what is committed where such
 * transactions begin; each ends with its marker. Batches are to be shown to it in the order of the log, every one of them.
 */
export class AbortedTransactions {
  /** Those that begin later than what was shown, the first one last. */
  private readonly ahead: AbortedTransaction[]
  private readonly producers = new Set<number>()

  constructor(transactions: readonly AbortedTransaction[]) {
    this.ahead = [...transactions].sort((one, other) => other.firstOffset - one.firstOffset)
  }

  /** Whether the batch was aborted. */
  hides(batch: RecordBatch): boolean {
    if (!batch.hasProducerId) return false
    this.beginUpTo(batch.lastOffset)
    const { producerId } = batch
    if (!this.producers.has(producerId)) return false
    if (batch.isControl && isAbortMarker(batch)) {
      this.producers.delete(producerId)
      return false
    }
    return batch.isTransactional
  }

  private beginUpTo(offset: number): void {
    for (let next = this.ahead.at(-1); next !== undefined && next.firstOffset <= offset; next = this.ahead.at(-1)) {
      this.producers.add(next.producerId)
      this.ahead.pop()
    }
  }
}

function isAbortMarker(batch: RecordBatch): boolean {
  // Compaction may have taken the marker out of its batch.
  const { value } = batch.records().next()
  return value !== undefined && controlRecordType(value) === 'ABORT'
}

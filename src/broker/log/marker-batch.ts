import { buildBatch } from '../../protocol/records/batch-builder.ts'
import { endTransactionRecord } from '../../protocol/records/control-record.ts'
import type { TransactionMarker } from './transactions.ts'

/** The batch that ends a transaction in a partition (KIP-98): one control record. */
export function markerBatch(marker: TransactionMarker, nowMs: number): Buffer {
  const { producerId, producerEpoch, coordinatorEpoch, committed } = marker
  const record = endTransactionRecord({ type: committed ? 'COMMIT' : 'ABORT', coordinatorEpoch }, nowMs)
  return buildBatch([record], { producerId, producerEpoch, isTransactional: true, isControl: true })
}

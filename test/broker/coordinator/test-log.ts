import type { CoordinatorLog } from '../../../src/broker/coordinator/coordinator-log.ts'
import { markerBatch } from '../../../src/broker/log/marker-batch.ts'
import type { TransactionMarker } from '../../../src/broker/log/transactions.ts'
import type { VerificationGuard } from '../../../src/broker/log/verification.ts'
import { type Deadline, Signal } from '../../../src/broker/signal.ts'
import { type Reply, Waiting } from '../../../src/broker/waiting.ts'
import { KafkaError } from '../../../src/protocol/errors.ts'
import { stampBatch } from '../../../src/protocol/records/batch-stamp.ts'
import { readBatches } from '../../../src/protocol/records/record-batch.ts'

/** A log whose followers keep up only when told. */
export class TestLog implements CoordinatorLog {
  logStartOffset = 0
  logEndOffset = 0
  highWatermark = 0
  maxBatchBytes = 1000
  /** What an append fails with. */
  refusal: Error | undefined
  /** Whether followers have everything at once. */
  keepsUp = true
  readonly batches: Buffer[] = []
  /** What was shown at each append. */
  readonly verifications: (VerificationGuard | undefined)[] = []
  readonly moved = new Signal()

  append(batch: Buffer, verification?: VerificationGuard): number {
    if (this.refusal !== undefined) throw this.refusal
    this.verifications.push(verification)
    const base = this.logEndOffset
    stampBatch(batch, base, 0)
    this.batches.push(batch)
    for (const { nextOffset } of readBatches(batch)) this.logEndOffset = nextOffset
    if (this.keepsUp) this.highWatermark = this.logEndOffset
    return base
  }

  appendEndTransactionMarker(marker: TransactionMarker): number {
    return this.append(markerBatch(marker, 0))
  }

  read(offset: number): Buffer[] {
    return this.batches.filter((batch) => [...readBatches(batch)].some(({ lastOffset }) => lastOffset >= offset))
  }

  awaitHighWatermark(offset: number, withinMs: number | undefined): Reply<void> {
    return Waiting.until({
      on: [this.moved],
      ask: () => (this.highWatermark >= offset ? true : undefined),
      ...(withinMs === undefined ? {} : { deadline: timeOut(withinMs) }),
    }).map(() => undefined)
  }

  followersCatchUp(): void {
    this.highWatermark = this.logEndOffset
    this.moved.mark()
  }
}

function timeOut(afterMs: number): Deadline<true> {
  return {
    afterMs,
    answer: () => {
      throw new KafkaError('REQUEST_TIMED_OUT')
    },
  }
}

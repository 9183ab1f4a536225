import type { KafkaRecord } from '../../../protocol/records/record.ts'
import { RecordBatch } from '../../../protocol/records/record-batch.ts'
import type { ReplicaLog } from '../../log/replica-log.ts'
import { Handle } from '../handle.ts'

/** The log of one replica as a test looks into it. */
export class ReplicaHandle extends Handle {
  readonly #log: ReplicaLog

  /** @internal */
  constructor(log: ReplicaLog) {
    super()
    this.#log = log
  }

  /** The offset of the first record that is kept. */
  get logStartOffset(): number {
    return this.#log.logStartOffset
  }

  /** The offset that the next record will have. */
  get logEndOffset(): number {
    return this.#log.logEndOffset
  }

  /** The offset up to which this replica knows everything to be committed; a follower hears of it after the leader. */
  get highWatermark(): number {
    return this.#log.highWatermark
  }

  /** The batches as they lie in the log, oldest first. Not copies: never change them. */
  get batches(): readonly Buffer[] {
    return this.#log.segments.flatMap(({ batches }) => batches.map(({ bytes }) => bytes))
  }

  /** The records that are kept, decoded, in their order; markers of transactions are left out. */
  get records(): readonly KafkaRecord[] {
    const batches = this.batches.map((bytes) => new RecordBatch(bytes)).filter(({ isControl }) => !isControl)
    return batches.flatMap((batch) => [...batch.records()]).filter(({ offset }) => offset >= this.logStartOffset)
  }

  /** Which leader epoch wrote what: for each that wrote something the offset at which it began (KIP-101). */
  get leaderEpochs(): readonly { readonly epoch: number; readonly startOffset: number }[] {
    return this.#log.epochs.all()
  }
}

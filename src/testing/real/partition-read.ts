import type { RecordsOptions } from '../../broker/handles/records/records-options.ts'
import { AbortedTransactions } from '../../client/consumer/aborted-transactions.ts'
import type { PartitionData } from '../../protocol/messages/fetch.ts'
import { type AnyBatch, readAnyBatches } from '../../protocol/records/any-batch.ts'
import { LegacyRecordBatch } from '../../protocol/records/legacy-batch.ts'
import type { KafkaRecord } from '../../protocol/records/record.ts'
import type { RecordBatch } from '../../protocol/records/record-batch.ts'

/** What was read of one partition: of each answer to Fetch only what was not there before. */
export class PartitionRead {
  readonly topic: string
  readonly index: number
  /** From where on it is to be read; -1: not known yet. */
  position = -1
  /** What was found and is still kept, by offset. */
  found: KafkaRecord[] = []
  /** What of it has come since {@link forget}. */
  fresh: KafkaRecord[] = []
  private readonly isCommittedOnly: boolean

  constructor(topic: string, index: number, isolation: RecordsOptions['isolation']) {
    this.topic = topic
    this.index = index
    this.isCommittedOnly = isolation === 'read_committed'
  }

  /** What has come so far is no news any more. */
  forget(): void {
    this.fresh = []
  }

  /** Begins anew: what was read is not there any more, as the log has got shorter. */
  reset(): void {
    this.position = -1
    this.found = []
    this.fresh = []
  }

  /** @throws Error for messages of a format that is older than Kafka 0.11; RecordsError for what cannot be read */
  take({ records, abortedTransactions, logStartOffset }: PartitionData): void {
    if (logStartOffset > (this.found[0]?.offset ?? logStartOffset)) {
      this.found = this.found.filter(({ offset }) => offset >= logStartOffset)
    }
    const aborted = this.isCommittedOnly ? new AbortedTransactions(abortedTransactions ?? []) : undefined
    for (const batch of batchesOf(records)) {
      const from = this.position
      const { nextOffset } = this.checked(batch)
      // Every batch is shown, whether it is wanted or not.
      const isAborted = aborted?.hides(batch as RecordBatch) ?? false
      if (nextOffset <= from) continue
      this.position = nextOffset
      if (isAborted || (batch as RecordBatch).isControl) continue
      // An answer may begin in the middle of a batch.
      for (const record of (batch as RecordBatch).records()) if (record.offset >= from) this.add(record)
    }
  }

  private add(record: KafkaRecord): void {
    this.found.push(record)
    this.fresh.push(record)
  }

  private checked(batch: AnyBatch): RecordBatch {
    if (!(batch instanceof LegacyRecordBatch)) return batch
    throw new Error(
      `${this.topic}-${this.index} holds messages of a format that is older than Kafka 0.11, which is not read here`,
    )
  }
}

/** The batches of one partition in an answer, the last of which may be cut off. */
export function batchesOf(records: readonly Buffer[] | null): Iterable<AnyBatch> {
  const [first, ...others] = records ?? []
  if (first === undefined) return []
  return readAnyBatches(others.length === 0 ? first : Buffer.concat([first, ...others]), { allowPartial: true })
}

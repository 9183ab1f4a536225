import type { RecordsOptions } from '../../broker/handles/records/records-options.ts'
import { AbortedTransactions } from '../../client/consumer/aborted-transactions.ts'
import type { PartitionData } from '../../protocol/messages/fetch.ts'
import { type AnyBatch, readAnyBatches } from '../../protocol/records/any-batch.ts'
import { LegacyRecordBatch } from '../../protocol/records/legacy-batch.ts'
import type { KafkaRecord } from '../../protocol/records/record.ts'
import type { RecordBatch } from '../../protocol/records/record-batch.ts'
import type { PartitionOffsets } from '../test-cluster.ts'

/** What was read of one partition: of each answer to Fetch only what was not there before. */
export class PartitionRead {
  readonly topic: string
  readonly index: number
  /** From where on it is to be read; -1: not known yet. */
  position = -1
  /** Whether it was in the answer to the last request that asked for it. */
  isTold = false
  /** What was found and is still kept, by offset. */
  found: KafkaRecord[] = []
  /** What of it has come since {@link forget}. */
  fresh: KafkaRecord[] = []
  /** Of its topic. */
  readonly topicId: string
  /** Up to where it is decided what is committed, and where it ends, as its leader has last told. */
  private stable = 0
  private end = 0
  private readonly isCommittedOnly: boolean

  constructor(topic: string, topicId: string, index: number, isolation: RecordsOptions['isolation']) {
    this.topic = topic
    this.topicId = topicId
    this.index = index
    this.isCommittedOnly = isolation === 'read_committed'
  }

  /** From where on it is not decided yet what is committed, where only that is read. */
  get openFrom(): number | undefined {
    return this.isCommittedOnly && this.stable < this.end ? this.stable : undefined
  }

  /** Goes on where the log begins, if that is further on. */
  begin({ start, end, stable }: PartitionOffsets): void {
    if (this.position < start) this.position = start
    this.end = end
    this.stable = stable
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
  take({ records, abortedTransactions, logStartOffset, highWatermark, lastStableOffset }: PartitionData): void {
    this.isTold = true
    this.end = highWatermark
    this.stable = lastStableOffset
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

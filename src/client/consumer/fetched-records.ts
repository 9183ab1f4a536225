import { ATTRIBUTES, CONTROL_FLAG, MAGIC, RECORD_COUNT } from '../../protocol/records/batch-layout.ts'
import { LegacyRecordBatch } from '../../protocol/records/legacy-batch.ts'
import { batchSize, RecordBatch } from '../../protocol/records/record-batch.ts'
import type { AbortedTransactions } from './aborted-transactions.ts'
import { type BatchReader, checkCrc, LegacyBatchReader, RecordBatchReader, type Source } from './batch-reader.ts'
import type { BatchSurvey } from './batch-survey.ts'
import type { ConsumerMessage } from './consumer-message.ts'

/**
 * What one answer to Fetch holds of one partition, read record by record where it lies: a batch is checked and decompressed when its first record is
 * asked for. As Kafka's consumer does (`check.crcs`), each batch is held against its CRC: by WebAssembly, at 3 GB/s, that is a tenth of reading
 * records of 100 bytes and a fifth of 1 KiB, and what was damaged on the way is never taken for a record.
 */
export class FetchedRecords {
  /** The offset of the next record, or one before it that nothing has. */
  position: number
  private readonly source: Source
  private readonly bytes: Buffer
  private readonly survey: BatchSurvey
  private readonly aborted: AbortedTransactions | undefined
  /** Where the next batch begins. */
  private begin = 0
  private batch: BatchReader | undefined
  /** After the batch that is read. */
  private batchEnd = 0

  /**
   * @param from the first offset that is wanted: a batch may begin before it
   * @param aborted left out: transactions are read whatever becomes of them
   */
  constructor(source: Source, bytes: Buffer, survey: BatchSurvey, from: number, aborted?: AbortedTransactions) {
    this.source = source
    this.bytes = bytes
    this.survey = survey
    this.position = from
    this.aborted = aborted
  }

  /**
   * How many records were not read, as the headers of their batches tell: those of aborted transactions too, and one of a compressed message set,
   * which does not tell how many it has.
   */
  get waiting(): number {
    let count = this.batch?.left ?? 0
    for (let at = this.begin; at < this.survey.end; at += batchSize(this.bytes, at) ?? this.bytes.length) {
      if (this.bytes[at + MAGIC] !== 2) count++
      else if ((this.bytes.readInt16BE(at + ATTRIBUTES) & CONTROL_FLAG) === 0) {
        count += this.bytes.readInt32BE(at + RECORD_COUNT)
      }
    }
    return count
  }

  /**
   * The next record; undefined when all are read.
   * @throws RecordsError for a batch that cannot be read: {@link position} tells where that is, and there is nothing to be read after it
   */
  next(): ConsumerMessage | undefined {
    for (;;) {
      if (this.batch !== undefined) {
        const message = this.batch.next(this.position)
        if (message !== undefined) {
          this.position = message.offset + 1
          return message
        }
        this.pass(this.batchEnd)
        this.batch = undefined
      }
      if (this.begin >= this.survey.end && !this.survey.isBroken) return undefined
      this.openNext()
    }
  }

  private openNext(): void {
    const { begin, bytes, source } = this
    const next = begin + (batchSize(bytes, begin) ?? bytes.length)
    const view = bytes.subarray(begin, next)
    if (view[MAGIC] === 2) {
      const batch = new RecordBatch(view)
      checkCrc(batch, batch.baseOffset)
      // Every batch is shown, whether it is wanted or not.
      const isAborted = this.aborted?.hides(batch) ?? false
      if (isAborted || batch.isControl || batch.nextOffset <= this.position) this.pass(batch.nextOffset)
      else {
        this.batch = new RecordBatchReader(source, batch)
        this.batchEnd = batch.nextOffset
      }
    } else {
      const batch = new LegacyRecordBatch(view)
      checkCrc(batch, batch.lastOffset)
      this.batch = new LegacyBatchReader(source, batch)
      this.batchEnd = batch.lastOffset + 1
    }
    this.begin = next
  }

  private pass(offset: number): void {
    if (offset > this.position) this.position = offset
  }
}

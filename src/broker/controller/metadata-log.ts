import type { MetadataRecord } from './metadata-record.ts'

/** The log of all that the controller has decided: Kafka's `__cluster_metadata`, one record an offset, from 0 on. */
export class MetadataLog {
  private readonly records: MetadataRecord[] = []

  /** The offset of the next record. */
  get endOffset(): number {
    return this.records.length
  }

  /** Appends records and tells the first one's offset. */
  append(records: readonly MetadataRecord[]): number {
    const baseOffset = this.endOffset
    for (const record of records) this.records.push(record)
    return baseOffset
  }

  /** The records from an offset on. */
  read(fromOffset: number): readonly MetadataRecord[] {
    return this.records.slice(fromOffset)
  }
}

import * as layout from '../../protocol/records/batch-layout.ts'
import { decompress } from '../../protocol/records/compression.ts'
import { type LegacyMessage, LegacyRecordBatch } from '../../protocol/records/legacy-batch.ts'
import type { RecordHeader } from '../../protocol/records/record.ts'
import type { RecordBatch } from '../../protocol/records/record-batch.ts'
import { readHeaders, recordsRemaining } from '../../protocol/records/record-reader.ts'
import { RecordWalker } from '../../protocol/records/record-walker.ts'
import { RecordsError } from '../../protocol/records/records-error.ts'
import type { ConsumerMessage } from './consumer-message.ts'

/** Where records come from. */
export interface Source {
  readonly topic: string
  readonly partition: number
}

/** The records of one batch, as messages. */
export interface BatchReader {
  /** How many were not looked at yet. */
  readonly left: number
  /** The next one whose offset is `from` or above; undefined when there is none. @throws RecordsError */
  next(from: number): ConsumerMessage | undefined
}

const NO_HEADERS: readonly RecordHeader[] = Object.freeze([])

/** Reads a batch of magic 2, which is decompressed as this is made. @throws RecordsError */
export class RecordBatchReader implements BatchReader {
  private readonly source: Source
  private readonly walker: RecordWalker
  private readonly baseOffset: number
  private readonly baseTimestamp: number
  /** The timestamp of all records where the broker gave it; else undefined. */
  private readonly appendTime: number | undefined
  left: number

  constructor(source: Source, batch: RecordBatch) {
    const { compression, bytes, recordCount } = batch
    if (recordCount < 0) {
      throw new RecordsError('INVALID_RECORD', `Found invalid record count ${recordCount} in magic v2 batch`)
    }
    if (compression === 'none' || recordCount === 0) this.walker = new RecordWalker(bytes, layout.RECORDS, bytes.length)
    else {
      const plain = decompress(compression, bytes.subarray(layout.RECORDS))
      this.walker = new RecordWalker(plain, 0, plain.length)
    }
    this.source = source
    this.baseOffset = batch.baseOffset
    this.baseTimestamp = batch.baseTimestamp
    this.appendTime = batch.timestampType === 'LogAppendTime' ? batch.maxTimestamp : undefined
    this.left = recordCount
  }

  next(from: number): ConsumerMessage | undefined {
    const { walker } = this
    while (this.left > 0) {
      walker.next()
      if (--this.left === 0 && walker.position !== walker.end) throw recordsRemaining()
      const offset = layout.clampInt64(this.baseOffset + walker.offsetDelta)
      if (offset >= from) return this.message(offset)
    }
    return undefined
  }

  /** A plain object, whose views are made at once: that is measured to be quicker than getters that make them when they are asked for. */
  private message(offset: number): ConsumerMessage {
    const { source, walker } = this
    const { bytes, keyStart, keySize, valueStart, valueSize } = walker
    return {
      topic: source.topic,
      partition: source.partition,
      offset,
      timestamp: this.appendTime ?? layout.clampInt64(this.baseTimestamp + walker.timestampDelta),
      key: keySize < 0 ? null : bytes.subarray(keyStart, keyStart + keySize),
      value: valueSize < 0 ? null : bytes.subarray(valueStart, valueStart + valueSize),
      headers: walker.headerCount === 0 ? NO_HEADERS : readHeaders(walker),
    }
  }
}

/** Reads a message of magic 0 or 1, or those that are compressed in it. @throws RecordsError */
export class LegacyBatchReader implements BatchReader {
  private readonly source: Source
  /** The next one last. */
  private readonly messages: LegacyMessage[]

  constructor(source: Source, batch: LegacyRecordBatch) {
    this.source = source
    this.messages = batch.messages().reverse()
  }

  get left(): number {
    return this.messages.length
  }

  next(from: number): ConsumerMessage | undefined {
    for (let next = this.messages.pop(); next !== undefined; next = this.messages.pop()) {
      const { message, offset, timestamp } = next
      if (offset < from) continue
      checkCrc(message, offset)
      const { topic, partition } = this.source
      return { topic, partition, offset, timestamp, key: message.key, value: message.value, headers: NO_HEADERS }
    }
    return undefined
  }
}

/** @throws RecordsError CORRUPT_MESSAGE when a batch is not what it was when its CRC was written */
export function checkCrc(batch: RecordBatch | LegacyRecordBatch, offset: number): void {
  const computed = batch.computeCrc()
  if (computed === batch.crc) return
  const what = batch instanceof LegacyRecordBatch ? 'Message' : 'Record batch'
  throw new RecordsError(
    'CORRUPT_MESSAGE',
    `${what} at offset ${offset} is corrupt (stored crc = ${batch.crc}, computed crc = ${computed})`,
  )
}

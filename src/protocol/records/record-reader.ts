import { clampInt64 } from './batch-layout.ts'
import type { KafkaRecord, RecordHeader } from './record.ts'
import { RecordWalker } from './record-walker.ts'
import { RecordsError } from './records-error.ts'

const noHeaders: readonly RecordHeader[] = Object.freeze([])

/** What the header of a batch says about all of its records. */
export interface BatchFrame {
  readonly baseOffset: number
  readonly baseTimestamp: number
  /** The timestamp of every record of a LogAppendTime batch; null in a CreateTime one. */
  readonly logAppendTime: number | null
  readonly recordCount: number
}

/** Reads the records of a v2 batch one by one from its uncompressed bytes. */
export class RecordReader implements IterableIterator<KafkaRecord> {
  private readonly walker: RecordWalker
  private readonly frame: BatchFrame
  private read = 0

  constructor(bytes: Buffer, position: number, frame: BatchFrame) {
    if (frame.recordCount < 0) {
      throw new RecordsError('INVALID_RECORD', `Found invalid record count ${frame.recordCount} in magic v2 batch`)
    }
    this.walker = new RecordWalker(bytes, position, bytes.length)
    this.frame = frame
  }

  [Symbol.iterator](): this {
    return this
  }

  next(): IteratorResult<KafkaRecord, undefined> {
    const { walker, frame } = this
    if (this.read >= frame.recordCount) return { done: true, value: undefined }
    walker.next()
    this.read++
    if (this.read === frame.recordCount && walker.position !== walker.end) throw recordsRemaining()
    const { bytes, keyStart, keySize, valueStart, valueSize } = walker
    const record: KafkaRecord = {
      offset: clampInt64(frame.baseOffset + walker.offsetDelta),
      timestamp: frame.logAppendTime ?? clampInt64(frame.baseTimestamp + walker.timestampDelta),
      key: keySize < 0 ? null : bytes.subarray(keyStart, keyStart + keySize),
      value: valueSize < 0 ? null : bytes.subarray(valueStart, valueStart + valueSize),
      headers: walker.headerCount === 0 ? noHeaders : readHeaders(walker),
    }
    return { done: false, value: record }
  }
}

export function recordsRemaining(): RecordsError {
  return new RecordsError('INVALID_RECORD', 'Incorrect declared batch size, records still remaining in file')
}

/** Reads the headers of the walker's current record, whose sizes the walker has checked. */
export function readHeaders(walker: RecordWalker): RecordHeader[] {
  const { bytes, position: end } = walker
  walker.position = walker.headersStart
  const headers: RecordHeader[] = []
  for (let i = 0; i < walker.headerCount; i++) {
    const keyEnd = walker.varint() + walker.position
    const key = bytes.toString('utf8', walker.position, keyEnd)
    walker.position = keyEnd
    const valueSize = walker.varint()
    const valueEnd = walker.position + Math.max(valueSize, 0)
    headers.push({ key, value: valueSize < 0 ? null : bytes.subarray(walker.position, valueEnd) })
    walker.position = valueEnd
  }
  walker.position = end
  return headers
}

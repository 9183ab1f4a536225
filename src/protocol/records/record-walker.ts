import { readVarint, readVarlong, type VarintCursor, VarintError } from '../varint.ts'
import { MAX_INT32 } from './batch-layout.ts'
import { RecordsError } from './records-error.ts'

const MAX_VARINT_BYTES = 5

/**
 * How Kafka reads records: where they lie (`bytes`); out of a stream that is decompressed (`stream`); or so too, but only from part
 * to part of each, believing the sizes of these alone (`parts`).
 */
export type ReadingOfRecords = 'bytes' | 'stream' | 'parts'

/**
 * Walks over the records of a v2 batch, uncompressed, one after the other, and allocates nothing for them: after
 * {@link next} the fields say where the parts of the current record lie.
 *
 * What it refuses, and in which words, follows Kafka's `DefaultRecord.readFrom`, or `readPartiallyFrom`.
 */
export class RecordWalker implements VarintCursor {
  readonly bytes: Buffer
  position: number
  readonly end: number
  /** Nothing is defined for these eight bits yet. */
  attributes = 0
  /** Milliseconds after the batch's base timestamp, or before it. */
  timestampDelta = 0
  offsetDelta = 0
  keyStart = 0
  /** Bytes; -1 for a null key. */
  keySize = -1
  valueStart = 0
  /** Bytes; -1 for a null value. */
  valueSize = -1
  headerCount = 0
  headersStart = 0

  private readonly maxRecordBytes: number
  private readonly reading: ReadingOfRecords
  /** Whether a record has to be as long as it says. */
  private readonly checksSizes: boolean

  /** Over the records from `position` to `end`, none of which may have more than `maxRecordBytes`. */
  constructor(
    bytes: Buffer,
    position: number,
    end: number,
    maxRecordBytes: number = MAX_INT32,
    reading: ReadingOfRecords = 'bytes',
  ) {
    this.bytes = bytes
    this.position = position
    this.end = end
    this.maxRecordBytes = maxRecordBytes
    this.reading = reading
    this.checksSizes = reading !== 'parts'
  }

  /**
   * Moves over the next record. `RecordsError` INVALID_RECORD when there is none, or none that holds together;
   * UNKNOWN_SERVER_ERROR where a size is no varint, over which Kafka trips in a batch that is not compressed.
   */
  next(): void {
    try {
      this.walk()
    } catch (error) {
      throw error instanceof VarintError ? invalidStructure() : error
    }
  }

  /**
   * The broker's innermost loop, for every record that anyone produces: the position stays in a variable, and varints of one byte,
   * which most are, are read right here.
   */
  private walk(): void {
    const { bytes, end } = this
    let position = this.position
    if (position >= end) throw invalid('Incorrect declared batch size, premature EOF reached')
    let first = bytes[position] as number
    let size = (first >>> 1) ^ -(first & 1)
    if (first < 0x80) position++
    else {
      size = this.sizeAt(position)
      position = this.position
    }
    if (size > this.maxRecordBytes) {
      throw invalid(
        `Invalid record size: ${size} exceeds the configured maximum record size of ${this.maxRecordBytes}.`,
      )
    }
    if (size < 0) throw invalid(`Invalid record size: ${size}`)
    const start = position
    if (end - start < size && this.checksSizes) {
      throw invalid(
        `Invalid record size: expected ${size} bytes in record payload, but instead the buffer has only ${end - start} remaining bytes.`,
      )
    }
    if (end - position < 6) throw invalidStructure()
    this.attributes = bytes[position++] as number

    first = bytes[position] as number
    if (first < 0x80) {
      this.timestampDelta = (first >>> 1) ^ -(first & 1)
      position++
    } else {
      this.position = position
      this.timestampDelta = readVarlong(this)
      position = this.position
    }

    first = position < end ? (bytes[position] as number) : 0xff
    if (first < 0x80) {
      this.offsetDelta = (first >>> 1) ^ -(first & 1)
      position++
    } else {
      this.offsetDelta = this.varintAt(position)
      position = this.position
    }

    first = position < end ? (bytes[position] as number) : 0xff
    let length = (first >>> 1) ^ -(first & 1)
    if (first < 0x80) position++
    else {
      length = this.varintAt(position)
      position = this.position
    }
    this.keySize = length
    this.keyStart = position
    if (length > 0) {
      if (length > end - position) throw invalidStructure()
      position += length
    }

    first = position < end ? (bytes[position] as number) : 0xff
    length = (first >>> 1) ^ -(first & 1)
    if (first < 0x80) position++
    else {
      length = this.varintAt(position)
      position = this.position
    }
    this.valueSize = length
    this.valueStart = position
    if (length > 0) {
      if (length > end - position) throw invalidStructure()
      position += length
    }

    const headerCount = this.varintAt(position)
    this.headerCount = headerCount
    this.headersStart = this.position
    if (headerCount !== 0) this.skipHeaders(headerCount)
    if (this.position - start !== size && this.checksSizes) {
      throw invalid(
        `Invalid record size: expected to read ${size} bytes in record payload, but instead read ${this.position - start}`,
      )
    }
  }

  /** The size of the record at `position`. */
  private sizeAt(position: number): number {
    const isWhole = this.end - position >= MAX_VARINT_BYTES
    try {
      return this.varintAt(position)
    } catch (error) {
      if (!(error instanceof VarintError)) throw error
      if (isWhole && this.reading === 'bytes')
        throw new RecordsError('UNKNOWN_SERVER_ERROR', 'The size of a record is no varint')
      throw invalid('Incorrect declared batch size, premature EOF reached')
    }
  }

  /** The zigzag varint of 32 bits where the walker stands. */
  varint(): number {
    return this.varintAt(this.position)
  }

  /** The zigzag varint of 32 bits at `position`; {@link position} is then after it. Those of up to two bytes have a quick way. */
  private varintAt(position: number): number {
    const { bytes, end } = this
    if (end - position >= 2) {
      const first = bytes[position] as number
      if (first < 0x80) {
        this.position = position + 1
        return (first >>> 1) ^ -(first & 1)
      }
      const second = bytes[position + 1] as number
      if (second < 0x80) {
        this.position = position + 2
        return (((first & 0x7f) | (second << 7)) >>> 1) ^ -(first & 1)
      }
    }
    this.position = position
    return readVarint(this)
  }

  private skip(size: number): void {
    if (size <= 0) return
    if (size > this.end - this.position) throw invalidStructure()
    this.position += size
  }

  private skipHeaders(count: number): void {
    if (count < 0) throw invalid(`Found invalid number of record headers ${count}`)
    if (count > this.end - this.position && this.checksSizes) {
      throw invalid(`Found invalid number of record headers. ${count} is larger than the remaining size of the buffer`)
    }
    for (let i = 0; i < count; i++) {
      const keySize = this.varint()
      if (keySize < 0) throw invalid(`Invalid negative header key size ${keySize}`)
      this.skip(keySize)
      this.skip(this.varint())
    }
  }
}

function invalid(message: string): RecordsError {
  return new RecordsError('INVALID_RECORD', message)
}

function invalidStructure(): RecordsError {
  return invalid('Found invalid record structure')
}

import { readVarint, readVarlong, type VarintCursor, VarintError } from '../varint.ts'
import { RecordsError } from './records-error.ts'

/**
 * Walks over the records of a v2 batch, uncompressed, one after the other, and allocates nothing for them: after
 * {@link next} the fields say where the parts of the current record lie.
 *
 * What it refuses, and in which words, follows Kafka's `DefaultRecord.readFrom`.
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

  constructor(bytes: Buffer, position: number, end: number) {
    this.bytes = bytes
    this.position = position
    this.end = end
  }

  /** Moves over the next record. `RecordsError` INVALID_RECORD when there is none, or none that holds together. */
  next(): void {
    try {
      this.walk()
    } catch (error) {
      throw error instanceof VarintError ? invalidStructure() : error
    }
  }

  private walk(): void {
    if (this.position >= this.end) throw invalid('Incorrect declared batch size, premature EOF reached')
    const size = this.varint()
    const start = this.position
    if (this.end - start < size) {
      throw invalid(
        `Invalid record size: expected ${size} bytes in record payload, but instead the buffer has only ${this.end - start} remaining bytes.`,
      )
    }
    if (start >= this.end) throw invalidStructure()
    this.attributes = this.bytes[this.position++] as number
    this.timestampDelta = readVarlong(this)
    this.offsetDelta = this.varint()
    this.keySize = this.varint()
    this.keyStart = this.position
    this.skip(this.keySize)
    this.valueSize = this.varint()
    this.valueStart = this.position
    this.skip(this.valueSize)
    this.headerCount = this.varint()
    this.headersStart = this.position
    if (this.headerCount !== 0) this.skipHeaders(this.headerCount)
    if (this.position - start !== size) {
      throw invalid(
        `Invalid record size: expected to read ${size} bytes in record payload, but instead read ${this.position - start}`,
      )
    }
  }

  /** The zigzag varint of 32 bits where the walker stands. Almost all of them are one byte long: that is the quick way. */
  varint(): number {
    const first = this.bytes[this.position] as number
    if (first >= 0x80 || this.position >= this.end) return readVarint(this)
    this.position++
    return (first >>> 1) ^ -(first & 1)
  }

  private skip(size: number): void {
    if (size <= 0) return
    if (size > this.end - this.position) throw invalidStructure()
    this.position += size
  }

  private skipHeaders(count: number): void {
    if (count < 0) throw invalid(`Found invalid number of record headers ${count}`)
    if (count > this.end - this.position) {
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

import { Fault } from './protocol-error.ts'

const EMPTY = Buffer.alloc(0)

/** The bounds to which an int64 is clamped: JavaScript's safe integers. */
const MIN_INT64 = Number.MIN_SAFE_INTEGER
const MAX_INT64 = Number.MAX_SAFE_INTEGER

/** Reads big-endian values from a buffer, one after the other. What is not there is a Fault; nothing is allocated on trust. */
export class Reader {
  readonly bytes: Buffer
  position: number
  end: number

  constructor(bytes: Buffer, position: number, end: number = bytes.length) {
    this.bytes = bytes
    this.position = position
    this.end = end
  }

  get remaining(): number {
    return this.end - this.position
  }

  /** Moves past `size` bytes; returns where they begin. */
  take(size: number): number {
    const start = this.position
    if (size > this.end - start) throw new Fault(`needs ${size} bytes, has ${this.end - start}`, start)
    this.position = start + size
    return start
  }

  int8(): number {
    const at = this.take(1)
    return ((this.bytes[at] as number) << 24) >> 24
  }

  int16(): number {
    const at = this.take(2)
    return (((this.bytes[at] as number) << 24) >> 16) | (this.bytes[at + 1] as number)
  }

  uint16(): number {
    return this.int16() & 0xffff
  }

  int32(): number {
    const at = this.take(4)
    const bytes = this.bytes
    return (
      ((bytes[at] as number) << 24) |
      ((bytes[at + 1] as number) << 16) |
      ((bytes[at + 2] as number) << 8) |
      (bytes[at + 3] as number)
    )
  }

  uint32(): number {
    return this.int32() >>> 0
  }

  /** An int64, clamped to the safe integers. */
  int64(): number {
    const high = this.int32()
    const low = this.int32() >>> 0
    if (high > 0x1fffff) return MAX_INT64
    if (high < -0x200000) return MIN_INT64
    return Math.max(high * 0x100000000 + low, MIN_INT64)
  }

  float64(): number {
    return this.bytes.readDoubleBE(this.take(8))
  }

  /** An unsigned varint of at most 5 bytes. One of 2^31 or more is a Fault: every use of it is a length, a count or a tag. */
  varint(): number {
    const start = this.position
    let value = 0
    for (let shift = 0; shift <= 28; shift += 7) {
      const byte = this.bytes[this.take(1)] as number
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) {
        if (value < 0) throw new Fault(`a length of ${value >>> 0}`, start)
        return value
      }
    }
    throw new Fault('varint is longer than 5 bytes', start)
  }

  /** UTF-8; a broken sequence becomes U+FFFD, as in Java. */
  text(size: number): string {
    const at = this.take(size)
    return this.bytes.toString('utf8', at, at + size)
  }

  uuid(): string {
    const at = this.take(16)
    return this.bytes.toString('base64url', at, at + 16)
  }

  /** A view, not a copy. */
  slice(size: number): Buffer {
    if (size === 0) return EMPTY
    const at = this.take(size)
    return this.bytes.subarray(at, at + size)
  }
}

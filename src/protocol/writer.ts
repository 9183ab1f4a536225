import { Fault } from './protocol-error.ts'
import { writeUnsignedVarint } from './varint.ts'

/** Some record bytes: any number of buffers, which are neither joined nor copied. */
export type Slices = readonly Buffer[]

/** Counts what a message will take; the bytes of its `records` fields apart, since they may be left where they are. */
export class Sizer {
  recordBytes = 0
  private last: readonly unknown[] | null = null
  private lastAs: unknown = null
  private lastSize = 0

  /** The size of an array's elements if it is the one that was sized last: answers tell the same list of many things. */
  again(array: readonly unknown[], as: unknown): number | null {
    return array === this.last && as === this.lastAs ? this.lastSize : null
  }

  /** Notes an array that has no records in it, as what it was sized, and how large its elements are. */
  sized(array: readonly unknown[], as: unknown, size: number): void {
    this.last = array
    this.lastAs = as
    this.lastSize = size
  }
}

/** Writes big-endian values into a buffer of the size that was computed before. */
export class Writer {
  readonly bytes: Buffer
  position: number
  private readonly slices: Buffer[] | null
  private sliceStart: number
  private last: readonly unknown[] | null = null
  private lastAs: unknown = null
  private lastStart = 0
  private lastEnd = 0

  /** With `slices`, records are put between the pieces of the buffer in that list; without, they are copied into it. */
  constructor(bytes: Buffer, position: number, slices: Buffer[] | null) {
    this.bytes = bytes
    this.position = position
    this.slices = slices
    this.sliceStart = 0
  }

  int8(value: number): void {
    if ((value << 24) >> 24 !== value) throw outOfRange('int8', value)
    this.bytes[this.position++] = value
  }

  bool(value: boolean): void {
    this.bytes[this.position++] = value ? 1 : 0
  }

  int16(value: number): void {
    if ((value << 16) >> 16 !== value) throw outOfRange('int16', value)
    this.short(value)
  }

  uint16(value: number): void {
    if ((value & 0xffff) !== value) throw outOfRange('uint16', value)
    this.short(value)
  }

  int32(value: number): void {
    if ((value | 0) !== value) throw outOfRange('int32', value)
    this.word(value)
  }

  uint32(value: number): void {
    if (value >>> 0 !== value) throw outOfRange('uint32', value)
    this.word(value)
  }

  int64(value: number): void {
    if (!Number.isSafeInteger(value)) throw outOfRange('int64', value)
    this.word(Math.floor(value / 0x100000000))
    this.word(value)
  }

  float64(value: number): void {
    if (typeof value !== 'number') throw outOfRange('float64', value)
    this.position = this.bytes.writeDoubleBE(value, this.position)
  }

  varint(value: number): void {
    this.position = writeUnsignedVarint(this.bytes, this.position, value)
  }

  /** Writes UTF-8 of the length that `textSize` told. */
  text(value: string, size: number): void {
    if (size === value.length && size < 32) {
      for (let index = 0; index < size; index++) this.bytes[this.position + index] = value.charCodeAt(index)
    } else {
      this.bytes.write(value, this.position, size, 'utf8')
    }
    this.position += size
  }

  uuid(value: string): void {
    if (
      typeof value !== 'string' ||
      value.length !== 22 ||
      this.bytes.write(value, this.position, 16, 'base64url') !== 16
    ) {
      throw new Fault(`not a UUID: ${String(value)}`)
    }
    this.position += 16
  }

  raw(value: Uint8Array): void {
    this.bytes.set(value, this.position)
    this.position += value.length
  }

  records(value: Slices): void {
    if (this.slices === null) {
      for (const slice of value) this.raw(slice)
      return
    }
    this.cut()
    for (const slice of value) if (slice.length > 0) this.slices.push(slice)
  }

  /** Copies the elements of an array if it is the one that was written last; false when it is not. */
  again(array: readonly unknown[], as: unknown): boolean {
    if (array !== this.last || as !== this.lastAs) return false
    this.bytes.copyWithin(this.position, this.lastStart, this.lastEnd)
    this.position += this.lastEnd - this.lastStart
    return true
  }

  /** Notes an array whose elements were written from `start` on, and as what. */
  wrote(array: readonly unknown[], as: unknown, start: number): void {
    // What has records in it is in pieces.
    if (this.sliceStart > start) return
    this.last = array
    this.lastAs = as
    this.lastStart = start
    this.lastEnd = this.position
  }

  /** Ends the piece of the buffer that is being written, and puts it in the list. */
  cut(): void {
    if (this.slices === null || this.position === this.sliceStart) return
    this.slices.push(this.bytes.subarray(this.sliceStart, this.position))
    this.sliceStart = this.position
  }

  private short(value: number): void {
    this.bytes[this.position++] = value >> 8
    this.bytes[this.position++] = value
  }

  private word(value: number): void {
    this.bytes[this.position++] = value >> 24
    this.bytes[this.position++] = value >> 16
    this.bytes[this.position++] = value >> 8
    this.bytes[this.position++] = value
  }
}

/** How many bytes a string takes in UTF-8. */
export function textSize(value: string): number {
  const length = value.length
  if (length >= 32) return Buffer.byteLength(value, 'utf8')
  for (let index = 0; index < length; index++) {
    if (value.charCodeAt(index) >= 0x80) return Buffer.byteLength(value, 'utf8')
  }
  return length
}

function outOfRange(type: string, value: unknown): Fault {
  return new Fault(`${String(value)} is not an ${type}`)
}

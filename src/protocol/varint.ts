/**
 * Kafka's variable-length integers: seven bits a byte, least significant first, the high bit on all but the last.
 * The zigzag kinds are those of records: a small negative number stays short.
 *
 * Readers take the bytes and where to begin, and return the value; how long it was is what the matching `sizeOf…` says of
 * a canonical encoding, so whoever must accept any encoding reads through a `VarintCursor`. Writers return where they ended.
 */

/** What is wrong with the bytes of a varint; callers turn it into their own typed error. */
export class VarintError extends RangeError {
  override readonly name = 'VarintError'
}

/** Where reading goes on; a reader moves `position` past what it has read. Reading stops at `end`. */
export interface VarintCursor {
  readonly bytes: Buffer
  position: number
  readonly end: number
}

const LOW = Number.MIN_SAFE_INTEGER
const HIGH = Number.MAX_SAFE_INTEGER

function byteAt(cursor: VarintCursor): number {
  if (cursor.position >= cursor.end) throw new VarintError('varint runs past the end')
  return cursor.bytes[cursor.position++] as number
}

/** An unsigned varint of at most 5 bytes. A value of 2^31 or more comes out negative, as an int32 does in Kafka. */
export function readUnsignedVarint(cursor: VarintCursor): number {
  let byte = byteAt(cursor)
  if (byte < 0x80) return byte
  let value = byte & 0x7f
  for (let shift = 7; shift <= 28; shift += 7) {
    byte = byteAt(cursor)
    value |= (byte & 0x7f) << shift
    if (byte < 0x80) return value
  }
  throw new VarintError('varint is longer than 5 bytes')
}

/** A zigzag varint of 32 bits. */
export function readVarint(cursor: VarintCursor): number {
  const raw = readUnsignedVarint(cursor)
  return (raw >>> 1) ^ -(raw & 1)
}

/** A zigzag varint of 64 bits (Kafka's varlong), clamped to the safe integers. */
export function readVarlong(cursor: VarintCursor): number {
  // The low 28 bits, the next 28 and the last 8 are kept apart: each fits the 32 bits of JavaScript's shifts.
  let low = 0
  let middle = 0
  let high = 0
  for (let index = 0; index < 10; index++) {
    const byte = byteAt(cursor)
    const bits = byte & 0x7f
    if (index < 4) low |= bits << (7 * index)
    else if (index < 8) middle |= bits << (7 * (index - 4))
    else high |= bits << (7 * (index - 8))
    if (byte < 0x80) {
      const negative = (low & 1) === 1
      const magnitude = (low >>> 1) + middle * 0x8000000 + (high & 0xff) * 0x80000000000000
      if (!negative) return Math.min(magnitude, HIGH)
      return magnitude >= HIGH ? LOW : -magnitude - 1
    }
  }
  throw new VarintError('varint is longer than 10 bytes')
}

/** How many bytes an unsigned varint takes; a negative number counts as the int32 of the same bits. */
export function sizeOfUnsignedVarint(value: number): number {
  const bits = value >>> 0
  if (bits < 0x80) return 1
  if (bits < 0x4000) return 2
  if (bits < 0x200000) return 3
  if (bits < 0x10000000) return 4
  return 5
}

/** How many bytes a zigzag varint of 32 bits takes. */
export function sizeOfVarint(value: number): number {
  return sizeOfUnsignedVarint((value << 1) ^ (value >> 31))
}

/** How many bytes a zigzag varint of 64 bits takes, for a safe integer. */
export function sizeOfVarlong(value: number): number {
  // In zigzag -1 is 1, 1 is 2: doubled it may leave the safe range, so the limits are halved instead.
  const half = value < 0 ? -(value + 1) : value
  let size = 1
  for (let limit = 0x40; half >= limit; limit *= 0x80) size++
  return size
}

/** Writes an unsigned varint at `offset`; returns the offset after it. */
export function writeUnsignedVarint(bytes: Buffer, offset: number, value: number): number {
  let rest = value >>> 0
  while (rest >= 0x80) {
    bytes[offset++] = (rest & 0x7f) | 0x80
    rest >>>= 7
  }
  bytes[offset++] = rest
  return offset
}

/** Writes a zigzag varint of 32 bits at `offset`; returns the offset after it. */
export function writeVarint(bytes: Buffer, offset: number, value: number): number {
  return writeUnsignedVarint(bytes, offset, (value << 1) ^ (value >> 31))
}

/** Writes a safe integer as a zigzag varint of 64 bits at `offset`; returns the offset after it. */
export function writeVarlong(bytes: Buffer, offset: number, value: number): number {
  const sign = value < 0 ? 1 : 0
  let half = sign === 1 ? -(value + 1) : value
  if (half < 0x40) {
    bytes[offset++] = half * 2 + sign
    return offset
  }
  bytes[offset++] = ((half % 0x40) * 2 + sign) | 0x80
  half = Math.floor(half / 0x40)
  while (half >= 0x80) {
    bytes[offset++] = (half % 0x80) | 0x80
    half = Math.floor(half / 0x80)
  }
  bytes[offset++] = half
  return offset
}

const PRIME_1 = 0x9e3779b1
const PRIME_2 = 0x85ebca77
const PRIME_3 = 0xc2b2ae3d
const PRIME_4 = 0x27d4eb2f
const PRIME_5 = 0x165667b1

/**
 * The xxHash32 of `bytes` from `start` to `end` with seed 0, as an unsigned number: the checksum inside lz4 frames.
 * https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md
 */
export function xxhash32(bytes: Buffer, start = 0, end: number = bytes.length): number {
  let i = start
  let hash: number
  if (end - start >= 16) {
    let a = (PRIME_1 + PRIME_2) | 0
    let b = PRIME_2 | 0
    let c = 0
    let d = -PRIME_1 | 0
    for (; i + 16 <= end; i += 16) {
      a = round(a, bytes.readInt32LE(i))
      b = round(b, bytes.readInt32LE(i + 4))
      c = round(c, bytes.readInt32LE(i + 8))
      d = round(d, bytes.readInt32LE(i + 12))
    }
    hash = rotate(a, 1) + rotate(b, 7) + rotate(c, 12) + rotate(d, 18)
  } else {
    hash = PRIME_5
  }
  hash = (hash + end - start) | 0
  for (; i + 4 <= end; i += 4) {
    hash = Math.imul(rotate((hash + Math.imul(bytes.readInt32LE(i), PRIME_3)) | 0, 17), PRIME_4)
  }
  for (; i < end; i++) {
    hash = Math.imul(rotate((hash + Math.imul(bytes[i] as number, PRIME_5)) | 0, 11), PRIME_1)
  }
  hash = Math.imul(hash ^ (hash >>> 15), PRIME_2)
  hash = Math.imul(hash ^ (hash >>> 13), PRIME_3)
  return (hash ^ (hash >>> 16)) >>> 0
}

function round(accumulator: number, lane: number): number {
  return Math.imul(rotate((accumulator + Math.imul(lane, PRIME_2)) | 0, 13), PRIME_1)
}

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits))
}
